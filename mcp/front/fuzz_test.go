package front

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/mcp/front/fronttest"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// fuzzServer has a tool, a resource and a prompt, so that messages reach their handlers.
func fuzzServer() *server.MCPServer {
	s := server.NewMCPServer("fuzz", "1", server.WithRecovery(), server.WithToolCapabilities(true),
		server.WithResourceCapabilities(true, true), server.WithPromptCapabilities(true), server.WithLogging())
	s.AddTool(mcp.NewTool("echo", mcp.WithString("text", mcp.Required())),
		func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultText(r.GetString("text", "none")), nil
		})
	s.AddResource(mcp.NewResource("spectap://a", "a"),
		func(_ context.Context, r mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return []mcp.ResourceContents{mcp.TextResourceContents{URI: r.Params.URI, Text: "a"}}, nil
		})
	s.AddPrompt(mcp.NewPrompt("p"), func(context.Context, mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		return mcp.NewGetPromptResult("p", nil), nil
	})
	return s
}

// fuzzMessages are seeds.
var fuzzMessages = []string{
	initialize + "\n" + `{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n" +
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo","arguments":{"text":"x"}}}`,
	`{"jsonrpc":"2.0","id":"a","method":"tools/list","params":{"cursor":"MQ==","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`,
	`{"id":1,"id":2,"method":"ping"}` + "\n" + `{"jsonrpc":"2.0","ID":1.50,"METHOD":"ping","method":"tools/list"}`,
	`{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`,
	`[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":1,"method":"ping"}]` + "\r\n\n null \n\xff\x00\n{",
	`{"jsonrpc":"2.0","id":1e99,"method":"resources/read","params":{"uri":"spectap://a"}}` + "\n" +
		`{"jsonrpc":"2.0","id":-0,"method":"logging/setLevel","params":{"level":"debug"}}`,
	`{"jsonrpc":"2.0","id":7,"result":{}}` + "\n" + `{"jsonrpc":"2.0","id":{},"error":{"code":1}}` + "\n" +
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`,
}

// fuzzTimeout is far above the time that a run takes, and below the time that the end of the input
// waits for a response that does not come.
const fuzzTimeout = 10 * time.Second

// checkMessage fails unless data is one message of the server.
func checkMessage(t *testing.T, data []byte) (m message) {
	t.Helper()
	var version struct {
		JSONRPC string `json:"jsonrpc"`
	}
	if json.Unmarshal(data, &m) != nil || json.Unmarshal(data, &version) != nil || version.JSONRPC != "2.0" {
		t.Fatalf("the server sent what is no message: %q", data)
	}
	return m
}

// FuzzServeStdio sends any lines to a server on stdio. It answers with whole messages, no request
// twice, and ends soon after its input.
func FuzzServeStdio(f *testing.F) {
	for _, s := range fuzzMessages {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		requests := map[string]int{}
		for line := range bytes.Lines(in) {
			var bad *jsonrpc.Malformed
			switch m, err := jsonrpc.Parse(line); {
			case errors.As(err, &bad):
				requests[jsonrpc.Key(bad.Refusal().ID)]++
			case m.IsRequest():
				requests[jsonrpc.Key(m.ID)]++
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), fuzzTimeout)
		defer cancel()
		var out bytes.Buffer
		noError(t, ServeStdio(ctx, fronttest.Unguarded(fuzzServer()), bytes.NewReader(in), &out, nil))
		if ctx.Err() != nil {
			t.Fatalf("a request has no response after %s: %q", fuzzTimeout, out.Bytes())
		}
		for line := range bytes.Lines(out.Bytes()) {
			m := checkMessage(t, line)
			if m.Method != nil {
				continue
			}
			if requests[jsonrpc.Key(string(m.ID))]--; requests[jsonrpc.Key(string(m.ID))] < 0 {
				t.Fatalf("one response too many for id %s: %q", m.ID, out.Bytes())
			}
		}
	})
}
