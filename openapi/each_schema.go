package openapi

// This file visits the schemas of a document in time and memory linear in their number.

import (
	"iter"
	"maps"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// EachSchema calls visit for each schema of a resolved document, once for all references to one,
// and before the schemas within it. The order is the same each time, that of kin-openapi.
//
// kin-openapi's WalkSchemas gives each schema a JSON pointer over all that it was reached by: in a
// chain of references it takes memory quadratic in the length. It is asked here for the schemas
// outside of schemas only.
func EachSchema(doc *openapi3.T, visit func(*openapi3.SchemaRef)) {
	var todo openapi3.SchemaRefs
	_ = doc.WalkSchemas(func(_ string, r *openapi3.SchemaRef) error { // it returns errors of this function only
		todo = append(todo, r)
		return openapi3.SkipSubtree
	})
	slices.Reverse(todo)
	seen := map[*openapi3.Schema]bool{}
	for len(todo) > 0 {
		r := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if r == nil || r.Value == nil || seen[r.Value] {
			continue
		}
		seen[r.Value] = true
		visit(r)
		first := len(todo)
		for _, below := range Subschemas(r.Value) {
			todo = append(todo, below)
		}
		slices.Reverse(todo[first:])
	}
}

// Subschemas yields the schemas within a schema, with the place of each, such as properties/name.
func Subschemas(s *openapi3.Schema) iter.Seq2[string, *openapi3.SchemaRef] {
	return func(yield func(string, *openapi3.SchemaRef) bool) {
		more := true
		one := func(place string, r *openapi3.SchemaRef) {
			if more && r != nil && r.Value != nil {
				more = yield(place, r)
			}
		}
		named := func(keyword string, all openapi3.Schemas) {
			for _, name := range slices.Sorted(maps.Keys(all)) {
				one(keyword+"/"+name, all[name])
			}
		}
		list := func(keyword string, all openapi3.SchemaRefs) {
			for i, r := range all {
				one(keyword+"/"+strconv.Itoa(i), r)
			}
		}
		named("properties", s.Properties)
		one("items", s.Items)
		one("additionalProperties", s.AdditionalProperties.Schema)
		list("allOf", s.AllOf)
		list("anyOf", s.AnyOf)
		list("oneOf", s.OneOf)
		one("not", s.Not)
		list("prefixItems", s.PrefixItems)
		one("contains", s.Contains)
		named("patternProperties", s.PatternProperties)
		named("dependentSchemas", s.DependentSchemas)
		one("propertyNames", s.PropertyNames)
		one("if", s.If)
		one("then", s.Then)
		one("else", s.Else)
		one("unevaluatedItems", s.UnevaluatedItems.Schema)
		one("unevaluatedProperties", s.UnevaluatedProperties.Schema)
		one("contentSchema", s.ContentSchema)
		named("$defs", s.Defs)
	}
}
