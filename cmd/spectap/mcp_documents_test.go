package main

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/mcptools/source"
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
	s, err := (&program{}).mcpServer(t.Context(), l, mcptools.Config{})
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
	for _, tool := range []string{"export_openapi_spec", "get_api_patterns", "list_operations", "get_operation", "diff_spec", "export_openapi_spec"} {
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

// TestDocumentsOfSeveralHosts checks that tools see which hosts there are if they ask for one API and
// there are two, and that a document of a part of the flows says so.
func TestDocumentsOfSeveralHosts(t *testing.T) {
	st, err := store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for _, host := range []string{"a.example", "b.example"} {
		f := testFlow("/users/1")
		f.Request.Authority, f.Response = host, &flow.Response{Status: 200}
		if _, err := st.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	d := (&program{}).newDocuments(t.Context(), st)
	one := source.DocumentRequest{OneAPI: true, Wait: time.Minute}
	var several *source.SeveralHosts
	if _, err := d.Document(t.Context(), one); !errors.As(err, &several) || len(several.Hosts) != 2 {
		t.Errorf("Document: %v", err)
	}
	several = nil
	if _, err := d.Explain(t.Context(), one, "GET", "/users/1"); !errors.As(err, &several) || len(several.Hosts) != 2 {
		t.Errorf("Explain: %v", err)
	}
	one.Hosts = []string{"b.example"}
	if out, err := d.Document(t.Context(), one); err != nil || out.OpenAPI == nil || out.Note != "" {
		t.Errorf("of one host: %+v, %v", out, err)
	}
	if e, err := d.Explain(t.Context(), one, "GET", "/users/1"); err != nil || e == nil {
		t.Errorf("explain of one host: %v", err)
	}
	all := source.DocumentRequest{Wait: time.Minute, Limit: 1}
	if out, err := d.Document(t.Context(), all); err != nil || out.Note != "inferred from the newest 1 flows only" {
		t.Errorf("of all hosts: %q, %v", out.Note, err)
	}
}

// TestToolError checks that tools see the error that they answer with "ask again".
func TestToolError(t *testing.T) {
	var notReady *source.NotReady
	if err := toolError(&catalog.NotReadyError{Read: 7}); !errors.As(err, &notReady) || notReady.Read != 7 {
		t.Errorf("got %v", err)
	}
	if err := toolError(catalog.ErrNoFlows); err != catalog.ErrNoFlows {
		t.Errorf("got %v", err)
	}
}
