package spectools

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// Secret is a credential as a person gives it: a key, a token, or user:password. It prints as nothing.
type Secret string

// String hides the secret.
func (Secret) String() string { return "(secret)" }

// GoString hides the secret.
func (Secret) GoString() string { return "(secret)" }

// Credentials gives the secret for a security scheme by its name in the document, false when there is none. It
// is asked for each call, from any goroutine.
type Credentials interface {
	Credential(ctx context.Context, scheme string, s *openapi3.SecurityScheme) (Secret, bool, error)
}

// Forgetter is a Credentials that keeps secrets for a while. It is told of one that the API did not take, and gets a new one
// when it is asked again.
type Forgetter interface {
	Forget(scheme string, s Secret)
}

// granted is a credential with what it came from.
type granted struct {
	scheme string
	secret Secret
	egress.Credential
}

// Environment takes credentials from environment variables: SPECTAP_AUTH_ with the scheme's name in capitals,
// what is no letter or digit as "_"; else API_KEY, BEARER_TOKEN or BASIC_AUTH (user:password) by the scheme's
// type. OAuth2 and OpenID Connect take a bearer token.
type Environment struct {
	// Get reads a variable, as os.Getenv does.
	Get func(string) string
}

// Variable is the environment variable of one scheme.
func Variable(scheme string) string {
	return "SPECTAP_AUTH_" + strings.ToUpper(strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') {
			return r
		}
		return '_'
	}, scheme))
}

// variables are those that are looked at for a scheme, in order.
func variables(name string, s *openapi3.SecurityScheme) []string {
	out := []string{Variable(name)}
	switch {
	case s.Type == "apiKey":
		out = append(out, "API_KEY")
	case s.Type == "http" && strings.EqualFold(s.Scheme, "basic"):
		out = append(out, "BASIC_AUTH")
	case s.Type == "http" && strings.EqualFold(s.Scheme, "bearer"), s.Type == "oauth2", s.Type == "openIdConnect":
		out = append(out, "BEARER_TOKEN")
	}
	return out
}

// Credential implements [Credentials].
func (e Environment) Credential(_ context.Context, name string, s *openapi3.SecurityScheme) (Secret, bool, error) {
	for _, v := range variables(name, s) {
		if x := e.Get(v); x != "" {
			return Secret(x), true, nil
		}
	}
	return "", false, nil
}

// securityOf lists the alternatives that an operation asks for. A scheme that is not described is one that
// nothing can be sent for.
func (b *builder) securityOf(op *operation) {
	reqs := b.doc.Security
	if op.op.Security != nil {
		reqs = *op.op.Security
	}
	for _, req := range reqs {
		var alternative []scheme
		names := make([]string, 0, len(req))
		for name := range req {
			names = append(names, name)
		}
		slices.Sort(names)
		ok := true
		for _, name := range names {
			var s *openapi3.SecurityScheme
			if b.doc.Components != nil {
				if r := b.doc.Components.SecuritySchemes[name]; r != nil {
					s = r.Value
				}
			}
			if s == nil {
				b.noteOn(op, fmt.Sprintf("security scheme %s is not described", sanitize.Description(name, 80)))
				ok = false
				continue
			}
			alternative = append(alternative, scheme{name, s})
		}
		if ok {
			op.security = append(op.security, alternative)
		}
	}
}

// credentials are those of the alternative that all are there for, the first of those with most schemes; none when
// the operation asks for none, or goes to another origin than the one that credentials are for.
func (s *Set) credentials(ctx context.Context, op *operation) ([]granted, error) {
	if originOf(op.base) != s.home {
		return nil, nil
	}
	var best []granted
	for _, alternative := range op.security {
		out, err := s.alternative(ctx, alternative)
		if err != nil {
			return nil, err
		}
		if len(out) > len(best) {
			best = out
		}
	}
	return best, nil
}

// alternative is nil when a credential is not there.
func (s *Set) alternative(ctx context.Context, schemes []scheme) ([]granted, error) {
	var out []granted
	for _, sc := range schemes {
		secret, ok, err := s.secret(ctx, sc)
		if err != nil {
			return nil, fmt.Errorf("get the credential for %s: %w", sanitize.Description(sc.name, 80), err)
		}
		if !ok {
			return nil, nil
		}
		c, ok := place(sc.SecurityScheme, secret)
		if !ok {
			return nil, nil
		}
		out = append(out, granted{sc.name, secret, c})
	}
	return out, nil
}

// placed are credentials as egress takes them.
func placed(all []granted) []egress.Credential {
	out := make([]egress.Credential, len(all))
	for i, g := range all {
		out[i] = g.Credential
	}
	return out
}

// renewed are the credentials that take the place of some that the API did not take; false when they are the same.
func (s *Set) renewed(ctx context.Context, op *operation, refused []granted) ([]granted, bool) {
	f, ok := s.o.Credentials.(Forgetter)
	if !ok || len(refused) == 0 {
		return nil, false
	}
	for _, g := range refused {
		if _, callers := s.o.Caller[g.scheme]; !callers {
			f.Forget(g.scheme, g.secret)
		}
	}
	now, err := s.credentials(ctx, op)
	return now, err == nil && len(now) > 0 && !slices.Equal(now, refused)
}

// secret is that of one scheme: the caller's, where it is theirs to give, else the configured one.
func (s *Set) secret(ctx context.Context, sc scheme) (Secret, bool, error) {
	if _, callers := s.o.Caller[sc.name]; callers {
		return s.o.Caller.Credential(ctx, sc.name, sc.SecurityScheme)
	}
	if s.o.Credentials == nil {
		return "", false, nil
	}
	return s.o.Credentials.Credential(ctx, sc.name, sc.SecurityScheme)
}

// place puts a secret where its scheme wants it.
func place(s *openapi3.SecurityScheme, secret Secret) (egress.Credential, bool) {
	v := string(secret)
	header := func(v string) (egress.Credential, bool) {
		return egress.Credential{In: egress.InHeader, Name: "Authorization", Value: v}, true
	}
	switch s.Type {
	case "apiKey":
		return egress.Credential{In: egress.Place(s.In), Name: s.Name, Value: v}, s.In == "header" || s.In == "query" || s.In == "cookie"
	case "http":
		switch strings.ToLower(s.Scheme) {
		case "bearer":
			return header("Bearer " + v)
		case "basic":
			return header("Basic " + base64.StdEncoding.EncodeToString([]byte(v)))
		case "":
			return egress.Credential{}, false
		}
		return header(s.Scheme + " " + v)
	case "oauth2", "openIdConnect":
		return header("Bearer " + v)
	}
	return egress.Credential{}, false
}

// wanted names the variables that would let an operation in, for advice.
func (op *operation) wanted() []string {
	var out []string
	for _, alternative := range op.security {
		for _, sc := range alternative {
			for _, v := range variables(sc.name, sc.SecurityScheme) {
				if !slices.Contains(out, v) {
					out = append(out, v)
				}
			}
		}
	}
	return out
}

// minHidden is the shortest secret that is looked for in answers: shorter ones would take words apart.
const minHidden = 6

// hide takes secrets that an API sends back out of its answer.
func hide(data []byte, credentials []egress.Credential) []byte {
	for _, c := range credentials {
		for _, v := range hidden(c.Value) {
			data = bytes.ReplaceAll(data, []byte(v), []byte("(credential)"))
		}
	}
	return data
}

// hidden are the forms in which a credential may come back, the longest first.
func hidden(v string) []string {
	var out []string
	add := func(v string) {
		if len(v) < minHidden {
			return
		}
		inJSON := string(bytes.Trim(orderedjson.Encode(v), `"`))
		html, _ := json.Marshal(v) // a string always can
		for _, form := range []string{
			v, inJSON, strings.ReplaceAll(inJSON, "/", `\/`), string(bytes.Trim(html, `"`)), url.QueryEscape(v), url.PathEscape(v),
			base64.StdEncoding.EncodeToString([]byte(v)), base64.RawStdEncoding.EncodeToString([]byte(v)), base64.RawURLEncoding.EncodeToString([]byte(v)),
		} {
			if !slices.Contains(out, form) {
				out = append(out, form)
			}
		}
	}
	add(v)
	if kind, rest, ok := strings.Cut(v, " "); ok {
		add(rest)
		if strings.EqualFold(kind, "basic") {
			if b, err := base64.StdEncoding.DecodeString(rest); err == nil {
				add(string(b))
				_, password, _ := strings.Cut(string(b), ":")
				add(password)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
}
