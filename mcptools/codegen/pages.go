package codegen

import (
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/view"
)

// pages is how a program reads a list page by page. The URL of each ends in the variable PAGE.
type pages struct {
	base  string // of the URL
	url   template
	first string // the first PAGE
	next  take   // gives the next one
}

// pagesOf returns how the pages of a list follow, from a flow that read one, and the flow without a
// cursor, which would be of an older list. ok is false if the model does not know it.
func pagesOf(m *apidoc.Matcher, f flow.Flow) (p pages, _ flow.Flow, ok bool) {
	o := m.Find(f.Request.Method, f.Request.Authority, f.Request.Path)
	if o == nil || o.Paging == nil || o.Paging.Param == "" || f.Response == nil {
		return p, f, false
	}
	name, rest := url.QueryEscape(o.Paging.Param), ""
	for pair := range strings.SplitSeq(f.Request.RawQuery, "&") {
		if n, value, _ := strings.Cut(pair, "="); decode.Unescape(n) == o.Paging.Param {
			name, p.first = n, value
		} else if pair != "" {
			rest += "&" + pair
		}
	}
	pointer, list := o.Paging.Items, f
	list.Request.RawQuery = strings.TrimPrefix(rest, "&")
	p.base, p.next = list.Request.URL(), take{variable: "PAGE", after: map[bool]string{true: "?", false: "&"}[rest == ""] + name + "=", nth: 1}
	if o.Paging.Style == infer.PageCursor {
		pointer = o.Paging.Next
	}
	last, names := "", []string{}
	for _, last = range jsonvalue.Tokens(pointer) {
		names = append(names, quoteJavaScript(last))
	}
	p.next.name = strings.Join(names, ", ")
	text, _, _, _ := view.BodyText(f.Response.Header, f.Response.Body)
	body, _ := view.ReadJSON(text)
	v, _ := jsonvalue.At(body, jsonvalue.Tokens(pointer)...)
	if o.Paging.Style == infer.PageCursor {
		p.first, p.next.kind, p.next.before = "", inCursor, last
		if s, _ := v.(string); !isName.MatchString(last) || strings.Contains(s, "://") {
			return p, f, false
		}
		return p, list, true
	}
	items, _ := v.([]any)
	p.base, p.next.kind, p.next.before = p.base+p.next.after, inCount, `"`+last+`":[]`
	if o.Paging.Style == infer.PageOffset {
		p.next.nth = len(items)
	}
	return p, f, isNumber.MatchString(p.first) && len(items) > 0
}
