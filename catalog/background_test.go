package catalog

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
)

// testFlow is a finished flow without a response.
func testFlow(path string) flow.Flow {
	return flow.Flow{
		ID: flow.NewID(), Done: true, Started: time.Now(),
		Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: path},
	}
}

// openStore creates an empty store, which is closed at the end of the test.
func openStore(t *testing.T) *store.DB {
	t.Helper()
	st := must.Get(store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true}))
	t.Cleanup(func() { st.Close() })
	return st
}

// allHosts is a request for one document of all hosts.
func allHosts() Request { return Request{MergeHosts: true} }

// TestBackgroundAfterDelete asks for the document of a store from which flows are deleted between
// the calls.
func TestBackgroundAfterDelete(t *testing.T) {
	st := openStore(t)
	var fs []flow.Flow
	for _, path := range []string{"/users/1", "/users/2", "/users/3", "/orders", "/orders"} {
		f := testFlow(path)
		f.Response = &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}}, Body: flow.Body{Data: []byte(`{"a":1}`), Size: 7}}
		fs = append(fs, f)
	}
	must.Get(st.Append(t.Context(), fs...))
	b := NewBackground(t.Context(), New(Config{Store: st, Save: SaveLarge}))
	flows := func() int64 {
		t.Helper()
		d := must.Get(b.Document(t.Context(), allHosts(), 0))
		return d.Decided.Flows
	}
	if n := flows(); n != 5 {
		t.Fatalf("%d flows, want 5", n)
	}
	must.Get(st.Delete(t.Context(), store.Query{Until: 3}))
	if n := flows(); n != 2 {
		t.Errorf("%d flows after three were deleted, want 2", n)
	}
	// One is deleted and one added: the number of flows alone does not show it.
	must.Get(st.Delete(t.Context(), store.Query{Until: 4}))
	fs[0].ID = flow.NewID()
	must.Get(st.Append(t.Context(), fs[0]))
	if n := flows(); n != 2 {
		t.Errorf("%d flows after one was deleted and one added, want 2", n)
	}
}

// TestSaveLarge shows that a later catalog loads a large model, and that a deletion in between
// discards it.
func TestSaveLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	write := func(f func(*store.DB) error) {
		t.Helper()
		st, err := store.Open(path, store.Options{Create: true, Timeout: time.Minute})
		if err == nil {
			err = errors.Join(f(st), st.Close())
		}
		must.Do(t, err)
	}
	var fs []flow.Flow
	for i := range minSave {
		f := testFlow(fmt.Sprintf("/users/%d", i))
		f.Response = &flow.Response{Status: 200}
		fs = append(fs, f)
	}
	write(func(st *store.DB) error { _, err := st.Append(t.Context(), fs...); return err })
	for _, want := range []int64{minSave, minSave - 300, minSave - 300 + 5} {
		l := control.NewLease(func(o store.Options) (control.Store, error) { return control.Open(t.Context(), path, o) })
		d, err := New(Config{Store: l, Save: SaveLarge}).Document(t.Context(), allHosts())
		if err != nil || d.Decided.Flows != want {
			t.Fatalf("%+v, %v; want %d flows", d, err, want)
		}
		data, basis, err := l.LoadModel(t.Context(), ModelName)
		if saved := len(data) > 0; err != nil || saved != (want == minSave) || saved && !basis.Covers.Contains(minSave) {
			t.Errorf("a model of %d bytes that covers %v, %v", len(data), basis.Covers, err)
		}
		l.Close()
		if want == minSave {
			write(func(st *store.DB) error { _, err := st.Delete(t.Context(), store.Query{Until: 300}); return err })
			continue
		}
		for i := range 5 {
			fs[i].ID = flow.NewID()
		}
		write(func(st *store.DB) error { _, err := st.Append(t.Context(), fs[:5]...); return err })
	}
}

// TestDocumentCache shows that a document is built once and again after each change that concerns
// it.
func TestDocumentCache(t *testing.T) {
	st := openStore(t)
	add := func(host, path string, done bool) {
		t.Helper()
		f := testFlow(path)
		f.Request.Authority, f.Done = host, done
		if done {
			f.Response = &flow.Response{Status: 200}
		}
		must.Get(st.Append(t.Context(), f))
	}
	add("a.example", "/users/1", true)
	add("b.example", "/orders/1", true)
	corrections := correction.Corrections{}
	c := New(Config{
		Store: st, Save: SaveLarge, Corrections: func() (correction.Corrections, error) { return corrections, nil },
	})
	ask := func(hosts ...string) *openapi3.T {
		t.Helper()
		d := must.Get(NewBackground(t.Context(), c).Document(t.Context(), Request{Hosts: hosts, MergeHosts: len(hosts) == 0}, 0))
		return d.OpenAPI
	}
	a, b := ask("a.example"), ask("b.example")
	if ask("a.example") != a || ask("b.example") != b || ask("b.example") != b || a == b || ask() == a {
		t.Error("a document was built again, or is that of another host")
	}
	if two, err := c.Document(t.Context(), Request{Hosts: []string{"a.example"}, Version: "3.0"}); err != nil || two.OpenAPI == a {
		t.Errorf("another version is the same document: %v", err)
	}
	if same, err := c.Document(t.Context(), Request{Hosts: []string{"a.example"}, Version: "3.1"}); err != nil || same.OpenAPI != a {
		t.Errorf("the default version is another document: %v", err)
	}
	for name, change := range map[string]func(){
		"a flow":       func() { add("a.example", "/users/2", true) },
		"an open flow": func() { add("a.example", "/users/3", false) },
		"corrections":  func() { corrections.LeaveOut = append(corrections.LeaveOut, correction.LeaveOut{Path: "/none"}) },
		"a deletion":   func() { st.Delete(t.Context(), store.Query{Authority: "b.example"}) },
		"many of other hosts": func() {
			for i := range 2 * maxCached {
				add(fmt.Sprint("h", i), "/", true)
				ask(fmt.Sprint("h", i))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := ask("a.example")
			if change(); ask("a.example") == before {
				t.Error("the document is the same")
			}
		})
	}
	if n := len(c.documents.entries); n > maxCached {
		t.Errorf("%d documents are cached", n)
	}
}
