package decode

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

// Element is an XML element. Names are as written, with their prefix: "soap:Body".
type Element struct {
	Name     string
	Attrs    []Attr
	Text     string // all of its own text, without surrounding white space
	Children []*Element
}

// Attr is an attribute. Namespace declarations are attributes, too.
type Attr struct{ Name, Value string }

const (
	maxXMLDepth    = 200
	maxXMLElements = 200_000
)

// ErrXMLSize is the error for XML that nests too deeply or has too many elements.
var ErrXMLSize = errors.New("too deep or too large")

// XML reads a document as a tree. It does not fetch external entities or expand declared ones: a
// reference to one is an error. If complete is false, the document was truncated and the tree holds
// what was read completely. Errors name a line and quote no text.
func XML(data []byte, complete bool) (*Element, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(label string, r io.Reader) (io.Reader, error) {
		if utf8.Valid(data) { // the caller has already converted the charset of the header
			return r, nil
		}
		enc, err := htmlindex.Get(label)
		if err != nil {
			return nil, ErrCharset
		}
		return enc.NewDecoder().Reader(r), nil
	}
	var b treeBuilder
	for {
		t, err := d.RawToken()
		if err != nil && !complete && (err != io.EOF || len(b.open) > 0 || b.root == nil) {
			return closeTruncated(b.root, b.open), nil
		}
		line, _ := d.InputPos()
		switch {
		case err == io.EOF && len(b.open) == 0 && b.root != nil:
			return b.root, nil
		case err != nil:
			return nil, fmt.Errorf("line %d: not XML", line)
		}
		switch t := t.(type) {
		case xml.StartElement:
			err = b.start(t)
		case xml.EndElement:
			err = b.end(t, line)
		case xml.CharData:
			if len(b.open) > 0 {
				b.open[len(b.open)-1].Text += string(t)
			}
		}
		if err != nil {
			return nil, err
		}
	}
}

// treeBuilder builds the tree of a document from its tokens.
type treeBuilder struct {
	root  *Element
	open  []*Element // from the root to the innermost open element
	count int        // elements so far
}

// start adds the element that t starts.
func (b *treeBuilder) start(t xml.StartElement) error {
	if b.count++; b.count > maxXMLElements || len(b.open) == maxXMLDepth {
		return ErrXMLSize
	}
	e := &Element{Name: xmlName(t.Name)}
	for _, a := range t.Attr {
		e.Attrs = append(e.Attrs, Attr{xmlName(a.Name), a.Value})
	}
	switch {
	case len(b.open) > 0:
		parent := b.open[len(b.open)-1]
		parent.Children = append(parent.Children, e)
	case b.root != nil:
		return errors.New("more than one root element")
	default:
		b.root = e
	}
	b.open = append(b.open, e)
	return nil
}

// end closes the innermost element, which must have the name of t.
func (b *treeBuilder) end(t xml.EndElement, line int) error {
	if len(b.open) == 0 || b.open[len(b.open)-1].Name != xmlName(t.Name) {
		return fmt.Errorf("line %d: end tag without start tag", line)
	}
	e := b.open[len(b.open)-1]
	e.Text = strings.TrimSpace(e.Text)
	b.open = b.open[:len(b.open)-1]
	return nil
}

// closeTruncated returns the tree without what the truncation divides: the texts of open elements,
// and the innermost open element if nothing in it is complete.
func closeTruncated(root *Element, open []*Element) *Element {
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

// IsData reports whether an attribute holds data. Namespace declarations and xsi attributes do not.
func (a Attr) IsData() bool {
	return a.Name != "xmlns" && !strings.HasPrefix(a.Name, "xmlns:") && !strings.HasPrefix(a.Name, "xsi:")
}

// IsEmpty reports whether an element has no data.
func (e *Element) IsEmpty() bool {
	if slices.ContainsFunc(e.Attrs, Attr.IsData) {
		return false
	}
	return len(e.Children) == 0 && e.Text == ""
}

// IsXMLData reports whether a body of this type is XML data, not an image or a web page.
func IsXMLData(mediaType string) bool {
	return IsXML(mediaType) && mediaType != "image/svg+xml" && mediaType != "application/xhtml+xml"
}
