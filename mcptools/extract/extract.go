// Package extract finds values in a body with a JSONPath, CSS selector or XPath expression.
//
// [Compile] compiles an expression, which is foreign input: its cost is bounded, and panics of the
// libraries become errors. [Finder] runs it on the text of a body, within a budget and no longer
// than its context.
//
// Read extract.go first.
package extract

import (
	"context"
	"encoding/json"

	"github.com/antchfx/xmlquery"
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
	Cut   bool   `json:"truncated,omitempty" jsonschema_description:"the match is cut: extract a smaller value, or read it with inspect_flows"`
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
	value  any // of a JSONPath
	isJSON bool
	text   string // unless it is an element
	html   *html.Node
	xml    *xmlquery.Node
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
	m := Match{Text: x.text}
	switch {
	case x.html != nil:
		m = matchHTML(x.html)
	case x.xml != nil:
		m = matchXML(x.xml)
	}
	if len(m.Text) > maxMatch {
		m.Text, m.Cut = view.WholeRunes(m.Text[:maxMatch]), true
	}
	if len(m.HTML) > maxMatch {
		m.HTML, m.Cut = view.WholeRunes(m.HTML[:maxMatch]), true
	}
	return m, len(m.Text) + len(m.HTML)
}

// Finder returns all matches in a body. If isXML is set, an XPath reads the body as XML, otherwise
// as HTML. The work is bounded: what exceeds the bound is an [ErrTooMuch]. When ctx ends, so does
// the search, with its error.
type Finder func(ctx context.Context, body string, isXML bool) ([]Raw, error)

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
