package spectools

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/workflow"
)

const flowDocument = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"security":[{"bearer":[]}],"paths":{
"/login":{"post":{"operationId":"login","security":[],"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"user":{"type":"string"}}}}}},"responses":{"200":{"description":"d"}}}},
"/things":{"post":{"operationId":"createThing","requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"tags":{"type":"array"}}}}}},"responses":{"201":{"description":"d"}}}},
"/things/{id}":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],
 "get":{"operationId":"getThing","responses":{"200":{"description":"d"}}},
 "delete":{"operationId":"deleteThing","responses":{"204":{"description":"d"}}}}},
"components":{"securitySchemes":{"bearer":{"type":"http","scheme":"bearer"}}}}`

const flowWorkflow = `
arazzo: 1.0.1
info: {title: t, version: 1.0.0}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
  - workflowId: thing
    inputs: {type: object, required: [user, name, tags], properties: {user: {type: string}, name: {type: string}, tags: {type: array}}}
    steps:
      - {stepId: signIn, operationId: login, requestBody: {contentType: application/json, payload: {user: $inputs.user}},
         successCriteria: [{condition: $statusCode == 200}], outputs: {token: $response.body#/token}}
      - {stepId: create, operationId: createThing, parameters: [{name: Authorization, in: header, value: 'Bearer {$steps.signIn.outputs.token}'}],
         requestBody: {contentType: application/json, payload: {name: $inputs.name, tags: $inputs.tags}},
         successCriteria: [{condition: $statusCode == 201}], outputs: {id: $response.body#/id}}
      - {stepId: wait, operationId: getThing, parameters: [{name: id, in: path, value: $steps.create.outputs.id}, {name: Authorization, in: header, value: 'Bearer {$steps.signIn.outputs.token}'}],
         successCriteria: [{condition: $statusCode == 200}, {condition: "$response.body#/state == 'done'"}],
         onFailure: [{name: poll, type: retry, retryAfter: 0.001, retryLimit: 3, criteria: [{condition: $statusCode == 200}]}]}
      - {stepId: remove, operationId: deleteThing, parameters: [{name: id, in: path, value: $steps.create.outputs.id}, {name: Authorization, in: header, value: 'Bearer {$steps.signIn.outputs.token}'}],
         successCriteria: [{condition: $statusCode == 204}]}
    outputs: {id: $steps.create.outputs.id, token: $steps.signIn.outputs.token}
`

// flowAPI is an API with things. It answers as the test changes it.
func flowAPI(t *testing.T) (a *api, answers map[string]string) {
	a, reads := newAPI(t), 0
	answers = map[string]string{
		"POST /login": `200 {"token":"tok-4711-secret"}`, "POST /things": `201 {"id":7}`, "GET /things/7": `200 {"state":"done"}`, "DELETE /things/7": "204 ",
	}
	a.answer = func(w http.ResponseWriter, r *http.Request) {
		status, body, _ := strings.Cut(answers[r.Method+" "+r.URL.Path], " ")
		if reads++; r.Method == "GET" && reads%2 == 1 && status == "200" {
			body = `{"state":"open"}`
		}
		w.Header().Set("Content-Type", "application/json")
		code := http.StatusNotFound
		fmt.Sscan(status, &code)
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
	return a, answers
}

func newFlowSet(t *testing.T, a *api, o Options) *Set {
	w := must(workflow.Read([]byte(flowWorkflow)))
	o.BaseURL, o.Workflows = a.URL, w.Workflows
	return newSet(t, flowDocument, o)
}

// TestWorkflow confirms a workflow once: the plan shows all requests, and nothing else is sent.
func TestWorkflow(t *testing.T) {
	a, _ := flowAPI(t)
	c, audit := connectAudited(t, newFlowSet(t, a, Options{}))
	const tool, args = "workflow_thing", `{"user":"ann","name":"a lamp","tags":["x"]`
	held := call(t, c, tool, args+"}")
	if held.Type != "confirmation_request" || len(a.requests()) != 0 {
		t.Fatalf("not held: %s", held.structured)
	}
	for _, want := range []string{"POST " + a.URL + "/login", `{\"user\":\"ann\"}`, `\"a lamp\"`, "DELETE " + a.URL + "/things/create.outputs.id", "signIn.outputs.token", "$response.body#/state == 'done'"} {
		if !strings.Contains(held.structured, want) {
			t.Errorf("the plan does not show %s: %s", want, held.structured)
		}
	}
	if other := call(t, c, tool, `{"user":"ann","name":"another","tags":["x"],"__confirmed":true}`); other.Type != "confirmation_request" || len(a.requests()) != 0 {
		t.Fatalf("another plan was confirmed: %s", other.structured)
	}
	done := call(t, c, tool, args+`,"__confirmed":true}`)
	var sent []string
	for _, r := range a.requests() {
		sent = append(sent, r.Method+" "+r.URI)
		if want := map[bool]string{true: "", false: "Bearer tok-4711-secret"}[r.URI == "/login"]; r.Header.Get("Authorization") != want {
			t.Errorf("%s %s: Authorization %q", r.Method, r.URI, r.Header.Get("Authorization"))
		}
	}
	if got := strings.Join(sent, ", "); done.IsError || !strings.HasPrefix(got, "POST /login, POST /things, GET /things/7") || !strings.HasSuffix(got, "GET /things/7, DELETE /things/7") {
		t.Fatalf("sent %s: %s", got, done.structured)
	}
	if strings.Contains(done.structured, "4711") || !strings.Contains(done.structured, `"id":7`) {
		t.Errorf("the result: %s", done.structured)
	}
	if again := call(t, c, tool, args+`,"__confirmed":true}`); again.Type != "confirmation_request" {
		t.Errorf("confirmed twice: %s", again.structured)
	}
	count := map[string]int{}
	for _, r := range readAudit(t, audit) {
		count[r.Event+" "+cmp.Or(r.Name, r.Request)]++
	}
	if count["outcome POST /login"] != 1 || count["decision createThing"] != 1 || count["outcome DELETE /things/{id}"] != 1 || count["decision "+tool] < 2 {
		t.Errorf("audit: %v", count)
	}
}

// TestWorkflowStops lets a step depart from its plan.
func TestWorkflowStops(t *testing.T) {
	for name, tt := range map[string]struct {
		request, answer string
		policy          guard.Policy
		want            string
		sent            int
	}{
		"status":     {request: "POST /things", answer: `500 {"id":7}`, want: "Done, and not undone: signIn.", sent: 2},
		"output":     {request: "POST /things", answer: `201 {"number":7}`, want: "$response.body#/id", sent: 2},
		"object":     {request: "POST /login", answer: `200 {"token":{"a":1}}`, want: "$response.body#/token", sent: 1},
		"wrong type": {request: "POST /things", answer: `201 {"id":"a"}`, want: "id must be an integer", sent: 2},
		"segments":   {request: "POST /things", answer: `201 {"id":"../login"}`, want: "path segments", sent: 2},
		"condition":  {request: "GET /things/7", answer: `404 {}`, want: "Done, and not undone: signIn, create.", sent: 3},
		"read only":  {policy: guard.Policy{ReadOnly: true}, want: "Nothing was sent.", sent: 0},
		"human":      {policy: guard.Policy{RequireHuman: true}, want: "Nothing was sent.", sent: 0},
	} {
		t.Run(name, func(t *testing.T) {
			a, answers := flowAPI(t)
			answers[tt.request] = tt.answer
			if tt.policy.Confirm == nil && !tt.policy.ReadOnly && !tt.policy.RequireHuman {
				tt.policy.NoConfirmDangerous = true
			}
			c := connect(t, newFlowSet(t, a, Options{Policy: tt.policy}), false)
			got := call(t, c, "workflow_thing", `{"user":"ann","name":"a lamp","tags":[]}`)
			if !got.IsError || !strings.Contains(got.text, tt.want) || len(a.requests()) != tt.sent {
				t.Errorf("%d requests: %s", len(a.requests()), got.text)
			}
		})
	}
}

// TestWorkflowRefused serves no workflow that does what this program does not know.
func TestWorkflowRefused(t *testing.T) {
	for _, tt := range [][3]string{
		{"operationId: login", "operationId: logout", "no tool has the operation logout"},
		{"$statusCode == 204", "$statusCode > 200", "is not known"},
		{"name: id, in: path, value: $steps.create.outputs.id}, {", "name: other, in: query, value: x}, {", "no parameter other in query"},
		{"operationId: getThing", "operationId: deleteThing", "only a step that reads can be repeated"},
		{"required: [user, name, tags], properties: {user: {type: string}, ", "properties: {", "the input user is not described"},
	} {
		w := must(workflow.Read([]byte(strings.Replace(flowWorkflow, tt[0], tt[1], 1))))
		a := newAPI(t)
		doc := must(openapi.Load([]byte(flowDocument)))
		if _, err := FromDocument(doc, Options{BaseURL: a.URL, Workflows: w.Workflows}); err == nil || !strings.Contains(err.Error(), tt[2]) {
			t.Errorf("%s: %v", tt[1], err)
		}
	}
}
