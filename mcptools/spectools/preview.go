package spectools

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/internal/visible"
)

// maxPreview bounds what a person is shown of each part of a request, in characters.
const maxPreview = 4000

// sentDigest stands for a request without its credentials.
func sentDigest(arguments guard.Digest, c egress.Call) guard.Digest {
	pairs := func(ps []egress.Pair) []any {
		var out []any
		for _, p := range ps {
			out = append(out, p.Name, p.Value)
		}
		return out
	}
	return guard.DigestOf([]any{arguments.String(), c.Method, c.URL.String(), pairs(c.Header), pairs(c.Cookies), string(c.Body)})
}

func question(h heldCall) mcp.ElicitationParams {
	return mcp.ElicitationParams{
		Mode: mcp.ElicitationModeForm, Message: preview(h.op, h.request, maxPreview) + " Send it?",
		RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}},
	}
}

// preview is what would be sent, for the person who decides: method, URL, headers, cookies and body. What the caller
// wrote is on one line, with escapes in the place of characters that do not show, so that it can neither pass for the
// text around it nor hide; where there is more than limit, it says how much is not shown.
func preview(op *operation, c egress.Call, limit int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s would send %s %s", op.name, c.Method, excerpt(c.URL.String(), limit))
	typ, coding := "", ""
	var headers []string
	for _, h := range c.Header {
		switch {
		case h.Name == "Content-Type":
			typ = h.Value
			continue
		case strings.EqualFold(h.Name, contentCoding):
			coding = h.Value
		}
		headers = append(headers, h.Name+": "+h.Value)
	}
	for _, p := range c.Cookies {
		headers = append(headers, "Cookie: "+p.Name+"="+p.Value)
	}
	if len(headers) > 0 {
		fmt.Fprintf(&b, " with %s", excerpt(strings.Join(headers, "; "), limit))
	}
	if len(c.Body) > 0 {
		if len(headers) > 0 {
			b.WriteString(" and")
		} else {
			b.WriteString(" with")
		}
		fmt.Fprintf(&b, " a body of %d bytes", len(c.Body))
		if typ != "" {
			fmt.Fprintf(&b, " (%s)", excerpt(baseType(typ), 100))
		}
		switch kindOf(typ) {
		case bodyJSON, bodyForm, bodyMultipart, bodyText, bodyYAML, bodyXML:
			fmt.Fprintf(&b, ": %s", excerpt(string(decoded(c.Body, coding)), limit))
		}
	}
	b.WriteByte('.')
	return b.String()
}

// excerpt shows both ends of what is too long.
func excerpt(s string, limit int) string {
	r := []rune(visible.Line(s))
	if len(r) <= limit {
		return string(r)
	}
	tail := limit / 4
	return fmt.Sprintf("%s … (%d characters are not shown) … %s", string(r[:limit-tail]), len(r)-limit, string(r[len(r)-tail:]))
}

// decoded undoes what code did to a body.
func decoded(body []byte, coding string) []byte {
	var r io.Reader
	var err error
	switch {
	case slices.Contains([]string{"gzip", "x-gzip"}, strings.ToLower(coding)):
		r, err = gzip.NewReader(bytes.NewReader(body))
	case strings.EqualFold(coding, "deflate"):
		r, err = zlib.NewReader(bytes.NewReader(body))
	default:
		return body
	}
	if err != nil {
		return body
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxArguments))
	if err != nil {
		return body
	}
	return plain
}
