package attack

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// The policies of mcp and serve deny one tool, prompt and resource each, and one argument.
const mcpPolicy = `version: 1
default: allow
tools:
  inspect_flow: {deny_if: [{path: args.flow_id, op: eq, value: 1, optional: true}]}
  search_traffic: {action: deny}
resources:
  "spectap://*": {action: deny}
prompts:
  "*": {action: deny}
`

// Messages that name what a policy denies in another way get none of it (threat 16).
func TestEnforcedMCP(t *testing.T) {
	const secret = "the-text-of-flow-one"
	messages := map[string][]string{
		"spelling": {
			call(`"name":"Inspect_Flow","arguments":{"flow_id":1}`), call(`"name":"inspect_flow ","arguments":{"flow_id":1}`),
			call(`"name":"inspect\u005fflow","arguments":{"flow_id":1}`), call(`"name":"inspect_\uff46low","arguments":{"flow_id":1}`),
			call(`"name":"inspect_flow\u0000","arguments":{"flow_id":1}`), call(`"name":"inspect\u200b_flow","arguments":{"flow_id":1}`),
			call(`"name":["inspect_flow"],"arguments":{"flow_id":1}`), call(`"name":"functions.inspect_flow","arguments":{"flow_id":1}`),
			call(`"name":"search_traffic\n","arguments":{"query":"the-text"}`), call(`"name":"SEARCH_TRAFFIC","arguments":{"query":"the-text"}`),
			call(`"name":"search_traffic","arguments":{"query":"the-text","__confirmed":true}`),
		},
		"twice": {
			call(`"name":"list_flows","name":"inspect_flow","arguments":{"flow_id":1}`), call(`"name":"inspect_flow","arguments":{"flow_id":2,"flow_id":1}`),
			call(`"name":"inspect_flow","arguments":{"flow_id":2},"arguments":{"flow_id":1}`), call(`"name":"inspect_flow","Arguments":{"flow_id":1}`),
			call(`"name":"inspect_flow","arguments":{"flow_id":2},"argument\u017f":{"flow_id":1}`),
			`{"jsonrpc":"2.0","id":ID,"method":"tools/call","params":{"name":"ping"},"params":{"name":"inspect_flow","arguments":{"flow_id":1}}}`,
			`{"jsonrpc":"2.0","id":ID,"method":"ping","Method":"tools/call","params":{"name":"inspect_flow","arguments":{"flow_id":1}}}`,
		},
		"number": {
			call(`"name":"inspect_flow","arguments":{"flow_id":1.0}`), call(`"name":"inspect_flow","arguments":{"flow_id":1e0}`),
			call(`"name":"inspect_flow","arguments":{"flow_id":"1"}`), call(`"name":"inspect_flow","arguments":{"flow_id":10e-1}`),
			call(`"name":"inspect_flow","arguments":{"flow_id":1.0000000000000000000001}`), call(`"name":"inspect_flow","arguments":{"flow_id":[1]}`),
			call(`"name":"inspect_flow","arguments":{"Flow_ID":1}`), call(`"name":"inspect_flow","arguments":{"flow_id ":1}`),
			call(`"name":"inspect_flow","arguments":{"\ufb02ow_id":1}`), call(`"name":"inspect_flow","arguments":{"flowId":1}`),
			call(`"name":"inspect_flow","arguments":{"id":1}`), call(`"name":"inspect_flow","arguments":"{\"flow_id\":1}"`),
			call(`"name":"inspect_flow","arguments":[{"flow_id":1}]`), call(`"name":"inspect_flow","arguments":{"flow_id":18446744073709551617}`),
			call(`"name":"inspect_flow","arguments":{"flow_id":4294967297}`), call(`"name":"inspect_flow","arguments":{"flow_id":-0.1e1}`),
		},
		"resource": {
			rpc("resources/read", `"uri":"spectap://flow/1"`), rpc("resources/read", `"uri":"SPECTAP://flow/1"`), rpc("resources/read", `"uri":"spectap://flow/1#x"`),
			rpc("resources/read", `"uri":"spectap://flow/%31"`), rpc("resources/read", `"uri":" spectap://flow/1"`), rpc("resources/read", `"uri":"spectap:///flow/1"`),
			rpc("resources/read", `"uri":"spectap:/flow/1"`), rpc("resources/read", `"uri":"spectap://x/../flow/1"`),
			rpc("resources/read", `"uri":"","URI":"spectap://flow/1"`), rpc("resources/read", `"uri":"flow/1"`),
			rpc("resources/subscribe", `"uri":"spectap://flow/1"`), rpc("resources/templates/list", ``), rpc("resources/list", ``),
		},
		"prompt": {
			rpc("prompts/list", ``), rpc("completion/complete", `"ref":{"type":"ref/prompt","name":"explain_failure"},"argument":{"name":"flow_id","value":""}`),
			rpc("completion/complete", `"ref":{"type":"ref/resource","uri":"spectap://flow/{id}"},"argument":{"name":"id","value":""}`),
			rpc("completion/complete", `"ref":{"type":"ref/resource","uri":"spectap://flow/1"},"argument":{"name":"id","value":"1"}`),
		},
		"batch": {
			`[` + call(`"name":"search_traffic","arguments":{"query":"the-text"}`) + `]`,
			`[` + rpc("ping", ``) + `,` + call(`"name":"inspect_flow","arguments":{"flow_id":1}`) + `]`,
			`{"jsonrpc":"2.0","id":ID,"method":"TOOLS/CALL","params":{"name":"inspect_flow","arguments":{"flow_id":1}}}`,
			`{"jsonrpc":"2.0","id":ID,"method":"tools\/call","params":{"name":"inspect_flow","arguments":{"flow_id":1}}}`,
			`{"jsonrpc":"2.0","id":ID,"method":"tools/call ","params":{"name":"inspect_flow","arguments":{"flow_id":1}}}`,
		},
		"task": {
			call(`"name":"inspect_flow","arguments":{"flow_id":1},"task":{"ttl":60000}`), call(`"name":"search_traffic","arguments":{"query":"the-text"},"task":{}`),
			rpc("tasks/list", ``), rpc("tasks/result", `"taskId":"1"`), rpc("tasks/get", `"taskId":"1"`),
			call(`"name":"inspect_flow","arguments":{"flow_id":1},"requestState":"x","inputResponses":{"confirm":{"action":"accept","content":{}}}`),
		},
	}
	for name, lines := range messages {
		try(t, name, "names what the policy denies in another way", "no answer has the text of the flow", func(a *attack) {
			db := a.capture(exchange{method: "GET", url: "http://api.example/a/" + secret, answerType: "text/plain", answerBody: secret},
				exchange{method: "GET", url: "http://api.example/b", answerType: "text/plain", answerBody: "b"})
			for _, revision := range []string{legacy, modern} {
				g := a.agent(revision, []string{"mcp", "--compat", "mitmproxy-mcp", "--db", db, "--policy", a.file("policy.yaml", mcpPolicy)})
				if got := g.call("inspect_flow", object{"flow_id": 2}); got.isError {
					a.Fatalf("%s: %s", revision, got.raw)
				}
				for _, line := range lines {
					a.excluding(line, g.sendLine(line), secret)
				}
			}
		})
	}
}

// call is the line of a tools/call with these parameters, and rpc that of any request.
func call(params string) string { return rpc("tools/call", params) }

func rpc(method, params string) string {
	return `{"jsonrpc":"2.0","id":ID,"method":"` + method + `","params":{` + params + `}}`
}

// sendLine sends a line with the next id, in the newest protocol with what it declares, and returns
// the answer. What gets no answer is followed by a request that does.
func (g *agent) sendLine(line string) string {
	g.a.Helper()
	id, c := g.expect()
	if g.revision == modern {
		line = strings.ReplaceAll(line, `"params":{`, `"params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",`+
			`"io.modelcontextprotocol/clientCapabilities":{"elicitation":{}},"io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"}},`)
		line = strings.Replace(line, "},}}", "}}}", 1)
	}
	g.sendRaw(strings.ReplaceAll(line, "ID", fmt.Sprint(id)))
	after := g.request("tools/list", object{})
	select {
	case m := <-c:
		return m.raw
	default:
		return after.raw
	}
}

const servePolicy = `version: 1
default: allow
tools:
  "*getSecret*": {action: deny}
  hidden: {action: deny}
  send: {deny_if: [{path: args.requestBody.to, op: eq, value: mallory, optional: true}, {path: args.id, op: eq, value: 1}]}
hide: [hidden]
`

const serveDocument = `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /secret:
    get: {operationId: getSecret, responses: {"200": {description: ok}}}
  /hidden:
    get: {operationId: hidden, responses: {"200": {description: ok}}}
  /open:
    get: {operationId: open, responses: {"200": {description: ok}}}
  /send/{id}:
    post:
      operationId: send
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      requestBody: {content: {application/json: {schema: {type: object, properties: {to: {type: string}}}}}}
      responses: {"200": {description: ok}}
`

// The policy of an operation holds within call_operation, however the operation or argument is
// named.
func TestEnforcedServe(t *testing.T) {
	inner := func(operation, arguments string) string {
		return call(`"name":"call_operation","arguments":{"operation":` + operation + `,"arguments":` + arguments + `}`)
	}
	var lines []string
	for _, name := range []string{
		`"getSecret"`, `"GETSECRET"`, `"get_secret"`, `"getsecret"`, `"GET /secret"`, `"get /secret"`, `"GET /secret/"`, `"GET //secret"`, `"/secret"`, `"secret"`,
		`"GET /%73ecret"`, `"GET http://x/secret"`, `"GET /secret?x"`, `"GET /secret#"`, `" getSecret"`, `"getSecret\u200b"`, `"\uff47etSecret"`, `"getSecret()"`,
		`"GET /x/../secret"`, `"hidden"`, `"Hidden"`, `"GET /hidden"`, `"/hidden"`, `"HEAD /hidden"`, `"GET\t/hidden"`, `["hidden"]`, `{"a":"hidden"}`,
	} {
		lines = append(lines, inner(name, `{}`), inner(name, `{"__confirmed":true}`), call(`"name":`+name+`,"arguments":{}`),
			call(`"name":"call_operation","arguments":{"operation":"open","Operation":`+name+`}`), call(`"name":"call_operation","arguments":{"operation":"open","operation":`+name+`}`),
			call(`"name":"call_operation","arguments":{"operation":"open","arguments":{"operation":`+name+`}}`))
	}
	for _, args := range []string{
		`{"id":2,"requestBody":{"to":"mallory"}}`, `{"id":2,"to":"mallory"}`, `{"id":2,"requestBody":{"to":"x"},"to":"mallory"}`, `{"id":2,"requestBody":"{\"to\":\"mallory\"}"}`,
		`{"id":2,"requestBody":{"TO":"mallory"}}`, `{"id":2,"RequestBody":{"to":"mallory"}}`, `{"id":2,"requestBody":{"to":["mallory"]}}`, `{"id":1,"requestBody":{"to":"x"}}`, `{"id":1.0,"to":"x"}`,
		`{"id":"1","to":"x"}`, `{"id":1e0,"to":"x"}`, `{"id":2,"requestBody":[{"to":"mallory"}]}`, `{"id":2,"requestBody":{"to":"mall\u006fry"}}`, `"{\"id\":1}"`, `[{"id":1}]`,
	} {
		lines = append(lines, inner(`"send"`, args), call(`"name":"send","arguments":`+args),
			inner(`"POST /send/1"`, args), call(`"name":"call_operation","arguments":{"operation":"send","arguments":`+args+`,"__confirmed":true}`))
	}
	for _, mode := range []string{"dynamic", "static"} {
		try(t, mode, "calls an operation that the policy denies by another name", "nothing of it reaches the API", func(a *attack) {
			u := a.upstream(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })
			for _, revision := range []string{legacy, modern} {
				g := a.agent(revision, a.serving(u, serveDocument, "--mode", mode, "--no-confirm-dangerous", "--policy", a.file("policy.yaml", servePolicy)))
				if got := g.call(map[string]string{"dynamic": "call_operation", "static": "send"}[mode], map[string]object{
					"dynamic": {"operation": "send", "arguments": object{"id": 2, "to": "ann"}}, "static": {"id": 2, "to": "ann"},
				}[mode]); got.isError {
					a.Fatalf("%s: %s", revision, got.raw)
				}
				for _, line := range lines {
					before := len(u.requests())
					g.sendLine(line)
					for _, r := range u.requests()[before:] {
						if r.uri != "/open" && (r.uri != "/send/2" || strings.Contains(strings.ToLower(r.body), "mallory")) {
							a.breach("%s made the upstream receive %s", line, r)
						}
					}
				}
			}
		})
	}
}
