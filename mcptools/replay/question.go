package replay

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/view"
)

// maxShown limits each element of a question, in characters.
const maxShown = 2000

// Describe describes the request to the person who decides about it: method, URL, headers, cookies
// and body. It shows what the caller wrote as it was written, and what was captured without
// secrets. All of it is on one line, with escapes for characters that do not show, so that it can
// neither pass for the text around it nor hide. A body that is not text has its size, digest and
// first bytes.
func (r *Request) Describe() string {
	var b strings.Builder
	shown := r.redactor.Flow(flow.Flow{Request: flow.Request{
		Scheme: r.Flow.Request.Scheme, Authority: r.Flow.Request.Authority,
		Path: r.Call.URL.EscapedPath(), RawQuery: r.Call.URL.RawQuery,
	}})
	fmt.Fprintf(&b, "%s %s", visible.Line(r.Call.Method), excerpt(shown.Request.URL()))
	var lines []string
	for _, h := range r.shown.Header {
		lines = append(lines, h.Name+": "+h.Value)
	}
	for _, p := range r.shown.Cookies {
		lines = append(lines, "Cookie: "+p.Name+"="+p.Value)
	}
	if len(lines) == 0 {
		b.WriteString(" without headers")
	} else {
		fmt.Fprintf(&b, " with the headers %s", excerpt(strings.Join(lines, "; ")))
	}
	switch n := len(r.Call.Body); {
	case n == 0:
		b.WriteString(" and without a body")
	case r.bodyText != nil:
		fmt.Fprintf(&b, " and a body of %d bytes: %s", n, excerpt(*r.bodyText))
	default:
		fmt.Fprintf(&b, " and a body of %d bytes that is not text%s", n, digestOf(r.shown.Body))
	}
	return b.String()
}

// digestOf describes data that is not text.
func digestOf(data []byte) string {
	if len(data) == 0 {
		return ""
	}
	sum := sha256.Sum256(data)
	return fmt.Sprintf(" (SHA-256 %s, begins with %s)",
		hex.EncodeToString(sum[:]), hex.EncodeToString(data[:min(len(data), 32)]))
}

// showCaptured sets what Describe shows of the captured request, from its redacted form.
func (r *Request) showCaptured(redacted flow.Request) {
	r.shown = egress.Call{Body: redacted.Body.Data}
	for _, h := range redacted.Header {
		addHeader(&r.shown, h.Name, h.Value)
	}
	r.bodyText = nil
	if text, _, _, ok := view.BodyText(redacted.Header, redacted.Body); ok {
		r.bodyText = &text
	}
}

// excerpt returns both ends of a text that is too long.
func excerpt(s string) string {
	r := []rune(visible.Line(s))
	if len(r) <= maxShown {
		return string(r)
	}
	const tail = maxShown / 4
	return fmt.Sprintf("%s … (%d characters are not shown) … %s",
		string(r[:maxShown-tail]), len(r)-maxShown, string(r[len(r)-tail:]))
}
