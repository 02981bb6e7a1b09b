package gateway

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/gateway/gatewaytest"
)

// TestOperationsAreJudged checks that a call of a tool that dispatches is judged as the operation
// that it names, by the exact name that the server lists, and that other results describe no
// operation that the policy hides. The tool look is judged as call.
func TestOperationsAreJudged(t *testing.T) {
	b := newBench(t, "version: 1\nhide: [drop]\ntools: {call: {}, find: {}, g*: {}, limited: {require: {path: args.n, op: lt, value: 5}}}\n", nil)
	server := <-b.Servers
	send := func(tool, args string) {
		b.Send(b.Client, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"`+tool+`","arguments":`+args+`}}`)
	}
	const list = `[{"name":"call","_meta":{"io.github.spectap/dispatch":{"operation":"op","arguments":"args"}}},
		{"name":"look","_meta":{"io.github.spectap/dispatch":{"operation":"op","arguments":"args","as":"call"}}},
		{"name":"find","_meta":{"io.github.spectap/shown":true}},
		{"name":"get","_meta":{"io.github.spectap/operations":true}},{"name":"drop","_meta":{"io.github.spectap/operations":true}},
		{"name":"limited","_meta":{"io.github.spectap/operations":true}}]`
	for i, args := range []string{
		`{"op":"drop"}`, `{"op":"Drop"}`, `{"op":"GET"}`, `{"op":"DELETE /things"}`, `{"op":"gone"}`, `{"op":["get"]}`, `{}`, `{"op":"limited","args":{"n":9}}`, `{"op":"get","args":[]}`,
	} {
		send("call", args)
		for range 2 - min(i, 1) { // first, and again for an unknown name
			if i == 0 || !strings.Contains(args, "limited") && !strings.Contains(args, "drop") && !strings.Contains(args, "[]") {
				b.AnswerToolList(server, list)
				if i == 0 {
					break
				}
			}
		}
		if got := b.Receive(b.Client); !strings.Contains(got, "policy_denied") && !strings.Contains(got, `"code":-32602`) {
			t.Errorf("%s: %s", args, got)
		}
	}
	send("look", `{"op":"drop"}`)
	b.Expect(b.Client, "policy_denied")
	for i, args := range []string{`{"op":"get","args":{"n":9}}`, `{"op":"limited","args":{"n":1}}`, `{"op":"get","args":{"n":9}}`} {
		send([]string{"call", "call", "look"}[i], args)
		id := gatewaytest.IDOf(t, b.Expect(server, `"tools/call"`, args))
		b.Send(server, `{"jsonrpc":"2.0","id":`+id+`,"result":{"content":[]}}`)
		b.Expect(b.Client, `"content"`)
	}
	for _, r := range b.Records() {
		if r.Decision != "" && r.Name != "" && r.Via != "call" || r.Decision == "allow" && r.Name != "get" && r.Name != "limited" {
			t.Errorf("the audit has %+v", r)
		}
	}
	send("find", `{}`)
	b.Expect(server, `"io.github.spectap/shown":["call","find","look","get","limited"]`)
}
