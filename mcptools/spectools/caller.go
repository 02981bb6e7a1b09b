package spectools

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

// CallerCredentials takes the credentials of some schemes from headers of the MCP caller's own HTTP request: from a
// scheme's name to that of the header. They are kept in the request and nowhere else; a caller without one has none,
// whatever is configured. A consent counts only with the very same ones.
//
// Over stdio there are no headers, and no credentials then.
type CallerCredentials map[string]string

type callerHeaders struct{}

// withCaller keeps the headers of a call where credentials find them.
func withCaller(ctx context.Context, h http.Header) context.Context {
	return context.WithValue(ctx, callerHeaders{}, h)
}

func headerOf(ctx context.Context, name string) string {
	h, _ := ctx.Value(callerHeaders{}).(http.Header)
	return h.Get(name)
}

// Credential implements [Credentials].
func (c CallerCredentials) Credential(ctx context.Context, name string, s *openapi3.SecurityScheme) (Secret, bool, error) {
	header, ok := c[name]
	if !ok {
		return "", false, nil
	}
	v := headerOf(ctx, header)
	if s.Type == "apiKey" || v == "" {
		return Secret(v), v != "", nil
	}
	// Bearer and Basic may stand before the value as they do in Authorization.
	kind, rest, found := strings.Cut(v, " ")
	switch {
	case found && strings.EqualFold(kind, "basic") && strings.EqualFold(s.Scheme, "basic"):
		b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
		return Secret(b), err == nil, nil
	case found && (strings.EqualFold(kind, "bearer") || strings.EqualFold(kind, s.Scheme)):
		v = strings.TrimSpace(rest)
	}
	return Secret(v), true, nil
}

// mark tells callers with different credentials apart, without them.
func (c CallerCredentials) mark(ctx context.Context) string {
	if len(c) == 0 {
		return ""
	}
	h := sha256.New()
	for _, scheme := range slices.Sorted(maps.Keys(c)) {
		h.Write([]byte(scheme + "\x00" + headerOf(ctx, c[scheme]) + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}
