package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/store"
)

// largeStore is a file of 100,000 flows of some fifty operations. With SPECTAP_BENCH_STORE it is kept in that file from
// one run to the next.
func largeStore(b *testing.B) string {
	b.Helper()
	path := os.Getenv("SPECTAP_BENCH_STORE")
	if path == "" {
		path = filepath.Join(b.TempDir(), "flows.db")
	}
	st, err := store.Open(path, store.Options{Create: true})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	stat, err := st.Stat(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	const n = 100_000
	for i := int(stat.Flows); i < n; {
		var batch []flow.Flow
		for ; len(batch) < 500 && i < n; i++ {
			f := guestFlow(fmt.Sprintf("/v1/things%d/%d", i%50, i/50))
			body := fmt.Appendf(nil, `{"id":%d,"name":"thing %d","tags":["a","b"],"owner":{"id":%d,"admin":%t},"price":%d.5}`, i, i, i%997, i%2 == 0, i%100)
			f.Response = &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}}, Body: flow.Body{Data: body, Size: int64(len(body))}}
			batch = append(batch, f)
		}
		if _, err := st.Append(b.Context(), batch...); err != nil {
			b.Fatal(err)
		}
	}
	return path
}

// BenchmarkMCP measures what rests on the document, on 100,000 flows: the first answer of a new server when a model was
// saved, and one call of each tool after that.
func BenchmarkMCP(b *testing.B) {
	path := largeStore(b)
	server := func(b *testing.B) (*client.Client, *guest) {
		g := newGuest(func(o store.Options) (control.Store, error) { return control.Open(b.Context(), path, o) })
		s, err := (&program{}).mcpServer(b.Context(), g, mcptools.Allow{}, slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		c, err := client.NewInProcessClient(s.MCP())
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		if _, err := c.Initialize(b.Context(), mcp.InitializeRequest{}); err != nil {
			b.Fatal(err)
		}
		return c, g
	}
	call := func(b *testing.B, c *client.Client, tool string, args map[string]any) {
		var r mcp.CallToolRequest
		r.Params.Name, r.Params.Arguments = tool, args
		if res, err := c.CallTool(b.Context(), r); err != nil || res.IsError {
			b.Fatal(err, res)
		}
	}
	c, g := server(b)
	call(b, c, "list_operations", nil) // learns, and saves
	b.Run("first answer", func(b *testing.B) {
		for b.Loop() {
			c, g := server(b)
			call(b, c, "list_operations", nil)
			c.Close()
			g.Close()
		}
	})
	const spec = `{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{"/v1/things1/{id}":{"get":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],"responses":{"200":{"description":"x"}}}}}}`
	for _, x := range []struct {
		tool string
		args map[string]any
	}{
		{"list_operations", nil}, {"get_api_patterns", nil}, {"export_openapi_spec", nil}, {"export_openapi_spec", map[string]any{"format": "yaml"}},
		{"get_operation", map[string]any{"method": "GET", "path": "/v1/things7/7"}}, {"explain_operation", map[string]any{"method": "GET", "path": "/v1/things7/7"}},
		{"check_flows", map[string]any{"spec": spec}}, {"diff_spec", map[string]any{"spec": spec}},
	} {
		b.Run(x.tool, func(b *testing.B) {
			for b.Loop() {
				call(b, c, x.tool, x.args)
			}
		})
	}
	c.Close()
	g.Close()
}
