package merge

import (
	"fmt"
	"testing"

	"github.com/spectap/spectap/gateway/gatewaytest"
)

const lifecyclePolicy = `
version: 1
tools: {read: {}}
prompts: {hello: {}}
methods: {"logging/setLevel": {}, "completion/complete": {}}
upstream: {sampling: allow}
`

// newPair connects a client to the servers files and git, and makes the handshake.
func newPair(t *testing.T) (g *group, files, git *gatewaytest.Wire) {
	t.Helper()
	g = newGroupWith(t, lifecyclePolicy, "", "files", "git")
	files, git = g.connect("files"), g.connect("git")
	g.Send(g.Client, gatewaytest.HelloText)
	for _, w := range []*gatewaytest.Wire{files, git} {
		g.reply(w, "initialize", `{"protocolVersion":"2025-11-25","capabilities":{"tools":{},"prompts":{},"logging":{},"completions":{}}}`)
	}
	g.Expect(g.Client, `"logging":{`)
	return g, files, git
}

// refuse answers the next request of a server, which has the part, with the error for unknown
// methods.
func (g *group) refuse(w *gatewaytest.Wire, part string) {
	g.T.Helper()
	id := gatewaytest.IDOf(g.T, g.Expect(w, part))
	g.Send(w, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no"}}`, id))
}

// TestMergedServerEnds checks that the calls of a server that ends are answered, that the other one
// continues, and that the next calls reach the restarted server. Answers to requests of the ended
// server are dropped.
func TestMergedServerEnds(t *testing.T) {
	g, files, git := newPair(t)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":12,"method":"tools/call","params":{"name":"git_read"}}`)
	other := gatewaytest.IDOf(t, g.Expect(git, `"name":"read"`))
	g.Send(g.Client, `{"jsonrpc":"2.0","id":13,"method":"tools/call","params":{"name":"files_read"}}`)
	g.Expect(files, `"name":"read"`)
	ask := func(w *gatewaytest.Wire) (id string) {
		g.Send(w, `{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{}}`)
		return gatewaytest.IDOf(t, g.Expect(g.Client, "sampling/createMessage"))
	}
	answer := func(id string) { g.Send(g.Client, `{"jsonrpc":"2.0","id":`+id+`,"result":{"to":"git"}}`) }
	ofFiles, ofGit := ask(files), ask(git)
	files.Close()
	g.Expect(g.Client, `"id":13`, `"error"`)
	g.Send(git, `{"jsonrpc":"2.0","id":`+other+`,"result":{"from":"git"}}`)
	g.Expect(g.Client, `"id":12`, `"from":"git"`)
	files = g.connect("files")
	g.reply(files, "initialize", `{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}`)
	g.Expect(files, "notifications/initialized")
	answer(ofFiles)
	answer(ofGit)
	g.Expect(git, `"id":1`, `"to":"git"`)
	g.quiet(files)
}
