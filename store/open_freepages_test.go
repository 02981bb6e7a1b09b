package store

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/meta"
)

// TestCloseListsFreePages checks that a closed store lists its free pages, so that Open need not
// walk through the file, and that a store whose process was killed does not refer to an old list.
func TestCloseListsFreePages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	listed := func() bool {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		info, err := meta.Read(file)
		return err == nil && info.ListsFreePages
	}
	add := func(db *DB) {
		f := flow.Flow{Done: true, Request: flow.Request{Method: "GET", Authority: "a.example", Path: "/"}}
		if _, err := db.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		db, err := Open(path, Options{Create: true})
		if err != nil {
			t.Fatal(err)
		}
		add(db)
		if listed() {
			t.Fatal("an open store refers to a list that is no longer current")
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if !listed() {
			t.Fatal("a closed store does not list its free pages")
		}
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("Open and Close changed a file that had nothing to list (%v)", err)
	}
	if db, err = Open(path, Options{ReadOnly: true}); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if r, err := db.Verify(t.Context()); err != nil || !r.OK() || !r.Pages || r.Flows != 3 {
		t.Errorf("verify: %+v, %v", r, err)
	}
}
