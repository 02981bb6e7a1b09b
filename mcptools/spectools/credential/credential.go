// Package credential supplies the secrets that the security schemes of an OpenAPI document ask for,
// and puts them on requests. A [Source] answers for a scheme by its name: [Environment] reads
// variables, [Files] and [Commands] read files and commands, [OAuth2] fetches bearer tokens,
// [Caller] takes them from the headers of the MCP request, and [Chain] tries several.
//
// A secret goes only to the API: [Attach] turns it into the header, query parameter or cookie of a
// request, and [Redact] removes it from answers that echo it. The agent never sees one.
//
// Read credential.go first, then oauth2.go.
package credential

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// Secret is a credential as a person supplies it: a key, a token, or user:password. Formatting it
// with package fmt prints a fixed text instead of the value.
type Secret string

// String hides the secret.
func (Secret) String() string { return "(secret)" }

// GoString hides the secret.
func (Secret) GoString() string { return "(secret)" }

// Source supplies secrets for security schemes.
type Source interface {
	// Credential returns the secret for a scheme, which is given by its name in the document and
	// its definition, and reports whether there is one. It is called for each call of a tool, from
	// any goroutine.
	Credential(ctx context.Context, name string, s *openapi3.SecurityScheme) (Secret, bool, error)
}

// Forgetter is a [Source] that caches secrets.
type Forgetter interface {
	// Forget drops a secret that the API rejected. The next call of Credential returns a new one.
	Forget(name string, s Secret)
}

// Renewer is a [Source] that fetches secrets with others, and anew when they expire.
type Renewer interface {
	// Standing returns what the secrets of a scheme are fetched with, the same for all of them, or
	// the secret itself if it is not fetched. It fetches nothing.
	Standing(ctx context.Context, name string, s *openapi3.SecurityScheme) (Secret, bool, error)
}

// OriginBinder is a [Source] that has to know which origin the credentials are for.
type OriginBinder interface {
	BindOrigin(origin string)
}

// Namer is a [Source] that reads variables.
type Namer interface {
	// Variables returns the variables that it reads for a scheme, as a person sets them.
	Variables(name string, s *openapi3.SecurityScheme) []string
}

// Chain asks several sources in turn and returns the first secret. An error ends the search.
type Chain []Source

// Credential implements [Source].
func (c Chain) Credential(ctx context.Context, name string, s *openapi3.SecurityScheme) (Secret, bool, error) {
	for _, x := range c {
		if v, ok, err := x.Credential(ctx, name, s); ok || err != nil {
			return v, ok, err
		}
	}
	return "", false, nil
}

// Forget implements [Forgetter].
func (c Chain) Forget(name string, s Secret) {
	for _, x := range c {
		if f, ok := x.(Forgetter); ok {
			f.Forget(name, s)
		}
	}
}

// Standing implements [Renewer].
func (c Chain) Standing(ctx context.Context, name string, s *openapi3.SecurityScheme) (Secret, bool, error) {
	for _, x := range c {
		if v, ok, err := StandingOf(ctx, x, name, s); ok || err != nil {
			return v, ok, err
		}
	}
	return "", false, nil
}

// StandingOf returns what stands for the secrets that a source supplies for a scheme: see
// [Renewer].
func StandingOf(ctx context.Context, x Source, name string, s *openapi3.SecurityScheme) (Secret, bool, error) {
	if r, ok := x.(Renewer); ok {
		return r.Standing(ctx, name, s)
	}
	return x.Credential(ctx, name, s)
}

// BindOrigin implements [OriginBinder].
func (c Chain) BindOrigin(origin string) {
	for _, x := range c {
		if b, ok := x.(OriginBinder); ok {
			b.BindOrigin(origin)
		}
	}
}

// Variables implements [Namer].
func (c Chain) Variables(name string, s *openapi3.SecurityScheme) (out []string) {
	for _, x := range c {
		if n, ok := x.(Namer); ok {
			out = append(out, n.Variables(name, s)...)
		}
	}
	return out
}

// Attach returns a secret as the header, query parameter or cookie that its scheme specifies. It
// reports false for a scheme of a type that it cannot send.
func Attach(s *openapi3.SecurityScheme, secret Secret) (egress.Credential, bool) {
	v := string(secret)
	header := func(v string) (egress.Credential, bool) {
		return egress.Credential{In: egress.InHeader, Name: "Authorization", Value: v}, true
	}
	switch s.Type {
	case "apiKey":
		known := s.In == "header" || s.In == "query" || s.In == "cookie"
		if v != "" && isAuthorization(s) && strings.Contains(strings.ToLower(s.Description), "bearer") {
			v = asBearer(v)
		}
		return egress.Credential{In: egress.Location(s.In), Name: s.Name, Value: v}, known
	case "http":
		switch strings.ToLower(s.Scheme) {
		case "bearer":
			return header("Bearer " + v)
		case "basic":
			return header("Basic " + base64.StdEncoding.EncodeToString([]byte(v)))
		case "digest":
			return egress.Credential{In: egress.InDigest, Name: "Authorization", Value: v}, true
		case "", "scram-sha-1", "scram-sha-256", "mutual": // they never send the password
			return egress.Credential{}, false
		}
		return header(s.Scheme + " " + v)
	case "oauth2", "openIdConnect":
		return header("Bearer " + v)
	}
	return egress.Credential{}, false
}

// Sent returns the value that a request has in the place of a credential, or "".
func Sent(r *flow.Request, at egress.Credential) string {
	switch at.In {
	case egress.InHeader:
		return r.Header.Get(at.Name)
	case egress.InCookie:
		cookies := http.Request{Header: http.Header{"Cookie": r.Header.Values("Cookie")}}
		for _, c := range cookies.CookiesNamed(at.Name) {
			return c.Value
		}
	case egress.InQuery:
		for p := range decode.Pairs(r.RawQuery) {
			if p.Name == at.Name {
				return p.Value
			}
		}
	}
	return ""
}

// SentAs returns the credential of a scheme that a captured request has, and reports whether it has
// one. The kind of a header, such as "Bearer ", tells schemes of one header apart.
func SentAs(r *flow.Request, s *openapi3.SecurityScheme) (egress.Credential, bool) {
	at, ok := Attach(s, "")
	kind, place := at.Value, at
	if at.In == egress.InDigest {
		kind, place.In = "Digest ", egress.InHeader
	}
	at.Value = Sent(r, place)
	return at, ok && len(at.Value) > len(kind) && strings.EqualFold(at.Value[:len(kind)], kind)
}

// Redact replaces credentials that an API echoes in its answer, in the forms of package echo, with
// "(credential)". It leaves secrets shorter than [egress.MinEchoLength].
func Redact(data []byte, credentials []egress.Credential) []byte {
	for _, c := range credentials {
		data = egress.HideEcho(data, "(credential)", c.Secrets()...)
	}
	return data
}
