package front

import (
	"net/http"
	"strings"

	"github.com/spectap/spectap/mcp/mirror"
)

// Headers that pages of listed origins may send, beside those that a preflight names, and read.
var (
	sentByPages = strings.Join([]string{
		"Authorization", "Content-Type", "Accept", "Last-Event-ID", mirror.HeaderSession, mirror.HeaderVersion,
		mirror.HeaderMethod, mirror.HeaderName,
	}, ", ")
	readByPages = strings.Join([]string{mirror.HeaderSession, mirror.HeaderVersion, "WWW-Authenticate", "Retry-After"}, ", ")
)

// shareWith lets a page of a listed origin read the answer to a request, as the CORS protocol of
// the Fetch standard wants it. It reports whether the request was a preflight, which it answers:
// that asks whether a request may be sent, and never has a token.
func shareWith(origin string, w http.ResponseWriter, r *http.Request) (answered bool) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Add("Vary", "Origin")
	h.Set("Access-Control-Expose-Headers", readByPages)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	allowed := sentByPages
	if more := r.Header.Get("Access-Control-Request-Headers"); more != "" { // such as those of --caller-auth
		allowed += ", " + more
	}
	h.Set("Access-Control-Allow-Headers", allowed)
	h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
	h.Set("Access-Control-Max-Age", "600")
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" { // of pages that are not on this machine
		h.Set("Access-Control-Allow-Private-Network", "true")
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}
