// Package extract finds values in a body with a JSONPath or a CSS selector.
//
// [Compile] compiles an expression, which is foreign input: its cost is bounded, and panics of the
// libraries become errors. [Finder] runs it on the text of a body, within a budget and no longer
// than its context.
//
// Read extract.go first.
package extract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"golang.org/x/net/html"

	"github.com/spectap/spectap/mcptools/view"
)

// The kinds of expressions, which are also the names of arguments.
const (
	JSONPath    = "json_path"
	CSSSelector = "css_selector"
)

// Kinds returns the kinds of expressions.
func Kinds() []string { return []string{JSONPath, CSSSelector} }

// Match is one match, cut to a size that a result can contain.
type Match struct {
	// Value is set by JSONPath unless the value is null or long. Text is set otherwise.
	Value any    `json:"value,omitempty"` // the JSON value
	Text  string `json:"text,omitempty"`  // the text of the element; or the beginning of a long JSON value
	HTML  string `json:"html,omitempty"`  // the element as markup
	Attrs []Attr `json:"attrs,omitempty"`
	Cut   bool   `json:"truncated,omitempty"` // the match is cut: extract a smaller value, or read it with inspect_flows
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
	value any        // of a JSONPath
	html  *html.Node // of a selector, else nil
}

// Match returns x cut to size.
func (x Raw) Match() Match {
	if x.html == nil {
		raw, _ := json.Marshal(x.value) // decoded JSON: cannot fail
		if x.value == nil {
			return Match{Text: "null"}
		}
		if len(raw) <= maxMatch {
			return Match{Value: x.value}
		}
		return Match{Text: view.WholeRunes(string(raw[:maxMatch])), Cut: true}
	}
	m := matchHTML(x.html)
	if len(m.Text) > maxMatch {
		m.Text, m.Cut = view.WholeRunes(m.Text[:maxMatch]), true
	}
	if len(m.HTML) > maxMatch {
		m.HTML, m.Cut = view.WholeRunes(m.HTML[:maxMatch]), true
	}
	return m
}

// Finder returns all matches in a body. The work is bounded: what exceeds the bound is an
// [ErrTooMuch]. When ctx ends, so does the search, with its error.
type Finder func(ctx context.Context, body string) ([]Raw, error)

var errXPath = errors.New("XPath is not supported: use a JSONPath for JSON, or a CSS selector for markup")

// Compile compiles an expression of one of [Kinds].
func Compile(kind, expression string) (Finder, error) {
	if strings.HasPrefix(strings.TrimLeft(expression, " (."), "/") { // as no path and no selector begins
		return nil, errXPath
	}
	if kind == CSSSelector {
		return compileCSS(expression)
	}
	return compileJSONPath(expression)
}

// Elements are written when a result shows them, and no further than it does: nested elements
// contain each other.

// matchHTML returns an element as a match.
func matchHTML(n *html.Node) Match {
	text, markup := limitedText{}, limitedWriter{}
	text.html(n)
	if n.Type == html.ElementNode {
		html.Render(&markup, n) // an error means that it is cut
	}
	m := Match{Text: strings.TrimSpace(text.String()), HTML: markup.String(), Cut: text.isFull() || markup.full}
	for _, a := range n.Attr {
		m.Attrs = append(m.Attrs, Attr{a.Key, a.Val})
	}
	return m
}

// limitedText collects the text of an element, a little more than a match shows.
type limitedText struct{ strings.Builder }

func (t *limitedText) isFull() bool { return t.Len() > 2*maxMatch }

func (t *limitedText) html(n *html.Node) {
	if n.Type == html.TextNode {
		t.WriteString(n.Data)
	}
	for c := n.FirstChild; c != nil && !t.isFull(); c = c.NextSibling {
		t.html(c)
	}
}

// limitedWriter keeps a little more than a match shows, and fails when there is more.
type limitedWriter struct {
	bytes.Buffer
	full bool
}

var errFull = errors.New("the match is cut")

func (w *limitedWriter) Write(b []byte) (int, error) {
	if w.Len()+len(b) > 2*maxMatch {
		w.full = true
		w.Buffer.Write(b[:max(0, 2*maxMatch-w.Len())])
		return 0, errFull
	}
	return w.Buffer.Write(b)
}

// WriteString implements io.StringWriter: that of the buffer has no limit.
func (w *limitedWriter) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

// WriteByte implements io.ByteWriter: that of the buffer has no limit.
func (w *limitedWriter) WriteByte(c byte) error {
	_, err := w.Write([]byte{c})
	return err
}
