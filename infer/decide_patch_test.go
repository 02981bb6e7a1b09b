package infer_test

import (
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/schema"
)

// TestJSONPatch checks that a JSON Patch has the schema of its standard, whatever was patched, and
// that other bodies under its media type have one of their own.
func TestJSONPatch(t *testing.T) {
	const patch = "application/json-patch+json"
	d := soundBoth(t, []flow.Flow{
		call("PATCH", "/ships/17", 200, patch, `[{"op": "replace", "path": "/name", "value": "Ada"}]`, "application/json", `{"id": 17, "name": "Ada"}`),
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
