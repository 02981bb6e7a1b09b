package spectools

import (
	"context"
	"slices"
	"strings"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"

	"github.com/mark3labs/mcp-go/mcp"
)

// withoutCredentials refuses a call that a person would have to confirm, although the API would
// refuse it: the document demands credentials, and there are none. It returns nil if there are, or
// if the operation can do without.
func (s *Set) withoutCredentials(ctx context.Context, op *operation, principal string, d guard.Digest) *mcp.CallToolResult {
	if s.o.HoldWithoutCredentials || s.session != nil || len(op.security) == 0 ||
		slices.ContainsFunc(op.security, func(a []securityScheme) bool { return len(a) == 0 }) ||
		originOf(op.BaseURL) != s.origin {
		return nil
	}
	if have, err := s.credentials(ctx, op); err != nil || len(have) > 0 {
		return nil // an error is told when the request is sent
	}
	rec := s.record(op, principal, guard.Decision{Verdict: guard.Deny, Reason: "the credentials are missing"})
	rec.Arguments = d.String()
	_ = s.writeAudit(&rec) // nothing is sent, so an error changes nothing
	return failure(codeAuthentication, "the credentials for this call are missing",
		errorDetails{Reason: "the document demands credentials, and this server has none"},
		append(s.missing(ctx, op), "Nothing was sent.")...)
}

// unauthorized explains the status 401 of a request that had the given credentials.
func (s *Set) unauthorized(ctx context.Context, op *operation, sent []schemeCredential) (reason string, advice []string) {
	advice = []string{"The API requires credentials. They belong to this server's configuration, not to the arguments."}
	switch {
	case len(sent) > 0:
		var names []string
		for _, c := range sent {
			names = append(names, sanitize.Description(c.scheme, 80))
		}
		return "the credentials are not accepted", append(advice,
			"Ask the user to renew the credentials of security scheme "+strings.Join(names, " and ")+"; the API refused those that were sent.")
	case len(op.security) == 0:
		return "the credentials are missing", append(advice, "The document names none for this operation: ask the user to correct the document.")
	case originOf(op.BaseURL) != s.origin:
		return "no credentials were sent", append(advice, "They are for "+sanitize.Description(s.origin, 200)+
			", and this operation has another server: ask the user to name that one with --base-url.")
	}
	return "the credentials are missing", append(advice, s.missing(ctx, op)...)
}

// missing says what a person or caller must supply: for each alternative of an operation, the
// schemes without a secret.
func (s *Set) missing(ctx context.Context, op *operation) []string {
	var all []string
	for _, alternative := range op.security {
		var parts []string
		for _, sc := range alternative {
			if _, has, err := s.secret(ctx, sc); !has && err == nil {
				parts = append(parts, s.supply(sc))
			}
		}
		if text := strings.Join(parts, " and "); text != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return []string{"Ask the user to supply " + strings.Join(all[:min(len(all), 3)], "; or ") + "."}
}

// supply says how a person or caller supplies the secret of a scheme.
func (s *Set) supply(sc securityScheme) string {
	name := sanitize.Description(sc.name, 80)
	if header, mapped := s.o.Caller[sc.name]; mapped {
		return "the header " + header + " of the requests to this server (security scheme " + name + ")"
	}
	var variables []string
	if n, ok := s.o.Credentials.(credential.Namer); ok {
		variables = n.Variables(sc.name, sc.SecurityScheme)
	}
	if len(variables) == 0 {
		return "the credentials of security scheme " + name
	}
	return "the variable " + strings.Join(variables, " or ") + " when the server starts (security scheme " + name + ")"
}
