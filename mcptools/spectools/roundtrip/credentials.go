package roundtrip

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// requestCredentials is a source of the credentials of the request that is sent again.
type requestCredentials struct{ r *flow.Request }

// Credential implements [credential.Source].
func (b *requestCredentials) Credential(
	_ context.Context, _ string, s *openapi3.SecurityScheme,
) (credential.Secret, bool, error) {
	v, ok := credentialIn(s, b.r.Header, b.r.RawQuery)
	return credential.Secret(v), ok, nil
}

// credentialIn returns the credential that a request has for a security scheme.
func credentialIn(s *openapi3.SecurityScheme, h flow.Header, query string) (string, bool) {
	switch s.Type {
	case "apiKey":
		switch s.In {
		case "header":
			return h.Get(s.Name), h.Has(s.Name)
		case "query":
			for p := range decode.Pairs(query) {
				if p.Name == s.Name {
					return p.Value, true
				}
			}
		case "cookie":
			for _, c := range (&http.Request{Header: http.Header{"Cookie": h.Values("Cookie")}}).CookiesNamed(s.Name) {
				return c.Value, true
			}
		}
		return "", false
	case "oauth2", "openIdConnect":
		return authorization(h, "bearer")
	case "http":
		v, ok := authorization(h, s.Scheme)
		if ok && strings.EqualFold(s.Scheme, "basic") {
			b, err := base64.StdEncoding.DecodeString(v)
			return string(b), err == nil
		}
		return v, ok
	}
	return "", false
}

// authorization returns what follows the scheme's name in the header.
func authorization(h flow.Header, scheme string) (string, bool) {
	kind, rest, ok := strings.Cut(h.Get("Authorization"), " ")
	return strings.TrimSpace(rest), ok && strings.EqualFold(kind, scheme)
}
