package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/store"
)

// What an agent is told of the API rests on what is left, also after flows were deleted under a running server.
func TestDocumentsForget(t *testing.T) {
	st, err := store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	var fs []flow.Flow
	for _, path := range []string{"/users/1", "/users/2", "/users/3", "/orders", "/orders"} {
		f := guestFlow(path)
		f.Response = &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}}, Body: flow.Body{Data: []byte(`{"a":1}`), Size: 7}}
		fs = append(fs, f)
	}
	if _, err := st.Append(t.Context(), fs...); err != nil {
		t.Fatal(err)
	}
	d := (&program{}).newDocuments(t.Context(), st)
	flows := func() int64 {
		t.Helper()
		res, err := d.Document(t.Context(), mcptools.DocumentRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return res.Decided.Flows
	}
	if n := flows(); n != 5 {
		t.Fatalf("%d flows, want 5", n)
	}
	if _, err := st.Delete(t.Context(), store.Query{Until: 3}); err != nil {
		t.Fatal(err)
	}
	if n := flows(); n != 2 {
		t.Errorf("%d flows after three were deleted, want 2", n)
	}
	// As many new ones as were deleted: the number alone does not tell.
	if _, err := st.Delete(t.Context(), store.Query{Until: 4}); err != nil {
		t.Fatal(err)
	}
	fs[0].ID = flow.NewID()
	if _, err := st.Append(t.Context(), fs[0]); err != nil {
		t.Fatal(err)
	}
	if n := flows(); n != 2 {
		t.Errorf("%d flows after one went and one came, want 2", n)
	}
}

// What an agent's server took a while to learn is there for the next one, and what was deleted in between is not.
func TestDocumentsSave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	write := func(f func(*store.DB) error) {
		t.Helper()
		st, err := store.Open(path, store.Options{Create: true, Timeout: 10 * time.Second})
		if err == nil {
			err = errors.Join(f(st), st.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var fs []flow.Flow
	for i := range muchNews {
		f := guestFlow(fmt.Sprintf("/users/%d", i))
		f.Response = &flow.Response{Status: 200}
		fs = append(fs, f)
	}
	write(func(st *store.DB) error { _, err := st.Append(t.Context(), fs...); return err })
	for _, want := range []int64{muchNews, muchNews - 300, muchNews - 300 + 5} {
		g := newGuest(func(o store.Options) (control.Store, error) { return control.Open(t.Context(), path, o) })
		c := (&program{}).newCatalog(g, saveMuch)
		res, err := documents{c, &jobs{life: t.Context()}}.Document(t.Context(), mcptools.DocumentRequest{})
		if err != nil || res.Decided.Flows != want {
			t.Errorf("%d flows, %v; want %d", res.Decided.Flows, err, want)
		}
		data, rests, err := g.LoadModel(t.Context(), modelName)
		if saved := len(data) > 0; err != nil || saved != (want == muchNews) || saved && !rests.Covers.Contains(muchNews) {
			t.Errorf("a model of %d bytes that covers %v, %v", len(data), rests.Covers, err)
		}
		g.Close()
		if want == muchNews {
			write(func(st *store.DB) error { _, err := st.Delete(t.Context(), store.Query{Until: 300}); return err })
			continue
		}
		for i := range 5 {
			fs[i].ID = flow.NewID()
		}
		write(func(st *store.DB) error { _, err := st.Append(t.Context(), fs[:5]...); return err })
	}
}

// A document is built once for as long as it stays the same, whoever asks: many at once, too.
func TestDocumentsAreKept(t *testing.T) {
	st, err := store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	add := func(host, path string, done bool) {
		t.Helper()
		f := guestFlow(path)
		f.Request.Authority, f.Done = host, done
		if done {
			f.Response = &flow.Response{Status: 200}
		}
		if _, err := st.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	add("a.example", "/users/1", true)
	add("b.example", "/orders/1", true)
	overrides := infer.Corrections{}
	c := (&program{}).newCatalog(st, saveMuch)
	c.corrections = func() (infer.Corrections, error) { return overrides, nil }
	ask := func(hosts ...string) *openapi3.T {
		t.Helper()
		res, err := documents{c, &jobs{life: t.Context()}}.Document(t.Context(), mcptools.DocumentRequest{Hosts: hosts})
		if err != nil {
			t.Fatal(err)
		}
		return res.OpenAPI
	}
	a, b := ask("a.example"), ask("b.example")
	if ask("a.example") != a || ask("b.example") != b || a == b || ask() == a {
		t.Error("a document was built again, or is that of another host")
	}
	if two, err := (documents{c, &jobs{life: t.Context()}}).Document(t.Context(), mcptools.DocumentRequest{Hosts: []string{"a.example"}, Version: "3.0"}); err != nil || two.OpenAPI == a {
		t.Errorf("another version is the same document: %v", err)
	}
	for name, change := range map[string]func(){
		"a flow":           func() { add("a.example", "/users/2", true) },
		"a flow under way": func() { add("a.example", "/users/3", false) },
		"corrections":      func() { overrides.LeaveOut = append(overrides.LeaveOut, "/none") },
		"a deletion":       func() { st.Delete(t.Context(), store.Query{Authority: "b.example"}) },
		"many of other hosts": func() {
			for i := range 2 * maxCached {
				add(fmt.Sprint("h", i), "/", true)
				ask(fmt.Sprint("h", i))
			}
		},
	} {
		before := ask("a.example")
		if change(); ask("a.example") == before {
			t.Errorf("%s changed nothing", name)
		}
	}
	if n := len(c.documents.all); n > maxCached {
		t.Errorf("%d documents are kept", n)
	}
	g := newGuest(func(o store.Options) (control.Store, error) { return st, nil })
	s, err := (&program{}).mcpServer(t.Context(), g, mcptools.Allow{}, slog.New(slog.DiscardHandler))
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

// gated is a store whose flows cannot be read while the gate is shut.
type gated struct {
	learnt
	gate sync.RWMutex // locked: shut
}

func (g *gated) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.learnt.Scan(ctx, q)
}

// A call waits long where nothing was learnt yet, and not where it can be asked again soon.
func TestDocumentsWait(t *testing.T) {
	st, err := store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	add := func(path string) {
		t.Helper()
		f := guestFlow(path)
		f.Response = &flow.Response{Status: 200}
		if _, err := st.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	add("/a")
	g := &gated{learnt: st}
	g.gate.Lock()
	d := (&program{}).newDocuments(t.Context(), g)
	ask := func(r mcptools.DocumentRequest) (int64, error) {
		res, err := d.Document(t.Context(), r)
		return res.Decided.Flows, err
	}
	notReady := func(when string, r mcptools.DocumentRequest) {
		t.Helper()
		if _, err := ask(r); !errors.As(err, new(*mcptools.NotReady)) {
			t.Errorf("%s: got %v", when, err)
		}
	}
	notReady("nothing learnt, no patience", mcptools.DocumentRequest{Wait: 1, FirstWait: 1})
	notReady("the newest", mcptools.DocumentRequest{Wait: 1, FirstWait: 1, Limit: 1})
	time.AfterFunc(20*time.Millisecond, g.gate.Unlock)
	if n, err := ask(mcptools.DocumentRequest{Wait: 1, FirstWait: time.Minute}); n != 1 || err != nil {
		t.Errorf("nothing learnt: %d flows, %v", n, err)
	}
	add("/b")
	g.gate.Lock()
	notReady("something learnt", mcptools.DocumentRequest{Wait: 1, FirstWait: time.Minute})
	if _, err := d.Explain(t.Context(), mcptools.DocumentRequest{Wait: 1, FirstWait: time.Minute}, "GET", "/a"); !errors.As(err, new(*mcptools.NotReady)) {
		t.Errorf("explain: got %v", err)
	}
	g.gate.Unlock()
	if n, err := ask(mcptools.DocumentRequest{Wait: time.Minute}); n != 2 || err != nil {
		t.Errorf("%d flows, %v", n, err)
	}
}
