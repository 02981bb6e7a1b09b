package merge

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/gateway/internal/gatewaytest"
	"github.com/spectap/spectap/gateway/jsonrpc"
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

// TestMergerPings checks that the merger answers a ping itself.
func TestMergerPings(t *testing.T) {
	g, files, git := newPair(t)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":5,"method":"ping"}`)
	g.Expect(g.Client, `"id":5,"result":{}`)
	g.quiet(files, git)
}

// TestMergerSetsLevelOfAll checks that the level of logs goes to all servers, of which one that
// knows it is enough.
func TestMergerSetsLevelOfAll(t *testing.T) {
	g, files, git := newPair(t)
	const set = `{"jsonrpc":"2.0","id":%d,"method":"logging/setLevel","params":{"level":"debug"}}`
	g.Send(g.Client, fmt.Sprintf(set, 6))
	g.reply(files, `"level":"debug"`, `{}`)
	g.refuse(git, `"level":"debug"`)
	g.Expect(g.Client, `"id":6,"result":{}`)
	g.Send(g.Client, fmt.Sprintf(set, 7))
	g.refuse(files, "logging/setLevel")
	g.refuse(git, "logging/setLevel")
	g.Expect(g.Client, `"id":7`, "-32601")
}

// TestMergerCompletes checks that completions of a prompt's argument go to the server of the
// prompt, which sees its own name of it.
func TestMergerCompletes(t *testing.T) {
	g, files, git := newPair(t)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":8,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"git_hello"},"argument":{"name":"a","value":"x"}}}`)
	g.reply(git, `"name":"hello"`, `{"completion":{"values":["xyz"]}}`)
	g.Expect(g.Client, `"id":8`, `"xyz"`)
	for _, ref := range []string{`{"type":"ref/prompt","name":"hello"}`, `{"type":"ref/prompt","name":"other_hello"}`, `{}`, `7`} {
		g.Send(g.Client, `{"jsonrpc":"2.0","id":9,"method":"completion/complete","params":{"ref":`+ref+`,"argument":{"name":"a","value":"x"}}}`)
		g.Expect(g.Client, `"id":9`, `"error"`)
	}
	g.quiet(files, git)
}

// TestMergerCancels checks that a cancellation goes to the server of the request alone, and that
// what this server answers later goes to nobody.
func TestMergerCancels(t *testing.T) {
	g, files, git := newPair(t)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":10,"method":"tools/call","params":{"name":"files_read"}}`)
	id := gatewaytest.IDOf(t, g.Expect(files, `"name":"read"`))
	g.Send(g.Client, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":10}}`)
	g.Expect(files, "notifications/cancelled", `"requestId":`+id)
	g.quiet(git)
	g.Send(files, `{"jsonrpc":"2.0","id":`+id+`,"result":{"late":true}}`)
	g.Send(g.Client, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}`)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":11,"method":"ping"}`)
	g.Expect(g.Client, `"id":11`)
	g.quiet(files, git)
}

// TestMergedServerEnds checks that the calls of a server that ends are answered, that the other one
// goes on, and that the next calls reach the server that was started again. Answers to what the
// ended server asked reach nobody.
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

// TestMergedServerIsGreeted checks that a server that was started again gets calls only after its
// handshake.
func TestMergedServerIsGreeted(t *testing.T) {
	g := newGroupWith(t, lifecyclePolicy, "", "files", "git")
	files, git := g.connect("files"), g.connect("git")
	g.Send(g.Client, gatewaytest.HelloText)
	g.Expect(files, `"method":"initialize"`)
	files.Close()
	g.reply(git, "initialize", `{"protocolVersion":"2025-11-25","capabilities":{}}`)
	g.Expect(g.Client, `"id":0`, `"result"`)
	files = g.connect("files")
	id := gatewaytest.IDOf(t, g.Expect(files, `"method":"initialize"`))
	g.Send(g.Client, `{"jsonrpc":"2.0","id":12,"method":"tools/call","params":{"name":"files_read"}}`)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":13,"method":"tools/call","params":{"name":"git_read"}}`)
	g.reply(git, "tools/call", `{}`)
	g.Expect(g.Client, `"id":13`) // the relay of files has had as much time
	g.Send(files, `{"jsonrpc":"2.0","id":`+id+`,"result":{"protocolVersion":"2025-11-25"}}`)
	g.Expect(files, "notifications/initialized")
	g.Expect(files, `"method":"tools/call"`)
}

// TestServerEndsBeforeTheClientBegins checks that a server that was started again gets calls at once
// if there was no handshake before.
func TestServerEndsBeforeTheClientBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t, "", "files", "git")
		g.connect("files").Close()
		files := g.connect("files")
		g.Send(g.Client, `{"jsonrpc":"2.0","id":11,"method":"tools/call","params":{"name":"files_read"}}`)
		g.reply(files, `"method":"tools/call"`, `{}`)
		g.Expect(g.Client, `"id":11`)
	})
}

// TestPauseBeginsAnew checks that a server that ran for long is started again after a short pause.
func TestPauseBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t, "files", "git", "files")
		g.connect("git")
		time.Sleep(10 * jsonrpc.MaxPause) // the pauses grow
		g.broken.Store(new(string))
		files := g.connect("files")
		time.Sleep(2 * jsonrpc.MaxPause)
		for i, want := range []time.Duration{jsonrpc.FirstPause, 2 * jsonrpc.FirstPause} {
			files.Close()
			ended := time.Now()
			files = g.connect("files")
			if waited := time.Since(ended); waited != want {
				t.Errorf("end %d: it was started again after %v, want %v", i, waited, want)
			}
		}
	})
}

// TestMergedServersAllRefuse checks that a session without any server is refused, and says which
// servers do not answer.
func TestMergedServersAllRefuse(t *testing.T) {
	g := newGroup(t, "", "files", "git")
	files, git := g.connect("files"), g.connect("git")
	g.Send(g.Client, gatewaytest.HelloText)
	g.refuse(files, "initialize")
	g.refuse(git, "initialize")
	g.Expect(g.Client, `"error"`, "none of the MCP servers answers: files git")
}

// TestListOfOneServer checks that clients get a list that only one of the servers has, whichever it
// is. To ask for a list that no server has is to call an unknown method.
func TestListOfOneServer(t *testing.T) {
	g, files, git := newPair(t)
	const list = `{"jsonrpc":"2.0","id":%d,"method":"prompts/list"}`
	g.Send(g.Client, fmt.Sprintf(list, 8))
	g.reply(files, "prompts/list", `{"prompts":[{"name":"hello"}]}`)
	g.refuse(git, "prompts/list")
	g.Expect(g.Client, `"id":8,"result":{"prompts":[{"name":"files_hello"}]}`)
	g.Send(g.Client, fmt.Sprintf(list, 9))
	g.refuse(files, "prompts/list")
	g.reply(git, "prompts/list", `{"prompts":[{"name":"hello"}]}`)
	g.Expect(g.Client, `"id":9,"result":{"prompts":[{"name":"git_hello"}]}`)
	for _, invalid := range []string{`{"prompts":5}`, `5`} { // is left out
		g.Send(g.Client, fmt.Sprintf(list, 11))
		g.reply(files, "prompts/list", invalid)
		g.refuse(git, "prompts/list")
		g.Expect(g.Client, `"id":11`, "-32601")
	}
	g.Send(g.Client, fmt.Sprintf(list, 10))
	g.refuse(files, "prompts/list")
	g.refuse(git, "prompts/list")
	g.Expect(g.Client, `"id":10`, "-32601")
}
