package main

import (
	"context"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// shapesLive starts what the commands of TestJSONShapes call: an API with a store of its flows, a
// store that a proxy has open, and an MCP server.
func shapesLive(t *testing.T, dir string, vars map[string]string) {
	t.Helper()
	vars["REPLAYED"] = newReplayed(t).db

	data := readFile(t, vars["DB"])
	vars["LIVE"] = filepath.Join(dir, "live.db")
	noError(t, os.WriteFile(vars["LIVE"], data, 0o600))
	st := openStore(t, vars["LIVE"], store.Options{})
	owner := must(control.Start(control.Config{Store: st, Path: vars["LIVE"]}))
	t.Cleanup(func() {
		owner.Close()
		st.Close()
	})

	m := server.NewMCPServer("shop", "1", server.WithInstructions("Ask before you buy."))
	m.AddTool(mcp.NewTool("buy", mcp.WithDescription("Buy."), mcp.WithString("name", mcp.Required())),
		func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultStructured(map[string]any{"bought": r.GetString("name", "")}, "bought"), nil
		})
	m.AddResource(mcp.NewResource("shop:stock", "stock", mcp.WithMIMEType("text/plain")),
		func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return []mcp.ResourceContents{mcp.TextResourceContents{URI: "shop:stock", MIMEType: "text/plain", Text: "3 pens"}}, nil
		})
	m.AddPrompt(mcp.NewPrompt("greet", mcp.WithPromptDescription("Greet.")),
		func(context.Context, mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return mcp.NewGetPromptResult("Greet.", []mcp.PromptMessage{mcp.NewPromptMessage(mcp.RoleUser, mcp.NewTextContent("Hello"))}), nil
		})
	srv := httptest.NewServer(server.NewStreamableHTTPServer(m))
	t.Cleanup(srv.Close)
	vars["URL"] = srv.URL
	vars["EXEC-SCHEMA"], vars["EXEC-CALL"], vars["EXEC-ERROR"] = "schema buy", "call buy name=pen", "call sell"
	vars["EXEC-READ"], vars["EXEC-PROMPT"] = "read shop:stock", "prompt greet"
}

// interrupted is output that interrupts the command after its first write, as a person does who has
// seen enough.
type interrupted struct {
	io.Writer
	interrupt context.CancelFunc
}

func (w *interrupted) Write(p []byte) (int, error) {
	defer w.interrupt()
	return w.Writer.Write(p)
}
