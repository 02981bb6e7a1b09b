package attack

import (
	"fmt"
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
