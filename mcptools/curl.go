package mcptools

import (
	"strings"

	"github.com/spectap/spectap/flow"
)

// maxCurlBody is the longest body that a curl command carries, in bytes.
const maxCurlBody = 8 << 10

// hopByHop are header lines that curl writes itself.
var hopByHop = map[string]bool{
	"host": true, "content-length": true, "connection": true, "proxy-connection": true, "transfer-encoding": true,
	"accept-encoding": true, "keep-alive": true, "te": true, "upgrade": true,
}

// curl writes a redacted request as a command for a POSIX shell. Everything captured stands in single quotes, where
// a shell reads nothing but the closing one.
func curl(f *flow.Flow) string {
	var b strings.Builder
	b.WriteString("curl")
	text, incomplete, _, isText := bodyText(f.Request.Header, f.Request.Body)
	hasBody := len(f.Request.Body.Data) > 0
	url := visible(f.Request.URL())
	b.WriteString(curlOptions(visible(f.Request.Method), url, hasBody) + " " + quote(url))
	for _, h := range f.Request.Header {
		name := strings.ToLower(h.Name)
		// The body is written decoded.
		if hopByHop[name] || name == "content-encoding" {
			continue
		}
		b.WriteString(" -H " + quote(curlHeader(visible(h.Name), visible(h.Value))))
	}
	if strings.EqualFold(f.Request.Header.Get("Accept-Encoding"), "gzip") || f.Request.Header.Has("Accept-Encoding") {
		b.WriteString(" --compressed")
	}
	switch {
	case !hasBody:
	case !isText, incomplete, len(text) > maxCurlBody:
		b.WriteString(" --data-binary @body.bin # the body is not shown here")
	default:
		b.WriteString(" --data-raw " + quote(text))
	}
	return b.String()
}

// quote makes one word of a text for a POSIX shell.
func quote(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+=,", r))
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
