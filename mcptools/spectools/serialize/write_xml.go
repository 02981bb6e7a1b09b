package serialize

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/params"
)

// xmlName matches the names of elements and attributes that documents use: XML 1.0 names in ASCII,
// with one prefix.
var xmlName = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_.-]*:)?[A-Za-z_][A-Za-z0-9_.-]*$`)

var errXML = errors.New("has a character that XML cannot hold")

// writeXML writes a value by the XML Objects of its schema (OpenAPI 3, XML Object).
func writeXML(r *openapi3.SchemaRef, v any) ([]byte, error) {
	w := &xmlWriter{}
	w.b.WriteString(xml.Header)
	name := openapi.XMLName(r, componentName(r, "root"))
	if list, ok := v.([]any); ok { // a document has one root, wrapped or not
		item := openapi.SchemaItems(r)
		w.wrap(name, r, nil, func() { w.items(openapi.XMLName(item, componentName(item, "item")), item, list) })
	} else {
		w.element(name, r, v)
	}
	return w.b.Bytes(), w.err
}

// componentName returns the name of the component that a schema refers to, or the fallback.
func componentName(r *openapi3.SchemaRef, fallback string) string {
	if r == nil || r.Ref == "" {
		return fallback
	}
	return r.Ref[strings.LastIndexByte(r.Ref, '/')+1:]
}

// xmlWriter keeps the first error. What it writes after that is not sent.
type xmlWriter struct {
	b   bytes.Buffer
	err error
}

// wrap writes an element with the attributes that an object has, or nil, and with what inside
// writes.
func (w *xmlWriter) wrap(name string, r *openapi3.SchemaRef, o *orderedjson.Object, inside func()) {
	if !xmlName.MatchString(name) {
		w.err = cmp.Or(w.err, fmt.Errorf("has the member %s, which is not a valid name of an XML element", sanitize.Description(name, 60)))
	}
	w.b.WriteString("<" + name)
	if x := openapi.XMLObject(r); x.Namespace != "" {
		w.namespace(x)
	}
	if o != nil {
		w.attributes(r, o)
	}
	w.b.WriteString(">")
	inside()
	w.b.WriteString("</" + name + ">")
}

func (w *xmlWriter) namespace(x openapi3.XML) {
	w.b.WriteString(" xmlns")
	if x.Prefix != "" {
		w.b.WriteString(":" + x.Prefix)
	}
	w.attributeValue(x.Namespace)
}

func (w *xmlWriter) element(name string, r *openapi3.SchemaRef, v any) {
	o, ok := v.(*orderedjson.Object)
	if !ok {
		w.wrap(name, r, nil, func() { w.text(v) })
		return
	}
	w.wrap(name, r, o, func() {
		for _, n := range o.Names() {
			member := params.MemberSchema(r, n)
			x := openapi.XMLObject(member)
			switch {
			case x.Attribute:
			case x.Extensions[openapi.ExtXMLText] == true:
				w.text(o.Value(n))
			default:
				w.member(n, member, o.Value(n))
			}
		}
	})
}

// attributes writes the members of an object that its schema makes attributes.
func (w *xmlWriter) attributes(r *openapi3.SchemaRef, o *orderedjson.Object) {
	declared := []string{openapi.XMLObject(r).Prefix}
	for _, n := range o.Names() {
		member := params.MemberSchema(r, n)
		x := openapi.XMLObject(member)
		if !x.Attribute {
			continue
		}
		name := openapi.XMLName(member, n)
		s, ok := scalarText(o.Value(n))
		if !ok || !xmlName.MatchString(name) {
			w.err = cmp.Or(w.err, fmt.Errorf("has the member %s, which cannot be an attribute", sanitize.Description(n, 60)))
		}
		// The namespace of an attribute needs a prefix, which its element declares (Namespaces in
		// XML, section 6.2).
		if x.Namespace != "" && x.Prefix != "" && !slices.Contains(declared, x.Prefix) {
			declared = append(declared, x.Prefix)
			w.namespace(x)
		}
		w.b.WriteString(" " + name)
		w.attributeValue(s)
	}
}

// member writes a member. An array becomes one element for each item, inside another element if the
// schema wraps it.
func (w *xmlWriter) member(name string, r *openapi3.SchemaRef, v any) {
	list, ok := v.([]any)
	item := openapi.SchemaItems(r)
	items := func() { w.items(openapi.XMLName(item, name), item, list) }
	switch {
	case !ok:
		w.element(openapi.XMLName(r, name), r, v)
	case openapi.XMLObject(r).Wrapped:
		w.wrap(openapi.XMLName(r, name), r, nil, items)
	default:
		items()
	}
}

// items writes an element for each item.
func (w *xmlWriter) items(name string, item *openapi3.SchemaRef, list []any) {
	for _, e := range list {
		w.element(name, item, e)
	}
}

func (w *xmlWriter) attributeValue(v string) {
	w.b.WriteString(`="`)
	w.text(v)
	w.b.WriteString(`"`)
}

func (w *xmlWriter) text(v any) {
	s, ok := scalarText(v)
	switch {
	case !ok:
		w.err = cmp.Or(w.err, errNested)
	case strings.ContainsFunc(s, func(r rune) bool {
		return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
	}):
		w.err = cmp.Or(w.err, errXML)
	default:
		xml.EscapeText(&w.b, []byte(s)) // a buffer takes all
	}
}
