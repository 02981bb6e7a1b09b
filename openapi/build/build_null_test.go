package build

import (
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

// TestNullableEnum checks that an enum that admits null lists it (OpenAPI 3.0.3, clarification of
// nullable).
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

// TestNullableHasType checks that nullable stands beside a type in 3.0, where it has no meaning
// otherwise, and that each schema admits null and a value.
func TestNullableHasType(t *testing.T) {
	object := &schema.Schema{Kind: schema.Object, Properties: []schema.Property{{Name: "id", Schema: &schema.Schema{Kind: schema.Integer}}}}
	text := &schema.Schema{Kind: schema.String}
	components := []schema.Component{
		{Name: "Thing", Schema: object}, {Name: "Word", Schema: text}, {Name: "Alias", Schema: &schema.Schema{Ref: "Thing"}},
		{Name: "Either", Schema: &schema.Schema{AnyOf: []*schema.Schema{{Ref: "Thing"}, {Ref: "Word"}}}},
	}
	thing := map[string]any{"id": 1.0}
	tests := []struct {
		name  string
		s     *schema.Schema
		value any
		typed bool
	}{
		{"only null was seen", &schema.Schema{Kind: schema.Null}, 7.0, true},
		{"text", &schema.Schema{Kind: schema.String, Nullable: true}, "x", true},
		{"several types", &schema.Schema{Kind: schema.String | schema.Integer, Nullable: true}, "x", true},
		{"reference", &schema.Schema{Ref: "Thing", Nullable: true}, thing, true},
		{"reference to a text", &schema.Schema{Ref: "Word", Nullable: true}, "x", true},
		{"alternatives of lists", &schema.Schema{AnyOf: []*schema.Schema{
			{Kind: schema.Array, Items: text}, {Kind: schema.Array, Items: object}}, Nullable: true}, []any{"x"}, true},
		{"reference to a reference", &schema.Schema{Ref: "Alias", Nullable: true}, thing, true},
		{"alternatives of one type", &schema.Schema{OneOf: []*schema.Schema{{Ref: "Word"}, {Kind: schema.String, Format: "date"}}, Nullable: true}, "x", true},
		{"alternatives of two types", &schema.Schema{AnyOf: []*schema.Schema{{Ref: "Thing"}, text}, Nullable: true}, "x", true},
		{"reference to alternatives of two types", &schema.Schema{Ref: "Either", Nullable: true}, "x", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tested := schema.Component{Name: "Tested", Schema: tt.s}
			doc, err := Document(infer.Document{Components: append(components, tested)}, Options{Version: "3.0"})
			if err != nil {
				t.Fatal(err)
			}
			got := doc.Components.Schemas["Tested"].Value
			for _, v := range []any{nil, tt.value} {
				if err := got.VisitJSON(v); err != nil {
					t.Errorf("refuses %v: %v", v, err)
				}
			}
			if isTyped := nullableHasType(got); isTyped != tt.typed {
				t.Errorf("nullable beside a type: %v, want %v", isTyped, tt.typed)
			}
		})
	}
}

// nullableHasType reports whether each nullable of a schema stands beside a type.
func nullableHasType(s *openapi3.Schema) bool {
	if s.Nullable && s.Type == nil {
		return false
	}
	for _, a := range slices.Concat(s.AnyOf, s.OneOf, s.AllOf) {
		if a.Ref == "" && !nullableHasType(a.Value) {
			return false
		}
	}
	return true
}
