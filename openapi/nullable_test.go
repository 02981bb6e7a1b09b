package openapi

import (
	"bytes"
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

// nullables hold every form in which Build writes "a Cat or null".
var nullables = map[string]string{"3.0": nullableDocument("3.0"), "3.1": nullableDocument("3.1")}

func nullableDocument(version string) string {
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
	doc, err := Build(d, Options{Version: version})
	if err != nil {
		panic(err)
	}
	var b bytes.Buffer
	if err := Encode(&b, doc, YAML); err != nil {
		panic(err)
	}
	return b.String()
}

// An enum that admits null lists it, whatever nullable says: 3.0.3's clarification of nullable.
func TestNullableEnum(t *testing.T) {
	s := &schema.Schema{Kind: schema.String, Enum: []string{"a", "b"}, Nullable: true}
	for _, v31 := range []bool{false, true} {
		ref := (&builder{v31: v31}).schema(s)
		for _, v := range []any{"a", nil} {
			if err := ref.Value.VisitJSON(v); err != nil {
				t.Error(err)
			}
		}
		if ref.Value.VisitJSON("c") == nil {
			t.Error("the enum is open")
		}
		if n := len(ref.Value.Enum); n != 3 || ref.Value.Enum[2] != nil {
			t.Errorf("enum %v", ref.Value.Enum)
		}
	}
}
