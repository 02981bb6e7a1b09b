package check

import (
	"cmp"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// view is the shape that a schema gives to values, with references and combinations followed.
type view struct {
	types map[string]bool // empty if any type is admitted
	props map[string]*openapi3.SchemaRef
	items *openapi3.SchemaRef
	more  *openapi3.SchemaRef // schema of properties that are not in props
	open  bool                // properties that are not in props are declared
}

func viewOf(ref *openapi3.SchemaRef) *view {
	v := &view{types: map[string]bool{}, props: map[string]*openapi3.SchemaRef{}}
	for s := range openapi.ComposedSchemas(ref) {
		for _, t := range s.Type.Slice() {
			v.types[t] = true
		}
		for name, p := range s.Properties {
			v.props[name] = cmp.Or(v.props[name], p)
		}
		if s.Items != nil && v.items == nil {
			v.items = s.Items
		}
		if a := s.AdditionalProperties; a.Schema != nil {
			v.more, v.open = a.Schema, true
		} else if a.Has != nil && *a.Has {
			v.open = true
		}
	}
	return v
}

// may reports whether a value may have one of the types.
func (v *view) may(types ...string) bool {
	if len(v.types) == 0 {
		return true
	}
	return slices.ContainsFunc(types, func(t string) bool { return v.types[t] })
}

// mayBeScalar reports whether a value may be a string, number or boolean.
func (v *view) mayBeScalar() bool {
	return v.may(openapi3.TypeString, openapi3.TypeNumber, openapi3.TypeInteger, openapi3.TypeBoolean)
}
