package merge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/gateway/gatewaytest"
)

const taskPolicy = `
version: 1
tools: {read: {}}
methods: {"tasks/*": {}, "notifications/tasks*": {}}
upstream: {sampling: allow}
`

// TestNoTasks checks that no side of a gateway in front of several servers can start a task, or
// learn of those of another.
func TestNoTasks(t *testing.T) {
	g := newGroupWith(t, taskPolicy, "", "files", "git")
	files, git := g.connect("files"), g.connect("git")
	const can = `{"tools":{},"tasks":{"list":{}},"extensions":{"io.modelcontextprotocol/tasks":{},"x/y":{}}}`
	g.Send(g.Client, strings.Replace(gatewaytest.HelloText, `"clientInfo"`, `"capabilities":{"tasks":{},"roots":{}},"clientInfo"`, 1))
	if hello := g.Expect(files, "initialize", `"roots"`); strings.Contains(hello, "tasks") {
		t.Errorf("the server sees %s", hello)
	} else {
		g.Send(files, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":%s}}`, idOf(t, hello), can))
	}
	g.reply(git, "initialize", `{"protocolVersion":"2025-11-25","capabilities":`+can+`}`)
	if hello := g.Expect(g.Client, `"x/y":{}`); strings.Contains(hello, "tasks") {
		t.Errorf("the client sees %s", hello)
	}

	g.Send(g.Client, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"git_read","task":{"ttl":1},"_meta":{"io.modelcontextprotocol/clientCapabilities":`+can+`}}}`)
	if call := g.Expect(git, "tools/call", `"x/y":{}`); strings.Contains(call, "task") {
		t.Errorf("the server sees %s", call)
	}
	g.Send(git, `{"jsonrpc":"2.0","id":1,"result":{"resultType":"task","taskId":"1","status":"working"}}`)
	g.Expect(g.Client, `"id":1`, `"error"`, "made a task")
	for _, method := range []string{"tasks/get", "tasks/list", "tasks/cancel", "tasks/result"} {
		g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":2,"method":%q,"params":{"taskId":"1"}}`, method))
		g.Expect(g.Client, `"id":2`, "-32601")
		g.Send(files, fmt.Sprintf(`{"jsonrpc":"2.0","id":3,"method":%q,"params":{"taskId":"1"}}`, method))
		g.Expect(files, `"id":3`, "-32601")
	}
	g.Send(git, `{"jsonrpc":"2.0","method":"notifications/tasks/status","params":{"taskId":"1"}}`)
	g.Send(git, `{"jsonrpc":"2.0","id":4,"method":"sampling/createMessage","params":{"task":{},"x":1}}`)
	if asked := g.Expect(g.Client, "sampling", `"x":1`); strings.Contains(asked, "task") {
		t.Errorf("the client sees %s", asked)
	}
}
