package serialize

import (
	"bytes"
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
	list, ok := v.([]any)
	if !ok {
		err := w.element(name, r, v)
		return w.b.Bytes(), err
	}
	// A document has one root, so an array has an element around it, wrapped or not.
	item := openapi.SchemaItems(r)
	err := w.wrap(name, r, func() error {
		for _, e := range list {
			if err := w.element(openapi.XMLName(item, componentName(item, "item")), item, e); err != nil {
				return err
			}
		}
		return nil
	})
	return w.b.Bytes(), err
}

// componentName returns the name of the component that a schema refers to, or the fallback.
func componentName(r *openapi3.SchemaRef, fallback string) string {
	if r == nil || r.Ref == "" {
		return fallback
	}
	return r.Ref[strings.LastIndexByte(r.Ref, '/')+1:]
}

type xmlWriter struct{ b bytes.Buffer }

// wrap writes an element whose content inside writes.
func (w *xmlWriter) wrap(name string, r *openapi3.SchemaRef, inside func() error) error {
	if err := w.openTag(name, r); err != nil {
		return err
	}
	w.b.WriteString(">")
	if err := inside(); err != nil {
		return err
	}
	w.b.WriteString("</" + name + ">")
	return nil
}

// openTag begins a start tag, with the namespace that the schema declares.
func (w *xmlWriter) openTag(name string, r *openapi3.SchemaRef) error {
	if !xmlName.MatchString(name) {
		return fmt.Errorf("has the member %s, which is not a valid name of an XML element",
			sanitize.Description(name, 60))
	}
	w.b.WriteString("<" + name)
	if x := openapi.XMLObject(r); x.Namespace != "" {
		return w.namespace(x)
	}
	return nil
}

func (w *xmlWriter) namespace(x openapi3.XML) error {
	w.b.WriteString(" xmlns")
	if x.Prefix != "" {
		w.b.WriteString(":" + x.Prefix)
	}
	return w.attributeValue(x.Namespace)
}

func (w *xmlWriter) element(name string, r *openapi3.SchemaRef, v any) error {
	o, ok := v.(*orderedjson.Object)
	if !ok {
		return w.wrap(name, r, func() error { return w.text(v) })
	}
	if err := w.openTag(name, r); err != nil {
		return err
	}
	if err := w.attributes(r, o); err != nil {
		return err
	}
	w.b.WriteString(">")
	for _, n := range o.Names() {
		member := params.MemberSchema(r, n)
		x := openapi.XMLObject(member)
		switch {
		case x.Attribute:
		case x.Extensions[openapi.ExtXMLText] == true:
			if err := w.text(o.Value(n)); err != nil {
				return err
			}
		default:
			if err := w.member(n, member, o.Value(n)); err != nil {
				return err
			}
		}
	}
	w.b.WriteString("</" + name + ">")
	return nil
}

// attributes writes the members of an object that its schema makes attributes.
func (w *xmlWriter) attributes(r *openapi3.SchemaRef, o *orderedjson.Object) error {
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
			return fmt.Errorf("has the member %s, which cannot be an attribute", sanitize.Description(n, 60))
		}
		// The namespace of an attribute needs a prefix, which its element declares (Namespaces in
		// XML, section 6.2).
		if x.Namespace != "" && x.Prefix != "" && !slices.Contains(declared, x.Prefix) {
			declared = append(declared, x.Prefix)
			if err := w.namespace(x); err != nil {
				return err
			}
		}
		w.b.WriteString(" " + name)
		if err := w.attributeValue(s); err != nil {
			return err
		}
	}
	return nil
}

// member writes a member. An array becomes one element for each item, inside another element if the
// schema wraps it.
func (w *xmlWriter) member(name string, r *openapi3.SchemaRef, v any) error {
	list, ok := v.([]any)
	if !ok {
		return w.element(openapi.XMLName(r, name), r, v)
	}
	item := openapi.SchemaItems(r)
	items := func() error {
		for _, e := range list {
			if err := w.element(openapi.XMLName(item, name), item, e); err != nil {
				return err
			}
		}
		return nil
	}
	if openapi.XMLObject(r).Wrapped {
		return w.wrap(openapi.XMLName(r, name), r, items)
	}
	return items()
}

func (w *xmlWriter) attributeValue(v string) error {
	w.b.WriteString(`="`)
	if err := w.text(v); err != nil {
		return err
	}
	w.b.WriteString(`"`)
	return nil
}

func (w *xmlWriter) text(v any) error {
	s, ok := scalarText(v)
	if !ok {
		return errNested
	}
	if strings.ContainsFunc(s, func(r rune) bool {
		return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
	}) {
		return errXML
	}
	return xml.EscapeText(&w.b, []byte(s))
}
