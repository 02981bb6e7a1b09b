package check

import (
	"errors"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/openapi"
)

// xml checks XML as the data that the XML Objects of the schema make of it.
func (w *work) xml(s side, m *openapi3.MediaType, data []byte) {
	root, err := decode.XML(data, true)
	switch {
	case errors.Is(err, decode.ErrXMLSize):
		w.skip(s.name+" body", SkipOpaque)
	case err != nil:
		w.report(RuleMalformed, s.name, "the body is not XML")
	default:
		schema := rootOf(m.Schema, root.Name)
		w.validate(schema, s.direction, w.xmlData(schema, root), s.ruleBody, s.name)
	}
}

// rootOf returns the alternative whose root element has the name, else the schema itself.
func rootOf(ref *openapi3.SchemaRef, name string) *openapi3.SchemaRef {
	if ref == nil || ref.Value == nil {
		return ref
	}
	for _, list := range []openapi3.SchemaRefs{ref.Value.AnyOf, ref.Value.OneOf} {
		for _, a := range list {
			if openapi.XMLName(a, "") == name {
				return a
			}
		}
	}
	return ref
}

// xmlData reads an element as data of the schema. Children that the schema does not have keep their
// names.
func (w *work) xmlData(ref *openapi3.SchemaRef, e *decode.Element) any {
	v := viewOf(ref)
	object := v.types[openapi3.TypeObject] || len(v.props) > 0
	switch {
	case e.IsEmpty() && w.admits(ref, nil):
		return nil
	case e.IsEmpty() && object && !v.types[openapi3.TypeString]:
		return map[string]any{}
	case object && (len(e.Children) > 0 || !isText(e) || !v.mayBeScalar()):
		return w.xmlMembers(v, e)
	case v.types[openapi3.TypeArray]: // a root that is a list
		return w.xmlList(v.items, e.Children)
	}
	if len(e.Children) > 0 {
		return w.xmlMembers(v, e)
	}
	return w.scalar(ref, v, e.Text) // most documents do not declare attributes
}

// isText reports whether an element is text alone.
func isText(e *decode.Element) bool {
	return !slices.ContainsFunc(e.Attrs, decode.Attr.IsData) && len(e.Children) == 0
}

// xmlMembers reads an element as an object: its attributes and children are properties.
func (w *work) xmlMembers(v *view, e *decode.Element) any {
	out := map[string]any{}
	known := map[string]bool{} // names of elements, names of attributes after "@"
	children := map[string][]*decode.Element{}
	for _, c := range e.Children {
		children[c.Name] = append(children[c.Name], c)
	}
	for name, ref := range v.props {
		x, pv := openapi.XMLObject(ref), viewOf(ref)
		elementName := openapi.XMLName(ref, name)
		switch {
		case x.Extensions[openapi.ExtXMLText] == true:
			if e.Text != "" {
				out[name] = w.scalar(ref, pv, e.Text)
			}
			known["#"] = true
		case x.Attribute:
			known["@"+elementName] = true
			for _, a := range e.Attrs {
				if a.Name == elementName {
					out[name] = w.scalar(ref, pv, a.Value)
				}
			}
		case pv.types[openapi3.TypeArray] && !x.Wrapped: // its elements have the name of the items, else of the property
			item := openapi.XMLName(pv.items, name)
			known[item] = true
			if all := children[item]; len(all) > 0 {
				out[name] = w.xmlList(pv.items, all)
			}
		default:
			known[elementName] = true
			var values []any
			for _, c := range children[elementName] {
				if x.Wrapped {
					item := openapi.XMLName(pv.items, name)
					isOther := func(e *decode.Element) bool { return e.Name != item }
					values = append(values, w.xmlList(pv.items, slices.DeleteFunc(slices.Clone(c.Children), isOther)))
				} else {
					values = append(values, w.xmlData(ref, c))
				}
			}
			if len(values) > 0 {
				out[name] = oneOrAll(values)
			}
		}
	}
	for _, a := range e.Attrs {
		if a.IsData() && !known["@"+a.Name] {
			out[a.Name] = w.scalar(v.more, viewOf(v.more), a.Value)
		}
	}
	for _, c := range e.Children {
		if !known[c.Name] {
			known[c.Name] = true
			out[c.Name] = w.xmlRest(v.more, children[c.Name])
		}
	}
	return out
}

// xmlRest reads the elements of a name that the schema does not have.
func (w *work) xmlRest(ref *openapi3.SchemaRef, all []*decode.Element) any {
	if v := viewOf(ref); v.types[openapi3.TypeArray] {
		return w.xmlList(v.items, all)
	}
	values := make([]any, len(all))
	for i, e := range all {
		values[i] = w.xmlData(ref, e)
	}
	return oneOrAll(values)
}

// oneOrAll returns the only value, or the list of several, which a schema without a list does not
// admit.
func oneOrAll(values []any) any {
	if len(values) == 1 {
		return values[0]
	}
	return values
}

func (w *work) xmlList(item *openapi3.SchemaRef, es []*decode.Element) any {
	out := []any{}
	for _, e := range es {
		out = append(out, w.xmlData(item, e))
	}
	return out
}
