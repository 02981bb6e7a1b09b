package openapi

// This file visits the schemas of a document in time and memory linear in their number.

import (
	"maps"
	"slices"

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
		todo = appendSubschemas(todo, r.Value)
		slices.Reverse(todo[first:])
	}
}

// appendSubschemas appends the schemas within a schema, nil for some keywords that it lacks.
func appendSubschemas(to openapi3.SchemaRefs, s *openapi3.Schema) openapi3.SchemaRefs {
	named := func(all openapi3.Schemas) {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			to = append(to, all[name])
		}
	}
	named(s.Properties)
	to = append(to, s.Items, s.AdditionalProperties.Schema)
	to = append(append(append(to, s.AllOf...), s.AnyOf...), s.OneOf...)
	to = append(to, s.Not)
	to = append(append(to, s.PrefixItems...), s.Contains)
	named(s.PatternProperties)
	named(s.DependentSchemas)
	to = append(to, s.PropertyNames, s.If, s.Then, s.Else, s.UnevaluatedItems.Schema, s.UnevaluatedProperties.Schema, s.ContentSchema)
	named(s.Defs)
	return to
}
