package extract

import (
	"bytes"
	"errors"
	"strings"

	"github.com/antchfx/xmlquery"
	"golang.org/x/net/html"
)

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

// matchXML is matchHTML for XML.
func matchXML(n *xmlquery.Node) Match {
	text, markup := limitedText{}, limitedWriter{panics: true}
	text.xml(n)
	if n.Type == xmlquery.ElementNode {
		markup.write(n)
	}
	m := Match{Text: strings.TrimSpace(text.String()), HTML: markup.String(), Cut: text.isFull() || markup.full}
	for _, a := range n.Attr {
		m.Attrs = append(m.Attrs, Attr{a.Name.Local, a.Value})
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

func (t *limitedText) xml(n *xmlquery.Node) {
	if n.Type == xmlquery.TextNode || n.Type == xmlquery.CharDataNode {
		t.WriteString(n.Data)
	}
	for c := n.FirstChild; c != nil && !t.isFull() && n.Type != xmlquery.CommentNode; c = c.NextSibling {
		t.xml(c)
	}
}

// limitedWriter keeps a little more than a match shows, and fails when there is more.
type limitedWriter struct {
	bytes.Buffer
	full   bool
	panics bool // the caller ignores errors
}

var errFull = errors.New("the match is cut")

func (w *limitedWriter) Write(b []byte) (int, error) {
	if w.Len()+len(b) > 2*maxMatch {
		w.full = true
		w.Buffer.Write(b[:max(0, 2*maxMatch-w.Len())])
		if w.panics {
			panic(abort{errFull})
		}
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

// write writes an element of XML until the writer is full.
func (w *limitedWriter) write(n *xmlquery.Node) {
	defer func() {
		if p := recover(); p != nil && !w.full {
			panic(p)
		}
	}()
	n.Write(w, true) // fails only as the writer does
}
