package check_test

import (
	"encoding/json"
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// nullableDocument has every form in which build.Document writes "a Cat or null".
func nullableDocument(t *testing.T, version string) []byte {
	cat := &schema.Schema{Kind: schema.Object, Properties: []schema.Property{{Name: "name", Required: true, Schema: &schema.Schema{Kind: schema.String}}}}
	inline := *cat
	inline.Nullable = true
	ref := &schema.Schema{Ref: "Cat"}
	d := infer.Document{Title: "t", Servers: []string{"http://h"}, Components: []schema.Component{
		{Name: "Cat", Schema: cat},
		{Name: "Inline", Schema: &inline},
		{Name: "Ref", Schema: &schema.Schema{Ref: "Cat", Nullable: true}},
		{Name: "Described", Schema: &schema.Schema{Ref: "Cat", Nullable: true, Description: "a cat"}},
		{Name: "AnyOf", Schema: &schema.Schema{AnyOf: []*schema.Schema{ref, cat}, Nullable: true}},
		{Name: "OneOf", Schema: &schema.Schema{OneOf: []*schema.Schema{ref}, Nullable: true}},
		{Name: "Inner", Schema: &schema.Schema{AnyOf: []*schema.Schema{ref, {Ref: "Cat", Nullable: true}}}},
	}}
	doc, err := build.Document(d, build.Options{Version: version})
	if err != nil {
		t.Fatal(err)
	}
	return openapitest.Encode(t, doc, openapi.YAML)
}

// TestNullableReference checks that the checker and kin-openapi agree on every form of "a Cat or
// null".
func TestNullableReference(t *testing.T) {
	for _, version := range []string{"3.0", "3.1"} {
		doc, err := openapi.Load(nullableDocument(t, version))
		if err != nil {
			t.Fatal(err)
		}
		c, err := check.New(doc, check.Config{})
		if err != nil {
			t.Fatal(err)
		}
		for name, ref := range doc.Components.Schemas {
			if name == "Cat" {
				continue
			}
			for value, want := range map[string]bool{`null`: true, `{"name":"a"}`: true, `{}`: false, `"x"`: false, `5`: false} {
				var v any
				if err := json.Unmarshal([]byte(value), &v); err != nil {
					t.Fatal(err)
				}
				if got := ref.Value.VisitJSON(v) == nil; got != want {
					t.Errorf("%s %s: kin-openapi on %s: %v", version, name, value, got)
				}
				if got := len(c.Admits(t.Context(), nil, ref, v)) == 0; got != want {
					t.Errorf("%s %s: %s: %v", version, name, value, got)
				}
			}
		}
	}
}
