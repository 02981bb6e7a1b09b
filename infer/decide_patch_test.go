package infer_test

import (
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/schema"
)

// TestMergePatch checks that null may remove any member of a merge patch, and that the answers and
// other requests are not concerned.
func TestMergePatch(t *testing.T) {
	d := soundBoth(t, []flow.Flow{
		call("PATCH", "/ships/17", 200, "application/merge-patch+json", `{"name": "Ada", "hull": {"length": 7}}`,
			"application/json", `{"id": 17, "name": "Ada"}`),
		call("PUT", "/ships/18", 200, "application/json", `{"name": "Bel"}`, "application/json", `{"id": 18, "name": "Bel"}`),
	})
	content := func(method string) *schema.Schema {
		return operation(t, d, method, "/ships/{shipId}").Request.Content[0].Schema
	}
	patch := content("PATCH")
	if !property(t, d, patch, "name").Nullable || !property(t, d, property(t, d, patch, "hull"), "length").Nullable {
		t.Error("members of a merge patch cannot be null")
	}
	answer := operation(t, d, "PATCH", "/ships/{shipId}").Responses[0].Content[0].Schema
	if property(t, d, content("PUT"), "name").Nullable || property(t, d, answer, "name").Nullable {
		t.Error("members of other bodies can be null")
	}
}

// TestJSONPatch checks that a JSON Patch has the schema of its standard, whatever was patched, and
// that other bodies under its media type have one of their own.
func TestJSONPatch(t *testing.T) {
	const patch = "application/json-patch+json"
	d := soundBoth(t, []flow.Flow{
		call("PATCH", "/ships/17", 200, patch, `[{"op": "replace", "path": "/name", "value": "Ada"}]`,
			"application/json", `{"id": 17, "name": "Ada"}`),
		call("PATCH", "/ships/18", 200, patch, `[{"op": "remove", "path": "/crew"}]`, "application/json", `{"id": 18, "name": "Bel"}`),
		call("PATCH", "/crews/18", 200, patch, `[{"op": "add", "path": "/size", "value": 3}]`, "application/json", `{"id": 18, "size": 3}`),
		call("PATCH", "/ports/18", 200, patch, `{"size": 3}`, "application/json", `{"id": 18, "size": 3}`),
	})
	for _, path := range []string{"/ships/{shipId}", "/crews/{crewId}"} {
		s := operation(t, d, "PATCH", path).Request.Content[0].Schema
		if s.Kind != schema.Array || len(property(t, d, s.Items, "op").Enum) != 6 || property(t, d, s.Items, "value").Kind != 0 {
			t.Errorf("%s: not the schema of a JSON Patch: %+v", path, s)
		}
	}
	property(t, d, operation(t, d, "PATCH", "/ports/{portId}").Request.Content[0].Schema, "size")
}
