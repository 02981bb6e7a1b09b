package check

import (
	"errors"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/openapi"
)

// xml judges a body of XML as the data that the schema's XML Objects make of it.
func (j *judgement) xml(p part, m *openapi3.MediaType, data []byte) {
	root, err := decode.XML(data, true)
	switch {
	case errors.Is(err, decode.ErrXMLSize):
		j.skip(p.name+" body", SkipOpaque)
	case err != nil:
		j.report(RuleMalformed, p.name, "the body is not XML")
	default:
		schema := rootOf(m.Schema, root.Name)
		j.judge(schema, p.way, j.xmlData(schema, root), p.ruleBody, p.name)
	}
}

// rootOf is the alternative whose root element is called so, or the schema itself.
func rootOf(ref *openapi3.SchemaRef, name string) *openapi3.SchemaRef {
	if ref == nil || ref.Value == nil {
		return ref
	}
	for _, list := range []openapi3.SchemaRefs{ref.Value.AnyOf, ref.Value.OneOf} {
		for _, a := range list {
			if xmlName(a, "") == name {
				return a
			}
		}
	}
	return ref
}

// xmlObject is the XML Object of a schema, wherever in an allOf it stands.
func xmlObject(ref *openapi3.SchemaRef) openapi3.XML {
	if ref == nil || ref.Value == nil {
		return openapi3.XML{}
	}
	if ref.Value.XML != nil {
		return *ref.Value.XML
	}
	for _, a := range ref.Value.AllOf {
		if a.Value != nil && a.Value.XML != nil {
			return *a.Value.XML
		}
	}
	return openapi3.XML{}
}

// xmlName is how an element or attribute is called, with its prefix.
func xmlName(ref *openapi3.SchemaRef, otherwise string) string {
	x := xmlObject(ref)
	if x.Name != "" {
		otherwise = x.Name
	}
	if x.Prefix != "" && otherwise != "" {
		return x.Prefix + ":" + otherwise
	}
	return otherwise
}

// xmlData reads an element as the schema says. What the schema does not know stands under its own name.
func (j *judgement) xmlData(ref *openapi3.SchemaRef, e *decode.Element) any {
	v := viewOf(ref)
	object := v.types[openapi3.TypeObject] || len(v.props) > 0
	switch {
	case e.IsEmpty() && j.admits(ref, nil):
		return nil
	case e.IsEmpty() && object && !v.types[openapi3.TypeString]:
		return map[string]any{}
	case object && (len(e.Children) > 0 || !plainText(e) || !v.may(openapi3.TypeString, openapi3.TypeNumber, openapi3.TypeInteger, openapi3.TypeBoolean)):
		return j.xmlMembers(v, e)
	case v.types[openapi3.TypeArray]: // a root that is a list
		return j.xmlList(v.items, e.Children)
	}
	if len(e.Children) > 0 {
		return j.xmlMembers(v, e)
	}
	return j.scalar(ref, v, e.Text) // attributes that are not declared, most documents cannot declare
}

// plainText says whether an element is its text alone.
func plainText(e *decode.Element) bool {
	for _, a := range e.Attrs {
		if a.IsData() {
			return false
		}
	}
	return len(e.Children) == 0
}

func (j *judgement) xmlMembers(v *view, e *decode.Element) any {
	out := map[string]any{}
	known := map[string]bool{} // elements, and attributes after "@"
	for name, ref := range v.props {
		x, pv := xmlObject(ref), viewOf(ref)
		called := xmlName(ref, name)
		switch {
		case x.Extensions[openapi.ExtXMLText] == true:
			if e.Text != "" {
				out[name] = j.scalar(ref, pv, e.Text)
			}
			known["#"] = true
		case x.Attribute:
			known["@"+called] = true
			for _, a := range e.Attrs {
				if a.Name == called {
					out[name] = j.scalar(ref, pv, a.Value)
				}
			}
		case pv.types[openapi3.TypeArray] && !x.Wrapped: // its elements are called as they say, else as the property
			item := xmlName(pv.items, name)
			known[item] = true
			if all := named(e.Children, item); len(all) > 0 {
				out[name] = j.xmlList(pv.items, all)
			}
		default:
			known[called] = true
			for _, c := range named(e.Children, called) {
				if x.Wrapped {
					out[name] = j.xmlList(pv.items, named(c.Children, xmlName(pv.items, name)))
				} else {
					out[name] = j.xmlData(ref, c)
				}
			}
		}
	}
	for _, a := range e.Attrs {
		if a.IsData() && !known["@"+a.Name] {
			out[a.Name] = j.scalar(v.more, viewOf(v.more), a.Value)
		}
	}
	for _, c := range e.Children {
		if !known[c.Name] {
			out[c.Name] = j.xmlRest(v.more, c.Name, e)
		}
	}
	return out
}

// xmlRest reads the elements of a name that the schema does not know.
func (j *judgement) xmlRest(ref *openapi3.SchemaRef, name string, e *decode.Element) any {
	all := named(e.Children, name)
	if v := viewOf(ref); v.types[openapi3.TypeArray] {
		return j.xmlList(v.items, all)
	}
	return j.xmlData(ref, all[0])
}

func named(es []*decode.Element, name string) (out []*decode.Element) {
	for _, e := range es {
		if e.Name == name {
			out = append(out, e)
		}
	}
	return out
}

func (j *judgement) xmlList(item *openapi3.SchemaRef, es []*decode.Element) any {
	out := []any{}
	for _, e := range es {
		out = append(out, j.xmlData(item, e))
	}
	return out
}
