package openapi

import (
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestManyWays checks that each schema is yielded once, and soon, however many ways lead to it, and
// that those to a depth of 8 on the shortest way are.
func TestManyWays(t *testing.T) {
	levels := make([]*openapi3.Schema, 12)
	for i := range levels {
		levels[i] = &openapi3.Schema{}
	}
	for i := range len(levels) - 1 {
		for range 50 {
			levels[i].AnyOf = append(levels[i].AnyOf, openapi3.NewSchemaRef("", levels[i+1]))
		}
	}
	got := slices.Collect(ComposedSchemas(openapi3.NewSchemaRef("", levels[0])))
	if !slices.Equal(got, levels[:maxDepth+1]) {
		t.Errorf("%d schemas", len(got))
	}
	// The last part is nearer than the way through the first ones shows.
	levels[0].AllOf = openapi3.SchemaRefs{openapi3.NewSchemaRef("", levels[1])}
	levels[0].OneOf = openapi3.SchemaRefs{openapi3.NewSchemaRef("", levels[8])}
	got = slices.Collect(ComposedSchemas(openapi3.NewSchemaRef("", levels[0])))
	if !slices.Equal(got, levels) {
		t.Errorf("%d schemas, want all %d", len(got), len(levels))
	}
}
