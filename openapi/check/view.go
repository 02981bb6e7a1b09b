package check

import "github.com/getkin/kin-openapi/openapi3"

// view is the shape that a schema gives to values, with references and combinations followed.
type view struct {
	types map[string]bool // empty if any type is admitted
	props map[string]*openapi3.SchemaRef
	items *openapi3.SchemaRef
	more  *openapi3.SchemaRef // schema of properties that are not in props
	open  bool                // properties that are not in props are declared
}

// maxView bounds the depth to which combinations are followed.
const maxView = 16

func viewOf(ref *openapi3.SchemaRef) *view {
	v := &view{types: map[string]bool{}, props: map[string]*openapi3.SchemaRef{}}
	v.add(ref, 0, map[*openapi3.Schema]int{})
	return v
}

// add adds a schema and what it combines. A schema in depths was added at that depth, and is
// followed again only on a shorter way: the ways to it may be very many.
func (v *view) add(ref *openapi3.SchemaRef, depth int, depths map[*openapi3.Schema]int) {
	if ref == nil || ref.Value == nil || depth > maxView {
		return
	}
	s := ref.Value
	if before, again := depths[s]; again && before <= depth {
		return
	}
	depths[s] = depth
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
			v.add(r, depth+1, depths)
		}
	}
}

// may reports whether a value may have one of the types.
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

// mayBeScalar reports whether a value may be a string, number or boolean.
func (v *view) mayBeScalar() bool {
	return v.may(openapi3.TypeString, openapi3.TypeNumber, openapi3.TypeInteger, openapi3.TypeBoolean)
}
