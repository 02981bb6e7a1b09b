package check

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/openapi/router"
)

// credentials reports a request that the server accepted without the credentials of any alternative
// that the operation demands. A redirection may lead to a login, so it accepts nothing.
func (w *work) credentials() {
	if w.flow.Response.Status >= 300 {
		return
	}
	if where, lack := w.Lacks(&w.match, &w.flow.Request); lack != "" {
		w.report(RuleCredentials, where, "the request has no credentials for "+lack)
	}
}

// Lacks returns the names of the security schemes of an operation of which a request has no
// credentials, for people, and where the first would be. lack is "" if the request has those of an
// alternative or needs none.
func (c *Checker) Lacks(m *router.Match, r *flow.Request) (where, lack string) {
	required := c.security
	if own := m.Operation.Security; own != nil {
		required = *own
	}
	for _, alternative := range required {
		var missing []string
		for _, name := range slices.Sorted(maps.Keys(alternative)) {
			if s := c.schemes[name]; s != nil && s.Value != nil && !carries(r, s.Value) {
				where = cmp.Or(where, placeOf(s.Value))
				missing = append(missing, name)
			}
		}
		if len(missing) == 0 {
			return "", ""
		}
		lack = strings.TrimPrefix(lack+", or "+strings.Join(missing, " and "), ", or ")
	}
	return where, lack
}

// placeOf says where a request carries the credentials of a scheme.
func placeOf(s *openapi3.SecurityScheme) string {
	if s.Type == "apiKey" {
		return s.In + " " + s.Name
	}
	return "header Authorization"
}

// carries reports whether a request has credentials of a scheme. Those that redaction may have
// taken are there, and client certificates cannot be seen.
func carries(r *flow.Request, s *openapi3.SecurityScheme) bool {
	has := func(header string) bool { return strings.Join(r.Header.Values(header), "") != "" }
	hasQuery := func(name string) bool {
		for q := range decode.Pairs(r.RawQuery) {
			if q.Name == name && q.Value != "" {
				return true
			}
		}
		return strings.Contains(decode.Unescape(r.RawQuery), mark.Prefix)
	}
	switch {
	case s.Type == "apiKey" && s.In == "query":
		return hasQuery(s.Name)
	case s.Type == "apiKey" && s.In == "cookie":
		cookies := r.Header.Values("Cookie")
		sent := http.Request{Header: http.Header{"Cookie": cookies}}
		return len(sent.CookiesNamed(s.Name)) > 0 || strings.Contains(strings.Join(cookies, ";"), mark.Prefix)
	case s.Type == "apiKey":
		return has(s.Name)
	case s.Type == "http":
		return has("Authorization") && !isOther(r.Header.Values("Authorization")[0], s.Scheme)
	case s.Type == "oauth2", s.Type == "openIdConnect": // RFC 6750, section 2.3
		return has("Authorization") || hasQuery("access_token")
	}
	return true
}

// isOther reports whether an Authorization header has another known scheme. Servers accept tokens
// behind any word.
func isOther(sent, scheme string) bool {
	word, _, _ := strings.Cut(strings.ToLower(sent), " ")
	return word != strings.ToLower(scheme) && slices.Contains([]string{"basic", "bearer", "digest", "negotiate"}, word)
}
