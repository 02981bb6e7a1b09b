package mcpclient

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// lines is a person who types what was written down before.
type lines struct{ left []string }

func (l *lines) ReadLine(string) (string, error) {
	if len(l.left) == 0 {
		return "", io.EOF
	}
	line := l.left[0]
	l.left = l.left[1:]
	return line, nil
}

const getSchema = `{"type":"object","properties":{"id":{"type":"integer","description":"Which"},"kind":{"enum":["big","small"],"type":"string"},
"deep":{"allOf":[{"type":"object"}]}},"required":["id"],"additionalProperties":false,"if":{"required":["kind"]}}`

func newServer() *server.MCPServer {
	m := server.NewMCPServer("tests", "1", server.WithToolCapabilities(false))
	m.AddTool(mcp.NewToolWithRawSchema("getThing", "Gets \x1b[31ma thing", json.RawMessage(getSchema)),
		func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultStructured(map[string]any{"got": json.RawMessage(r.Params.RawArguments), "list": []any{}, "text": "a\nb\x1b[2J"}, "{}"), nil
		})
	m.AddTool(mcp.NewTool("deleteThing"), func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if r.GetBool("__confirmed", false) {
			return mcp.NewToolResultStructured(map[string]any{"type": "api_response"}, "{}"), nil
		}
		return mcp.NewToolResultStructured(map[string]any{"type": "confirmation_request", "confirmation_required": true}, "{}"), nil
	})
	m.AddTool(mcp.NewTool("ask"), func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if a := server.ElicitationResponse(r.Params.InputResponses, "q"); a != nil {
			b, err := json.Marshal(a)
			return mcp.NewToolResultText(string(b)), err
		}
		return server.NewInputRequestBuilder("s").Elicit("q", mcp.ElicitationParams{Message: "Tell me", RequestedSchema: map[string]any{
			"type": "object", "required": []string{"n"}, "properties": map[string]any{
				"n": map[string]any{"type": "integer"}, "ok": map[string]any{"type": "boolean", "default": true}, "size": map[string]any{"type": "string", "enum": []string{"s", "m"}},
			},
		}}).ToolResult(), nil
	})
	return m
}

func connect(t *testing.T, typed ...string) (*Shell, *bytes.Buffer) {
	t.Helper()
	srv := httptest.NewServer(server.NewStreamableHTTPServer(newServer()))
	t.Cleanup(srv.Close)
	var out bytes.Buffer
	in := &lines{typed}
	s, err := Connect(context.Background(), Target{URL: srv.URL}, &Form{In: in, Out: &out}, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &Shell{Session: s, In: in, Out: &out}, &out
}

func TestShell(t *testing.T) {
	for _, x := range []struct {
		name  string
		typed []string
		want  []string
	}{
		{"list", []string{"list"}, []string{"ask  ", "deleteThing  ", "getThing  Gets [31ma thing\n"}},
		{"list by words", []string{"list gets THING"}, []string{"getThing"}},
		{"schema", []string{"schema getThing"}, []string{" * id integer  Which\n", `one of "big", "small"`, `call getThing {"id": 1}`}},
		{"describe keeps keywords", []string{"describe getThing"}, []string{`"allOf"`, `"if"`}},
		{"call", []string{`call getThing {"id": 9007199254740993}`}, []string{"got: \n  id: 9007199254740993\n", "list: []", "text: \n  a\n  b[2J"}},
		{"unconfirmed", []string{"call deleteThing", "n"}, []string{"Not sent."}},
		{"confirmed", []string{"call deleteThing", "y"}, []string{"type: api_response"}},
		{"asked", []string{"call ask", "x", "7", "", "l", "m", "yes"}, []string{"Tell me", "That does not fit.", "action: accept", "n: 7", "ok: true", "size: m"}},
		{"declined", []string{"call ask", "7", "", "", "no"}, []string{"action: decline"}},
		{"history", []string{"list", "history"}, []string{"list\nhistory\n"}},
		{"no tool", []string{"call nothing", "help"}, []string{"no tool nothing", "call TOOL"}},
		{"no JSON", []string{"call getThing id=1"}, []string{"no JSON object"}},
		{"no command", []string{"fly"}, []string{"no command fly"}},
		{"exit", []string{"exit", "fly"}, nil},
	} {
		s, out := connect(t, x.typed...)
		if err := s.Run(context.Background()); err != nil {
			t.Errorf("%s: %v", x.name, err)
		}
		for _, w := range x.want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s: %q has no %q", x.name, out, w)
			}
		}
		if strings.Contains(out.String(), "\x1b") || x.name == "exit" && strings.Contains(out.String(), "fly") {
			t.Errorf("%s: %q", x.name, out)
		}
	}
}

func TestJSON(t *testing.T) {
	s, out := connect(t, `call getThing {"id": 1}`, "call deleteThing", "call nothing", "list")
	s.JSON = true
	if err := s.Run(context.Background()); err != ErrCommand {
		t.Errorf("%v", err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 || !strings.Contains(lines[1], "confirmation_request") || !strings.Contains(lines[2], `"error"`) {
		t.Errorf("%q", lines)
	}
	for _, l := range lines {
		if !json.Valid([]byte(l)) {
			t.Errorf("%s is not JSON", l)
		}
	}
}

func TestComplete(t *testing.T) {
	s, _ := connect(t)
	for _, x := range []struct {
		line string
		want []string
	}{
		{"", commandNames[:]}, {"de", []string{"describe"}}, {"call ", []string{"ask", "deleteThing", "getThing"}}, {"schema ge", []string{"getThing"}},
		{"list a", nil}, {"call getThing ", []string{"{"}}, {"call getThing {", []string{`"id": `, `"deep": `, `"kind": `}},
		{`call getThing {"id": 1, "k`, []string{`"kind": `}}, {`call getThing {"id": 1, "kind": "b`, []string{`"big"`}}, {`call getThing {"id": 1, `, []string{`"deep": `, `"kind": `}},
		{"call nothing {", nil},
	} {
		if got := s.Session.Complete(x.line); !slices.Equal(got, x.want) {
			t.Errorf("%q: %q, want %q", x.line, got, x.want)
		}
	}
}
