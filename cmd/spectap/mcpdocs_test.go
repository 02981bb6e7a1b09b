package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
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
	d := documents{(&program{}).newCatalog(st, saveMuch)}
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
		res, err := documents{c}.Document(t.Context(), mcptools.DocumentRequest{})
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
