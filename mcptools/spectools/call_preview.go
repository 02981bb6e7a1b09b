package spectools

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// maxPreview limits each part of a request that a person is shown, in characters.
const maxPreview = 4000

// requestDigest returns the digest of a request without its credentials, and of the arguments that
// it was built from.
func requestDigest(arguments guard.Digest, c egress.Call) guard.Digest {
	return guard.DigestOf([]any{arguments.String(), c.Digest().String()})
}

// preview describes a request for the person who decides: method, URL, headers, cookies and body.
// What the caller wrote is on one line, with escapes for characters that do not show, so that it
// can neither pass for the text around it nor hide. Where more than limit characters are cut, it
// says how many.
func preview(h heldCall, limit int) string {
	if h.describe != nil {
		return h.describe(limit)
	}
	c := h.request
	var b strings.Builder
	fmt.Fprintf(&b, "%s would send %s %s", h.op.toolName, c.Method, guard.ExcerptURL(c.URL.String(), limit))
	typ, coding := "", ""
	var headers []string
	for _, h := range c.Header {
		switch {
		case h.Name == "Content-Type":
			typ = h.Value
			continue
		case strings.EqualFold(h.Name, serialize.ContentEncoding):
			coding = h.Value
		}
		headers = append(headers, h.Name+": "+h.Value)
	}
	for _, p := range c.Cookies {
		headers = append(headers, "Cookie: "+p.Name+"="+p.Value)
	}
	if len(headers) > 0 {
		fmt.Fprintf(&b, " with %s", guard.ExcerptList(headers, "; ", limit))
	}
	if len(c.Body) > 0 {
		if len(headers) > 0 {
			b.WriteString(" and")
		} else {
			b.WriteString(" with")
		}
		fmt.Fprintf(&b, " a body of %d bytes", len(c.Body))
		if typ != "" {
			fmt.Fprintf(&b, " (%s)", guard.Excerpt(serialize.BaseType(typ), 100))
		}
		b.WriteString(guard.DescribeBody(serialize.DecodeContent(c.Body, coding), limit))
	}
	b.WriteByte('.')
	if len(h.methods) > 1 {
		fmt.Fprintf(&b, " A server may handle it as %s.", guard.Excerpt(otherMethods(h.methods), 200))
	}
	return b.String()
}

// otherMethods names the methods that may replace that of a request.
func otherMethods(methods guard.Methods) string {
	names := slices.Clone(methods[1:])
	for i, m := range names {
		if m == guard.AnyMethod {
			names[i] = "another request"
		}
	}
	return strings.Join(names, " or ")
}
