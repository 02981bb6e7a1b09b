package infer

import (
	"testing"

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
				if got := isJSONPatch(&f); got != tt.want {
					t.Errorf("%d bodies: %t, want %t", n, got, tt.want)
				}
			}
		})
	}
	if isJSONPatch(nil) || isJSONPatch(&schema.Facts{}) {
		t.Error("no bodies are patches")
	}
}

// TestSchema checks that the schema of a JSON Patch is that of RFC 6902.
func TestSchema(t *testing.T) {
	s := jsonPatchSchema()
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
