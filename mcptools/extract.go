package mcptools

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/andybalholm/cascadia"
	"github.com/antchfx/htmlquery"
	"github.com/antchfx/xmlquery"
	"github.com/antchfx/xpath"
	"github.com/ohler55/ojg/jp"
	"golang.org/x/net/html"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/view"
)

// ExtractResult is what an expression found in a body.
type ExtractResult struct {
	Untrusted
	FlowID     uint64  `json:"flow_id"`
	Side       string  `json:"side" jsonschema_description:"request or response"`
	Kind       string  `json:"kind" jsonschema_description:"json_path, css_selector or xpath"`
	Matches    []Match `json:"matches"`
	Total      int     `json:"total" jsonschema_description:"how many matches there are"`
	Truncated  bool    `json:"truncated,omitempty" jsonschema_description:"there are more matches: ask again with offset next_offset"`
	NextOffset int     `json:"next_offset,omitempty"`
	Incomplete bool    `json:"incomplete,omitempty" jsonschema_description:"the recorder kept only the beginning of the body"`
}

func (r ExtractResult) goOn(tool string) string { return nextOffset(tool, r.Truncated, r.NextOffset) }

// Match is one thing that was found.
type Match struct {
	// Value is set by JSONPath, Text by the others and where a JSON value is too long to be shown whole.
	Value any    `json:"value,omitempty" jsonschema_description:"the JSON value"`
	Text  string `json:"text,omitempty" jsonschema_description:"the text of the element or attribute; or the beginning of a long JSON value"`
	HTML  string `json:"html,omitempty" jsonschema_description:"the element as markup"`
	Attrs []Attr `json:"attrs,omitempty"`
	// Cut says that something was left out.
	Cut bool `json:"truncated,omitempty" jsonschema_description:"the match is cut: extract a part of it, or read it with inspect_flow"`
}

// Attr is an attribute of an element.
type Attr struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// How much of one match is shown, in bytes, and of all in one answer.
const (
	maxMatch      = 16 << 10
	maxAllMatches = 256 << 10
)

func (s *service) extractFromFlow() tool {
	params := []param{
		flowParam,
		{name: "json_path", kind: text, maxLen: 1000, doc: "JSONPath, such as $.items[*].id"},
		{name: "css_selector", kind: text, maxLen: 1000, doc: "CSS selector, for HTML"},
		{name: "xpath", kind: text, maxLen: 1000, doc: "XPath 1.0, for HTML and XML"},
		{name: "side", kind: text, enum: []string{"response", "request"}, otherwise: "response", doc: "whose body"},
		{name: "limit", kind: whole, least: 1, most: 1000, otherwise: 100, doc: "how many matches at most"},
		{name: "offset", kind: whole, otherwise: 0, doc: "leave out so many matches"},
	}
	return newTool("extract_from_flow", "Parts of a body",
		"Takes parts out of a flow's whole body with one of JSONPath, CSS selector and XPath. Secrets are redacted before.", params, s.extract)
}

func (s *service) extract(ctx context.Context, a args) (ExtractResult, error) {
	kind := ""
	for _, name := range []string{"json_path", "css_selector", "xpath"} {
		if a.text(name) == "" {
			continue
		}
		if kind != "" {
			return ExtractResult{}, badArgument(name, "stands beside %s: one is enough", kind)
		}
		kind = name
	}
	if kind == "" {
		return ExtractResult{}, badArgument("json_path", "is missing: one of json_path, css_selector and xpath is needed")
	}
	find, err := finder(kind, a.text(kind))
	if err != nil {
		return ExtractResult{}, badArgument(kind, "cannot be read: %s", view.Cut(view.Visible(err.Error()), 300))
	}
	f, err := s.flow(ctx, a.flow("flow_id"))
	if err != nil {
		return ExtractResult{}, err
	}
	h, b := f.Request.Header, f.Request.Body
	if a.text("side") == "response" {
		h, b = nil, flow.Body{}
		if f.Response != nil {
			h, b = f.Response.Header, f.Response.Body
		}
	}
	text, incomplete, _, ok := view.BodyText(h, b)
	if !ok || text == "" {
		return ExtractResult{}, errorf(CodeNoBody, "inspect_flow shows what there is", "the %s has no body that is text", a.text("side"))
	}
	all, err := find(text, decode.IsXML(h.MediaType()) && !strings.Contains(h.MediaType(), "html"))
	if err != nil {
		return ExtractResult{}, errorf(CodeNoBody, "inspect_flow shows the body", "the body cannot be read that way: it is %s", described(h))
	}
	out := ExtractResult{
		Untrusted: untrusted, FlowID: uint64(f.Seq), Side: a.text("side"), Kind: kind, Matches: []Match{}, Total: len(all), Incomplete: incomplete,
	}
	size := 0
	for i := min(a.whole("offset"), len(all)); i < len(all); i++ {
		if len(out.Matches) == a.whole("limit") || size > maxAllMatches {
			out.Truncated, out.NextOffset = true, i
			break
		}
		m, n := all[i].show()
		size += n
		out.Matches = append(out.Matches, m)
	}
	return out, nil
}

func described(h flow.Header) string {
	if t := h.MediaType(); t != "" {
		return view.Visible(t)
	}
	return "of no known type"
}

// node is one thing found, before it is cut to size.
type node struct {
	value      any // of JSON
	isJSON     bool
	text, html string
	attrs      []Attr
}

func (x node) show() (Match, int) {
	if x.isJSON {
		raw, _ := json.Marshal(x.value) // decoded JSON: cannot fail
		if x.value == nil {
			return Match{Text: "null"}, len(raw)
		}
		if len(raw) <= maxMatch {
			return Match{Value: x.value}, len(raw)
		}
		return Match{Text: view.WholeRunes(string(raw[:maxMatch])), Cut: true}, maxMatch
	}
	m := Match{Text: x.text, HTML: x.html, Attrs: x.attrs}
	if len(m.Text) > maxMatch {
		m.Text, m.Cut = view.WholeRunes(m.Text[:maxMatch]), true
	}
	if len(m.HTML) > maxMatch {
		m.HTML, m.Cut = view.WholeRunes(m.HTML[:maxMatch]), true
	}
	return m, len(m.Text) + len(m.HTML)
}

// finder compiles an expression. What it returns reads a body, as XML where that is said, and finds all.
func finder(kind, expression string) (func(body string, isXML bool) ([]node, error), error) {
	switch kind {
	case "json_path":
		return jsonFinder(expression)
	case "css_selector":
		sel, err := cascadia.ParseGroup(expression)
		if err != nil {
			return nil, err
		}
		return func(body string, _ bool) ([]node, error) {
			root, err := html.Parse(strings.NewReader(body))
			if err != nil {
				return nil, err
			}
			return htmlNodes(cascadia.QueryAll(root, sel)), nil
		}, nil
	}
	x, err := xpath.Compile(expression)
	if err != nil {
		return nil, err
	}
	return func(body string, isXML bool) ([]node, error) {
		if isXML {
			root, err := xmlquery.Parse(strings.NewReader(body))
			if err != nil {
				return nil, err
			}
			return xmlNodes(root, x)
		}
		root, err := html.Parse(strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		return htmlMatches(root, x)
	}, nil
}

// maxDescents bounds "..", each of which may multiply what is found by the depth of the body.
const maxDescents = 2

func jsonFinder(expression string) (func(string, bool) ([]node, error), error) {
	if strings.Count(expression, "..") > maxDescents {
		return nil, fmt.Errorf("it has more than %d of \"..\"", maxDescents)
	}
	x, err := jp.ParseString(expression)
	if err != nil {
		return nil, err
	}
	return func(body string, _ bool) (out []node, err error) {
		// The library panics on some scripts that do not fit the data.
		defer func() {
			if p := recover(); p != nil {
				out, err = nil, fmt.Errorf("%v", p)
			}
		}()
		v, err := readOrdered(body)
		if err != nil {
			return nil, err
		}
		for _, found := range x.Get(v) {
			out = append(out, node{value: found, isJSON: true})
		}
		return out, nil
	}, nil
}

func htmlNodes(list []*html.Node) []node {
	out := make([]node, len(list))
	for i, n := range list {
		var b bytes.Buffer
		if n.Type != html.ElementNode || html.Render(&b, n) != nil {
			b.Reset()
		}
		x := node{text: strings.TrimSpace(htmlquery.InnerText(n)), html: b.String()}
		for _, a := range n.Attr {
			x.attrs = append(x.attrs, Attr{a.Key, a.Val})
		}
		out[i] = x
	}
	return out
}

// htmlMatches takes expressions that give nodes, and those that give a value such as count(//a).
func htmlMatches(root *html.Node, x *xpath.Expr) ([]node, error) {
	switch v := x.Evaluate(htmlquery.CreateXPathNavigator(root)).(type) {
	case *xpath.NodeIterator:
		var out []node
		for v.MoveNext() {
			n := v.Current().(*htmlquery.NodeNavigator)
			if n.NodeType() == xpath.ElementNode {
				out = append(out, htmlNodes([]*html.Node{n.Current()})...)
			} else {
				out = append(out, node{text: n.Value()})
			}
		}
		return out, nil
	default:
		return []node{{text: fmt.Sprint(v)}}, nil
	}
}

func xmlNodes(root *xmlquery.Node, x *xpath.Expr) ([]node, error) {
	switch v := x.Evaluate(xmlquery.CreateXPathNavigator(root)).(type) {
	case *xpath.NodeIterator:
		var out []node
		for v.MoveNext() {
			n := v.Current().(*xmlquery.NodeNavigator)
			one := node{text: strings.TrimSpace(n.Value())}
			if n.NodeType() == xpath.ElementNode {
				one.html = n.Current().OutputXML(true)
				for _, a := range n.Current().Attr {
					one.attrs = append(one.attrs, Attr{a.Name.Local, a.Value})
				}
			}
			out = append(out, one)
		}
		return out, nil
	default:
		return []node{{text: fmt.Sprint(v)}}, nil
	}
}
