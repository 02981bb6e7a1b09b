package merge_test

import (
	"slices"
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/merge"
	"github.com/spectap/spectap/openapi/yamledit"
)

// TestMergePlaces adds what is new in the order of its neighbours, if they have one, else at the
// end.
func TestMergePlaces(t *testing.T) {
	const rest = `{get: {responses: {"200": {description: d}}}}`
	document := func(paths ...string) string {
		text := "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n"
		for _, p := range paths {
			text += "  " + p + ": " + rest + "\n"
		}
		return text
	}
	for _, x := range []struct {
		name           string
		old, new, want []string
	}{
		{"between", []string{"/a", "/c"}, []string{"/b"}, []string{"/a", "/b", "/c"}},
		{"last", []string{"/a", "/b"}, []string{"/c"}, []string{"/a", "/b", "/c"}},
		{"before all", []string{"/b", "/c"}, []string{"/a"}, []string{"/b", "/c", "/a"}},
		{"no order", []string{"/c", "/a"}, []string{"/b"}, []string{"/c", "/a", "/b"}},
		{"one says nothing of an order", []string{"/c"}, []string{"/a"}, []string{"/c", "/a"}},
		{"several", []string{"/a", "/c", "/e"}, []string{"/b", "/d"}, []string{"/a", "/b", "/c", "/d", "/e"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			doc, err := openapi.Load([]byte(document(x.new...)))
			if err != nil {
				t.Fatal(err)
			}
			text, err := merge.Into([]byte(document(x.old...)), doc)
			if err != nil {
				t.Fatal(err)
			}
			tree, err := openapi.ParseTree(text)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for k := range yamledit.Pairs(yamledit.Get(tree.Root, "paths")) {
				got = append(got, k.Value)
			}
			if !slices.Equal(got, x.want) {
				t.Errorf("got %q, want %q", got, x.want)
			}
		})
	}
}

// TestMergeNumberedComponents takes a component for the one of the same kind, which has a number
// because the name is taken, and does not list it twice.
func TestMergeNumberedComponents(t *testing.T) {
	document := func(ref, components string) string {
		return `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"d","content":{"application/json":{"schema":
			{"oneOf":[{"$ref":"#/components/schemas/` + ref + `"},{"type":"string"}]}}}}}}}},"components":{"schemas":{` + components + `}}}`
	}
	const object = `{"type":"object","properties":{"a":{"type":"string"}}}`
	got, _ := mergeTexts(t, document("B2", `"B":{"type":"string"},"B2":`+object), document("B", `"B":{"type":"object","properties":{"b":{"type":"string"}}}`))
	s := at(got, "paths", "/a", "get", "responses", "200", "content", "application/json", "schema", "oneOf")
	if g := jsonOf(s); g != `[{"$ref":"#/components/schemas/B2"},{"type":"string"}]` {
		t.Errorf("alternatives %s", g)
	}
	if g := jsonOf(at(got, "components", "schemas")); g != `{"B":{"type":"string"},"B2":{"properties":{"a":{"type":"string"},"b":{"type":"string"}},"type":"object"}}` {
		t.Errorf("components %s", g)
	}
	// An object that nothing matches gets a number of its own.
	got, _ = mergeTexts(t, document("B", `"B":{"type":"string"}`), `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/b":{"get":{"responses":{"200":{"description":"d",
		"content":{"application/json":{"schema":{"$ref":"#/components/schemas/B"}}}}}}}},"components":{"schemas":{"B":`+object+`}}}`)
	if g := jsonOf(at(got, "components", "schemas")); g != `{"B":{"type":"string"},"B2":`+jsonOf(map[string]any{"type": "object", "properties": map[string]any{"a": map[string]any{"type": "string"}}})+`}` {
		t.Errorf("components %s", g)
	}
}
