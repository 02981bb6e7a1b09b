package front

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/mcp/front/fronttest"
)

type panicking struct{}

func (panicking) CompletePromptArgument(context.Context, string, mcp.CompleteArgument, mcp.CompleteContext) (*mcp.Completion, error) {
	panic("hunter2 in a prompt")
}

func (panicking) CompleteResourceArgument(context.Context, string, mcp.CompleteArgument, mcp.CompleteContext) (*mcp.Completion, error) {
	panic("hunter2 in a resource")
}

// What a panic says stays in the process: neither an answer nor the log has it. The session goes
// on.
func TestPanicsSayNothing(t *testing.T) {
	var logged bytes.Buffer
	log := slog.New(slog.NewTextHandler(&logged, nil))
	hooks := &server.Hooks{}
	hooks.AddBeforeCallTool(func(_ context.Context, _ any, r *mcp.CallToolRequest) {
		if r.Params.Name == "hooked" {
			panic("hunter2 in a hook")
		}
	})
	s := server.NewMCPServer("t", "1",
		server.WithToolCapabilities(true), server.WithResourceCapabilities(true, true), server.WithPromptCapabilities(true), server.WithHooks(hooks),
		server.WithCompletions(), server.WithPromptCompletionProvider(panicking{}), server.WithResourceCompletionProvider(panicking{}))
	for _, name := range []string{"tool", "hooked"} {
		s.AddTool(mcp.NewTool(name), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			panic(io.EOF.Error() + " hunter2 in a tool")
		})
	}
	s.AddTool(mcp.NewTool("index"), func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return nil, []error{}[len(r.Params.Name)]
	})
	s.AddResource(mcp.NewResource("a:b", "a"), func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		panic("hunter2 in a resource")
	})
	s.AddPrompt(mcp.NewPrompt("p"), func(context.Context, mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		panic("hunter2 in a prompt")
	})
	in := strings.Join([]string{
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","id":11,"method":"tools/call","params":{"name":"tool"}}`,
		`{"jsonrpc":"2.0","id":12,"method":"tools/call","params":{"name":"hooked"}}`,
		`{"jsonrpc":"2.0","id":13,"method":"tools/call","params":{"name":"index"}}`,
		`{"jsonrpc":"2.0","id":14,"method":"resources/read","params":{"uri":"a:b"}}`,
		`{"jsonrpc":"2.0","id":15,"method":"prompts/get","params":{"name":"p"}}`,
		`{"jsonrpc":"2.0","id":16,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":"b"}}}`,
		`{"jsonrpc":"2.0","id":17,"method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":"a:b"},"argument":{"name":"a","value":"b"}}}`,
		`{"jsonrpc":"2.0","id":18,"method":"ping"}`,
	}, "\n")
	var out bytes.Buffer
	noError(t, ServeStdio(t.Context(), fronttest.Unguarded(s), strings.NewReader(in), &out, log))
	failed, answered := 0, 0
	for line := range strings.Lines(out.String()) {
		if !json.Valid([]byte(line)) {
			t.Fatalf("%q", line)
		}
		answered++
		if strings.Contains(line, "because of a defect") {
			failed++
		}
	}
	if answered != 9 || failed != 7 {
		t.Errorf("%d answers, %d of them say that there is a defect:\n%s", answered, failed, &out)
	}
	if strings.Contains(out.String()+logged.String(), "hunter2") {
		t.Errorf("the text of a panic is shown:\n%s\n%s", &out, &logged)
	}
	if !strings.Contains(logged.String(), "index out of range [5] with length 0") || !strings.Contains(logged.String(), "panics_test.go") {
		t.Errorf("the log does not say where: %s", &logged)
	}
}
