package spectools

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// TestPlainSchema checks that no schema that a client is shown has a list of types, that null is in
// the description of what may be left out, and that null is still an argument.
func TestPlainSchema(t *testing.T) {
	for _, tt := range []struct{ name, property, required, want string }{
		{"no list", `{"type":"string"}`, "", `{"type":"string"}`},
		{"optional", `{"type":["array","null"],"items":{"type":"string"}}`, "", `{"type":"array","items":{"type":"string"},"description":"May be null."}`},
		{"optional, described", `{"type":["string","null"],"description":"A note"}`, "", `{"type":"string","description":"A note. May be null."}`},
		{"optional, enum", `{"type":["string","null"],"enum":["a",null]}`, "", `{"type":"string","enum":["a"],"description":"May be null."}`},
		{"optional, several", `{"type":["string","integer","null"]}`, "", `{"anyOf":[{"type":"string"},{"type":"integer"}],"description":"May be null."}`},
		{"optional, alternatives", `{"anyOf":[{"type":"string","maxLength":3},{"type":"null"}],"title":"T"}`, "", `{"type":"string","maxLength":3,"title":"T","description":"May be null."}`},
		{"optional, reference", `{"anyOf":[{"$ref":"#/$defs/d"},{"type":"null"}]}`, "", `{"$ref":"#/$defs/d","description":"May be null."}`},
		{"optional, three alternatives", `{"anyOf":[{"type":"string"},{"type":"object"},{"type":"null"}]}`, "", `{"anyOf":[{"type":"string"},{"type":"object"},{"type":"null"}]}`},
		{"optional, both bound", `{"maxLength":2,"anyOf":[{"type":"string","maxLength":3},{"type":"null"}]}`, "", `{"maxLength":2,"anyOf":[{"type":"string","maxLength":3},{"type":"null"}]}`},
		{"required", `{"type":["string","null"]}`, `"p"`, `{"anyOf":[{"type":"string"},{"type":"null"}]}`},
		{"required, alternatives", `{"type":["string","null"],"anyOf":[{"minLength":1}]}`, `"p"`, `{"anyOf":[{"minLength":1}],"allOf":[{"anyOf":[{"type":"string"},{"type":"null"}]}]}`},
		{"elements", `{"type":"array","items":{"type":["string","null"]}}`, "", `{"type":"array","items":{"anyOf":[{"type":"string"},{"type":"null"}]}}`},
		{"one in a list", `{"type":["string"]}`, `"p"`, `{"type":"string"}`},
		{"data", `{"enum":[{"type":["a","null"]}],"properties":{"type":{"type":"string"}}}`, "", `{"enum":[{"type":["a","null"]}],"properties":{"type":{"type":"string"}}}`},
	} {
		whole := func(property string) json.RawMessage {
			return json.RawMessage(`{"type":"object","properties":{"p":` + property + `},"required":[` + tt.required + `]}`)
		}
		got, want := mustJSON(orderedjson.PlainOf(plainSchema(whole(tt.property)))), mustJSON(orderedjson.PlainOf(whole(tt.want)))
		if string(got) != string(want) {
			t.Errorf("%s: %s, want %s", tt.name, got, want)
		}
	}
	a := newAPI(t)
	c := connect(t, newSet(t, `{openapi: 3.0.3, info: {title: t, version: "1"}, paths: {/a: {post: {operationId: add, responses: {"200": {description: ok}},
		requestBody: {content: {application/json: {schema: {type: object, properties: {note: {type: string, nullable: true}}}}}}}}}}`,
		Options{BaseURL: a.URL, Policy: guard.Policy{NoConfirmDangerous: true}}), true)
	if r := call(t, c, "add", `{"requestBody":{"note":null}}`); r.Type != "api_response" || strings.TrimSpace(a.last(t).Body) != `{"note":null}` {
		t.Errorf("null was not sent: %v %q", r.Raw, a.last(t).Body)
	}
}
