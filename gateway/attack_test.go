package gateway

import (
	"fmt"
	"strings"
	"testing"
)

// attacks are attempts to evade the policy of TestAttacks. Each is one line that a client sends.
// FORBIDDEN marks text that the server must not see.
func attacks() []string {
	call := func(params string) string {
		return `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":` + params + `}`
	}
	list := []string{
		// Other tools, and names that look like the allowed one.
		call(`{"name":"FORBIDDEN"}`), call(`{"name":"read\u0000FORBIDDEN"}`), call(`{"name":"read FORBIDDEN"}`), call(`{"name":"FORBIDDEN_read"}`),
		call(`{"name":"READ","arguments":{"x":"FORBIDDEN"}}`), call(`{"name":"re\u200bad","arguments":{"x":"FORBIDDEN"}}`),
		call(`{"name":"r\u0435ad","arguments":{"x":"FORBIDDEN"}}`), call(`{"name":" read","arguments":{"x":"FORBIDDEN"}}`),
		call(`{"name":"read\n","arguments":{"x":"FORBIDDEN"}}`), call(`{"name":"","arguments":{"x":"FORBIDDEN"}}`),
		call(`{"name":["read","FORBIDDEN"]}`), call(`{"name":{"read":"FORBIDDEN"}}`), call(`{"name":null,"arguments":{"x":"FORBIDDEN"}}`),
		call(`{"arguments":{"name":"FORBIDDEN"}}`), call(`{"tool":"FORBIDDEN"}`), call(`{"name":"admin_FORBIDDEN"}`),

		// Two readings of one message.
		call(`{"name":"read","name":"FORBIDDEN"}`), call(`{"name":"read","Name":"FORBIDDEN"}`), call(`{"NAME":"FORBIDDEN","name":"read"}`),
		call(`{"name":"read","n\u0061me":"FORBIDDEN"}`), call(`{"name":"read","arguments":{"x":1},"arguments":{"x":"FORBIDDEN"}}`),
		call(`{"name":"read","arguments":{},"Arguments":{"x":"FORBIDDEN"}}`), call(`{"name":"pay","arguments":{"amount":1,"AMOUNT":"FORBIDDEN"}}`),
		call(`{"name":"read","arguments":{"\u212aey":1,"key":"FORBIDDEN"}}`), call(`{"name":"read","arguments":{"\u017f":1,"s":"FORBIDDEN"}}`),
		`{"jsonrpc":"2.0","id":"x","method":"ping","method":"tools/call","params":{"name":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"ping","Method":"tools/call","params":{"name":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"read"},"Params":{"name":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","id":"y","method":"tools/call","params":{"name":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","result":{},"method":"tools/call","params":{"name":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"ping","params":{},"extra":{"method":"tools/call","params":{"name":"FORBIDDEN"}}}`,

		// Text that is not a single message.
		`[` + call(`{"name":"FORBIDDEN"}`) + `]`, `[` + call(`{"name":"read"}`) + `,` + call(`{"name":"FORBIDDEN"}`) + `]`,
		` [[` + call(`{"name":"FORBIDDEN"}`) + `]]`,
		call(`{"name":"read"}`) + call(`{"name":"FORBIDDEN"}`), call(`{"name":"read"}`) + ` ` + call(`{"name":"FORBIDDEN"}`),
		call(`{"name":"FORBIDDEN"}`) + `,`, "\xef\xbb\xbf" + call(`{"name":"FORBIDDEN"}`), "\x00" + call(`{"name":"FORBIDDEN"}`),
		`// ` + call(`{"name":"FORBIDDEN"}`), `{'jsonrpc':'2.0','id':1,'method':'tools/call','params':{'name':'FORBIDDEN'}}`,
		"Content-Length: 80\r" + call(`{"name":"FORBIDDEN"}`), `data: ` + call(`{"name":"FORBIDDEN"}`),
		`"` + strings.ReplaceAll(call(`{"name":"FORBIDDEN"}`), `"`, `\"`) + `"`,
		"{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"tools/call\",\"params\":{\"name\":\"FORBIDDEN\xff\"}}",
		`{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"FORBIDDEN"}`,
		`{"jsonrpc":"1.0","id":"x","method":"tools/call","params":{"name":"FORBIDDEN"}}`, `{"id":"x","method":"tools/call","params":{"name":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":{"a":1},"method":"tools/call","params":{"name":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"FORBIDDEN"}}`,

		// Variant spellings of methods, and unknown methods.
		`{"jsonrpc":"2.0","id":"x","method":"Tools/Call","params":{"name":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"tools/call/","params":{"name":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"tools/call ","params":{"name":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"tools\u002fcall\u0000","params":{"name":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"tools/execute","params":{"name":"FORBIDDEN"}}`, `{"jsonrpc":"2.0","method":"tools/call","params":{"name":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","method":"notifications/FORBIDDEN"}`, `{"jsonrpc":"2.0","id":"x","method":"tasks/result","params":{"taskId":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"tasks/list","params":{"x":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"tasks/cancel","params":{"taskId":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"sampling/createMessage","params":{"x":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"elicitation/create","params":{"x":"FORBIDDEN"}}`,
		call(`{"name":"read","task":{"ttl":1,"x":"FORBIDDEN"}}`), call(`{"name":"read","task":null,"arguments":{"x":"FORBIDDEN"}}`),

		// Arguments that cannot be judged.
		call(`{"name":"read","arguments":["FORBIDDEN"]}`), call(`{"name":"read","arguments":"FORBIDDEN"}`), call(`{"name":"pay","arguments":["FORBIDDEN"]}`),
		call(`{"name":"pay","arguments":{"to":"FORBIDDEN"}}`), call(`{"name":"pay","arguments":{"amount":"5","to":"FORBIDDEN"}}`),
		call(`{"name":"pay","arguments":{"amount":[5],"to":"FORBIDDEN"}}`),
		call(`{"name":"pay","arguments":{"amount":-5,"to":"FORBIDDEN"}}`),
		call(`{"name":"pay","arguments":{"amount":1e400,"to":"FORBIDDEN"}}`), call(`{"name":"pay","arguments":{"amount":NaN,"to":"FORBIDDEN"}}`),
		call(`{"name":"pay","arguments":{"amount":null,"to":"FORBIDDEN"}}`),
		call(`{"name":"pay","arguments":{"amount":101,"to":"FORBIDDEN"}}`), call(`{"name":"pay","arguments":{"amount":100.0000000001,"to":"FORBIDDEN"}}`),
		call(`{"name":"pay","arguments":{"amount":{"amount":5},"to":"FORBIDDEN"}}`), call(`{"name":"pay","arguments":{"amount":9007199254740993,"to":"FORBIDDEN"}}`),

		// Resources, prompts and completion.
		`{"jsonrpc":"2.0","id":"x","method":"resources/read","params":{"uri":"file:///FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"resources/subscribe","params":{"uri":"file:///FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"resources/read","params":{"uri":"file:///data/../FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"resources/read","params":{"uri":"file:///data/%2e%2e/FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"resources/read","params":{"uri":"file:///data/%252e%252e/FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"resources/read","params":{"uri":"file:///data\\..\\FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"resources/read","params":{"uri":"file:///data/a/..;/FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"resources/read","params":{"uri":["file:///data/a","FORBIDDEN"]}}`,
		`{"jsonrpc":"2.0","id":"x","method":"resources/read","params":{"URI":"FORBIDDEN","uri":"file:///data/a"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"resources/read","params":{"url":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"prompts/get","params":{"name":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","id":"x","method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"FORBIDDEN"},"argument":{}}}`,
		`{"jsonrpc":"2.0","id":"x","method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":"db:///FORBIDDEN"}}}`,
		`{"jsonrpc":"2.0","id":"x","method":"completion/complete","params":{"ref":{"type":"ref/tool","name":"FORBIDDEN"}}}`,
		`{"jsonrpc":"2.0","id":"x","method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["file:///data/a","file:///FORBIDDEN"]}}}`,
		`{"jsonrpc":"2.0","id":"x","method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":"FORBIDDEN"}}}`,
		`{"jsonrpc":"2.0","id":"x","method":"subscriptions/listen","params":{"notifications":["FORBIDDEN"]}}`,

		// Too much.
		call(`{"name":"read","arguments":{"x":"FORBIDDEN","d":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}}`),
	}
	return list
}

// attacked is the policy that attacks try to get around.
const attacked = `
version: 1
hide: [admin_*]
tools:
  read: {}
  pay: {require: [{path: args.amount, op: lte, value: 100}], limits: [{counter: c, window: day, max: 1000, increment_from: args.amount}]}
  admin_read: {}
resources: {"file:///data/*": {}}
prompts: {hello: {}}
`

// TestAttacks sends each attack, and each as a notification where it has an id. The server sees
// none of them, and the audit has each.
func TestAttacks(t *testing.T) {
	b := newBench(t, attacked, nil)
	server := <-b.Servers
	all := attacks()
	b.Send(b.Client, `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"FORBIDDEN"}}`) // the list of tools is read for it
	b.Expect(b.Client, "unknown tool")
	for i, text := range all {
		before := len(b.Records())
		b.Send(b.Client, text)
		b.Send(b.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":"after%d","method":"ping"}`, i))
		if got := b.Receive(server); strings.Contains(got, "FORBIDDEN") || !strings.Contains(got, "after") {
			t.Fatalf("%.300s\nreached the server as %.300s", text, got)
		}
		b.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":"after%d","result":{}}`, i))
		answer := b.Receive(b.Client)
		isNote := !strings.Contains(text, `"id"`) && strings.HasPrefix(text, `{"jsonrpc":"2.0","method"`)
		if !isNote {
			if !strings.Contains(answer, `"error"`) || strings.Contains(answer, `"id":"after`) {
				t.Errorf("%.300s\nwas answered %.300s", text, answer)
			}
			answer = b.Receive(b.Client)
		}
		if !strings.Contains(answer, `"id":"after`) {
			t.Errorf("%.300s\nwas answered twice, or as a notification: %.300s", text, answer)
		}
		records := b.Records()
		if len(records) != before+1 || records[before].Decision != "deny" {
			t.Errorf("%.300s\nhas the records %+v", text, records[before:])
		}
	}
	if len(all) < 90 {
		t.Errorf("there are only %d attacks", len(all))
	}
}

// TestHostileServer checks that forbidden messages of a server do not reach the client.
func TestHostileServer(t *testing.T) {
	for _, text := range []string{
		`{"jsonrpc":"2.0","id":"forged","result":{"FORBIDDEN":1}}`,                                   // answers no call
		`[{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"x":"FORBIDDEN"}}]`,    // a batch
		`{"jsonrpc":"2.0","id":1,"method":"ping","Method":"sampling/createMessage","x":"FORBIDDEN"}`, // two readings
		`{"jsonrpc":"2.0","method":"sampling/createMessage","params":{"x":"FORBIDDEN"}}`,             // as a notification
		`{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"FORBIDDEN"}}`,
		`{"jsonrpc":"2.0","method":"notifications/FORBIDDEN"}`,
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"FORBIDDEN"}}`,
		`FORBIDDEN`,
	} {
		b := newBench(t, "version: 1\ntools: {read: {}}", nil)
		server := <-b.Servers
		b.Send(server, `{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}`) // it has spoken before
		b.Expect(b.Client, "prompts/list_changed")
		b.Send(server, text)
		done := []byte(`{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
		_ = server.Put(done) // fails if the server was ended
	wait:
		for {
			select {
			case server = <-b.Servers: // the message may answer a call, so the server was started again
				b.Send(server, string(done))
			case <-server.In: // the refusal of a request
			case got := <-b.Client.In:
				if strings.Contains(string(got), "FORBIDDEN") || !strings.Contains(string(got), "tools/list_changed") {
					t.Errorf("%s\nreached the client as %s", text, got)
				}
				break wait
			}
		}
	}
}
