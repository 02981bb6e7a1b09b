package spectools

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/jsonschema"
)

const petAnswers = `
openapi: 3.0.3
info: {title: Pets, version: "1"}
components:
  schemas:
    Named: {type: object, required: [name], properties: {name: {type: string}, secret: {type: string, writeOnly: true}}}
    Pet:
      allOf:
        - {$ref: '#/components/schemas/Named'}
        - {type: object, properties: {id: {type: integer, format: int64, readOnly: true}, tags: {type: array, items: {type: string}},
           owner: {$ref: '#/components/schemas/Named'}, friends: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}
paths:
  /pets/{id}:
    get:
      operationId: getPet
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        "404": {description: none, content: {application/json: {schema: {type: object, properties: {why: {type: string}}}}}}
`

func TestOutputSchema(t *testing.T) {
	outline := newSet(t, petAnswers, Options{BaseURL: "http://127.0.0.1:1"}).ops[0].tool.RawOutputSchema
	strict := newSet(t, petAnswers, Options{BaseURL: "http://127.0.0.1:1", StrictOutput: true}).ops[0].tool.RawOutputSchema
	const named = `{"properties":{"name":{"description":"string"}}}`
	members := func(friends string) string {
		return `"id":{"description":"integer, int64"},"name":{"description":"string"},"owner":` + named +
			`,"tags":{"items":{"description":"string"}},"friends":{"items":{` + friends + `}}`
	}
	want := `{"properties":{` + members(`"properties":{`+members(`"description":"object"`)+`}`) + `}}`
	var got struct {
		Properties struct{ Data json.RawMessage }
	}
	noError(t, json.Unmarshal(outline, &got))
	if g, w := string(jsonvalue.Encode(jsonvalue.Decode([]byte(got.Properties.Data)))), string(jsonvalue.Encode(jsonvalue.Decode([]byte(want)))); g != w {
		t.Errorf("the outline is\n%s\nwant\n%s", g, w)
	}
	for _, tt := range []struct {
		name, result string
		strict       bool // whether the strict schema accepts it
	}{
		{"as documented", `{"type":"api_response","data":{"id":7,"name":"Bo"},"metadata":{"status_code":200}}`, true},
		{"a missing member", `{"type":"api_response","data":{"id":7},"metadata":{"status_code":200}}`, false},
		{"another type", `{"type":"api_response","data":{"id":"7","name":"Bo"},"metadata":{"status_code":200}}`, false},
		{"null", `{"type":"api_response","data":null,"metadata":{"status_code":204}}`, false},
		{"a cut answer", `{"type":"api_response","data":{"id":7},"metadata":{"status_code":200,"truncated":true}}`, true},
		{"an error", `{"type":"error","error":{"code":"not_found"}}`, true},
		{"a refusal of the policy", `{"error":{"code":"policy_denied"}}`, true},
		{"a held call", `{"type":"confirmation_request","action":"delete_resource"}`, true},
	} {
		for schema, want := range map[string]bool{string(outline): true, string(strict): tt.strict} {
			compiled := must(jsonschema.Compile(jsonvalue.Decode([]byte(schema))))
			if err := compiled.Validate(context.Background(), jsonvalue.Decode([]byte(tt.result))); (err == nil) != want {
				t.Errorf("%s: %s: %v", tt.name, schema, err)
			}
		}
	}
}
