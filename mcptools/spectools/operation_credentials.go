package spectools

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// schemeCredential is the credential of a request for one scheme.
type schemeCredential struct {
	scheme string
	secret credential.Secret
	egress.Credential
}

// standing returns what stands for the credentials of a call, to which approvals are bound: not the
// tokens that are renewed, but what they are fetched with. It sends nothing.
func (s *Set) standing(ctx context.Context, op *operation) ([]guard.Secret, error) {
	if op.origin != s.origin {
		return nil, nil
	}
	all, err := s.best(ctx, op, s.standingSecret)
	if err != nil {
		return nil, err
	}
	out := make([]guard.Secret, len(all))
	for i, c := range all {
		kind := c.Name // of the header, parameter or cookie
		if c.In == egress.InHeader && c.Name == "Authorization" {
			kind, _, _ = strings.Cut(c.Value, " ")
		}
		out[i] = guard.Secret{Scheme: kind + " (security scheme " + c.scheme + ")", Value: string(c.secret)}
	}
	if s.session != nil {
		out = append(out, s.session.standing())
	}
	return out, nil
}

// setSecurity lists the alternatives that an operation requires (OpenAPI, Security Requirement
// Object). An alternative with a scheme that the document does not define is left out, because no
// credential can be sent for it.
func (b *builder) setSecurity(op *operation) {
	reqs := b.doc.Security
	if op.assumed = b.o.AssumedSecurity; op.doc.Security != nil {
		reqs, op.assumed = *op.doc.Security, false
	}
	for _, req := range reqs {
		var alternative []Scheme
		ok := true
		for _, name := range slices.Sorted(maps.Keys(req)) {
			var s *openapi3.SecurityScheme
			if b.doc.Components != nil {
				if r := b.doc.Components.SecuritySchemes[name]; r != nil {
					s = r.Value
				}
			}
			if s == nil {
				b.note(op, fmt.Sprintf("security scheme %s is not described", sanitize.Description(name, 80)))
				ok = false
				continue
			}
			if _, can := credential.Attach(s, ""); !can && s.Type == "http" {
				b.note(op, fmt.Sprintf("the HTTP scheme %s of security scheme %s is not supported: calls have no credentials for it",
					sanitize.Description(s.Scheme, 80), sanitize.Description(name, 80)))
				ok = false
			}
			alternative = append(alternative, Scheme{name, s})
		}
		if ok {
			op.security = append(op.security, alternative)
		}
	}
}

// credentials returns the credentials of the first alternative that has a secret for each of its
// schemes, and of several the one with most schemes. An operation without requirements gets none.
// Those of a session are sent with all operations. No credential goes to another origin than its
// own.
func (s *Set) credentials(ctx context.Context, op *operation) ([]schemeCredential, error) {
	if op.origin != s.origin {
		return nil, nil
	}
	best, err := s.best(ctx, op, s.secret)
	if err != nil || s.session == nil {
		return best, err
	}
	own, err := s.session.credentials(ctx, op)
	return append(best, own...), err
}

// secretOf returns the secret of a scheme, and whether there is one.
type secretOf func(context.Context, Scheme) (credential.Secret, bool, error)

// best returns the credentials of the first alternative that has a secret for each of its schemes,
// and of several the one with most schemes.
func (s *Set) best(ctx context.Context, op *operation, secretOf secretOf) ([]schemeCredential, error) {
	return bestOf(op.security, func(sc Scheme) (schemeCredential, bool, error) {
		secret, has, err := secretOf(ctx, sc)
		if err != nil {
			return schemeCredential{}, false, fmt.Errorf("get the credential for %s: %w", sanitize.Description(sc.Name, 80), err)
		}
		c, ok := credential.Attach(sc.SecurityScheme, secret)
		return schemeCredential{sc.Name, secret, c}, has && ok, nil
	})
}

// bestOf returns what find has for the schemes of the first alternative for which it has all, and
// of several the one with most schemes.
func bestOf[S, T any](alternatives [][]S, find func(S) (T, bool, error)) (best []T, err error) {
	for _, schemes := range alternatives {
		var found []T
		for _, s := range schemes {
			x, ok, err := find(s)
			if err != nil {
				return nil, err
			}
			if !ok {
				break // the rest may ask an issuer for a token
			}
			found = append(found, x)
		}
		if len(found) == len(schemes) && len(found) > len(best) {
			best = found
		}
	}
	return best, nil
}

// secret returns the secret of one scheme: the caller's if the scheme is mapped to a header, else
// the configured one.
func (s *Set) secret(ctx context.Context, sc Scheme) (credential.Secret, bool, error) {
	if _, mapped := s.o.Caller[sc.Name]; mapped {
		return s.o.Caller.Credential(ctx, sc.Name, sc.SecurityScheme)
	}
	if s.o.Credentials == nil {
		return "", false, nil
	}
	return s.o.Credentials.Credential(ctx, sc.Name, sc.SecurityScheme)
}

// standingSecret returns what stands for the secret of one scheme.
func (s *Set) standingSecret(ctx context.Context, sc Scheme) (credential.Secret, bool, error) {
	if _, mapped := s.o.Caller[sc.Name]; mapped || s.o.Credentials == nil {
		return s.secret(ctx, sc)
	}
	return credential.StandingOf(ctx, s.o.Credentials, sc.Name, sc.SecurityScheme)
}

// renewCredentials drops credentials that the API rejected and fetches new ones. It reports false
// if they are the same, or if the source does not cache.
func (s *Set) renewCredentials(
	ctx context.Context, op *operation, rejected []schemeCredential,
) ([]schemeCredential, bool) {
	f, ok := s.o.Credentials.(credential.Forgetter)
	if !ok && s.session == nil || len(rejected) == 0 {
		return nil, false
	}
	if s.session != nil {
		s.session.forget(ctx)
	}
	for _, c := range rejected {
		if _, mapped := s.o.Caller[c.scheme]; ok && !mapped {
			f.Forget(c.scheme, c.secret)
		}
	}
	renewed, err := s.credentials(ctx, op)
	return renewed, err == nil && len(renewed) > 0 && !slices.Equal(renewed, rejected)
}

// forEgress returns credentials in the form that package egress takes.
func forEgress(all []schemeCredential) []egress.Credential {
	out := make([]egress.Credential, len(all))
	for i, c := range all {
		out[i] = c.Credential
	}
	return out
}

// requiresCredentials reports whether the document allows no call without credentials.
func (op *operation) requiresCredentials() bool {
	return len(op.security) > 0 && !slices.ContainsFunc(op.security, func(a []Scheme) bool { return len(a) == 0 })
}

// withoutCredentials refuses a call that a person would have to confirm, although the API would
// refuse it: the document demands credentials, and they are missing. Otherwise it returns nil.
func (s *Set) withoutCredentials(ctx context.Context, op *operation) *mcp.CallToolResult {
	if s.o.HoldWithoutCredentials || s.session != nil || !op.requiresCredentials() || op.origin != s.origin {
		return nil
	}
	if have, err := s.standing(ctx, op); err != nil || len(have) > 0 {
		return nil // errors are reported when the request is sent
	}
	return failure(codeAuthentication, "the credentials for this call are missing",
		errorDetails{Reason: "the document demands credentials, and this server has none"},
		append(s.missing(ctx, op), "Nothing was sent.")...)
}

// unauthorized explains that an API wants other credentials than those that a request had.
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
	case op.origin != s.origin:
		return "no credentials were sent", append(advice, "They are for "+sanitize.Description(s.origin, 200)+
			", and this operation has another server: ask the user to name that one with --base-url.")
	}
	return "the credentials are missing", append(advice, s.missing(ctx, op)...)
}

// missing says what a person or caller must supply for a call.
func (s *Set) missing(ctx context.Context, op *operation) []string {
	text, _ := s.lacks(op, func(sc Scheme) bool {
		_, has, err := s.secret(ctx, sc)
		return has || err != nil
	})
	if text == "" {
		return nil
	}
	return []string{"Ask the user to supply " + text + "."}
}

// lacks says, for the alternatives of an operation, which schemes have no secret. It reports false
// if an alternative has all of its secrets.
func (s *Set) lacks(op *operation, has func(Scheme) bool) (text string, lacks bool) {
	var all []string
	lacks = true
	for _, alternative := range op.security {
		var parts []string
		for _, sc := range alternative {
			if !has(sc) {
				parts = append(parts, s.supply(sc))
			}
		}
		lacks = lacks && len(parts) > 0
		if text := strings.Join(parts, " and "); text != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return strings.Join(all[:min(len(all), 3)], "; or "), lacks
}

// supply says how a person or caller supplies the secret of a scheme.
func (s *Set) supply(sc Scheme) string {
	name := sanitize.Description(sc.Name, 80)
	if header, mapped := s.o.Caller[sc.Name]; mapped {
		return "the header " + header + " of the requests to this server (security scheme " + name + ")"
	}
	var variables []string
	if n, ok := s.o.Credentials.(credential.Namer); ok {
		variables = n.Variables(sc.Name, sc.SecurityScheme)
	}
	if len(variables) == 0 {
		return "the credentials of security scheme " + name
	}
	return "the variable " + strings.Join(variables, " or ") + " when the server starts (security scheme " + name + ")"
}
