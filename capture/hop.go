package capture

import (
	"net/http"
	"strings"
)

// removeHopByHop removes hop-by-hop fields (RFC 9110, section 7.6.1). "TE: trailers" stays, because
// it also tells the upstream that trailers will be read; gRPC requires it.
func removeHopByHop(h http.Header) {
	trailers := hasToken(h["Te"], "trailers")
	for _, line := range h["Connection"] {
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.TrimSpace(name); name != "" {
				h.Del(name)
			}
		}
	}
	for _, name := range [...]string{"Connection", "Proxy-Connection", "Keep-Alive", "Te", "Transfer-Encoding",
		"Upgrade", "Http2-Settings", "Proxy-Authorization", "Proxy-Authenticate"} {
		delete(h, name)
	}
	if trailers {
		h["Te"] = []string{"trailers"}
	}
}

// upgradeProtocol returns the protocol that a request or response switches to, or "". It ignores an
// offer of h2c: a proxy may omit that offer, and could not record the bytes that follow.
func upgradeProtocol(h http.Header) string {
	if !hasToken(h["Connection"], "upgrade") {
		return ""
	}
	to := h.Get("Upgrade")
	if strings.EqualFold(to, "h2c") {
		return ""
	}
	return to
}

// hasToken reports whether one of the comma-separated lists in lines contains token.
func hasToken(lines []string, token string) bool {
	for _, line := range lines {
		for t := range strings.SplitSeq(line, ",") {
			t, _, _ = strings.Cut(t, ";")
			if strings.EqualFold(strings.TrimSpace(t), token) {
				return true
			}
		}
	}
	return false
}
