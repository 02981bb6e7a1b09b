package merge

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/streamable"
	"github.com/spectap/spectap/mcp/subject"
)

// TestServerIsGivenUp checks that the failure of a server does not affect calls, questions and
// streams of another one. When it runs again, it gets the client's handshake, and the client is
// notified that lists may have changed.
func TestServerIsGivenUp(t *testing.T) {
	g, files, git := newPair(t)
	g.Send(git, `{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{}}`)
	asked := gatewaytest.IDOf(t, g.Expect(g.Client, "sampling/createMessage"))
	g.Send(g.Client, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"git_read"}}`)
	g.Expect(git, `"id":2`)
	files.Close()
	files = g.connect("files")
	g.Expect(files, `"method":"initialize"`)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"files_read"}}`)
	g.Expect(g.Client, `"id":3`, "is being started again")
	files.Close() // before it said anything
	files = g.connect("files")
	g.reply(files, `"method":"initialize"`, `{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}`)
	g.Expect(files, "notifications/initialized")
	for _, list := range []string{"tools", "prompts", "resources"} {
		g.Expect(g.Client, "notifications/"+list+"/list_changed")
	}
	g.Send(git, `{"jsonrpc":"2.0","id":2,"result":{"from":"git"}}`)
	g.Expect(g.Client, `"id":2`, `"from":"git"`)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":`+asked+`,"result":{"to":"git"}}`)
	g.Expect(git, `"id":1`, `"to":"git"`)
	g.quiet(files, git)
	for name, want := range map[string]gateway.HealthReport{
		"files": {State: gateway.Running, Connections: 1, Restarts: 1}, "git": {State: gateway.Running, Connections: 1},
	} {
		if got := g.health[name].Report(); got != want {
			t.Errorf("%s is %+v, want %+v", name, got, want)
		}
	}
}

// TestServerStartsLate checks that a server that could not be started gets the client's handshake
// when it can, and that the client is notified that lists may have changed.
func TestServerStartsLate(t *testing.T) {
	g := newGroup(t, "files", "files", "git")
	git := g.connect("git")
	g.Send(g.Client, gatewaytest.HelloText)
	g.reply(git, "initialize", `{"protocolVersion":"2025-11-25","capabilities":{}}`)
	g.Expect(g.Client, `"protocolVersion":"2025-11-25"`)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"files_read"}}`)
	g.Expect(g.Client, `"id":2`, "the MCP server files is not running: no such command")
	if got := g.health["files"].Report(); got != (gateway.HealthReport{State: gateway.Restarting, Restarting: 1, Failure: "no such command"}) {
		t.Errorf("before it starts: %+v", got)
	}
	none := ""
	g.broken.Store(&none)
	files := g.connect("files")
	g.reply(files, `"method":"initialize"`, `{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}`)
	g.Expect(files, "notifications/initialized")
	for _, list := range []string{"tools", "prompts", "resources"} {
		g.Expect(g.Client, "notifications/"+list+"/list_changed")
	}
	g.Send(g.Client, `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"files_read"}}`)
	g.reply(files, "tools/call", `{}`)
	g.Expect(g.Client, `{"jsonrpc":"2.0","id":3,"result":{}}`)
	for _, r := range g.Records() {
		if r.Reason == "no such command" || r.Outcome == "lost" {
			t.Errorf("the audit has a call that reached no server: %+v", r)
		}
	}
}

// TestEndlessList checks that a server with an endless list is left out.
func TestEndlessList(t *testing.T) {
	g := newGroup(t, "", "files", "git")
	files, git := g.connect("files"), g.connect("git")
	g.Send(g.Client, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	for range subject.MaxPages {
		g.reply(files, "tools/list", `{"tools":[{"name":"read","inputSchema":{"type":"object"}}],"nextCursor":"more"}`)
	}
	g.reply(git, "tools/list", `{"tools":[{"name":"read","inputSchema":{"type":"object"}}]}`)
	g.Expect(g.Client, `"id":1,"result":{"tools":[{"name":"git_read","inputSchema":{"type":"object"}}]}`)
	g.quiet(files, git)
}

// TestMergerDrains checks that the calls of a client that ended its side are answered first, for
// half a minute at most.
func TestMergerDrains(t *testing.T) {
	const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"files_read"}}`
	const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	for _, tt := range []struct {
		name, message string
		answerAfter   time.Duration
		want          time.Duration
	}{
		{"a call is answered", call, 20 * time.Second, 20*time.Second + 10*time.Millisecond},
		{"a call is not answered", call, time.Hour, gateway.DrainTime},
		{"a list is answered", list, 5 * time.Second, 5*time.Second + 10*time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := gatewaytest.New(t, mergedPolicy, nil)
			c := script{make(chan string, 1), make(chan string, 10)}
			c.send <- tt.message
			close(c.send)
			g := New([]gateway.Server{{Name: "files", Prefix: "files_", Guard: b.Guard, Dial: b.Dial}},
				nil, "session", c, slog.New(slog.DiscardHandler))
			began, ended := time.Now(), make(chan error, 1)
			go func() { ended <- g.Run(t.Context()) }()
			server := <-b.Servers
			id := gatewaytest.IDOf(t, b.Receive(server))
			answered := time.AfterFunc(tt.answerAfter, func() {
				server.Put(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"result":{"tools":[]}}`, id))
			})
			defer answered.Stop()
			if err := <-ended; err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			if took := time.Since(began); took < tt.want-10*time.Millisecond || took > tt.want {
				t.Errorf("%s: ended after %v", tt.name, took)
			}
			if len(c.got) != 1 && tt.answerAfter < gateway.DrainTime {
				t.Errorf("%s: %d answers", tt.name, len(c.got))
			}
		})
	}
}

// TestMergerRefuses checks that messages which go to no server are answered, and are in the audit
// under the session of the client.
func TestMergerRefuses(t *testing.T) {
	g, files, git := newPair(t)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"git_read"}}`)
	g.Expect(git, `"id":1`)
	for _, tt := range []struct{ message, id, code, why string }{
		{`{`, "null", "-32700", "not valid JSON"},
		{`{"jsonrpc":"2.0","id":5,"method":"ping","method":"x"}`, "5", "-32600", "same name"},
		{`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"files_read"}}`, "1", "-32600", "another request with this id"},
		{`{"jsonrpc":"2.0","id":6,"method":"tools/list","params":{"cursor":"c"}}`, "6", "-32602", "its lists have one page"},
		{`{"jsonrpc":"2.0","id":7,"method":"subscriptions/listen"}`, "7", "-32602", "the parameters are missing"},
		{`{"jsonrpc":"2.0","id":8,"method":"tools/call"}`, "8", "-32602", "unknown tool"},
		{`{"jsonrpc":"2.0","id":9,"method":"completion/complete","params":{"ref":7}}`, "9", "-32602", "unknown reference"},
	} {
		before := len(g.Records())
		g.Send(g.Client, tt.message)
		g.Expect(g.Client, `"id":`+tt.id+`,`, tt.code, tt.why)
		records := g.Records()[before:]
		if len(records) != 1 || records[0].Decision != "deny" || records[0].Session != "session" || !strings.Contains(records[0].Reason, tt.why) {
			t.Errorf("%s: the audit has %+v", tt.message, records)
		}
	}
	g.Send(g.Client, `{"jsonrpc":"2.0","id":"nobody asked","result":{}}`) // is dropped
	g.Send(git, `{"jsonrpc":"2.0","id":1,"result":{"from":"git"}}`)       // the first call has its answer
	g.Expect(g.Client, `"id":1`, `"from":"git"`)
	g.quiet(files, git)
}

// TestPendingIsBounded checks how many requests of a client to merged servers may be unanswered.
func TestPendingIsBounded(t *testing.T) {
	g := New([]gateway.Server{{Name: "a", Guard: gatewaytest.New(t, mergedPolicy, nil).Guard}}, nil, "", script{got: make(chan string, 10)}, slog.New(slog.DiscardHandler))
	request := func(method string) jsonrpc.Packet {
		return jsonrpc.Packet{Message: jsonrpc.Request("1", method, []byte(`{}`))}
	}
	for i := range gateway.MaxPending {
		key := waiting{nil, fmt.Sprintf(`"%d"`, i)}
		g.pending[key], g.streams[key] = &part{}, &listening{}
	}
	g.ask(g.backends[0], request("tools/call"))
	g.listen(new(unrouted), request("subscriptions/listen"))
	if len(g.pending) != gateway.MaxPending || len(g.streams) != gateway.MaxPending || len(g.backends[0].in) != 0 {
		t.Errorf("%d requests and %d streams are open, %d were sent", len(g.pending), len(g.streams), len(g.backends[0].in))
	}
	delete(g.pending, waiting{nil, `"0"`})
	delete(g.streams, waiting{nil, `"0"`})
	g.ask(g.backends[0], request("tools/call"))
	g.listen(new(unrouted), request("subscriptions/listen"))
	if len(g.backends[0].in) != 2 {
		t.Errorf("below the bound, %d were sent", len(g.backends[0].in))
	}
}

// TestServerCancelsNothing checks that a server cannot cancel a request of another server or an
// unknown one.
func TestServerCancelsNothing(t *testing.T) {
	g, files, git := newPair(t)
	g.Send(files, `{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{}}`)
	asked := gatewaytest.IDOf(t, g.Expect(g.Client, "sampling/createMessage"))
	g.Send(git, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
	g.Send(git, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":`+asked+`}}`)
	g.Send(git, `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
	g.Expect(g.Client, "notifications/tools/list_changed")
	g.Send(g.Client, `{"jsonrpc":"2.0","id":`+asked+`,"result":{"to":"files"}}`)
	g.Expect(files, `"id":1`, `"to":"files"`)
}

// TestDiscoveryOfOlderServer checks that stateless versions are offered only if all servers support
// them, and that a server that does not run does not matter.
func TestDiscoveryOfOlderServer(t *testing.T) {
	g := newGroup(t, "broken", "files", "git", "broken")
	files, git := g.connect("files"), g.connect("git")
	discover := func(id int) {
		g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"server/discover"}`, id))
	}
	discover(1)
	g.reply(files, `"method":"server/discover","params":{}`, `{"supportedVersions":["2026-07-28","2025-11-25"]}`)
	g.reply(git, "server/discover", `{"supportedVersions":["2025-11-25"]}`)
	g.Expect(g.Client, `"id":1`, "-32601", "not all MCP servers behind this gateway serve stateless requests")
	discover(2)
	g.reply(files, "server/discover", `{"supportedVersions":["2026-07-28"]}`)
	g.refuse(git, "server/discover")
	g.Expect(g.Client, `"id":2`, "-32601")
	discover(3)
	g.reply(files, "server/discover", `{"supportedVersions":["2025-11-25","2026-07-28"],"instructions":"Read files."}`)
	g.reply(git, "server/discover", `{"supportedVersions":["2026-07-28"]}`)
	g.Expect(g.Client, `"id":3,"result"`, `"supportedVersions":["2026-07-28"]`, `files (names begin with files_):\nRead files.`, `"name":"spectap gateway"`)
}

// TestMergedClientGoes checks that when an HTTP client disconnects, its call is cancelled at that
// call's server only, and its stream at all servers.
func TestMergedClientGoes(t *testing.T) {
	servers := map[string]chan *gatewaytest.Wire{"a": make(chan *gatewaytest.Wire, 10), "b": make(chan *gatewaytest.Wire, 10)}
	var s *gatewaytest.Site
	s = gatewaytest.NewSite(t, "version: 1\ndefault: allow\n", nil, func(c *streamable.Config) {
		var all []gateway.Server
		for _, name := range []string{"a", "b"} {
			all = append(all, gateway.Server{Name: name, Prefix: name + "_", Dial: func(context.Context) (jsonrpc.Conn, error) {
				near, far := gatewaytest.NewWires()
				servers[name] <- far
				return gatewaytest.WithoutTools(near, far), nil
			}})
		}
		c.Relay = func(client jsonrpc.Conn, identity map[string]any, session string) streamable.Runner {
			for i := range all {
				all[i].Guard = s.Guard
			}
			return New(all, identity, session, client, slog.New(slog.DiscardHandler))
		}
	})
	request := func(id, method, name, rest string) (leave func()) {
		ctx, cancel := context.WithCancel(t.Context())
		body, header := gatewaytest.Modern(id, method, name, rest)
		req := must.Get(http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader(body)))
		req.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		go func() {
			if resp, err := http.DefaultClient.Do(req); err == nil {
				<-ctx.Done()
				resp.Body.Close()
			}
		}()
		return cancel
	}
	first := request("1", "tools/call", "b_read", "")
	a, b := <-servers["a"], <-servers["b"]
	stays := gatewaytest.IDOf(t, s.Expect(b, `"method":"tools/call"`))
	defer first()
	leave := request("1", "tools/call", "b_read", "")
	goes := gatewaytest.IDOf(t, s.Expect(b, `"method":"tools/call"`))
	leave()
	s.Expect(b, "notifications/cancelled", `"requestId":`+goes)
	leave = request("2", "subscriptions/listen", "", `,"notifications":{"toolsListChanged":true}`)
	listening := map[*gatewaytest.Wire]string{}
	for _, w := range []*gatewaytest.Wire{a, b} { // a saw nothing before
		listening[w] = gatewaytest.IDOf(t, s.Expect(w, "subscriptions/listen"))
	}
	leave()
	for w, id := range listening {
		s.Expect(w, "notifications/cancelled", `"requestId":`+id)
	}
	if stays == goes {
		t.Errorf("two calls have the id %s", stays)
	}
}
