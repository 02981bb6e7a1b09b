package spectools

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

const shop = `
openapi: 3.0.3
info: {title: Shop, version: "1"}
servers: [{url: "https://shop.example.com"}]
paths:
  /things/{id}:
    get:
      operationId: getThing
      summary: Get a thing
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: fields, in: query, schema: {type: array, items: {type: string}}}
        - {name: id, in: query, schema: {type: integer, format: int64}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: Authorization, in: header, schema: {type: string}}
      responses: {"200": {description: ok, content: {application/json: {}}}}
    delete:
      operationId: deleteThing
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"204": {description: gone}}
  /things:
    post:
      operationId: createThing
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name, id]
              properties:
                id: {type: string, readOnly: true}
                name: {type: string, minLength: 2, pattern: '^[\w-.]+$'}
                price: {type: number, nullable: true}
                parent: {$ref: '#/components/schemas/Node'}
      responses: {"201": {description: made}}
components:
  schemas:
    Node:
      type: object
      properties: {next: {$ref: '#/components/schemas/Node'}, v: {type: integer, maximum: 9223372036854775807}}
`

func TestListAndCall(t *testing.T) {
	for _, modern := range []bool{false, true} {
		a := newAPI(t)
		s := newSet(t, shop, Options{BaseURL: a.URL + "/base/"})
		c := connect(t, s, modern)
		list, err := c.ListTools(context.Background(), mcp.ListToolsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if len(list.Tools) != 3 || len(s.Skipped()) != 0 {
			t.Fatalf("tools %d, skipped %v", len(list.Tools), s.Skipped())
		}
		for _, tool := range list.Tools {
			if tool.Name == "deleteThing" && !strings.Contains(tool.Description, "DELETE /things/{id}") {
				t.Errorf("description: %s", tool.Description)
			}
			if a := tool.Annotations; a.ReadOnlyHint == nil || a.DestructiveHint == nil || a.IdempotentHint == nil || a.OpenWorldHint == nil {
				t.Errorf("%s: annotations %+v", tool.Name, a)
			}
		}
		r := call(t, c, "getThing", `{"id__path":"a/b c","X-Trace":"x","fields":["p","q&r"],"id__query":9007199254740993}`)
		if r.Type != "api_response" {
			t.Fatalf("%v", r.Raw)
		}
		got := a.last(t)
		if got.Method != "GET" || got.URI != "/base/things/a%2Fb%20c?fields=p&fields=q%26r&id=9007199254740993" || got.Header.Get("X-Trace") != "x" {
			t.Errorf("sent %s %s %v", got.Method, got.URI, got.Header)
		}
		if m := r.Raw["metadata"].(map[string]any); m["status_code"] != 200.0 {
			t.Errorf("metadata %v", m)
		}
	}
}

func TestExactNumbers(t *testing.T) {
	a := newAPI(t)
	c := connect(t, newSet(t, shop, Options{BaseURL: a.URL}), true)
	var r mcp.CallToolRequest
	r.Params.Name = "getThing"
	r.Params.Arguments = json.RawMessage(`{"id__path":"1"}`)
	res, err := c.CallTool(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(res.RawStructuredContent), "12345678901234567890.10") {
		t.Errorf("number changed: %s", res.RawStructuredContent)
	}
}

func TestHoldAndConfirm(t *testing.T) {
	a := newAPI(t)
	c := connect(t, newSet(t, shop, Options{BaseURL: a.URL}), false)
	if r := call(t, c, "deleteThing", `{"id":"7","__confirmed":true}`); r.Type != "confirmation_request" {
		t.Fatalf("sent first: %v", r.Raw)
	}
	if r := call(t, c, "deleteThing", `{"id":"7","__confirmed":true}`); r.Type != "confirmation_request" {
		t.Fatalf("what was sent first held the call: %v", r.Raw)
	}
	r := call(t, c, "deleteThing", `{"id":"7"}`)
	if r.Type != "confirmation_request" || r.Raw["confirmation_required"] != true || r.Raw["action"] != "delete_resource" {
		t.Fatalf("%v", r.Raw)
	}
	if r := call(t, c, "deleteThing", `{"id":"8","__confirmed":true}`); r.Type != "confirmation_request" {
		t.Fatalf("other arguments: %v", r.Raw)
	}
	if n := len(a.requests()); n != 0 {
		t.Fatalf("%d requests before the confirmation", n)
	}
	if r := call(t, c, "deleteThing", `{"__confirmed":true,"id":"7"}`); r.Type != "api_response" {
		t.Fatalf("%v", r.Raw)
	}
	if r := call(t, c, "deleteThing", `{"id":"7","__confirmed":true}`); r.Type != "confirmation_request" {
		t.Fatalf("a second time: %v", r.Raw)
	}
	if n := len(a.requests()); n != 1 {
		t.Fatalf("%d requests for one confirmation", n)
	}
}

func TestValidation(t *testing.T) {
	a := newAPI(t)
	c := connect(t, newSet(t, shop, Options{BaseURL: a.URL}), true)
	for _, x := range []struct{ name, tool, args, field string }{
		{"missing", "getThing", `{}`, "id__path"},
		{"unknown", "getThing", `{"id__path":"1","hunter2":"hunter2"}`, "hunter2"},
		{"type", "getThing", `{"id__path":1}`, "id__path"},
		{"int64", "getThing", `{"id__path":"1","id__query":9223372036854775808}`, "id__query"},
		{"nested", "createThing", `{"requestBody":{"name":"x"}}`, "requestBody.name"},
		{"pattern", "createThing", `{"requestBody":{"name":"a b"}}`, "requestBody.name"},
		{"recursive", "createThing", `{"requestBody":{"name":"ab","parent":{"next":{"v":9223372036854775808}}}}`, "requestBody.parent.next.v"},
		{"twice", "getThing", `{"id__path":"1","id__path":"2"}`, ""},
		{"confirmed", "deleteThing", `{"id":"1","__confirmed":"true"}`, "__confirmed"},
		{"dots", "deleteThing", `{"id":".."}`, "id"},
	} {
		r := call(t, c, x.tool, x.args)
		if r.code() != codeValidation || r.details()["field"] != x.field {
			t.Errorf("%s: %v", x.name, r.Raw)
		}
	}
	if n := len(a.requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}
