package main

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/cli"
	servecli "github.com/spectap/spectap/internal/cli/serve"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/store"
)

// testFlow is a finished flow without a response.
func testFlow(path string) flow.Flow {
	return flow.Flow{
		ID: flow.NewID(), Done: true, Started: time.Now(),
		Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: path},
	}
}

// TestSharedDocuments calls the tools that read one document at the same time, for the race
// detector.
func TestSharedDocuments(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	st, err := store.Open(path, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	f := testFlow("/users/1")
	f.Response = &flow.Response{Status: 200}
	if _, err := st.Append(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	// The lease closes a store that is not used for a moment, and opens it again.
	l := control.NewLease(func(o store.Options) (control.Store, error) { return store.Open(path, o) })
	defer l.Close()
	s, err := servecli.MCPServer(t.Context(), (&cli.Program{}), l, mcptools.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cl, err := client.NewInProcessClient(s.MCP())
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if err := cl.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := cl.Initialize(t.Context(), mcp.InitializeRequest{}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, tool := range []string{"export_openapi_spec", "list_operations", "get_operation", "diff_spec", "export_openapi_spec"} {
		for range 4 {
			wg.Go(func() {
				var r mcp.CallToolRequest
				r.Params.Name = tool
				switch tool {
				case "get_operation":
					r.Params.Arguments = map[string]any{"method": "GET", "path": "/users/1"}
				case "diff_spec":
					r.Params.Arguments = map[string]any{"spec": `{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{}}`}
				}
				if res, err := cl.CallTool(t.Context(), r); err != nil || res.IsError {
					t.Errorf("%s: %v %+v", tool, err, res)
				}
			})
		}
	}
	wg.Wait()
}
