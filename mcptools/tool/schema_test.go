package tool

import (
	"encoding/json"
	"testing"
)

// TestSchemasOfResults checks that the schema of a result has no null and a type for each member,
// and is also that of an error; and that its outline has the members that no other tool explains.
func TestSchemasOfResults(t *testing.T) {
	type inner struct {
		Any any `json:"any" jsonschema_description:"what it is"`
	}
	type result struct {
		Untrusted
		List  []string       `json:"list"`
		Rows  []inner        `json:"rows,omitempty"`
		Count int            `json:"count" jsonschema_description:"how many"`
		Free  map[string]any `json:"free,omitempty"`
		Value any            `json:"value,omitempty"`
		Side  string         `json:"side"`
		Page
	}
	var s struct {
		Type       string
		Properties map[string]json.RawMessage
		Required   []string
		AnyOf      []struct{ Required []string }
	}
	full := outputSchema[result]()
	if err := json.Unmarshal(full, &s); err != nil {
		t.Fatal(err)
	}
	const types = `"anyOf":[{"type":"string"},{"type":"number"},{"type":"boolean"},{"type":"object"},{"type":"array"}]`
	for name, want := range map[string]string{
		"list":  `{"items":{"type":"string"},"type":"array"}`,
		"count": `{"description":"how many","type":"integer"}`,
		"value": `{` + types + `}`,
		"rows":  `{"items":{"additionalProperties":false,"properties":{"any":{` + types + `,"description":"what it is"}},"required":["any"],"type":"object"},"type":"array"}`,
		"error": `{"additionalProperties":false,"description":"why there is no result; then this is the only member","properties":{"argument":{"type":"string"},` +
			`"code":{"type":"string"},"hint":{"type":"string"},"message":{"type":"string"}},"required":["code","message"],"type":"object"}`,
	} {
		if got := string(s.Properties[name]); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if s.Type != "object" || s.Required != nil || len(s.AnyOf) != 2 || len(s.AnyOf[0].Required) != 5 || len(s.AnyOf[1].Required) != 1 || s.AnyOf[1].Required[0] != "error" {
		t.Errorf("%s", full)
	}
	outline := `{"properties":{"count":{"type":"integer"},"free":{"type":"object"},"list":{"items":{"type":"string"},"type":"array"},"rows":{"type":"array"},` +
		`"value":{` + types + `}},"type":"object"}`
	if got := string(OutlineSchema(full, []Param{{Name: "side"}})); got != outline {
		t.Errorf("the outline is %s", got)
	}
	if got := string(OutlineSchema(json.RawMessage("?"), nil)); got != "?" {
		t.Errorf("the outline of no schema is %s", got)
	}
}
