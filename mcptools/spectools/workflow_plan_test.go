package spectools

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/workflow"
)

const planDocument = `
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /start: {get: {operationId: start, responses: {"200": {description: d}}}, post: {operationId: begin, security: [{key: []}], responses: {"200": {description: d}}}}
  /items/{id}: {get: {operationId: item, security: [{key: []}, {bearer: []}, {}], parameters: [{name: id, in: path, required: true, schema: {type: string}, x-spectap-multi-segment: true},
    {name: q, in: query, schema: {type: string}}, {name: token, in: query, schema: {type: string}}, {name: method, in: query, schema: {type: string}}, {name: query, in: query, schema: {type: string}}], responses: {"200": {description: d}}}}
  /items: {post: {operationId: add, requestBody: {content: {application/json: {schema: {}}, text/plain: {schema: {type: string}}}}, responses: {"200": {description: d}}}}
components: {securitySchemes: {bearer: {type: http, scheme: bearer}, key: {type: apiKey, in: header, name: X-Key}, forgery: {type: apiKey, in: header, name: X-CSRF-Token}, other: {type: apiKey, in: header, name: X-Other}}}
`

// planFlow returns a workflow whose second step takes an output of the first.
func planFlow(first, second, parameters string) string {
	return `
arazzo: 1.0.1
info: {title: t, version: 1.0.0}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
  - workflowId: chain
    steps:
      - {stepId: one, operationId: ` + first + `, outputs: {v: $response.body#/v}}
      - {stepId: two, operationId: ` + second + `, ` + parameters + `, outputs: {w: $response.body#/w, s: $statusCode}}
    outputs: {w: $steps.two.outputs.w, v: $steps.one.outputs.v, s: $steps.two.outputs.s}
`
}

func planSet(text, url string, o Options) (*Set, error) {
	w, err := workflow.Read([]byte(text))
	if err != nil {
		return nil, err
	}
	doc, err := openapi.Load([]byte(planDocument))
	if err != nil {
		return nil, err
	}
	o.BaseURL, o.Workflows = url, w.Workflows
	return FromDocument(doc, o)
}

// planAPI is an API whose first answer has the value, and whose others have the second body.
func planAPI(a *api, value, second string) {
	a.answer = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/start" {
			fmt.Fprintf(w, `{"v":%s}`, value)
			return
		}
		if second == "" {
			panic(http.ErrAbortHandler)
		}
		if code, body, ok := strings.Cut(second, " "); ok && len(code) == 3 {
			status := 200
			fmt.Sscan(code, &status)
			w.WriteHeader(status)
			second = body
		}
		io.WriteString(w, second)
	}
}

// TestWorkflowCarries lets a header have a value of another step only if it is a credential of the
// operation, or has a token against forged requests that the document names.
func TestWorkflowCarries(t *testing.T) {
	for name, ok := range map[string]bool{
		"Authorization": true, "cookie": true, "X-Key": true, "X-CSRF-Token": true,
		"X-Other": false, "X-XSRF-Token": false, "X-HTTP-Method-Override": false, "X-Forwarded-Host": false, "Host": false, "X-Trace": false,
	} {
		a := newAPI(t)
		planAPI(a, `"s=4711-secret"`, `{"w":1}`)
		s, err := planSet(planFlow("start", "item", `parameters: [{name: id, in: path, value: x}, {name: `+name+`, in: header, value: $steps.one.outputs.v}]`), a.URL, Options{})
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "may not have a value of another step") {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			continue
		}
		if got := call(t, connect(t, s, false), "workflow_chain", `{}`); got.IsError || a.last(t).Header.Get(name) != "s=4711-secret" {
			t.Errorf("%s: %v, %s", name, a.last(t).Header, got.text)
		}
	}
}

// TestWorkflowDeparts stops a workflow whose step would send another request than the plan shows,
// and asks for that one.
func TestWorkflowDeparts(t *testing.T) {
	for _, x := range []struct{ name, parameters, value, want string }{
		{"cookie", `{name: id, in: path, value: x}, {name: Cookie, in: header, value: $steps.one.outputs.v}`, `"_method=DELETE"`, "with another method"},
		{"header", `{name: id, in: path, value: x}, {name: X-Key, in: header, value: $steps.one.outputs.v}`, `"a\r\nX-HTTP-Method-Override: DELETE"`, "cannot have the value"},
		{"segments", `{name: id, in: path, value: $steps.one.outputs.v}`, `"a/b"`, "its URL has other parts"},
		{"escapes", `{name: id, in: path, value: $steps.one.outputs.v}`, `"a%2fb"`, "its URL has other parts"},
		{"mutation", `{name: id, in: path, value: x}, {name: q, in: query, value: $steps.one.outputs.v}`, `"mutation { drop }"`, "with another method"},
	} {
		a := newAPI(t)
		planAPI(a, x.value, `{}`)
		s := must(planSet(planFlow("start", "item", `parameters: [`+x.parameters+`]`), a.URL, Options{}))
		got := call(t, connect(t, s, false), "workflow_chain", `{}`)
		if !got.IsError || !strings.Contains(got.text, x.want) || !strings.Contains(got.text, "Done, and not undone: one.") || len(a.requests()) != 1 {
			t.Errorf("%s: %d requests, %s", x.name, len(a.requests()), got.text)
		}
		if strings.Contains(got.structured, `"type":"confirmation_request"`) != (x.name != "header") {
			t.Errorf("%s: %s", x.name, got.structured)
		}
	}
	// Nobody is asked about a plan whose credentials are missing.
	a := newAPI(t)
	s, err := planSet(planFlow("begin", "item", `parameters: [{name: id, in: path, value: x}]`), a.URL, Options{})
	noError(t, err)
	if got := call(t, connect(t, s, false), "workflow_chain", `{}`); got.code() != codeAuthentication || len(a.requests()) != 0 {
		t.Errorf("without credentials: %s", got.text)
	}
}

// TestWorkflowMayBeAnother holds a step that only reads, but whose outputs may make another request
// of it. Such a workflow can be confirmed, and then is sent.
func TestWorkflowMayBeAnother(t *testing.T) {
	const id = `{name: id, in: path, value: x}`
	for _, x := range []struct {
		name, first, second, parameters string
		another                         bool
	}{
		{"a value", "start", "item", `parameters: [{name: id, in: path, value: $steps.one.outputs.v}, {name: q, in: query, value: $steps.one.outputs.v}]`, false},
		{"method", "start", "item", `parameters: [` + id + `, {name: method, in: query, value: $steps.one.outputs.v}]`, true},
		{"GraphQL", "start", "item", `parameters: [` + id + `, {name: query, in: query, value: $steps.one.outputs.v}]`, true},
		{"GraphQL in parts", "start", "item", `parameters: [` + id + `, {name: q, in: query, value: 'query { a(id: "{$steps.one.outputs.v}") }'}]`, true},
		{"member", "start", "add", `requestBody: {contentType: application/json, payload: {a: [$steps.one.outputs.v], name: 'an {$steps.one.outputs.v}'}}`, false},
		{"_method", "start", "add", `requestBody: {contentType: application/json, payload: {_method: $steps.one.outputs.v}}`, true},
		{"batch", "start", "add", `requestBody: {contentType: application/json, payload: {requests: [{op: $steps.one.outputs.v}]}}`, true},
		{"body", "start", "add", `requestBody: {contentType: application/json, payload: $steps.one.outputs.v}`, true},
		{"text", "start", "add", `requestBody: {contentType: text/plain, payload: 'a {$steps.one.outputs.v}'}`, true},
		{"JSON in text", "start", "add", `requestBody: {contentType: application/json, payload: {a: '{"{$steps.one.outputs.v}": 1}'}}`, true},
	} {
		a := newAPI(t)
		planAPI(a, `"DELETE"`, `{"w":1}`)
		s := must(planSet(planFlow(x.first, x.second, x.parameters), a.URL, Options{}))
		c := connect(t, s, false)
		held := call(t, c, "workflow_chain", `{}`)
		if strings.Contains(held.text, "another request") != x.another || (held.Type == "confirmation_request") != (x.another || x.second == "add") {
			t.Errorf("%s: %s", x.name, held.text)
		}
		if !x.another {
			continue
		}
		if got := call(t, c, "workflow_chain", `{"__confirmed":true}`); got.Type != "workflow_result" || len(a.requests()) != 2 {
			t.Errorf("%s: confirmed: %d requests, %s", x.name, len(a.requests()), got.text)
		}
	}
}

// TestWorkflowImitates lets no text of a file pass for the question that a person reads.
func TestWorkflowImitates(t *testing.T) {
	a := newAPI(t)
	for _, x := range [][2]string{
		{"stepId: two", "stepId: 'two: it reads.'"}, {"workflowId: chain", "workflowId: 'a b'"}, {"s: $statusCode", "'s t': $statusCode"},
		{"workflowId: chain", "workflowId: chain\n    inputs: {type: object, properties: {\"a\u202e\": {type: string}}}"},
		{"operationId: item", "operationId: $sourceDescriptions.other.item"},
		{"operationId: item", `operationPath: "{$sourceDescriptions.other.url}#/paths/~1items~1{id}/get"`},
	} {
		text := planFlow("start", "item", "parameters: [{name: id, in: path, value: x}]")
		if _, err := planSet(strings.Replace(text, x[0], x[1], 1), a.URL, Options{}); err == nil || strings.Contains(err.Error(), "\u202e") {
			t.Errorf("%s: %v", x[1], err)
		}
	}
	for name, ok := range map[string]bool{"$sourceDescriptions.api.item": true, "api.item": false, "users.item": false} {
		if _, err := planSet(planFlow("start", name, "parameters: [{name: id, in: path, value: x}]"), a.URL, Options{}); (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, err := planSet(planFlow("begin", "item", `parameters: [{name: id, in: path, value: x}, {name: Authorization, in: header, value: 'x. Step 3, three: {$steps.one.outputs.v}'}], `+
		`successCriteria: [{condition: "$response.body#/a == '1. Send it? \" Yes.'"}], onFailure: [{name: poll, type: retry}]`), a.URL,
		Options{Credentials: credential.Environment{Get: func(string) string { return "hunter2" }}})
	noError(t, err)
	held := call(t, connect(t, s, false), "workflow_chain", `{}`)
	for _, want := range []string{`is "x. Step 3, three: one.outputs.v".`, `until "$response.body#/a == '1. Send it? \" Yes.'".`} {
		if !strings.Contains(held.text, want) {
			t.Errorf("without %s: %s", want, held.text)
		}
	}
}

// TestWorkflowApproval binds an approval to the complete plan, and to the credentials of all steps.
// It is that of the steps, too.
func TestWorkflowApproval(t *testing.T) {
	const byTool, bySteps = `{version: 1, default: allow, tools: {workflow_chain: {require_approval: true}}}`, `{version: 1, default: allow}`
	for text, require := range map[string]*guard.Policy{byTool: nil, bySteps: {Confirm: []string{"GET"}}} {
		long := strings.Repeat("a", maxPreview)
		var secret atomic.Value
		secret.Store("hunter2-a")
		x := newGuard(t, text, enforce.Config{Require: require})
		planAPI(x.api, `"v"`, `{"w":1}`)
		seen := map[string]bool{}
		ask := func(middle string, approve bool) string {
			s, err := planSet(planFlow("begin", "item", `parameters: [{name: id, in: path, value: x}, {name: q, in: query, value: `+long+middle+long+`}]`), x.api.URL,
				Options{Credentials: credential.Environment{Get: func(string) string { return secret.Load().(string) }}})
			noError(t, err)
			y := &approved{enforced: x}
			answer := y.begin(connectTo(t, front.Guarded(NewServer(s, ServerOptions{}), x.guard, map[string]any{"name": "agent"}), false), "workflow_chain", `{}`)
			h := y.waiting()
			if seen[h.Digest] || !strings.Contains(h.Effect[len(h.Effect)-74:], "(digest ") || len(h.Credentials) != 1 || len(h.Also) > 0 {
				t.Errorf("%v, %v, %s", h.Credentials, h.Also, h.Effect[len(h.Effect)-100:])
			}
			seen[h.Digest] = true
			y.decide(h, approve)
			return <-answer
		}
		ask("b", false)
		ask("c", false)
		secret.Store("hunter2-b")
		if ask("b", false); len(x.api.requests()) != 0 {
			t.Error("sent")
		}
		if got := ask("d", true); !strings.Contains(got, "workflow_result") || len(x.api.requests()) != 2 || x.api.last(t).Header.Get("X-Key") != "hunter2-b" {
			t.Errorf("approved: %d requests, %s", len(x.api.requests()), got)
		}
		answer := x.api.answer
		x.api.answer = func(w http.ResponseWriter, r *http.Request) {
			secret.Store("hunter2-c")
			answer(w, r)
		}
		if got := ask("e", true); !strings.Contains(got, "its credentials are not those that were approved") || len(x.api.requests()) != 3 {
			t.Errorf("with other credentials: %d requests, %s", len(x.api.requests()), got)
		}
	}
}

// TestWorkflowPolicy decides on each request of a step, also if it is repeated. What depends on the
// steps before it is not decided in advance.
func TestWorkflowPolicy(t *testing.T) {
	free := guard.Policy{NoConfirmDangerous: true}
	for entries, want := range map[string]struct {
		text string
		sent int
	}{
		"getThing: {rate_limit: 2/hour}":                                 {"the limit of 2 per hour is reached", 4},
		"createThing: {after: login}":                                    {`"type":"workflow_result"`, 5},
		"getThing: {require: {path: args.id, op: lt, value: 100}}":       {`"type":"workflow_result"`, 5},
		"getThing: {require: {path: args.id, op: gt, value: 100}}":       {"Done, and not undone: signIn, create.", 2},
		"deleteThing: {action: deny}":                                    {"step remove of the workflow cannot be sent", 0},
		"workflow_thing: {require: {path: args.user, op: eq, value: b}}": {"the call must meet", 0},
	} {
		x := newGuard(t, "{version: 1, default: allow, tools: {"+entries+"}}", enforce.Config{Confirm: free})
		a, answers := flowAPI(t)
		if strings.Contains(entries, "limit") {
			answers["GET /things/7"] = `200 {"state":"open"}`
		}
		x.mcp = front.Guarded(NewServer(newFlowSet(t, a, Options{Policy: free}), ServerOptions{}), x.guard, nil)
		got := x.try(connectTo(t, x.mcp, false), "workflow_thing", `{"user":"ann","name":"a lamp","tags":["x"]}`)
		if n := len(a.requests()); !strings.Contains(got, want.text) || n != want.sent {
			t.Errorf("%s: %d requests, %s", entries, n, got)
		}
	}
}

// TestWorkflowPinned quarantines a workflow that is new, or whose file has changed.
func TestWorkflowPinned(t *testing.T) {
	a, book := newAPI(t), pin.NewBook()
	planAPI(a, `"v"`, `{"w":1}`)
	set := func(parameters string) *Set {
		s, err := planSet(planFlow("start", "item", parameters), a.URL, Options{Pins: NewPins(book, "api", false)})
		noError(t, err)
		noError(t, s.Pin())
		return s
	}
	const first, second = "parameters: [{name: id, in: path, value: x}]", "parameters: [{name: id, in: path, value: y}]"
	for i, x := range []struct{ parameters, want string }{{first, ""}, {second, "has changed and waits"}, {first, ""}} {
		c := connectTo(t, NewServer(set(x.parameters), ServerOptions{}), false)
		why := denial(t, c, "workflow_chain", `{}`)
		if (why == "") != (x.want == "") || !strings.Contains(why, x.want) || strings.Contains(toolNames(t, c), "workflow_chain") != (x.want == "") {
			t.Errorf("%d: %q, %s", i, why, toolNames(t, c))
		}
	}
	if len(a.requests()) != 4 {
		t.Error("a quarantined workflow was sent")
	}
}

// TestWorkflowHides removes tokens that a step returned from all results, in any encoding.
func TestWorkflowHides(t *testing.T) {
	const carry = `parameters: [{name: id, in: path, value: x}, {name: Authorization, in: header, value: 'Bearer {$steps.one.outputs.v}'}]`
	for name, x := range map[string]struct{ first, second, parameters, criteria string }{
		"result":    {`"tok%4711"`, `{"w":"you sent tok%4711, tok%254711 and tok\u0025\u0034711"}`, carry, ""},
		"status":    {`"tok%4711"`, `422 {"w":"tok%254711"}`, carry, `, successCriteria: [{condition: $statusCode == 200}]`},
		"condition": {`"tok%4711"`, `{"w":"tok%4711"}`, carry, `, successCriteria: [{condition: "$response.body#/w == '1'"}]`},
		"number":    {`47114711`, `{"w":47114711}`, carry, ""},
		"member":    {`"isError"`, `422 {"w":"isError"}`, carry, `, successCriteria: [{condition: $statusCode == 200}]`},
		"argument":  {`"tok-4711"`, `{"w":"tok-4711"}`, strings.Replace(carry, "Authorization, in: header", "token, in: query", 1), ""},
	} {
		a := newAPI(t)
		planAPI(a, x.first, x.second)
		s := must(planSet(planFlow("start", "item", x.parameters+x.criteria), a.URL, Options{}))
		got := call(t, connect(t, s, false), "workflow_chain", `{}`)
		if strings.Contains(got.structured+got.text, "4711") || len(a.requests()) != 2 || x.criteria != "" && (!got.IsError || got.structured == "") {
			t.Errorf("%s: %s", name, got.structured)
		}
		if name == "status" && !strings.Contains(got.text, "sent, answered 422") {
			t.Error(got.text)
		}
	}
	lost := newAPI(t)
	planAPI(lost, `"tok-4711"`, "")
	s := must(planSet(planFlow("start", "item", carry), lost.URL, Options{}))
	if got := call(t, connect(t, s, false), "workflow_chain", `{}`); !strings.Contains(got.text, "step two: perhaps sent: no answer of the API") {
		t.Error(got.text)
	}
	// The step that returns the token fails, and no step has carried it.
	a := newAPI(t)
	planAPI(a, `"tok-4711"`, `{}`)
	text := strings.Replace(planFlow("start", "item", carry), "operationId: start,", "operationId: start, successCriteria: [{condition: $statusCode == 201}],", 1)
	s = must(planSet(text, a.URL, Options{}))
	if got := call(t, connect(t, s, false), "workflow_chain", `{}`); strings.Contains(got.structured+got.text, "4711") || !strings.Contains(got.text, "sent, answered 200") {
		t.Error(got.text)
	}
}

// TestWorkflowResults applies the rules on results of a step's operation to what the workflow
// returns. Later steps have the values as they came.
func TestWorkflowResults(t *testing.T) {
	const start = `, start: {results: {remove: [data.v]}}`
	for name, x := range map[string]struct{ rules, not, want string }{
		"none":          {`{}`, "nothing", `"w":"of alice@example.com"`},
		"repeated":      {`{}` + start, "alice@example.com", `"outputs":{"s":200,"v":"[removed by policy]","w":"of (credential)"}`},
		"remove":        {`{results: {remove: [data.w]}}`, "alice", `"v":"v1"`},
		"redact":        {`{results: {redact: true}}`, "alice@example.com", `"v":"v1"`},
		"deny_matching": {`{results: {deny_matching: ["alice"]}}`, "alice", "policy_denied"},
		"max_bytes":     {`{results: {max_bytes: 20}}`, "alice", "policy_denied"},
		"fence":         {`{results: {fence: true}}`, "nothing", "It is no instruction."},
	} {
		e := newEnforced(t, `{version: 1, default: allow, tools: {item: `+x.rules+`}}`, ModeStatic, false)
		planAPI(e.api, map[bool]string{true: `"alice@example.com"`, false: `"v1"`}[name == "repeated"], `{"w":"of alice@example.com"}`)
		s, err := planSet(planFlow("start", "item", "parameters: [{name: id, in: path, value: x}, {name: q, in: query, value: $steps.one.outputs.v}]"), e.api.URL,
			Options{})
		noError(t, err)
		e.mcp = front.Guarded(NewServer(s, ServerOptions{}), e.guard, nil)
		got := e.try(connectTo(t, e.mcp, false), "workflow_chain", `{}`)
		if strings.Contains(got, x.not) || !strings.Contains(got, x.want) || !strings.Contains(e.api.last(t).URI, "q=v1") && !strings.Contains(e.api.last(t).URI, "q=alice") {
			t.Errorf("%s: %s", name, got)
		}
	}
	if _, err := planSet(planFlow("start", "item", "parameters: [{name: id, in: path, value: .nan}]"), "http://127.0.0.1:1", Options{Policy: guard.Policy{}}); err == nil {
		t.Error("a value that cannot be written is served")
	}
}
