package credential

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Caller takes the secrets of some schemes from headers of the MCP caller's own HTTP request. It
// maps the name of a scheme to the name of a header. The secrets stay in the request. A caller that
// sends no such header has no secret, even if another source is configured for the scheme, and a
// consent is valid only for a repeat of the call with the same headers ([Caller.Fingerprint]).
//
// Requests over stdio have no headers, and so no secrets, except those that the gateway passes on
// that started the server.
type Caller map[string]string

type headerKey struct{}

// WithHeader returns a context that carries the headers of the MCP request to [Caller].
func WithHeader(ctx context.Context, h http.Header) context.Context {
	return context.WithValue(ctx, headerKey{}, h)
}

func headerValue(ctx context.Context, name string) string {
	h, _ := ctx.Value(headerKey{}).(http.Header)
	return h.Get(name)
}

// Credential implements [Source]. The header may hold the secret alone, or "Bearer" or "Basic"
// before it, as in Authorization.
func (c Caller) Credential(ctx context.Context, name string, s *openapi3.SecurityScheme) (Secret, bool, error) {
	header, ok := c[name]
	if !ok {
		return "", false, nil
	}
	v := headerValue(ctx, header)
	if s.Type == "apiKey" || v == "" {
		return Secret(v), v != "", nil
	}
	kind, rest, found := strings.Cut(v, " ")
	isBasic, takesBasic := strings.EqualFold(kind, "basic"), strings.EqualFold(s.Scheme, "basic")
	switch {
	case found && (isBasic != takesBasic) && (isBasic || strings.EqualFold(kind, "bearer")):
		return "", false, nil // it is for another scheme, which shares the header
	case found && isBasic:
		b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
		return Secret(b), err == nil, nil
	case found && (strings.EqualFold(kind, "bearer") || strings.EqualFold(kind, s.Scheme)):
		v = strings.TrimSpace(rest)
	}
	return Secret(v), true, nil
}

// Fingerprint returns a short hash of the caller's secrets, which distinguishes callers with
// different ones. It is "" if no scheme is mapped.
func (c Caller) Fingerprint(ctx context.Context) string {
	if len(c) == 0 {
		return ""
	}
	h := sha256.New()
	for _, scheme := range slices.Sorted(maps.Keys(c)) {
		h.Write([]byte(scheme + "\x00" + headerValue(ctx, c[scheme]) + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}
