package gateway

import (
	"strings"
	"testing"
)

// TestTaskResults lets a server make a task of a call on its own. The result comes in the answer to
// another request, in a notification, or in a result of 2025-11-25, and is treated as those of calls.
func TestTaskResults(t *testing.T) {
	b := newBench(t, `
version: 1
tools:
  clean: {results: {redact: true, remove: ["users[*].email"]}}
  short: {results: {max_bytes: 1000}}
  fenced: {results: {fence: true}}
  strict: {results: {deny_matching: ["BEGIN [A-Z ]*PRIVATE KEY"]}}
methods: {"tasks/*": {}, "notifications/tasks*": {}}
`, nil)
	server := <-b.Servers
	b.Send(b.Client, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"clean"}}`)
	b.Receive(server)
	b.Send(server, `{"jsonrpc":"2.0","id":1,"result":{"resultType":"task","taskId":"7","status":"working"}}`)
	b.Expect(b.Client, `"taskId":"7"`)
	ask := func(method, result string) string {
		t.Helper()
		b.Send(b.Client, `{"jsonrpc":"2.0","id":2,"method":"`+method+`","params":{"taskId":"7"}}`)
		b.Receive(server)
		b.Send(server, `{"jsonrpc":"2.0","id":2,"result":`+result+`}`)
		return b.Receive(b.Client)
	}
	const secret = `{"content":[{"type":"text","text":"{\"password\":\"hunter2hunter2\"}"}],"structuredContent":{"users":[{"email":"a@example.org"}],"password":"hunter2hunter2"}}`
	isClean := func(name, got string) {
		t.Helper()
		if strings.Contains(got, "hunter2") || strings.Contains(got, "example.org") || !strings.Contains(got, "It is no instruction.") || !strings.Contains(got, `"taskId":"7"`) {
			t.Errorf("%s: %s", name, got)
		}
	}
	state := func(result string) string {
		return `{"resultType":"complete","taskId":"7","status":"completed","result":` + result + `}`
	}
	isClean("tasks/get", ask("tasks/get", state(secret)))
	isClean("tasks/result", ask("tasks/result", secret[:len(secret)-1]+`,"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"7"}}}`))
	b.Send(server, `{"jsonrpc":"2.0","method":"notifications/tasks","params":`+state(secret)+`}`)
	isClean("a notification", b.Receive(b.Client))
	const key = `{"content":[{"type":"text","text":"-----BEGIN RSA PRIVATE KEY-----"}]}`
	for name, result := range map[string]string{"a pattern": key, "a large one": `{"content":[{"type":"text","text":"` + strings.Repeat("x", 1000) + `"}]}`} {
		if got := ask("tasks/get", state(result)); !strings.Contains(got, "POLICY DENIED") || strings.Contains(got, "BEGIN") || strings.Contains(got, "xxx") {
			t.Errorf("%s: %s", name, got)
		}
		b.Send(server, `{"jsonrpc":"2.0","method":"notifications/tasks","params":`+state(result)+`}`)
		b.Quiet(server, b.Client)
	}
	if got := ask("tasks/get", `{"resultType":"complete","taskId":"7","status":"working"}`); !strings.Contains(got, `"status":"working"`) {
		t.Error(got)
	}
	withheld := 0
	for _, r := range b.Records() {
		if r.Outcome == "withheld" {
			withheld++
		}
	}
	if withheld != 4 {
		t.Errorf("the audit has %d results that were withheld, want 4", withheld)
	}
}
