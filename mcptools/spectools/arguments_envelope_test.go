package spectools

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/openapi"
)

// planner has what many documents of vendors have: an envelope, a header with a version, names with
// brackets, a query by POST, a reference that leads nowhere.
const planner = `
openapi: 3.0.3
info: {title: Planner, version: "1"}
paths:
  /tasks/{gid}:
    put:
      operationId: updateTask
      parameters:
        - {name: gid, in: path, required: true, schema: {type: string}}
        - {name: "fields[task]", in: query, explode: false, schema: {type: array, items: {type: string}}}
        - {name: Revision, in: header, required: true, schema: {type: string, default: "2026-07"}}
      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {data: {$ref: "#/components/schemas/Task"}}}}}}
      responses: {"200": {description: ok}}
  /tasks/search:
    post:
      operationId: searchTasks
      summary: Search tasks
      requestBody: {content: {application/json: {schema: {type: object, properties: {text: {type: string}}}}}}
      responses: {"200": {description: ok}}
  /tasks:
    post:
      operationId: searchAll
      summary: Search tasks
      responses: {"200": {description: ok}}
components:
  schemas:
    Task: {type: object, properties: {completed: {type: boolean}, notes: {type: string}, parent: {$ref: "#/components/schemas/Task"}, due: {$ref: "#/components/schemas/Date"}}}
    Date: {type: object, properties: {day: {type: string, description: Day of the month.}, zone: {type: string}}}
`

// TestEnvelopes proposes the place of arguments outside of the envelope, and names undeclared
// members. A person confirms the filled-in members, too.
func TestEnvelopes(t *testing.T) {
	a := newAPI(t)
	c := connect(t, newSet(t, planner, Options{BaseURL: a.URL}), true)
	for _, x := range []struct{ tool, args, want string }{
		{"updateTask", `{"gid":"1","completed":true}`, `completed belongs in data: did you mean {"data":{"completed":true}}?`},
		{"updateTask", `{"gid":"1","day":"1"}`, `day belongs in data.due: did you mean {"data":{"due":{"day":"1"}}}?`},
		{"updateTask", `{"gid":"1","requestBody":{"completed":true,"notes":"n"}}`, `did you mean {"data":{"completed":true,"notes":"n"}}?`},
		{"updateTask", `{"gid":"1","data":{"complete":true}}`, "complete of requestBody.data is not declared by the document: did you mean completed?"},
		{"updateTask", `{"gid":"1","data":{"zone":"z"}}`, "zone of requestBody.data is not declared by the document: it is a member of data.due"},
		{"updateTask", `{"gid":7,"data":{"notes":"n"},"fields[task]":"gid,due"}`, `/tasks/7?fields%5Btask%5D=gid,due with Revision: 2026-07 and a body`},
		{"searchTasks", `{"text":"t"}`, "200 OK"},
		{"searchTasks", `{"requestBody":{"text":"t","_method":"DELETE"}}`, "A server may handle it as DELETE."},
		{"searchAll", `{}`, "searchAll would send POST"},
	} {
		if text := strings.ReplaceAll(call(t, c, x.tool, x.args).text, `%2C`, ","); !strings.Contains(text, x.want) {
			t.Errorf("%s %s: %s, want %s", x.tool, x.args, text, x.want)
		}
	}
	held := connect(t, newSet(t, planner, Options{BaseURL: a.URL, Policy: guard.Policy{Confirm: []string{"POST"}}}), true)
	if r := call(t, held, "searchTasks", `{"text":"t"}`); r.Type != "confirmation_request" {
		t.Errorf("a query that a person confirms: %v", r.Raw)
	}
	open := connect(t, newSet(t, planner, Options{BaseURL: a.URL, Policy: guard.Policy{NoConfirmDangerous: true}}), true)
	if text := call(t, open, "updateTask", `{"gid":"1","data":{"x":1}}`).text; !strings.Contains(text, "x of requestBody.data is not declared") {
		t.Errorf("the result says nothing of what was not declared: %s", text)
	}
}

// TestFilterMembers keeps the way to members that fit, and all that is below them.
func TestFilterMembers(t *testing.T) {
	op := newSet(t, planner, Options{BaseURL: "http://127.0.0.1:1"}).byTool["updateTask"]
	for _, x := range []struct{ words, want, not string }{
		{"completed", "type Task = {completed?:bool parent?:Task}", "notes"},
		{"due", "type Date = {day? zone?}", "notes"},
		{"month", "type Date = {day?}", "zone"},
	} {
		text, isLess, err := op.compactArguments(strings.Fields(x.words))
		if err != nil || !isLess || !strings.Contains(text, x.want) || strings.Contains(text, x.not) || !strings.Contains(text, "data: Task") {
			t.Errorf("%s: %s, %v", x.words, text, err)
		}
	}
}

// TestLeftOut names operations that cannot be served where they are looked for, and removals that
// are looked for in vain.
func TestLeftOut(t *testing.T) {
	doc := must(openapi.LoadPartial([]byte(strings.Replace(planner, "  /tasks:\n", `
  /tasks/photo: {post: {operationId: addPhoto, summary: Add a photo, requestBody: {$ref: "#/components/requestBodies/None"}, responses: {}}}
  /tasks/note: {post: {operationId: addNote, requestBody: {content: {application/json: {schema: {type: object, properties: {x: {$ref: "#/gone"}}}}}}, responses: {}}}
  /tasks:
`, 1))))
	s := must(FromDocument(doc, Options{BaseURL: "http://127.0.0.1:1"}))
	t.Cleanup(s.Close)
	c := connectTo(t, NewServer(s, ServerOptions{Mode: ModeDynamic}), true)
	for _, x := range []struct{ tool, args, want string }{
		{"search_operations", `{"query":"add a photo"}`, `addPhoto is left out: the reference "#/components/requestBodies/None" leads nowhere`},
		{"describe_operation", `{"operation":"addPhoto"}`, `addPhoto is left out`},
		{"describe_operation", `{"operation":"addNote"}`, `Any value: the reference "#/gone" leads nowhere`},
		{"search_operations", `{"query":"delete a task"}`, "none of these deletes anything"},
	} {
		if text := call(t, c, x.tool, x.args).text; !strings.Contains(strings.ReplaceAll(text, `\"`, `"`), x.want) {
			t.Errorf("%s %s: %s, want %s", x.tool, x.args, text, x.want)
		}
	}
}
