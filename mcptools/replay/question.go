package replay

import (
	"fmt"
	"strings"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/internal/visible"
)

// maxShown limits each element of a question, in characters.
const maxShown = 2000

// Describe describes the request to the person who decides about it: method, URL, headers, cookies
// and body. It shows what the caller wrote as it was written, and what was captured without
// secrets. All of it is on one line, with escapes for characters that do not show, so that it can
// neither pass for the text around it nor hide. Of a body that is not text it shows what
// [guard.DescribeBody] does.
func (r *Request) Describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", visible.Line(r.Call.Method), guard.ExcerptURL(r.shownURL(), maxShown))
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
		fmt.Fprintf(&b, " with the headers %s", guard.ExcerptList(lines, "; ", maxShown))
	}
	switch n := len(r.Call.Body); {
	case n == 0:
		b.WriteString(" and without a body")
	case r.bodyText != nil:
		fmt.Fprintf(&b, " and a body of %d bytes: %s", n, guard.ExcerptBody(*r.bodyText, maxShown))
	default:
		fmt.Fprintf(&b, " and a body of %d bytes%s", n, guard.DescribeBody(r.shown.Body, maxShown))
		if why := r.redacted.Body.Omitted; why != "" && len(r.shown.Body) == 0 {
			b.WriteString(", not shown: " + why)
		}
	}
	return b.String()
}

// showCaptured sets what Describe shows of the captured request, from its redacted form.
func (r *Request) showCaptured() {
	r.shown = egress.Call{Body: r.redacted.Body.Data}
	r.shownPath, r.shownQuery = r.redacted.Path, r.redacted.RawQuery
	for _, h := range r.redacted.Header {
		addHeader(&r.shown, h.Name, h.Value)
	}
	r.bodyText = nil
	if text, ok := r.shownText(); ok {
		r.bodyText = &text
	}
}
