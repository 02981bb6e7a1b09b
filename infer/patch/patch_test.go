package patch_test

import (
	"slices"
	"testing"

	"github.com/spectap/spectap/infer/patch"
	"github.com/spectap/spectap/infer/schema"
)

// TestIsJSON checks which bodies are JSON Patches.
func TestIsJSON(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		want       bool
	}{
		{"an operation", `[{"op":"add","path":"/a","value":1}]`, true},
		{"all members", `[{"op":"move","path":"/a","from":"/b"},{"op":"test","path":"/c","value":{"d":[1]}}]`, true},
		{"an operation of a dialect", `[{"op":"merge","path":"/a","value":{}}]`, true},
		{"no path", `[{"op":"add","value":1}]`, false},
		{"no operation", `[{"path":"/a","value":1}]`, false},
		{"another member", `[{"op":"add","path":"/a","value":1,"note":"x"}]`, false},
		{"one operation without a list", `{"op":"add","path":"/a","value":1}`, false},
		{"a path that is a number", `[{"op":"add","path":1}]`, false},
		{"an operation that is null", `[{"op":null,"path":"/a"},{"op":"add","path":"/a"}]`, false},
		{"null among them", `[{"op":"add","path":"/a"},null]`, false},
		{"a list of texts", `["add"]`, false},
		{"an empty list", `[]`, false},
		{"null", `null`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var f schema.Facts
			for n := 1; n <= 4; n++ {
				if err := f.AddJSON([]byte(tt.body), true, nil); err != nil {
					t.Fatal(err)
				}
				if got := patch.IsJSON(&f); got != tt.want {
					t.Errorf("%d bodies: %t, want %t", n, got, tt.want)
				}
			}
		})
	}
	if patch.IsJSON(nil) || patch.IsJSON(&schema.Facts{}) {
		t.Error("no bodies are patches")
	}
}

// TestSchema checks that the schema of a JSON Patch is that of RFC 6902.
func TestSchema(t *testing.T) {
	s := patch.Schema()
	required := ""
	for _, p := range s.Items.Properties {
		if p.Required {
			required += p.Name + " "
		}
	}
	names := s.AppendNames(nil)
	if s.Kind != schema.Array || s.Items.Kind != schema.Object || required != "op path " || len(names) != 10 {
		t.Errorf("%+v, required %s, names %v", s, required, names)
	}
}

// TestSharedTypes checks which media types of patches belong to all operations that take patches.
func TestSharedTypes(t *testing.T) {
	const list, merge, apply, plain = "application/json-patch+json", "application/merge-patch+json",
		"application/apply-patch+yaml", "application/json"
	one := func(n int, types ...string) [][]string { return slices.Repeat([][]string{types}, n) }
	for _, tt := range []struct {
		name       string
		operations [][]string
		want       []string
	}{
		{"half of the operations", slices.Concat(one(3, list), one(3, merge)), []string{list, merge}},
		{"fewer", slices.Concat(one(3, list), one(4, merge)), []string{merge}},
		{"fewer, two beside another type", slices.Concat(one(1, list), one(2, list, merge), one(5, merge)), []string{list, merge}},
		{"one beside another type", slices.Concat(one(2, list), one(1, list, merge), one(6, merge)), []string{merge}},
		{"two operations", slices.Concat(one(2, apply, merge), one(5, merge)), []string{merge}},
		{"too few operations", one(2, list), nil},
		{"no patches", one(5, plain), nil},
		{"with operations of other types", slices.Concat(one(3, list), one(9, plain)), []string{list}},
		{"beside plain JSON", slices.Concat(one(3, list, plain), one(4, merge)), []string{merge}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := patch.SharedTypes(tt.operations); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestSchemaLike has patches of one media type for resources that take another one.
func TestSchemaLike(t *testing.T) {
	const merge = "application/merge-patch+json"
	other := &schema.Schema{Kind: schema.Object, Properties: []schema.Property{{Name: "a"}}}
	if got := patch.SchemaLike(patch.Type, merge, other); got.Kind != schema.Array {
		t.Errorf("a JSON Patch is %+v", got)
	}
	for name, got := range map[string]*schema.Schema{"a JSON Patch": patch.SchemaLike(merge, patch.Type, patch.Schema()), "nothing": patch.SchemaLike(merge, merge, nil)} {
		if got.Kind != schema.Object || got.Properties != nil {
			t.Errorf("a merge patch like %s is %+v", name, got)
		}
	}
	if got := patch.SchemaLike(merge, "application/apply-patch+yaml", other); got == other || got.Kind != schema.Object || len(got.Properties) != 1 {
		t.Errorf("a merge patch is %+v", got)
	}
}
