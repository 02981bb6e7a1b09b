package openapi

// This file reads schemas that are composed with allOf, anyOf and oneOf as if they were one.

import (
	"iter"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// maxDepth limits how deep allOf, anyOf and oneOf are followed: they may form a cycle.
const maxDepth = 8

// ComposedSchemas yields a schema and those that it is composed of, to a depth of 8, each once.
func ComposedSchemas(r *openapi3.SchemaRef) iter.Seq[*openapi3.Schema] {
	return func(yield func(*openapi3.Schema) bool) {
		w := walk{yield: yield}
		w.from(r, 0)
	}
}

// walk follows each schema again only on a shorter way: the ways to it may be very many.
type walk struct {
	yield  func(*openapi3.Schema) bool
	depths map[*openapi3.Schema]int // at which schemas were followed
}

// from reports whether to go on.
func (w *walk) from(r *openapi3.SchemaRef, depth int) bool {
	if r == nil || r.Value == nil || depth > maxDepth {
		return true
	}
	s := r.Value
	before, again := w.depths[s]
	if again && before <= depth {
		return true
	}
	if !again && !w.yield(s) {
		return false
	}
	if depth == 0 && len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) == 0 {
		return true // most schemas
	}
	if w.depths == nil {
		w.depths = map[*openapi3.Schema]int{}
	}
	w.depths[s] = depth
	for _, all := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf, s.OneOf} {
		if slices.ContainsFunc(all, func(sub *openapi3.SchemaRef) bool { return !w.from(sub, depth+1) }) {
			return false
		}
	}
	return true
}

// SchemaTypes returns the JSON types that a schema accepts, an empty list for any.
func SchemaTypes(r *openapi3.SchemaRef) []string {
	var out []string
	for s := range ComposedSchemas(r) {
		for _, t := range s.Type.Slice() {
			if !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// IsArray reports whether a schema accepts arrays by its type.
func IsArray(r *openapi3.SchemaRef) bool { return slices.Contains(SchemaTypes(r), "array") }

// IsObject reports whether a schema accepts objects by its type, or has properties and no type.
func IsObject(r *openapi3.SchemaRef) bool {
	if slices.Contains(SchemaTypes(r), "object") {
		return true
	}
	return r != nil && r.Value != nil && len(r.Value.Type.Slice()) == 0 && len(r.Value.Properties) > 0
}

// IsComposite reports whether a schema accepts arrays or objects.
func IsComposite(r *openapi3.SchemaRef) bool { return IsArray(r) || IsObject(r) }

// SchemaItems returns the schema of an array's items, or nil if there is none.
func SchemaItems(r *openapi3.SchemaRef) *openapi3.SchemaRef {
	for s := range ComposedSchemas(r) {
		if s.Items != nil {
			return s.Items
		}
	}
	return nil
}

// SchemaProperty returns the schema of a declared property, nil if the name is not declared.
func SchemaProperty(r *openapi3.SchemaRef, name string) *openapi3.SchemaRef {
	for s := range ComposedSchemas(r) {
		if x, ok := s.Properties[name]; ok {
			return x
		}
	}
	return nil
}

// SchemaPropertyNames returns the names of the declared properties, sorted.
func SchemaPropertyNames(r *openapi3.SchemaRef) []string {
	names := map[string]bool{}
	for s := range ComposedSchemas(r) {
		for name := range s.Properties {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// memberDepth is how deep SchemaMemberNames looks: spec.replicas has two levels.
const memberDepth = 2

// maxEnvelopes bounds objects of one member within each other.
const maxEnvelopes = 3

// SchemaMemberNames returns the names of an object's members and of their members, and the texts of
// their enums. An object with one member, such as the data of JSON:API, does not count as a level.
func SchemaMemberNames(r *openapi3.SchemaRef) (names, values []string) {
	var around []string
	for range maxEnvelopes {
		only := SchemaPropertyNames(r)
		if len(only) != 1 || len(SchemaPropertyNames(SchemaProperty(r, only[0]))) == 0 {
			break
		}
		r, around = SchemaProperty(r, only[0]), append(around, only[0])
	}
	names, values = memberNames(r, memberDepth)
	return append(around, names...), values
}

func memberNames(r *openapi3.SchemaRef, depth int) (names, values []string) {
	names = SchemaPropertyNames(r)
	for _, name := range names[:len(names):len(names)] {
		member := SchemaProperty(r, name)
		if member.Value == nil {
			continue
		}
		for _, v := range member.Value.Enum {
			if text, isText := v.(string); isText {
				values = append(values, text)
			}
		}
		if depth > 1 {
			below, theirs := memberNames(member, depth-1)
			names, values = append(names, below...), append(values, theirs...)
		}
	}
	return names, values
}

// XMLObject returns the XML Object of a schema or of a part of it.
func XMLObject(r *openapi3.SchemaRef) openapi3.XML {
	for s := range ComposedSchemas(r) {
		if s.XML != nil {
			return *s.XML
		}
	}
	return openapi3.XML{}
}

// XMLName returns the name that a schema gives its element or attribute, with its prefix.
func XMLName(r *openapi3.SchemaRef, otherwise string) string {
	x := XMLObject(r)
	if x.Name != "" {
		otherwise = x.Name
	}
	if x.Prefix != "" && otherwise != "" {
		return x.Prefix + ":" + otherwise
	}
	return otherwise
}
