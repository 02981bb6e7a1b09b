package spectools

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

// tracker has operations whose bodies have members: some of them with names of parameters.
const tracker = `
openapi: 3.1.0
info: {title: Tracker, version: "1"}
paths:
  /repos/{owner}/{repo}/issues:
    parameters:
      - {name: owner, in: path, required: true, schema: {type: string}}
      - {name: repo, in: path, required: true, schema: {type: string}}
    get:
      operationId: listIssues
      parameters: [{name: page, in: query, schema: {type: integer}}, {name: per_page, in: query, schema: {type: integer}}]
      responses: {"200": {description: ok}}
    post:
      operationId: createIssue
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/NewIssue"}}}}
      responses: {"201": {description: ok}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    put:
      operationId: replaceThing
      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {id: {type: integer}, name: {type: string}}}}}}
      responses: {"200": {description: ok}}
  /either:
    post:
      operationId: postEither
      requestBody:
        content:
          application/json: {schema: {type: object, required: [count], properties: {count: {type: integer}}}}
          application/x-www-form-urlencoded: {schema: {type: object, required: [total], properties: {total: {type: integer}}}}
      responses: {"200": {description: ok}}
  /nothing: {get: {operationId: nothing, responses: {"200": {description: ok}}}}
components:
  schemas:
    Base: {type: object, required: [title], properties: {title: {type: string}, self: {$ref: "#/components/schemas/NewIssue"}}}
    NewIssue: {allOf: [{$ref: "#/components/schemas/Base"}, {type: object, properties: {body: {type: string}, "odd.name": {type: integer}}}]}
`

func message(r reply) string {
	e, _ := r.Raw["error"].(map[string]any)
	m, _ := e["message"].(string)
	return m
}

// TestBodyMembersAsArguments sends the same request, and asks for the same consent, as when the
// members come in requestBody.
func TestBodyMembersAsArguments(t *testing.T) {
	const direct = `{"title":"T","owner":"o","repo":"r","body":"B","odd.name":5%s}`
	const nested = `{"owner":"o","repo":"r","requestBody":{"title":"T","body":"B","odd.name":5}%s}`
	const confirmed = `,"__confirmed":true`
	for _, dynamic := range []bool{false, true} {
		a := newAPI(t)
		o := ServerOptions{Mode: ModeStatic}
		if dynamic {
			o.Mode = ModeDynamic
		}
		c := connectTo(t, NewServer(newSet(t, tracker, Options{BaseURL: a.URL}), o), false)
		send := func(form, more string) reply {
			if dynamic {
				return call(t, c, "call_operation", `{"operation":"createIssue","arguments":`+fmt.Sprintf(form, "")+more+`}`)
			}
			return call(t, c, "createIssue", fmt.Sprintf(form, more))
		}
		for _, forms := range [][2]string{{direct, direct}, {direct, nested}, {nested, direct}} {
			held := send(forms[0], "")
			if text := fmt.Sprint(held.Raw["message"]); held.Type != "confirmation_request" || !strings.Contains(text, `{"title":"T","body":"B","odd.name":5}`) {
				t.Fatalf("held: %v", held.Raw)
			}
			if r := send(forms[1], confirmed); r.Type != "api_response" {
				t.Fatalf("confirmed: %v", r.Raw)
			}
			got := a.last(t)
			if got.URI != "/repos/o/r/issues" || got.Body != `{"title":"T","body":"B","odd.name":5}` {
				t.Errorf("sent %s %s", got.URI, got.Body)
			}
		}
		if n := len(a.requests()); n != 3 {
			t.Errorf("%d requests", n)
		}
		send(direct, "")
		if r := send(strings.Replace(direct, `"T"`, `"other"`, 1), confirmed); r.Type != "confirmation_request" {
			t.Errorf("a consent was valid for another body: %v", r.Raw)
		}
	}
}

// TestUnknownTools points calls of operations by their names to the tool that calls them.
func TestUnknownTools(t *testing.T) {
	a := newAPI(t)
	m := NewServer(newSet(t, tracker, Options{BaseURL: a.URL, Prefix: "t_"}), ServerOptions{Mode: ModeDynamic})
	c, modern := connectTo(t, m, false), connectTo(t, m, true)
	for _, tt := range []struct{ tool, want string }{
		{"t_listIssues", `t_listIssues is an operation, not a tool: call t_read_operation {"operation": "t_listIssues", "arguments": {…}}`},
		{"listIssues", `t_listIssues is an operation, not a tool: call t_read_operation {"operation": "t_listIssues", "arguments": {…}}`},
		{"t_list_issues", `t_listIssues is an operation, not a tool: call t_read_operation {"operation": "t_listIssues", "arguments": {…}}`},
		{"t_list_isues", `there is no tool of this name: did you mean the operation t_listIssues?`},
		{"\u202eevil", `there is no tool of this name`},
	} {
		r := call(t, c, tt.tool, `{"owner":"o","repo":"r"}`)
		if got := message(r); got != tt.want || !strings.Contains(string(mustJSON(r.Raw)), "t_call_operation") && !strings.Contains(got, "t_read_operation") {
			t.Errorf("%s: %v", tt.tool, r.Raw)
		}
		// From revision 2026-07-28 on the error of the protocol says so.
		var unknown mcp.CallToolRequest
		unknown.Params.Name, unknown.Params.Arguments = tt.tool, json.RawMessage(`{}`)
		if res, err := modern.CallTool(t.Context(), unknown); !errors.Is(err, mcp.ErrInvalidParams) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v", tt.tool, res, err)
		}
	}
	if r := call(t, c, "t_call_operation", `{"operation":"listIssues","owner":"o","repo":"r","x":1}`); !strings.Contains(message(r),
		"owner belongs in arguments; repo belongs in arguments; x is not an argument here. arguments: operation*, arguments") {
		t.Errorf("%v", r.Raw)
	}
	if r := call(t, c, "t_call_operation", `{"operation":"t_list_isues"}`); !strings.Contains(message(r), "did you mean t_listIssues?") {
		t.Errorf("%v", r.Raw)
	}
	for name, want := range map[string]string{
		"fetch_issues": "did you mean t_listIssues", "closeTheIssue": "did you mean t_", "weather": "an operation of this API\nFind",
	} {
		if r := call(t, c, "t_describe_operation", `{"operation":"`+name+`"}`); !strings.Contains(r.text, want) {
			t.Errorf("%s: %s", name, r.text)
		}
	}
	if r := call(t, c, "t_search_operations", `{"query":"weather"}`); !strings.Contains(r.text, "no operation matches") {
		t.Errorf("a search that finds nothing: %s", r.text)
	}
	if r := call(t, c, "t_search_operations", `{"query":"list the weather"}`); !strings.Contains(r.text, "no operation fits well") {
		t.Errorf("a search that finds only the verb: %s", r.text)
	}
	if n := len(a.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// TestSuggestions checks that an answer to invalid arguments has one suggestion for each problem,
// which says what to give, and the field as openapi-mcp has it beside its path.
func TestSuggestions(t *testing.T) {
	a := newAPI(t)
	c := connect(t, newSet(t, `
openapi: 3.0.3
info: {title: t, version: "1"}
paths: {"/a/{id}": {post: {operationId: add,
  parameters: [{name: id, in: path, required: true, schema: {type: integer, minimum: 1}}],
  requestBody: {required: true, content: {application/json: {schema: {type: object, required: [name], additionalProperties: false, properties: {
    name: {type: string, minLength: 1, maxLength: 40}, kind: {type: string, enum: [x, y]}, note: {type: string, nullable: true, pattern: "^[a-z]+$"},
    size: {type: number, minimum: 0, exclusiveMinimum: true, multipleOf: 0.5}, tags: {type: array, minItems: 1, uniqueItems: true, items: {type: string, maxLength: 3}},
    at: {type: string, format: date}, deep: {type: object, required: [on], properties: {on: {type: boolean}}}}}}}},
  responses: {"200": {description: ok}}}}}`, Options{BaseURL: a.URL}), false)
	for _, tt := range []struct{ args, field, path, want string }{
		{`{"requestBody":{"kind":"x"}}`, "id", "", "give id, a whole number of at least 1|give name, a text of 1 to 40 characters"},
		{`{"id":1,"requestBody":{}}`, "name", "requestBody.name", "give name, a text of 1 to 40 characters"},
		{`{"id":1,"requestBody":{"name":"n","kind":"z"}}`, "kind", "requestBody.kind", `give kind, one of "x","y"`},
		{`{"id":1,"requestBody":{"name":"n","note":"A"}}`, "note", "requestBody.note", "give note, a text, that matches ^[a-z]+$"},
		{`{"id":1,"requestBody":{"name":"n","size":0}}`, "size", "requestBody.size", "give size, a number above 0, a multiple of 0.5"},
		{`{"id":1,"requestBody":{"name":"n","tags":["a","a"]}}`, "tags", "requestBody.tags", "give tags, a list of at least 1 items, each once"},
		{`{"id":1,"requestBody":{"name":"n","tags":["long"]}}`, "tags[0]", "requestBody.tags[0]", "give tags[0], a text of at most 3 characters"},
		{`{"id":1,"requestBody":{"name":"n","at":"soon"}}`, "at", "requestBody.at", "give at, a text, format date"},
		{`{"id":1,"requestBody":{"name":"n","deep":{}}}`, "on", "requestBody.deep.on", "give deep.on, true or false"},
		{`{"id":1,"requestBody":{"name":"n","more":1}}`, "more", "requestBody.more", "leave out more"},
	} {
		r := call(t, c, "add", tt.args)
		e, _ := r.Raw["error"].(map[string]any)
		d, _ := e["details"].(map[string]any)
		suggestions, _ := e["suggestions"].([]any)
		var got []string
		for _, s := range suggestions {
			got = append(got, fmt.Sprint(s))
		}
		path, _ := d["path"].(string)
		if strings.Join(got, "|") != tt.want || d["field"] != tt.field || path != tt.path {
			t.Errorf("%s: field %v, path %q, %q; want %q", tt.args, d["field"], path, got, tt.want)
		}
	}
}
