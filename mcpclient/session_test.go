package mcpclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/internal/test/must"
)

// typedLines is a [Prompter] of given lines, of which ^C is an interrupt.
type typedLines struct{ left []string }

func (l *typedLines) ReadLine(string) (string, error) {
	if len(l.left) == 0 {
		return "", io.EOF
	}
	line := l.left[0]
	l.left = l.left[1:]
	if line == "^C" {
		return "", ErrInterrupted
	}
	return line, nil
}

const getSchema = `{"type":"object","properties":{"id":{"type":"integer","description":"Which"},"kind":{"enum":["big","small"],"type":"string"},
"deep":{"allOf":[{"type":"object"}]}},"required":["id"],"additionalProperties":false,"if":{"required":["kind"]}}`

// newServer returns a server that holds calls, asks questions, and returns text that is unsafe for
// a terminal.
func newServer() *server.MCPServer {
	m := server.NewMCPServer("tests", "1", server.WithToolCapabilities(true), server.WithElicitation(), server.WithPaginationLimit(2), server.WithInstructions("Be kind."))
	m.AddTool(mcp.NewToolWithRawSchema("getThing", "Gets \x1b[31ma thing", json.RawMessage(getSchema)),
		func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultStructured(map[string]any{"got": json.RawMessage(r.Params.RawArguments), "list": []any{}, "text": "a\nb\x1b[2J"}, "{}"), nil
		})
	m.AddTool(mcp.NewTool("deleteThing"), func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if r.GetBool("__confirmed", false) {
			return mcp.NewToolResultStructured(map[string]any{"type": "api_response", "got": json.RawMessage(r.Params.RawArguments)}, "{}"), nil
		}
		return mcp.NewToolResultText(`{"type":"confirmation_request","confirmation_required":true,"message":"Sure?\nmcp> ","action":"delete_resource"}`), nil
	})
	m.AddTool(mcp.NewTool("failThing"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultError("it broke\x07"), nil
	})
	question := mcp.ElicitationParams{Message: "Tell me\nmcp> ", Mode: mcp.ElicitationModeForm, RequestedSchema: map[string]any{
		"type": "object", "required": []string{"n"}, "properties": map[string]any{
			"n": map[string]any{"type": "integer", "minimum": 3}, "ok": map[string]any{"type": "boolean", "default": true},
			"size": map[string]any{"type": "string", "enum": []string{"s", "m"}},
		},
	}}
	m.AddTool(mcp.NewTool("ask"), func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if a := server.ElicitationResponse(r.Params.InputResponses, "q"); a != nil {
			b, err := json.Marshal(a)
			return mcp.NewToolResultText(string(b)), err
		}
		return server.NewInputRequestBuilder("s").Elicit("q", question).ToolResult(), nil
	})
	m.AddResource(mcp.NewResource("notes://a", "note"), func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		return []mcp.ResourceContents{
			mcp.TextResourceContents{URI: "notes://a", MIMEType: "text/plain", Text: "hello\x1b[2J"},
			mcp.BlobResourceContents{URI: "notes://b", MIMEType: "image/png", Blob: "AAAA"},
		}, nil
	})
	m.AddPrompt(mcp.NewPrompt("greet", mcp.WithPromptDescription("Greets"), mcp.WithArgument("who", mcp.RequiredArgument()), mcp.WithArgument("how")),
		func(_ context.Context, r mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return mcp.NewGetPromptResult("", []mcp.PromptMessage{mcp.NewPromptMessage(mcp.RoleUser, mcp.NewTextContent("Hello "+r.Params.Arguments["who"]))}), nil
		})
	return m
}

// TestMain is that server on stdio if a test started it as one: the library allows one in a process.
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

func httpServer(t *testing.T, opts ...server.StreamableHTTPOption) string {
	t.Helper()
	srv := httptest.NewServer(server.NewStreamableHTTPServer(newServer(), opts...))
	t.Cleanup(srv.Close)
	return srv.URL
}

func connect(t *testing.T, url string, f *Form) *Session {
	t.Helper()
	s := must.Get(Connect(t.Context(), Config{Target: Target{URL: url}, Version: "test", Form: f}))
	t.Cleanup(func() { s.Close() })
	return s
}

func TestEras(t *testing.T) {
	old := server.WithStreamableHTTPProtocolVersions(mcp.LegacyProtocolVersions()...)
	t.Setenv("SPECTAP_TEST_SERVER", "1")
	for _, x := range []struct {
		want   string
		target Target
	}{
		{"2026-07-28", Target{URL: httpServer(t)}}, {"2025-11-25", Target{URL: httpServer(t, old)}}, {"2026-07-28", Target{Command: os.Args[:1]}},
	} {
		var out strings.Builder
		want := x.want
		s, err := Connect(t.Context(), Config{Target: x.target, Version: "test", Form: &Form{In: &typedLines{[]string{"2", "7", "", "2", "y"}}, Out: &out}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if s.Protocol != want || s.Server.Name != "tests" || s.Instructions != "Be kind." || !strings.Contains(string(s.InitializeResult), `"protocolVersion":"`+want+`"`) {
			t.Errorf("%s %s, want %s: %s", s.Protocol, s.Server.Name, want, s.InitializeResult)
		}
		if got := len(s.Tools()); got != 4 {
			t.Errorf("%s: %d tools", want, got)
		}
		if tool, _ := s.Tool("getThing"); !strings.Contains(string(tool.Raw), `"if"`) || !strings.Contains(string(tool.Raw), `"allOf"`) {
			t.Errorf("%s: keywords are lost: %s", want, tool.Raw)
		}
		raw, err := s.Call(t.Context(), "getThing", json.RawMessage("{\"id\": 9007199254740993,\n\"kind\":\"big\"}"))
		if err != nil || !strings.Contains(string(raw), `9007199254740993`) || strings.Contains(string(raw), "resultType") != (want == "2026-07-28") {
			t.Errorf("%s: %s %v", want, raw, err)
		}
		raw, err = s.Call(t.Context(), "ask", json.RawMessage(`{}`))
		if r := readResult(raw); err != nil || len(r.jsonTexts()) != 1 {
			t.Errorf("%s: %s %v", want, raw, err)
		} else {
			var a struct {
				Action  string
				Content struct {
					N    int
					OK   bool
					Size string
				}
			}
			if json.Unmarshal(r.jsonTexts()[0], &a) != nil || a.Action != "accept" || a.Content.N != 7 || !a.Content.OK || a.Content.Size != "m" {
				t.Errorf("%s: %s", want, r.jsonTexts()[0])
			}
		}
		if !strings.Contains(out.String(), "│ Tell me\n│ mcp> \n") || !strings.Contains(out.String(), "must be at least 3") {
			t.Errorf("%s: %s", want, &out)
		}
	}
}

// jsonRPCServer returns the URL of a server that sends answers which the library's own server would
// not send.
func jsonRPCServer(t *testing.T, answer func(method, cursor string) string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			ID     json.RawMessage
			Method string
			Params struct{ Cursor string }
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || len(q.ID) == 0 {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		body := answer(q.Method, q.Params.Cursor)
		switch {
		case body != "":
		case q.Method == "initialize":
			body = `"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"odd","version":"0"}}`
		default:
			body = `"error":{"code":-32601,"message":"unknown"}`
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,%s}`, q.ID, body)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// TestUndecodableAnswers returns answers that the library cannot decode as the server sent them.
func TestUndecodableAnswers(t *testing.T) {
	s := connect(t, jsonRPCServer(t, func(method, cursor string) string {
		switch method {
		case "tools/list":
			if cursor == "" {
				return `"result":{"tools":[{"name":"a","inputSchema":{"type":["object","null"],"required":7}}],"nextCursor":"x"}`
			}
			return `"result":{"tools":[{"name":"b","inputSchema":true}]}`
		case "tools/call":
			return `"result":{"content":[{"type":"hologram","light":123456789012345678901}]}`
		}
		return ""
	}), nil)
	if len(s.Tools()) != 2 {
		t.Errorf("%v", s.Tools())
	}
	raw, err := s.Call(t.Context(), "a", json.RawMessage(`{}`))
	if err != nil || !strings.Contains(string(raw), "123456789012345678901") {
		t.Errorf("%s %v", raw, err)
	}
	var out strings.Builder
	sh := &Shell{Session: s, Out: &out}
	if err := sh.Run(t.Context(), &typedLines{[]string{"schema a", "schema b", "call b", "describe", "resources", "prompts"}}); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), "light: 123456789012345678901") {
		t.Error(out.String())
	}
}

func TestConnectErrors(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another origin got %v", r.Header)
	}))
	defer other.Close()
	for name, x := range map[string]struct {
		url, want string
		is        error
	}{
		"endless": {url: jsonRPCServer(t, func(m, _ string) string {
			if m == "tools/list" {
				return `"result":{"tools":[],"nextCursor":"again"}`
			}
			return ""
		}), want: "pages never end"},
		"no object": {url: jsonRPCServer(t, func(m, _ string) string {
			if m == "tools/list" {
				return `"result":{"tools":[1]}`
			}
			return ""
		}), want: "read a definition"},
		"refuses": {url: jsonRPCServer(t, func(m, _ string) string {
			if m == "tools/list" {
				return `"error":{"code":-32000,"message":"no\u001b[2J"}`
			}
			return ""
		}), want: "the server refused: no"},
		"redirect": {url: serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		}), want: "it leads to another origin"},
		"unknown caller": {url: serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }), want: "(401)"},
		"another id": {url: serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"jsonrpc":"2.0","id":4711,"result":{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"s","version":"0"}}}`)
		}), want: "no answer to the call"},
		"no id": {url: serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}}`)
		}), want: "the server refused: no (-32700)"},
		"no answer on the stream": {url: serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, ": nothing\n\n")
		}), want: "ended before the answer"},
		"no MCP":  {url: serve(t, http.NotFound), want: "may not be that of an MCP endpoint"},
		"no URL":  {url: "ftp://user:hidden@example.com", want: "must be http or https"},
		"bad URL": {url: "http://[hidden", want: "must be http or https"},
		"nothing": {want: "a URL or a command is required"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Connect(t.Context(), Config{Target: Target{URL: x.url, Header: http.Header{"X-Api-Key": {"hidden"}}}})
			if err == nil || !strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), "hidden") {
				t.Error(err)
			}
		})
	}
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestServerError(t *testing.T) {
	s := connect(t, httpServer(t), nil)
	_, err := s.Read(t.Context(), "nowhere:")
	var e *ServerError
	if !errors.As(err, &e) || e.Code == 0 {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	if _, err := s.Read(ctx, "notes://a"); err == nil || err.Error() != "enough" {
		t.Errorf("%v", err)
	}
}
