package openapi

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// document returns a document of components and one operation.
func document(t testing.TB, schemas string) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(`{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {
		"parameters": [{"name": "q", "in": "query", "schema": {"title": "query", "items": {"title": "item"}}}],
		"responses": {"200": {"description": "", "content": {"application/json": {"schema": {"title": "answer",
			"properties": {"b": {"title": "second"}, "a": {"$ref": "#/components/schemas/A"}}}}}}}}}},
		"components": {"schemas": {` + schemas + `}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestAll compares with kin-openapi's own walk.
func TestAll(t *testing.T) {
	doc := document(t, `
		"A": {"title": "a", "properties": {"self": {"$ref": "#/components/schemas/A"}, "b": {"$ref": "#/components/schemas/B"}}},
		"B": {"title": "b", "allOf": [{"title": "one"}, {"$ref": "#/components/schemas/A"}], "not": {"title": "not"}, "additionalProperties": {"title": "more"}},
		"C": {"title": "c", "oneOf": [{"title": "x", "anyOf": [{"title": "y"}]}, {"title": "z"}]}`)
	var want, got []string
	if err := doc.WalkSchemas(func(_ string, r *openapi3.SchemaRef) error {
		want = append(want, r.Value.Title)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	EachSchema(doc, func(r *openapi3.SchemaRef) { got = append(got, r.Value.Title) })
	if len(want) < 13 || !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// TestLongChain checks that memory is linear in the length of a chain of references: with pointers,
// this one takes 20 GB.
func TestLongChain(t *testing.T) {
	const n = 10_000
	first := &openapi3.Schema{}
	for s, i := first, 1; i < n; i++ {
		s.Items = &openapi3.SchemaRef{Ref: fmt.Sprintf("#/components/schemas/%s%d", strings.Repeat("x", 10), i), Value: &openapi3.Schema{}}
		s = s.Items.Value
	}
	doc := &openapi3.T{Components: &openapi3.Components{Schemas: openapi3.Schemas{"A": {Value: first}}}}
	var before, after runtime.MemStats
	visited := 0
	runtime.ReadMemStats(&before)
	EachSchema(doc, func(*openapi3.SchemaRef) { visited++ })
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; visited != n || used > 4000*n {
		t.Errorf("%d schemas, %d MB", visited, used>>20)
	}
}
