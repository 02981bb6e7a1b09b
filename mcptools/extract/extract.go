// Package extract finds values in a body with a JSONPath, CSS selector or XPath expression.
//
// [Compile] compiles an expression, which is foreign input: its cost is bounded, and panics of the
// libraries become errors. [Finder] runs it on the text of a body.
//
// The package may import mcptools/view. Read extract.go first.
package extract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/andybalholm/cascadia"
	"github.com/antchfx/htmlquery"
	"github.com/antchfx/xmlquery"
	"github.com/antchfx/xpath"
	"github.com/ohler55/ojg/jp"
	"golang.org/x/net/html"

	"github.com/spectap/spectap/mcptools/view"
)

// The kinds of expressions, which are also the names of arguments.
const (
	JSONPath    = "json_path"
	CSSSelector = "css_selector"
	XPath       = "xpath"
)

// Kinds returns the kinds of expressions.
func Kinds() []string { return []string{JSONPath, CSSSelector, XPath} }

// Match is one match, cut to a size that a result can contain.
type Match struct {
	// Value is set by JSONPath unless the value is null or long. Text is set otherwise.
	Value any    `json:"value,omitempty" jsonschema_description:"the JSON value"`
	Text  string `json:"text,omitempty" jsonschema_description:"the text of the element or attribute; or the beginning of a long JSON value"`
	HTML  string `json:"html,omitempty" jsonschema_description:"the element as markup"`
	Attrs []Attr `json:"attrs,omitempty"`
	Cut   bool   `json:"truncated,omitempty" jsonschema_description:"the match is cut: extract a smaller value, or read it with inspect_flow"`
}

// Attr is an attribute of an element.
type Attr struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// maxMatch limits the size of a match, in bytes.
const maxMatch = 16 << 10

// Raw is a match of any size.
type Raw struct {
	value      any // of a JSONPath
	isJSON     bool
	text, html string
	attrs      []Attr
}

// Match returns x cut to size, and its size in bytes.
func (x Raw) Match() (Match, int) {
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

// Finder returns all matches in a body. If isXML is set, an XPath reads the body as XML, otherwise
// as HTML.
type Finder func(body string, isXML bool) ([]Raw, error)

// Compile compiles an expression of one of [Kinds].
func Compile(kind, expression string) (Finder, error) {
	switch kind {
	case JSONPath:
		return compileJSONPath(expression)
	case CSSSelector:
		return compileCSS(expression)
	}
	return compileXPath(expression)
}

// maxDescents limits the use of "..", which can multiply the matches by the depth of the body.
const maxDescents = 2

func compileJSONPath(expression string) (Finder, error) {
	if strings.Count(expression, "..") > maxDescents {
		return nil, fmt.Errorf("it contains \"..\" more than %d times", maxDescents)
	}
	x, err := jp.ParseString(expression)
	if err != nil {
		return nil, err
	}
	return func(body string, _ bool) (out []Raw, err error) {
		// The library panics on some scripts that do not fit the data.
		defer func() {
			if p := recover(); p != nil {
				out, err = nil, fmt.Errorf("%v", p)
			}
		}()
		v, err := decodeJSON(body)
		if err != nil {
			return nil, err
		}
		for _, found := range x.Get(v) {
			out = append(out, Raw{value: found, isJSON: true})
		}
		return out, nil
	}, nil
}

func compileCSS(expression string) (Finder, error) {
	selector, err := cascadia.ParseGroup(expression)
	if err != nil {
		return nil, err
	}
	return func(body string, _ bool) ([]Raw, error) {
		root, err := html.Parse(strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		return fromHTML(cascadia.QueryAll(root, selector)), nil
	}, nil
}

func compileXPath(expression string) (Finder, error) {
	x, err := xpath.Compile(expression)
	if err != nil {
		return nil, err
	}
	return func(body string, isXML bool) ([]Raw, error) {
		if isXML {
			root, err := xmlquery.Parse(strings.NewReader(body))
			if err != nil {
				return nil, err
			}
			return evaluateXML(root, x), nil
		}
		root, err := html.Parse(strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		return evaluateHTML(root, x), nil
	}, nil
}

// fromHTML returns elements and other nodes as matches.
func fromHTML(list []*html.Node) []Raw {
	out := make([]Raw, len(list))
	for i, n := range list {
		var b bytes.Buffer
		if n.Type != html.ElementNode || html.Render(&b, n) != nil {
			b.Reset()
		}
		x := Raw{text: strings.TrimSpace(htmlquery.InnerText(n)), html: b.String()}
		for _, a := range n.Attr {
			x.attrs = append(x.attrs, Attr{a.Key, a.Val})
		}
		out[i] = x
	}
	return out
}

// evaluateHTML evaluates an expression that returns nodes, or a value such as count(//a).
func evaluateHTML(root *html.Node, x *xpath.Expr) []Raw {
	v := x.Evaluate(htmlquery.CreateXPathNavigator(root))
	nodes, ok := v.(*xpath.NodeIterator)
	if !ok {
		return []Raw{{text: fmt.Sprint(v)}}
	}
	var out []Raw
	for nodes.MoveNext() {
		n := nodes.Current().(*htmlquery.NodeNavigator)
		if n.NodeType() == xpath.ElementNode {
			out = append(out, fromHTML([]*html.Node{n.Current()})...)
		} else {
			out = append(out, Raw{text: n.Value()})
		}
	}
	return out
}

// evaluateXML is evaluateHTML for XML.
func evaluateXML(root *xmlquery.Node, x *xpath.Expr) []Raw {
	v := x.Evaluate(xmlquery.CreateXPathNavigator(root))
	nodes, ok := v.(*xpath.NodeIterator)
	if !ok {
		return []Raw{{text: fmt.Sprint(v)}}
	}
	var out []Raw
	for nodes.MoveNext() {
		n := nodes.Current().(*xmlquery.NodeNavigator)
		m := Raw{text: strings.TrimSpace(n.Value())}
		if n.NodeType() == xpath.ElementNode {
			m.html = n.Current().OutputXML(true)
			for _, a := range n.Current().Attr {
				m.attrs = append(m.attrs, Attr{a.Name.Local, a.Value})
			}
		}
		out = append(out, m)
	}
	return out
}
