package merge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/streamable"
)

// group is a merger between a client and servers that a test plays.
type group struct {
	*gatewaytest.Bench
	servers map[string]chan *gatewaytest.Wire
	broken  atomic.Pointer[string] // the server that cannot be started
	wire    map[string]*gatewaytest.Wire
	health  map[string]*gateway.Health
	log     logText
}

// logText is a log that many goroutines write.
type logText struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// connect returns the connection of a server.
func (g *group) connect(name string) *gatewaytest.Wire {
	g.wire[name] = <-g.servers[name]
	return g.wire[name]
}

// quiet fails if a server got a message: one that it gets comes next.
func (g *group) quiet(servers ...*gatewaytest.Wire) {
	g.T.Helper()
	g.Send(g.Client, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	for _, w := range servers {
		g.Expect(w, "notifications/initialized")
	}
}

func idOf(t *testing.T, text string) string { return gatewaytest.IDOf(t, text) }

const mergedPolicy = `
version: 1
tools: {read: {}, create_issue: {}}
prompts: {hello: {}}
resources: {"*": {}}
upstream: {sampling: allow}
`

// newGroup connects a client to servers with the names, whose prefixes are the names and "_".
// "of NAME=PATTERN" among the names configures the resources of one.
func newGroup(t *testing.T, broken string, names ...string) *group {
	t.Helper()
	return newGroupWith(t, mergedPolicy, broken, names...)
}

// newGroupWith connects a client to servers with a policy.
func newGroupWith(t *testing.T, policy, broken string, names ...string) *group {
	t.Helper()
	g := &group{Bench: gatewaytest.New(t, policy, nil), wire: map[string]*gatewaytest.Wire{}, servers: map[string]chan *gatewaytest.Wire{}, health: map[string]*gateway.Health{}}
	g.broken.Store(&broken)
	var all []gateway.Server
	resources := map[string][]string{}
	names = slices.DeleteFunc(names, func(s string) bool {
		name, pattern, ok := strings.Cut(strings.TrimPrefix(s, "of "), "=")
		if ok {
			resources[name] = append(resources[name], pattern)
		}
		return ok
	})
	for _, name := range names {
		g.servers[name], g.health[name] = make(chan *gatewaytest.Wire, 10), new(gateway.Health)
		all = append(all, gateway.Server{Name: name, Prefix: name + "_", Resources: resources[name], Guard: g.Guard, Health: g.health[name], Dial: func(context.Context) (jsonrpc.Conn, error) {
			if *g.broken.Load() == name {
				return nil, errors.New("no such command")
			}
			near, far := gatewaytest.NewWires()
			g.servers[name] <- far
			return gatewaytest.WithoutTools(near, far), nil
		}})
	}
	must.Do(t, CheckServers(all))
	client, down := gatewaytest.NewWires()
	g.Client = client
	m := New(all, map[string]any{"name": "alice"}, "session", down.Conn(), slog.New(slog.NewTextHandler(&g.log, nil)))
	ctx, cancel := context.WithCancel(context.Background())
	go func() { g.Ended <- m.Run(ctx) }()
	t.Cleanup(func() {
		client.Close()
		cancel()
		<-g.Ended
	})
	return g
}

// reply answers the next request of a server, which has the part.
func (g *group) reply(w *gatewaytest.Wire, part, result string) {
	g.T.Helper()
	text := g.Expect(w, part)
	g.Send(w, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, gatewaytest.IDOf(g.T, text), result))
}

// TestMerge joins the lists of two servers and sends calls to the one that they name.
func TestMerge(t *testing.T) {
	g := newGroup(t, "", "files", "git")
	files, git := <-g.servers["files"], <-g.servers["git"]
	g.Send(g.Client, gatewaytest.HelloText)
	g.reply(files, "initialize", `{"protocolVersion":"2025-11-25","capabilities":{"tools":{},"tasks":{}},"instructions":"Read files."}`)
	g.reply(git, "initialize", `{"protocolVersion":"2025-06-18","capabilities":{"tools":{"listChanged":true},"resources":{}}}`)
	g.Expect(g.Client, `"protocolVersion":"2025-06-18"`, `"listChanged":true`, `"resources":{}`, `files (names begin with files_):\nRead files.`)
	g.Send(g.Client, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	g.Expect(files, "initialized")
	g.Expect(git, "initialized")

	g.Send(g.Client, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	g.reply(files, "tools/list", `{"tools":[{"name":"read","inputSchema":{"type":"object","x":1.0}},{"name":"hidden","inputSchema":{"type":"object"}}],"nextCursor":"2"}`)
	g.reply(files, `"cursor":"2"`, `{"tools":[]}`)
	g.reply(git, "tools/list", `{"tools":[{"name":"read","inputSchema":{"type":"object"}},{"name":"create_issue","inputSchema":{"type":"object"}}]}`)
	if got := g.Receive(g.Client); got != `{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"files_read","inputSchema":{"type":"object","x":1.0}},{"name":"git_read","inputSchema":{"type":"object"}},{"name":"git_create_issue","inputSchema":{"type":"object"}}]}}` {
		t.Errorf("the list is %s", got)
	}
	g.Send(g.Client, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"git_create_issue","arguments":{"name":"files_read"}}}`)
	if got := g.Receive(git); got != `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"create_issue","arguments":{"name":"files_read"}}}` {
		t.Errorf("git sees %s", got)
	}
	g.Send(git, `{"jsonrpc":"2.0","id":2,"result":{"n":1}}`)
	g.Expect(g.Client, `{"jsonrpc":"2.0","id":2,"result":{"n":1}}`)
	for _, name := range []string{"read", "git_", "files_hidden", "other_read", "Files_read", "_read", ""} {
		g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":%q}}`, name))
		g.Expect(g.Client, `"id":3`, "-32602")
	}
	for _, method := range []string{"tasks/get", "tasks/list", "tools/execute"} {
		g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":4,"method":%q,"params":{}}`, method))
		g.Expect(g.Client, `"id":4`, "-32601")
	}
	records := g.Records()
	denied := 0
	for _, r := range records {
		if r.Decision == "deny" {
			denied++
		}
	}
	if denied != 10 {
		t.Errorf("%d denials in %+v", denied, records)
	}
	if r := records[0]; r.Session != "session/git" || r.Name != "create_issue" {
		t.Errorf("the first record is %+v", r)
	}
}

// TestMergedResources sends reads to the server that lists a resource, or has a template for it.
func TestMergedResources(t *testing.T) {
	g := newGroup(t, "", "files", "git")
	files, git := <-g.servers["files"], <-g.servers["git"]
	read := func(id int, uri string) {
		g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"resources/read","params":{"uri":%q}}`, id, uri))
	}
	lists := func() {
		g.reply(files, "resources/list", `{"resources":[{"uri":"file:///a"},{"uri":"same:///x"}]}`)
		g.reply(git, "resources/list", `{"resources":[{"uri":"git:///a"},{"uri":"same:///x"}]}`)
		g.reply(files, "resources/templates/list", `{"resourceTemplates":[{"uriTemplate":"file:///{path}"}]}`)
		g.reply(git, "resources/templates/list", `{"resourceTemplates":[{"uriTemplate":"git:///{path}"}]}`)
	}
	read(1, "git:///a")
	lists()
	g.reply(git, "resources/read", `{"contents":[]}`)
	g.Expect(g.Client, `"id":1,"result"`)
	read(2, "file:///deep/b") // by template
	g.reply(files, "resources/read", `{"contents":[]}`)
	g.Expect(g.Client, `"id":2,"result"`)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":7,"method":"skills/get","params":{"uri":"git:///a"}}`)
	g.reply(git, "skills/get", `{"skill":{}}`)
	g.Expect(g.Client, `"id":7,"result"`)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":8,"method":"skills/list"}`)
	g.reply(files, "skills/list", `{"skills":[{"uri":"file:///a"}]}`)
	g.reply(git, "skills/list", `{"skills":[{"uri":"git:///a"}]}`)
	g.Expect(g.Client, `"id":8`, `"skills":[{"uri":"file:///a"},{"uri":"git:///a"}]`)
	read(3, "same:///x") // of both
	g.Expect(g.Client, `"id":3`, "-32602", "files and git both have this resource")
	g.Send(g.Client, `{"jsonrpc":"2.0","id":4,"method":"resources/list"}`)
	g.reply(files, "resources/list", `{"resources":[{"uri":"file:///a"},{"uri":"same:///x"}]}`)
	g.reply(git, "resources/list", `{"resources":[{"uri":"git:///a"},{"uri":"same:///x"}]}`)
	g.Expect(g.Client, `"id":4,"result":{"resources":[{"uri":"file:///a"},{"uri":"git:///a"}]}`)
	read(5, "http://elsewhere/")
	lists()
	g.Expect(g.Client, `"id":5`, "unknown resource")
}

// TestMergedResourceOfTwo checks that all reads of a resource of two servers go to the same one,
// regardless of which runs first.
func TestMergedResourceOfTwo(t *testing.T) {
	g := newGroup(t, "", "files", "git")
	files, git := <-g.servers["files"], <-g.servers["git"]
	read := func(id int) {
		g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"resources/read","params":{"uri":"same:///x"}}`, id))
	}
	read(1)
	g.reply(files, "resources/list", `{"resources":[]}`) // not yet
	g.reply(git, "resources/list", `{"resources":[{"uri":"same:///x"}]}`)
	g.reply(files, "resources/templates/list", `{"resourceTemplates":[]}`)
	g.reply(git, "resources/templates/list", `{"resourceTemplates":[]}`)
	g.reply(git, "resources/read", `{"contents":[]}`)
	g.Expect(g.Client, `"id":1,"result"`)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":2,"method":"resources/list"}`)
	g.reply(files, "resources/list", `{"resources":[{"uri":"same:///x"}]}`)
	g.reply(git, "resources/list", `{"resources":[]}`) // git has it no longer
	g.Expect(g.Client, `"id":2,"result":{"resources":[]}`)
	read(3)
	g.Expect(g.Client, `"id":3`, "-32602", "git and files both have this resource")
	git.Close()
	read(4)
	g.Expect(g.Client, `"id":4`, "-32602", "git and files both have this resource")
}

// TestMergedResourceByTemplate checks that a URI is refused if templates of two servers may expand
// to it, or if its server would change.
func TestMergedResourceByTemplate(t *testing.T) {
	g := newGroup(t, "", "files", "git")
	files, git := <-g.servers["files"], <-g.servers["git"]
	read := func(id int, uri string) {
		g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"resources/read","params":{"uri":%q}}`, id, uri))
	}
	read(1, "file:///project/a")
	g.reply(files, "resources/list", `{"resources":[]}`)
	g.reply(git, "resources/list", `{"resources":[]}`)
	g.reply(files, "resources/templates/list", `{"resourceTemplates":[{"uriTemplate":"file:///{path}"}]}`)
	g.reply(git, "resources/templates/list", `{"resourceTemplates":[{"uriTemplate":"{any}"},{"uriTemplate":"file:///{name}.md"}]}`)
	g.reply(files, "resources/read", `{"contents":[]}`)
	g.Expect(g.Client, `"id":1,"result"`)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":2,"method":"resources/templates/list"}`)
	g.reply(files, "resources/templates/list", `{"resourceTemplates":[{"uriTemplate":"file:///{path}"}]}`)
	g.reply(git, "resources/templates/list", `{"resourceTemplates":[{"uriTemplate":"file:///project/{name}"}]}`)
	g.Expect(g.Client, `"id":2,"result"`)
	read(3, "file:///project/a")
	g.Expect(g.Client, `"id":3`, "-32602", "both have this resource")
	g.Send(g.Client, `{"jsonrpc":"2.0","id":4,"method":"resources/list"}`)
	g.reply(files, "resources/list", `{"resources":[{"uri":"file:///b"}]}`)
	g.reply(git, "resources/list", `{"resources":[{"uri":"file:///project/a"}]}`)
	g.Expect(g.Client, `"id":4,"result"`)
	read(5, "file:///project/a") // git lists it now, and files has served it
	g.Expect(g.Client, `"id":5`, "-32602", "files and git both have this resource")
}

// TestConfiguredResources checks that reads go to the configured server, regardless of lists and of
// whether servers run.
func TestConfiguredResources(t *testing.T) {
	g := newGroup(t, "broken", "broken", "git", "of git=git://*", "of broken=file:///*")
	git := <-g.servers["git"]
	read := func(id int, uri string) {
		g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"resources/read","params":{"uri":%q}}`, id, uri))
	}
	read(1, "file:///a")
	g.Expect(g.Client, `"id":1`, "the MCP server broken is not running")
	read(2, "git://a") // nothing is listed first
	g.reply(git, "resources/read", `{"contents":[]}`)
	g.Expect(g.Client, `"id":2,"result"`)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":3,"method":"resources/list"}`)
	g.reply(git, "resources/list", `{"resources":[{"uri":"file:///a"},{"uri":"git://a"},{"uri":"x:///y"}]}`)
	g.Expect(g.Client, `"id":3,"result":{"resources":[{"uri":"git://a"}]}`)
	read(4, "x:///y")
	g.reply(git, "resources/list", `{"resources":[{"uri":"x:///y"}]}`)
	g.reply(git, "resources/templates/list", `{"resourceTemplates":[]}`)
	g.Expect(g.Client, `"id":4`, "unknown resource")
}

// TestMergedRequests keeps the requests of servers apart.
func TestMergedRequests(t *testing.T) {
	g := newGroup(t, "", "files", "git")
	files, git := <-g.servers["files"], <-g.servers["git"]
	g.Send(files, `{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"for":"files"}}`)
	first := g.Expect(g.Client, `"for":"files"`)
	g.Send(git, `{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"for":"git"}}`)
	second := g.Expect(g.Client, `"for":"git"`)
	g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"to":"git"}}`, gatewaytest.IDOf(t, second)))
	g.Expect(git, `"id":1`, `"to":"git"`)
	g.Send(files, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
	g.Expect(g.Client, "notifications/cancelled", `"requestId":`+gatewaytest.IDOf(t, first))
}

// TestProgressOfAnotherServer checks that a server's progress for another server's call is dropped.
func TestProgressOfAnotherServer(t *testing.T) {
	g := newGroup(t, "", "files", "git")
	files, git := <-g.servers["files"], <-g.servers["git"]
	note := func(token, text string) string {
		return `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":` + token + `,"progress":1,"message":"` + text + `"}}`
	}
	for i, token := range []string{"5", `"5"`} {
		g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"files_read","_meta":{"progressToken":%s}}}`, i+1, token))
		g.Expect(files, `"progressToken":`+token)
		g.Send(git, note(token, "forged"))
		g.Send(git, note("6", "of no call"))
		g.Expect(g.Client, `"progressToken":6`) // and nothing before it
		g.Send(files, note(token, "own"))
		g.Expect(g.Client, "own")
	}
	g.Send(g.Client, `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"git_read","_meta":{"progressToken":5}}}`)
	g.Expect(git, `"progressToken":5`)
	g.Send(git, note("5", "of its own call with this token"))
	g.Expect(g.Client, "of its own call")
}

// TestMergedServerIsDown serves the others, and says which one does not run.
func TestMergedServerIsDown(t *testing.T) {
	g := newGroup(t, "broken", "broken", "git")
	git := <-g.servers["git"]
	g.Send(g.Client, gatewaytest.HelloText)
	g.reply(git, "initialize", `{"protocolVersion":"2025-11-25","capabilities":{}}`)
	g.Expect(g.Client, `"protocolVersion":"2025-11-25"`)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	g.reply(git, "tools/list", `{"tools":[{"name":"read","inputSchema":{"type":"object"}}]}`)
	g.Expect(g.Client, `{"tools":[{"name":"git_read","inputSchema":{"type":"object"}}]}`)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"broken_read"}}`)
	g.Expect(g.Client, `"id":2`, "the MCP server broken is not running: no such command")
	g.Send(g.Client, `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"git_read"}}`)
	g.reply(git, "tools/call", `{}`)
	g.Expect(g.Client, `{"jsonrpc":"2.0","id":3,"result":{}}`)
	git.Close() // and comes back
	git = <-g.servers["git"]
	g.reply(git, "initialize", `{}`)
	g.Expect(git, "initialized")
}

// TestMergedListIsMalformed checks that a server with a malformed list is left out, and that the
// answer is an error if no list is left.
func TestMergedListIsMalformed(t *testing.T) {
	g := newGroup(t, "", "files", "git")
	files, git := <-g.servers["files"], <-g.servers["git"]
	for i, bad := range []string{`{"tools":7}`, `{"tools":{"name":"x","inputSchema":{"type":"object"}}}`, `7`, `{"tools":[{"name":"x","inputSchema":{"type":"object"}}],"nextCursor":"2"}`} {
		g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/list"}`, i))
		g.reply(git, "tools/list", `{"tools":[{"name":"read","inputSchema":{"type":"object"}}]}`)
		g.reply(files, "tools/list", bad)
		if i == 3 { // the first page alone is not the list
			g.reply(files, "tools/list", `{"tools":7}`)
		}
		g.Expect(g.Client, fmt.Sprintf(`"id":%d,"result":{"tools":[{"name":"git_read","inputSchema":{"type":"object"}}]}`, i))
	}
	g.Send(g.Client, `{"jsonrpc":"2.0","id":9,"method":"tools/list"}`)
	g.reply(git, "tools/list", `{"tools":7}`)
	g.reply(files, "tools/list", `{"tools":7}`)
	g.Expect(g.Client, `"id":9,"error"`)
}

// TestBadToolInMergedList leaves out a tool for which clients would refuse the whole list, and says
// so once. The others of its server and those of other servers stay.
func TestBadToolInMergedList(t *testing.T) {
	const good = `{"name":"good","inputSchema":{"type":"object","properties":{"a":{"items":[{"type":"string"}]},"b":true}},"outputSchema":{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}}`
	for name, bad := range map[string]string{
		"no schema": `{"name":"bad"}`, "null": `{"name":"bad","inputSchema":null}`, "text": `{"name":"bad","inputSchema":"{}"}`,
		"no type": `{"name":"bad","inputSchema":{}}`, "list of properties": `{"name":"bad","inputSchema":{"type":"object","properties":[]}}`,
		"unknown type":       `{"name":"bad","inputSchema":{"type":"object","properties":{"a":{"type":"any"}}}}`,
		"dangling reference": `{"name":"bad","inputSchema":{"type":"object"},"outputSchema":{"type":"object","properties":{"a":{"$ref":"#/$defs/x"}}}}`,
		"no description":     `{"name":"bad","description":null,"inputSchema":{"type":"object"}}`,
		"hints":              `{"name":"bad","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":"yes"}}`,
		"the same name":      `{"name":"good","description":"bad","inputSchema":{"type":"object"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			g := newGroupWith(t, "version: 1\ndefault: allow\n", "", "files", "git")
			files, git := <-g.servers["files"], <-g.servers["git"]
			for id := range 2 {
				g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/list"}`, id))
				g.reply(files, "tools/list", `{"tools":[`+good+`,`+bad+`]}`)
				g.reply(git, "tools/list", `{"tools":[{"name":"read","inputSchema":{"type":"object"}}]}`)
				if got := g.Receive(g.Client); strings.Contains(got, "bad") || strings.Count(got, `"name"`) != 2 || !strings.Contains(got, `"files_good"`) || !strings.Contains(got, `"git_read"`) {
					t.Error(got)
				}
			}
			if said := g.log.String(); strings.Count(said, "is left out of the list") != 1 {
				t.Errorf("the log does not say it once: %s", said)
			}
		})
	}
}

// TestMergerOverHTTP keeps the ids of stateless requests apart in each server.
func TestMergerOverHTTP(t *testing.T) {
	var all []gateway.Server
	s := gatewaytest.NewSite(t, mergedPolicy, nil, func(c *streamable.Config) {
		c.Relay = func(client jsonrpc.Conn, identity map[string]any, session string) streamable.Runner {
			return New(all, identity, session, client, slog.New(slog.DiscardHandler))
		}
	})
	for _, name := range []string{"a", "b"} {
		all = append(all, gateway.Server{Name: name, Prefix: name + "_", Guard: s.Guard, Dial: func(context.Context) (jsonrpc.Conn, error) {
			near, far := gatewaytest.NewWires()
			go func() { // a server that answers with its name
				for {
					text, err := far.Take()
					if errors.Is(err, io.EOF) {
						return
					}
					m, _ := jsonrpc.Parse(text)
					far.Put(jsonrpc.Response(m.ID, []byte(fmt.Sprintf(`{"from":%q,"tools":[{"name":"read","inputSchema":{"type":"object"}}]}`, name))).Text)
				}
			}()
			return near.Conn(), nil
		}})
	}
	for _, name := range []string{"a", "b"} {
		body, header := gatewaytest.Modern("1", "tools/call", name+"_read", "")
		if status, text := s.Post(body, header...); status != 200 || !strings.Contains(text, `"id":1,"result":{"from":"`+name+`"`) {
			t.Errorf("%d %s", status, text)
		}
	}
	body, header := gatewaytest.Modern("1", "tools/list", "", "")
	if _, text := s.Post(body, header...); text != `{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a_read","inputSchema":{"type":"object"}},{"name":"b_read","inputSchema":{"type":"object"}}],"resultType":"complete","ttlMs":0,"cacheScope":"private"}}` {
		t.Errorf("the list is %s", text)
	}
	body, header = gatewaytest.Modern("1", "tools/call", "c_read", "")
	if status, _ := s.Post(body, header...); status != http.StatusBadRequest {
		t.Errorf("status %d", status)
	}
}

// TestMergedSubscription joins the streams of notifications of the servers.
func TestMergedSubscription(t *testing.T) {
	g := newGroup(t, "broken", "files", "git", "broken")
	files, git := <-g.servers["files"], <-g.servers["git"]
	g.Send(g.Client, `{"jsonrpc":"2.0","id":"s","method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true,"resourceSubscriptions":["git:///a"]}}}`)
	for _, method := range []string{"resources/list", "resources/templates/list"} {
		g.reply(files, method, `{"resources":[],"resourceTemplates":[]}`)
		g.reply(git, method, `{"resources":[{"uri":"git:///a"}],"resourceTemplates":[]}`)
	}
	g.Expect(files, "subscriptions/listen", `"resourceSubscriptions":[]`)
	g.Expect(git, "subscriptions/listen", `"resourceSubscriptions":["git:///a"]`)
	note := func(w *gatewaytest.Wire, method, rest string) {
		g.Send(w, `{"jsonrpc":"2.0","method":"notifications/`+method+`","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":"s"}`+rest+`}}`)
	}
	note(files, "tools/list_changed", "") // too early: it comes after the beginning
	note(files, "subscriptions/acknowledged", `,"notifications":{"toolsListChanged":true,"resourceSubscriptions":[]}`)
	note(git, "subscriptions/acknowledged", `,"notifications":{"resourceSubscriptions":["git:///a"]}`)
	g.Expect(g.Client, "subscriptions/acknowledged", `"toolsListChanged":true`, `"resourceSubscriptions":["git:///a"]`)
	g.Expect(g.Client, "tools/list_changed")
	note(git, "resources/updated", `,"uri":"git:///a"`)
	g.Expect(g.Client, "resources/updated")
	g.Send(git, `{"jsonrpc":"2.0","id":"s","result":{"resultType":"complete"}}`)
	note(files, "tools/list_changed", "")
	g.Expect(g.Client, "tools/list_changed") // the stream is still open
	g.Send(files, `{"jsonrpc":"2.0","id":"s","result":{"resultType":"complete"}}`)
	g.Expect(g.Client, `"id":"s","result"`)
}
