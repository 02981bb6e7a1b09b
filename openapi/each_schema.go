package openapi

// This file visits the schemas of a document in time and memory linear in their number.

import "github.com/getkin/kin-openapi/openapi3"

// EachSchema calls visit for each schema of a resolved document, once for all references to one,
// and before the schemas within it. The order is the same each time.
//
// kin-openapi's WalkSchemas gives each schema a JSON pointer over all that it was reached by: in a
// chain of references it takes memory quadratic in the length. It is asked here for one level at a
// time.
func EachSchema(doc *openapi3.T, visit func(*openapi3.SchemaRef)) {
	seen := map[*openapi3.Schema]bool{}
	var todo, below []*openapi3.SchemaRef
	collect := func(_ string, r *openapi3.SchemaRef) error {
		below = append(below, r)
		return openapi3.SkipSubtree
	}
	next := func() {
		for i := len(below) - 1; i >= 0; i-- {
			todo = append(todo, below[i])
		}
		below = below[:0]
	}
	_ = doc.WalkSchemas(collect) // it returns errors of collect only
	next()
	for len(todo) > 0 {
		r := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[r.Value] {
			continue
		}
		seen[r.Value] = true
		visit(r)
		_ = r.WalkSubtree(func(pointer string, s *openapi3.SchemaRef) error {
			if pointer == "" {
				return nil
			}
			return collect(pointer, s)
		})
		next()
	}
}
