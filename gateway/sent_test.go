package gateway

import (
	"fmt"
	"strings"
	"testing"
)

// Conditions on secrets see all that a client sends, wherever it stands: what the server receives
// without a secret, it does not receive with one.
func TestSecretsInAllThatIsSent(t *testing.T) {
	const secret, personal = "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "4111 1111 1111 1111"
	encoded := strings.Replace(secret, "_", "%5F", 1)
	for kind, condition := range map[string]string{"secret": "{secret: any}", "personal": "{personal: any}", "carries": "{carries: vault}"} {
		b := newBench(t, fmt.Sprintf(`
version: 1
tools:
  read: {taints: {secrets: vault}}
  send: {deny_if: %[1]s}
resources: {"db:///*": {deny_if: %[1]s}}
prompts: {greet: {deny_if: %[1]s}}
methods: {"tasks/*": {}}
upstream: {elicitation: allow, sampling: allow}`, condition), nil)
		server := <-b.Servers
		b.Send(b.Client, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}`)
		b.Receive(server)
		b.Send(server, `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"the token is `+secret+`"}]}}`)
		b.Receive(b.Client)
		hidden, id := []string{secret, encoded}, 1
		if kind == "personal" {
			hidden = []string{personal, strings.ReplaceAll(personal, " ", "%20")}
		}
		for what, request := range map[string]string{
			"an argument":             `"tools/call","params":{"name":"send","arguments":{"x":"HERE"}}`,
			"metadata of a call":      `"tools/call","params":{"name":"send","_meta":{"progressToken":"0c6e1d7a-1f0b-4a57-8d3c","x":["HERE"]}}`,
			"a progress token":        `"tools/call","params":{"name":"send","_meta":{"progressToken":"HERE"}}`,
			"an answer with a call":   `"tools/call","params":{"name":"send","inputResponses":{"q":{"action":"accept","content":{"a":"HERE"}}}}`,
			"an answer with a task":   `"tasks/update","params":{"taskId":"t","inputResponses":{"q":{"action":"accept","content":{"a":"HERE"}}}}`,
			"a URI":                   `"resources/read","params":{"uri":"db:///x?q=HERE"}`,
			"a subscription":          `"resources/subscribe","params":{"uri":"db:///HERE"}`,
			"metadata of a read":      `"resources/read","params":{"uri":"db:///x","_meta":{"x":"HERE"}}`,
			"an argument of a prompt": `"prompts/get","params":{"name":"greet","arguments":{"who":"HERE"}}`,
			"a completion":            `"completion/complete","params":{"ref":{"type":"ref/prompt","name":"greet"},"argument":{"name":"who","value":"HERE"}}`,
			"the context of a completion": `"completion/complete","params":{"ref":{"type":"ref/resource","uri":"db:///{a}"},"argument":{"name":"a","value":"x"},` +
				`"context":{"arguments":{"b":"HERE"}}}`,
			"a cursor":             `"tools/list","params":{"cursor":"HERE"}`,
			"metadata of a cursor": `"resources/list","params":{"_meta":{"x":"HERE"}}`,
			"metadata of a ping":   `"ping","params":{"_meta":{"x":"HERE"}}`,
		} {
			for _, text := range hidden {
				id++
				b.Send(b.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%s}`, id, strings.ReplaceAll(request, "HERE", text)))
				if got := b.Expect(b.Client, fmt.Sprintf(`"id":%d`, id), "POLICY DENIED"); strings.Contains(got, text) {
					t.Errorf("%s, %s: %s", kind, what, got)
				}
				b.Quiet(b.Client, server)
			}
			id++
			b.Send(b.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%s}`, id, strings.ReplaceAll(request, "HERE", "plain")))
			b.Expect(server, fmt.Sprintf(`"id":%d`, id), "plain")
			b.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"tools":[],"resources":[]}}`, id))
			b.Receive(b.Client)
		}
		for _, text := range hidden[:1] {
			b.Send(b.Client, `{"jsonrpc":"2.0","id":"`+text+`","method":"ping"}`)
			b.Expect(b.Client, "POLICY DENIED")
		}
		// What the server gave the client looks like a secret, and comes back to it.
		const opaque = "1Yx0V3qT2mZkq8sN0bJrE5cHfUo7LwGdA9iXpRvKtQ4="
		for given, request := range map[string]string{
			`"nextCursor":"HERE","tools":[]`: `"tools/list","params":{"cursor":"HERE"}`,
			`"requestState":"HERE"`:          `"tools/call","params":{"name":"send","requestState":"HERE"}`,
			`"task":{"taskId":"HERE"}`:       `"tasks/get","params":{"taskId":"HERE"}`,
			`"tasks":[{"taskId":"HERE"}]`:    `"tasks/cancel","params":{"taskId":"HERE"}`,
		} {
			value := fmt.Sprint(len(given)) + opaque
			given, request = strings.ReplaceAll(given, "HERE", value), strings.ReplaceAll(request, "HERE", value)
			if kind == "secret" {
				b.Send(b.Client, `{"jsonrpc":"2.0","id":"o","method":`+request+`}`)
				b.Expect(b.Client, "POLICY DENIED")
			}
			method := `"tools/list"`
			if strings.Contains(request, "tasks/") {
				method = `"tasks/list"`
			}
			b.Send(b.Client, `{"jsonrpc":"2.0","id":"o","method":`+method+`}`)
			b.Expect(server, method)
			b.Send(server, `{"jsonrpc":"2.0","id":"o","result":{"tools":[],`+strings.Replace(given, `,"tools":[]`, "", 1)+`}}`)
			b.Expect(b.Client, value)
			b.Send(b.Client, `{"jsonrpc":"2.0","id":"o","method":`+request+`}`)
			b.Expect(server, value)
			b.Send(server, `{"jsonrpc":"2.0","id":"o","result":{"tools":[]}}`)
			b.Receive(b.Client)
		}
		for what, answer := range map[string]string{
			"elicitation/create":     `"result":{"action":"accept","content":{"a":"HERE"}}`,
			"sampling/createMessage": `"result":{"role":"assistant","model":"m","content":{"type":"text","text":"HERE"}}`,
			"an error":               `"error":{"code":1,"message":"m","data":"HERE"}`,
		} {
			ask := func(text, want string) {
				t.Helper()
				method := map[bool]string{true: what, false: "elicitation/create"}[strings.Contains(what, "/")]
				b.Send(server, `{"jsonrpc":"2.0","id":"q","method":"`+method+`","params":{"message":"m"}}`)
				b.Receive(b.Client)
				b.Send(b.Client, `{"jsonrpc":"2.0","id":"q",`+strings.Replace(answer, "HERE", text, 1)+`}`)
				if got := b.Expect(server, `"id":"q"`, want); want != text && strings.Contains(got, text) {
					t.Errorf("%s, %s: %s", kind, what, got)
				}
			}
			ask(hidden[0], "does not let the answer pass")
			ask("plain", "plain")
		}
	}
}
