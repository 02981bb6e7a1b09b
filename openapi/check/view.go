package check

import "github.com/getkin/kin-openapi/openapi3"

// view is what a schema says of the shape of values, references and combinations followed.
type view struct {
	types map[string]bool // empty: any
	props map[string]*openapi3.SchemaRef
	items *openapi3.SchemaRef
	more  *openapi3.SchemaRef // of properties that are not in props
	open  bool                // other properties are admitted by name
}

// maxView bounds how deep combinations are followed.
const maxView = 16

func viewOf(ref *openapi3.SchemaRef) *view {
	v := &view{types: map[string]bool{}, props: map[string]*openapi3.SchemaRef{}}
	v.add(ref, 0)
	return v
}

func (v *view) add(ref *openapi3.SchemaRef, depth int) {
	if ref == nil || ref.Value == nil || depth > maxView {
		return
	}
	s := ref.Value
	for _, t := range s.Type.Slice() {
		v.types[t] = true
	}
	for name, p := range s.Properties {
		if v.props[name] == nil {
			v.props[name] = p
		}
	}
	if s.Items != nil && v.items == nil {
		v.items = s.Items
	}
	if a := s.AdditionalProperties; a.Schema != nil {
		v.more, v.open = a.Schema, true
	} else if a.Has != nil && *a.Has {
		v.open = true
	}
	for _, list := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf, s.OneOf} {
		for _, r := range list {
			v.add(r, depth+1)
		}
	}
}

// may says whether a value may be of the type.
func (v *view) may(types ...string) bool {
	if len(v.types) == 0 {
		return true
	}
	for _, t := range types {
		if v.types[t] {
			return true
		}
	}
	return false
}
