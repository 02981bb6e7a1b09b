package main

import (
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/flow"
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
	d := &documents{p: &program{}, store: st}
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
