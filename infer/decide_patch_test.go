package infer_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/schema"
)

// TestJSONPatch checks that a JSON Patch has the schema of its standard, for any patched document,
// and that other bodies under its media type have one of their own.
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

// TestSharedPatchTypes holds that a resource takes the patches that most others take, if it takes
// any, and that other writes do not.
func TestSharedPatchTypes(t *testing.T) {
	const list, merge = "application/json-patch+json", "application/merge-patch+json"
	change := `[{"op": "replace", "path": "/name", "value": "Ada"}]`
	var fs []flow.Flow
	for i, thing := range []string{"ships", "crews", "ports", "docks"} {
		answer := fmt.Sprintf(`{"id": 17, "%s_no": 4}`, thing)
		fs = append(fs, call("PATCH", "/"+thing+"/17", 200, merge, `{"name": "Ada"}`, "application/json", answer),
			call("PATCH", "/"+thing+"/19", 200, merge, `{"name": "Bel"}`, "application/json", answer))
		if i < 3 {
			fs = append(fs, call("PATCH", "/"+thing+"/18", 200, list, change, "application/json", answer))
		}
	}
	fs = append(fs, call("PATCH", "/tides/17", 200, "application/json", `{"level": 3}`, "application/json", `{"tide_no": 1}`),
		call("PATCH", "/tides/18", 200, "application/json", `{"level": 4}`, "application/json", `{"tide_no": 2}`),
		call("PATCH", "/locks/17", 200, list, change, "application/json", `{"lock_no": 1}`),
		call("PATCH", "/locks/18", 200, list, change, "application/json", `{"lock_no": 2}`))
	d := soundBoth(t, fs)
	for path, want := range map[string][]string{"/docks/{dock_id}": {list, merge}, "/locks/{lock_id}": {list, merge},
		"/tides/{tide_id}": {"application/json"}} {
		var got []string
		for _, m := range operation(t, d, "PATCH", path).Request.Content {
			got = append(got, m.Type)
			if m.Type == list && m.Schema.Kind != schema.Array {
				t.Errorf("%s: %s has the kind %v", path, m.Type, m.Schema.Kind)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s takes %v, want %v", path, got, want)
		}
	}
}

// TestKindsOfRequests holds that a member whose values tell kinds apart is no reason to share the
// others, and that a field of a few of many forms is not one of all.
func TestKindsOfRequests(t *testing.T) {
	var fs []flow.Flow
	for i := range 6 {
		user := fmt.Sprintf(`{"schemas":["urn:User"],"id":"%d","userName":"u%d"}`, i, i)
		fs = append(fs, call("POST", "/Users", 201, "application/json", fmt.Sprintf(`{"schemas":["urn:User"],"userName":"u%d","active":true}`, i), "application/json", user),
			call("PATCH", fmt.Sprintf("/Users/%d", i), 200, "application/json", `{"schemas":["urn:PatchOp"],"Operations":[{"op":"replace","path":"active"}]}`, "application/json", user))
	}
	for i := range 24 {
		form := fmt.Sprintf("field%d=1&other%d=2", i, i)
		if i < 4 {
			form += "&name=x"
		}
		for range 3 {
			fs = append(fs, call("POST", fmt.Sprintf("/form%c", 'a'+i), 201, "application/x-www-form-urlencoded", form, "", ""))
		}
	}
	d := soundBoth(t, fs)
	forms := 0
	for _, op := range d.Operations {
		s := op.Request.Content[0].Schema
		for _, c := range d.Components {
			if c.Name == s.Ref {
				s = c.Schema
			}
		}
		for _, p := range s.Properties {
			switch {
			case p.Name == "name":
				forms++
			case p.Name == "Operations" && op.Method == "POST", p.Name == "userName" && op.Method == "PATCH":
				t.Errorf("%s %s takes %s", op.Method, op.Path, p.Name)
			}
		}
	}
	if forms != 4 {
		t.Errorf("%d forms have a name, want 4", forms)
	}
}
