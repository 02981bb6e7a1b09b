package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/bridge"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/streamable"
	"github.com/spectap/spectap/mcp/upstream"
)

const allowAll = "version: 1\ndefault: allow\nmethods: {'*': {}}"

// newServer returns a server whose tool "ask" needs three inputs, and what changes its tools.
func newServer() *server.MCPServer {
	s := server.NewMCPServer("judge", "1", server.WithToolCapabilities(true), server.WithResourceCapabilities(true, true),
		server.WithPromptCapabilities(true), server.WithElicitation(), server.WithRoots(), server.WithInstructions("be kind"))
	s.EnableSampling()
	s.AddTool(mcp.NewTool("add", mcp.WithNumber("a"), mcp.WithNumber("b")), func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText(fmt.Sprint(r.GetInt("a", 0) + r.GetInt("b", 0))), nil
	})
	s.AddTool(mcp.NewTool("ask"), func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		who := server.ElicitationResponse(r.Params.InputResponses, "who")
		said := server.SamplingResponse(r.Params.InputResponses, "said")
		roots := server.RootsResponse(r.Params.InputResponses, "roots")
		if who == nil || said == nil || roots == nil {
			return server.NewInputRequestBuilder("s").Elicit("who", mcp.ElicitationParams{
				Message: "Who?", Mode: mcp.ElicitationModeForm, RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{"name": map[string]any{"type": "string"}}},
			}).Sample("said", mcp.CreateMessageParams{MaxTokens: 9, Messages: []mcp.SamplingMessage{{Role: mcp.RoleUser, Content: mcp.NewTextContent("hi")}}}).Roots("roots").ToolResult(), nil
		}
		text := fmt.Sprint(who.Content, " ", said.Model, " ", roots.Roots[0].URI)
		return mcp.NewToolResultText(text), nil
	})
	s.AddTool(mcp.NewTool("change"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		s.AddTool(mcp.NewTool("new"), nil)
		return mcp.NewToolResultText("done"), nil
	})
	s.AddResource(mcp.NewResource("notes://a", "note"), func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		return []mcp.ResourceContents{mcp.TextResourceContents{URI: "notes://a", Text: "hello"}}, nil
	})
	return s
}

var eras = map[string][]string{"2025-11-25": mcp.LegacyProtocolVersions(), "2026-07-28": {"2026-07-28"}, "both": append(mcp.LegacyProtocolVersions(), "2026-07-28")}

// overHTTP returns a dial to a server that speaks one era only.
func overHTTP(t *testing.T, era string) jsonrpc.Dial {
	srv := httptest.NewServer(server.NewStreamableHTTPServer(newServer(), server.WithStreamableHTTPProtocolVersions(eras[era]...)))
	t.Cleanup(srv.Close)
	u := must.Get(url.Parse(srv.URL))
	c := must.Get(egress.New(egress.Config{Named: []string{srv.URL}, Redirects: -1}))
	return upstream.ByURL(upstream.Remote{URL: u, Client: c, Log: slog.New(slog.DiscardHandler)})
}

// TestMain is a server on stdio if a test started it as one: the library allows one in a process.
func TestMain(m *testing.M) {
	if os.Getenv("SPECTAP_TEST_SERVER") != "" {
		if err := server.ServeStdio(newServer()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// onStdio returns a dial to a server as a child process. It speaks both eras, so the requests of
// one are refused.
func onStdio(t *testing.T, era string) jsonrpc.Dial {
	dial := upstream.Child([]string{"env", "SPECTAP_TEST_SERVER=1", os.Args[0]}, io.Discard, 0, nil)
	return func(ctx context.Context) (jsonrpc.Conn, error) {
		c, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		return &oneEra{Conn: c, modern: era == "2026-07-28", refused: make(chan *jsonrpc.Message, 9)}, nil
	}
}

// oneEra refuses the messages of the other era.
type oneEra struct {
	jsonrpc.Conn
	modern  bool
	refused chan *jsonrpc.Message
	packets chan jsonrpc.Packet
}

func (c *oneEra) Send(m *jsonrpc.Message, via jsonrpc.Exchange) error {
	if m.IsRequest() && (jsonrpc.VersionOf(m) != "") != c.modern {
		c.refused <- jsonrpc.Failure(m.ID, jsonrpc.CodeMethodNotFound, "Method not found", nil)
		return nil
	}
	return c.Conn.Send(m, via)
}

func (c *oneEra) Receive() (jsonrpc.Packet, error) {
	if c.packets == nil {
		c.packets = make(chan jsonrpc.Packet)
		go func() {
			defer close(c.packets)
			for {
				p, err := c.Conn.Receive()
				if err != nil {
					return
				}
				c.packets <- p
			}
		}()
	}
	select {
	case m := <-c.refused:
		return jsonrpc.Packet{Message: m}, nil
	case p, ok := <-c.packets:
		if !ok {
			return p, io.EOF
		}
		return p, nil
	}
}

type person struct{}

func (person) Elicit(context.Context, mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionAccept, Content: map[string]any{"name": "ann"}}}, nil
}

func (person) CreateMessage(context.Context, mcp.CreateMessageRequest) (*mcp.CreateMessageResult, error) {
	return &mcp.CreateMessageResult{Model: "m1", SamplingMessage: mcp.SamplingMessage{Role: mcp.RoleAssistant, Content: mcp.NewTextContent("yo")}}, nil
}

func (person) ListRoots(context.Context, mcp.ListRootsRequest) (*mcp.ListRootsResult, error) {
	return &mcp.ListRootsResult{Roots: []mcp.Root{{URI: "file:///work"}}}, nil
}

// TestEras lets clients of each era use servers of each, over HTTP and on stdio, through a gateway:
// tools, resources, questions to the client in a call, and news of a changed list.
func TestEras(t *testing.T) {
	for _, ofServer := range []string{"2025-11-25", "2026-07-28"} {
		for _, ofClient := range []string{"2025-11-25", "2026-07-28"} {
			for way, dial := range map[string]func(*testing.T, string) jsonrpc.Dial{"HTTP": overHTTP, "stdio": onStdio} {
				t.Run(fmt.Sprintf("client %s, server %s by %s", ofClient, ofServer, way), func(t *testing.T) {
					t.Parallel()
					useServer(t, ofClient, bridge.Dial(dial(t, ofServer), "spectap", "1"))
				})
			}
		}
	}
}

func useServer(t *testing.T, era string, dial jsonrpc.Dial) {
	site := gatewaytest.NewSite(t, allowAll, func(s *gatewaytest.Site, c jsonrpc.Conn, identity map[string]any, session string) streamable.Runner {
		return gateway.NewRelay(gateway.Server{Guard: s.Guard, Dial: dial}, identity, session, c, slog.New(slog.DiscardHandler))
	}, func(c *streamable.Config) { c.Patience = 100 * time.Millisecond })
	var with []transport.StreamableHTTPCOption
	if era == "2025-11-25" {
		//lint:ignore SA1019 clients of that era hear of changes like this
		with = append(with, transport.WithContinuousListening())
	}
	tr := must.Get(transport.NewStreamableHTTP(site.URL, with...))
	options := []client.ClientOption{client.WithProtocolVersion(era), client.WithElicitationHandler(person{}), client.WithSamplingHandler(person{}), client.WithRootsHandler(person{})}
	c := client.NewClient(tr, options...)
	must.Do(t, c.Start(t.Context()))
	t.Cleanup(func() { c.Close() })
	changed := make(chan string, 9)
	c.OnNotification(func(n mcp.JSONRPCNotification) { changed <- n.Method })
	hello := must.Get(c.Initialize(t.Context(), mcp.InitializeRequest{Params: mcp.InitializeParams{ProtocolVersion: era, ClientInfo: mcp.Implementation{Name: "c", Version: "1"}}}))
	if hello.ServerInfo.Name != "judge" || hello.Instructions != "be kind" || c.ProtocolVersion() != era {
		t.Errorf("the server is %+v of %s", hello, c.ProtocolVersion())
	}
	if era == "2026-07-28" {
		stop := must.Get(c.ListenAsync(t.Context(), mcp.SubscriptionFilter{ToolsListChanged: true}, func(err error) { t.Errorf("listen: %v", err) }))
		t.Cleanup(stop)
	}
	for _, x := range []struct {
		tool string
		args map[string]any
		want string
	}{
		{"add", map[string]any{"a": 2, "b": 3}, "5"}, {"ask", map[string]any{}, "map[name:ann] m1 file:///work"}, {"ask", map[string]any{}, "map[name:ann] m1 file:///work"},
	} {
		r, err := c.CallTool(t.Context(), mcp.CallToolRequest{Params: mcp.CallToolParams{Name: x.tool, Arguments: x.args}})
		if err != nil {
			t.Errorf("%s: %v", x.tool, err)
		} else if text, _ := mcp.AsTextContent(r.Content[0]); text.Text != x.want {
			t.Errorf("%s: %q, want %q", x.tool, text.Text, x.want)
		}
	}
	tools, err := c.ListTools(t.Context(), mcp.ListToolsRequest{})
	if err != nil || len(tools.Tools) != 3 {
		t.Errorf("tools: %v %v", tools, err)
	}
	read, err := c.ReadResource(t.Context(), mcp.ReadResourceRequest{Params: mcp.ReadResourceParams{URI: "notes://a"}})
	if err != nil || len(read.Contents) != 1 {
		t.Errorf("resource: %v %v", read, err)
	}
	if _, err := c.GetPrompt(t.Context(), mcp.GetPromptRequest{Params: mcp.GetPromptParams{Name: "none"}}); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("a prompt that is not there: %v", err)
	}
	within, cancel := context.WithTimeoutCause(t.Context(), 20*time.Second, errors.New("no news of the changed list"))
	defer cancel()
	for method := ""; method != "notifications/tools/list_changed"; { // the stream of news may open after the first changes
		if _, err := c.CallTool(within, mcp.CallToolRequest{Params: mcp.CallToolParams{Name: "change"}}); err != nil {
			t.Fatal(errors.Join(err, context.Cause(within)))
		}
		select {
		case method = <-changed:
		default:
		}
	}
}

// TestFirstRequestIsWrong lets a client that shares its connection with others begin with a request
// that the server refuses. The others use the server's newest revision all the same.
func TestFirstRequestIsWrong(t *testing.T) {
	const can = `"io.modelcontextprotocol/clientCapabilities":{"elicitation":{},"sampling":{},"roots":{}}`
	const version = `"io.modelcontextprotocol/protocolVersion":`
	for name, meta := range map[string]string{"no capabilities": version + `"2026-07-28"`, "unknown revision": version + `"1999-01-01",` + can} {
		c := must.Get(bridge.Dial(overHTTP(t, "both"), "spectap", "1")(t.Context()))
		defer c.Close()
		ask := func(method, params string) jsonrpc.Packet {
			must.Do(t, c.Send(jsonrpc.Request(`"1"`, method, []byte(params)), nil))
			return must.Get(c.Receive())
		}
		if p := ask("server/discover", `{"_meta":{`+meta+`}}`); p.Message != nil && p.Err == nil {
			t.Errorf("%s: not refused: %s", name, p.Result)
		}
		p := ask("tools/call", `{"name":"ask","arguments":{},"_meta":{`+version+`"2026-07-28",`+can+`}}`)
		if p.Message == nil || !strings.Contains(string(p.Result), `"who"`) {
			t.Errorf("%s: the next request is not answered with a question of the newest revision", name)
		}
	}
}

// scripted is a connection to a server that a test plays.
type scripted struct {
	sent chan *jsonrpc.Message
	in   chan jsonrpc.Packet
}

func (s scripted) Send(m *jsonrpc.Message, _ jsonrpc.Exchange) error {
	s.sent <- m
	return nil
}

func (s scripted) Receive() (jsonrpc.Packet, error) {
	p, ok := <-s.in
	if !ok {
		return p, io.EOF
	}
	return p, nil
}

func (s scripted) Close() error { return nil }

// Progress belongs to the call with its token, also if it comes on the stream of another one that
// waits for input.
func TestProgressOnAnotherStream(t *testing.T) {
	s := scripted{make(chan *jsonrpc.Message, 9), make(chan jsonrpc.Packet, 9)}
	c := must.Get(bridge.Dial(func(context.Context) (jsonrpc.Conn, error) { return s, nil }, "spectap", "1")(t.Context()))
	defer c.Close()
	got := make(chan jsonrpc.Packet)
	go func() {
		for {
			p, err := c.Receive()
			if err != nil {
				return
			}
			got <- p
		}
	}()
	const meta = `"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}`
	call := func(id string) string {
		t.Helper()
		must.Do(t, c.Send(jsonrpc.Request(id, "tools/call", []byte(`{"name":"n","_meta":{"progressToken":`+id+`,`+meta+`}}`)), nil))
		for m := range s.sent {
			switch m.Method {
			case "server/discover":
				s.in <- jsonrpc.Packet{Message: jsonrpc.Failure(m.ID, jsonrpc.CodeMethodNotFound, "Method not found", nil)}
			case "initialize":
				s.in <- jsonrpc.Packet{Message: jsonrpc.Response(m.ID, []byte(`{"protocolVersion":"2025-11-25","capabilities":{}}`))}
			case "tools/call":
				return m.ID
			}
		}
		return ""
	}
	asking := call(`"a"`)
	s.in <- jsonrpc.Packet{Stream: asking, Message: jsonrpc.Request(`"q"`, "elicitation/create", []byte(`{"message":"Who?"}`))}
	if p := <-got; !strings.Contains(string(p.Result), "input_required") {
		t.Fatalf("%+v", p)
	}
	call(`"b"`)
	s.in <- jsonrpc.Packet{Stream: asking, Message: jsonrpc.Notification("notifications/progress", []byte(`{"progressToken":"a","progress":1}`))}
	s.in <- jsonrpc.Packet{Stream: asking, Message: jsonrpc.Notification("notifications/progress", []byte(`{"progressToken":"b","progress":2}`))}
	if p := <-got; p.Stream != `"b"` || !strings.Contains(string(p.Params), `"b"`) {
		t.Errorf("stream %s, %s", p.Stream, p.Params)
	}
}

// An input request with a method that is no question does not become a request to the client.
func TestInputsAreQuestions(t *testing.T) {
	s := scripted{make(chan *jsonrpc.Message, 9), make(chan jsonrpc.Packet, 9)}
	c := must.Get(bridge.Dial(func(context.Context) (jsonrpc.Conn, error) { return s, nil }, "spectap", "1")(t.Context()))
	defer c.Close()
	send := func(id, method, params string) {
		t.Helper()
		must.Do(t, c.Send(jsonrpc.Request(id, method, []byte(params)), nil))
	}
	go func() {
		for m := range s.sent {
			switch m.Method {
			case "initialize":
				s.in <- jsonrpc.Packet{Message: jsonrpc.Failure(m.ID, jsonrpc.CodeMethodNotFound, "Method not found", nil)}
			case "server/discover":
				s.in <- jsonrpc.Packet{Message: jsonrpc.Response(m.ID, []byte(`{"supportedVersions":["2026-07-28"],"capabilities":{}}`))}
			case "tools/call":
				s.in <- jsonrpc.Packet{Message: jsonrpc.Response(m.ID, []byte(`{"resultType":"input_required","requestState":"s","inputRequests":{`+
					`"a":{"method":"elicitation/create","params":{"message":"TEXT"}},"b":{"method":"acme/TEXT","params":{"x":"TEXT"}}}}`))}
			}
		}
	}()
	receive := func() string {
		t.Helper()
		p := must.Get(c.Receive())
		return string(p.Text)
	}
	send("1", "initialize", `{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"c","version":"1"}}`)
	receive() // the answer to initialize
	send("2", "tools/call", `{"name":"n"}`)
	if got := receive(); !strings.Contains(got, "a method that is no question") || strings.Contains(got, "TEXT") {
		t.Error(got)
	}
}
