package decode

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

// Element is an element of XML. Names are as they are written, with their prefix: "soap:Body".
type Element struct {
	Name     string
	Attrs    []Attr
	Text     string // all of its own text, white space around it left out
	Children []*Element
}

// Attr is an attribute; xmlns is one, too.
type Attr struct{ Name, Value string }

const (
	maxXMLDepth    = 200
	maxXMLElements = 200_000
)

// ErrXMLSize says that XML nests too deep or has too many elements to be looked into.
var ErrXMLSize = errors.New("too deep or too large")

// XML reads a document as a tree. External entities are not fetched, declared ones not unfolded: a reference to one is an
// error. Of a document that was cut (complete is false) the tree has what was read whole. Errors name a line and no text.
func XML(data []byte, complete bool) (*Element, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(label string, r io.Reader) (io.Reader, error) {
		if utf8.Valid(data) { // the header's charset was undone already
			return r, nil
		}
		enc, err := htmlindex.Get(label)
		if err != nil {
			return nil, ErrCharset
		}
		return enc.NewDecoder().Reader(r), nil
	}
	var root *Element
	var open []*Element
	count := 0
	for {
		t, err := d.RawToken()
		if err != nil && !complete && (err != io.EOF || len(open) > 0 || root == nil) {
			return cutElement(root, open), nil
		}
		switch {
		case err == io.EOF && len(open) == 0 && root != nil:
			return root, nil
		case err != nil:
			line, _ := d.InputPos()
			return nil, fmt.Errorf("line %d: not XML", line)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if count++; count > maxXMLElements || len(open) == maxXMLDepth {
				return nil, ErrXMLSize
			}
			e := &Element{Name: xmlName(t.Name)}
			for _, a := range t.Attr {
				e.Attrs = append(e.Attrs, Attr{xmlName(a.Name), a.Value})
			}
			switch {
			case len(open) > 0:
				up := open[len(open)-1]
				up.Children = append(up.Children, e)
			case root != nil:
				return nil, errors.New("more than one root element")
			default:
				root = e
			}
			open = append(open, e)
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1].Name != xmlName(t.Name) {
				line, _ := d.InputPos()
				return nil, fmt.Errorf("line %d: an end without its start", line)
			}
			e := open[len(open)-1]
			e.Text = strings.TrimSpace(e.Text)
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].Text += string(t)
			}
		}
	}
}

// cutElement is the tree without what the cut went through: texts of open elements, and the innermost of them if it has
// nothing whole.
func cutElement(root *Element, open []*Element) *Element {
	for i, e := range open {
		e.Text = ""
		if i > 0 && i == len(open)-1 && len(e.Children) == 0 {
			up := open[i-1]
			up.Children = up.Children[:len(up.Children)-1]
		}
	}
	return root
}

func xmlName(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// IsData says whether an attribute holds data, and is none that declares namespaces or tells a schema.
func (a Attr) IsData() bool {
	return a.Name != "xmlns" && !strings.HasPrefix(a.Name, "xmlns:") && !strings.HasPrefix(a.Name, "xsi:")
}

// IsEmpty says whether an element holds nothing.
func (e *Element) IsEmpty() bool {
	for _, a := range e.Attrs {
		if a.IsData() {
			return false
		}
	}
	return len(e.Children) == 0 && e.Text == ""
}

// IsXMLData says whether a body of that type is XML that holds data: no picture and no page.
func IsXMLData(mediaType string) bool {
	return IsXML(mediaType) && mediaType != "image/svg+xml" && mediaType != "application/xhtml+xml"
}
