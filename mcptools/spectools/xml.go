package spectools

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
)

// xmlName is what an element or attribute may be called, as far as documents need it (XML 1.0, with one prefix).
var xmlName = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_.-]*:)?[A-Za-z_][A-Za-z0-9_.-]*$`)

// encodeXML writes a value by the XML Objects of its schema (OpenAPI 3, XML Object).
func encodeXML(r *openapi3.SchemaRef, v any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	name := xmlNameOf(r, refName(r, "root"))
	list, ok := v.([]any)
	if !ok {
		err := xmlElement(&b, name, r, v)
		return b.Bytes(), err
	}
	// A document has one root: a list has an element around it, wrapped or not.
	item := items(r)
	err := xmlAround(&b, name, r, func() error {
		for _, e := range list {
			if err := xmlElement(&b, xmlNameOf(item, refName(item, "item")), item, e); err != nil {
				return err
			}
		}
		return nil
	})
	return b.Bytes(), err
}

// refName is the name of the component that a schema is.
func refName(r *openapi3.SchemaRef, otherwise string) string {
	if r == nil || r.Ref == "" {
		return otherwise
	}
	return r.Ref[strings.LastIndexByte(r.Ref, '/')+1:]
}

// xmlAround writes an element that has others inside.
func xmlAround(b *bytes.Buffer, name string, r *openapi3.SchemaRef, inside func() error) error {
	if err := xmlOpen(b, name, r); err != nil {
		return err
	}
	b.WriteString(">")
	if err := inside(); err != nil {
		return err
	}
	b.WriteString("</" + name + ">")
	return nil
}

// xmlOpen begins a tag, with the namespace that its schema says.
func xmlOpen(b *bytes.Buffer, name string, r *openapi3.SchemaRef) error {
	if !xmlName.MatchString(name) {
		return fmt.Errorf("has the member %s, which is no name of an XML element", sanitize.Description(name, 60))
	}
	b.WriteString("<" + name)
	if x := xmlOf(r); x.Namespace != "" {
		return xmlNamespace(b, x)
	}
	return nil
}

func xmlNamespace(b *bytes.Buffer, x openapi3.XML) error {
	b.WriteString(" xmlns")
	if x.Prefix != "" {
		b.WriteString(":" + x.Prefix)
	}
	return xmlAttribute(b, x.Namespace)
}

// xmlNameOf is the name that a schema gives its element, with its prefix.
func xmlNameOf(r *openapi3.SchemaRef, otherwise string) string {
	for s := range parts(r) {
		if x := s.XML; x != nil {
			if x.Name != "" {
				otherwise = x.Name
			}
			if x.Prefix != "" {
				otherwise = x.Prefix + ":" + otherwise
			}
			return otherwise
		}
	}
	return otherwise
}

func xmlOf(r *openapi3.SchemaRef) openapi3.XML {
	for s := range parts(r) {
		if s.XML != nil {
			return *s.XML
		}
	}
	return openapi3.XML{}
}

func xmlElement(b *bytes.Buffer, name string, r *openapi3.SchemaRef, v any) error {
	o, ok := v.(*orderedjson.Object)
	if !ok {
		return xmlAround(b, name, r, func() error { return xmlText(b, v) })
	}
	if err := xmlOpen(b, name, r); err != nil {
		return err
	}
	isAttribute := func(n string) bool { return xmlOf(member(r, n)).Attribute }
	declared := []string{xmlOf(r).Prefix}
	for _, n := range o.Names() {
		if !isAttribute(n) {
			continue
		}
		attr := xmlNameOf(member(r, n), n)
		s, ok := text(o.Value(n))
		if !ok || !xmlName.MatchString(attr) {
			return fmt.Errorf("has the member %s, which is no attribute", sanitize.Description(n, 60))
		}
		// An attribute's namespace has a prefix, which its element declares (Namespaces in XML, section 6.2).
		if x := xmlOf(member(r, n)); x.Namespace != "" && x.Prefix != "" && !slices.Contains(declared, x.Prefix) {
			declared = append(declared, x.Prefix)
			if err := xmlNamespace(b, x); err != nil {
				return err
			}
		}
		b.WriteString(" " + attr)
		if err := xmlAttribute(b, s); err != nil {
			return err
		}
	}
	b.WriteString(">")
	for _, n := range slices.DeleteFunc(slices.Clone(o.Names()), isAttribute) {
		if xmlOf(member(r, n)).Extensions[openapi.ExtXMLText] == true {
			if err := xmlText(b, o.Value(n)); err != nil {
				return err
			}
			continue
		}
		if err := xmlMember(b, n, member(r, n), o.Value(n)); err != nil {
			return err
		}
	}
	b.WriteString("</" + name + ">")
	return nil
}

// xmlMember writes a member, a list as one element for each of its own, in another around them where that is asked for.
func xmlMember(b *bytes.Buffer, name string, r *openapi3.SchemaRef, v any) error {
	list, ok := v.([]any)
	if !ok {
		return xmlElement(b, xmlNameOf(r, name), r, v)
	}
	item := items(r)
	each := func() error {
		for _, e := range list {
			if err := xmlElement(b, xmlNameOf(item, name), item, e); err != nil {
				return err
			}
		}
		return nil
	}
	if xmlOf(r).Wrapped {
		return xmlAround(b, xmlNameOf(r, name), r, each)
	}
	return each()
}

func xmlAttribute(b *bytes.Buffer, v string) error {
	b.WriteString(`="`)
	if err := xmlText(b, v); err != nil {
		return err
	}
	b.WriteString(`"`)
	return nil
}

var errXML = errors.New("has a character that XML cannot hold")

func xmlText(b *bytes.Buffer, v any) error {
	s, ok := text(v)
	if !ok {
		return errNested
	}
	if strings.ContainsFunc(s, func(r rune) bool {
		return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
	}) {
		return errXML
	}
	return xml.EscapeText(b, []byte(s))
}
