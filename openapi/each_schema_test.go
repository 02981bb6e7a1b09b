package openapi

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/test/must"
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
		"D": {"title": "d", "prefixItems": [{"title": "p"}], "contains": {"title": "con"}, "patternProperties": {"x": {"title": "pat"}}, "dependentSchemas": {"x": {"title": "dep"}},
			"propertyNames": {"title": "pn"}, "if": {"title": "if"}, "then": {"title": "then"}, "else": {"title": "else"}, "unevaluatedItems": {"title": "ui"},
			"unevaluatedProperties": {"title": "up"}, "contentSchema": {"title": "cs"}, "$defs": {"x": {"title": "def"}}},
		"C": {"title": "c", "oneOf": [{"title": "x", "anyOf": [{"title": "y"}]}, {"title": "z"}]}`)
	var want, got []string
	must.Do(t, doc.WalkSchemas(func(_ string, r *openapi3.SchemaRef) error {
		want = append(want, r.Value.Title)
		return nil
	}))
	EachSchema(doc, func(r *openapi3.SchemaRef) { got = append(got, r.Value.Title) })
	if len(want) < 26 || !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// TestHostile loads schemas that refer to each other in more ways than the document has characters.
func TestHostile(t *testing.T) {
	bases := func(n int) string { // each extends the one before
		text := `"B0": {"discriminator": {"propertyName": "k"}}`
		for i := range n {
			text += fmt.Sprintf(`, "B%d": {"allOf": [{"$ref": "#/components/schemas/B%d"}, {"required": ["p%d"]}], "discriminator": {"propertyName": "k"}}`, i+1, i, i)
		}
		return text
	}
	nested := func(n int) string {
		return `"A": ` + strings.Repeat(`{"title": "t", "unevaluatedProperties": `, n) + "{}" + strings.Repeat("}", n)
	}
	for _, tt := range []struct {
		schemas func(int) string
		n       int
		want    string
	}{{bases, 100, ""}, {bases, 250, "more than 20000 schemas"}, {nested, 1200, ""}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := Load([]byte(`{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": {` + tt.schemas(tt.n) + `}}}`))
		runtime.ReadMemStats(&after)
		used, took := (after.TotalAlloc-before.TotalAlloc)>>20, time.Since(start)
		if (tt.want == "") != (err == nil) || !strings.Contains(fmt.Sprint(err), tt.want) || used > 80 || took > 2*time.Second {
			t.Errorf("%d: %d MB, %v, %v", tt.n, used, took, err)
		}
	}
}
