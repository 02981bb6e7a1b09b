package store

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestDropCopies checks that opening a store for writing removes the copies that killed processes
// left, and no other files.
func TestDropCopies(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	names := func() (out []string) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			out = append(out, e.Name())
		}
		return out
	}
	db, err := Open(path, Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	for _, name := range []string{".a.db.1.compact", ".a.db.2.snapshot", ".a.db.3.new", ".b.db.1.compact",
		"a.db.compact"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all := names()
	for _, tt := range []struct {
		o    Options
		want []string
	}{
		{Options{ReadOnly: true}, all}, // another reader may be making a copy
		{Options{}, []string{".a.db.3.new", ".b.db.1.compact", "a.db", "a.db.compact"}},
	} {
		db, err := Open(path, tt.o)
		if err != nil {
			t.Fatal(err)
		}
		db.Close()
		if got := names(); !slices.Equal(got, tt.want) {
			t.Errorf("%+v: %v, want %v", tt.o, got, tt.want)
		}
	}
}
