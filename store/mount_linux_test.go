package store_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// bulky returns a flow with a response of 100 KB of noise.
func bulky(n int) flow.Flow {
	f := sample(n)
	f.Response.Body.Data = make([]byte, 100_000)
	rand.Read(f.Response.Body.Data)
	return f
}

// TestFullDisk fills a real disk (ENOSPC) by appending, importing and compacting.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(storetest.SmallDisk(t, "8m"), "flows.db")
	db, err := store.Open(path, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	stored := 0
	for ; err == nil; stored++ {
		_, err = db.Append(t.Context(), bulky(stored))
	}
	stored--
	if !errors.Is(err, store.ErrFull) || stored < 20 {
		t.Fatalf("after %d flows: %v, want ErrFull", stored, err)
	}
	if got := len(collect(t, db, store.Query{})); got != stored {
		t.Errorf("%d flows are stored, %d were acknowledged", got, stored)
	}
	im, err := db.Import(t.Context(), "import:x")
	for i := 0; err == nil && i < 200; i++ {
		err = im.Append(t.Context(), bulky(i))
	}
	if !errors.Is(err, store.ErrFull) {
		t.Errorf("import: %v, want ErrFull", err)
	}
	if im != nil {
		im.Abort()
	}
	if got := len(collect(t, db, store.Query{NoBodies: true})); got != stored {
		t.Errorf("%d flows are stored after the import, want %d", got, stored)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Compact(t.Context(), path, store.Options{}, nil); !errors.Is(err, store.ErrFull) {
		t.Errorf("compact: %v, want ErrFull", err)
	}
	if after, err := os.ReadFile(path); err != nil || len(after) != len(before) {
		t.Errorf("compact left %d bytes of %d, %v", len(after), len(before), err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("files left behind: %v", entries)
	}
	db, err = store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := db.Delete(t.Context(), store.Query{Limit: stored / 2}); n != stored/2 || err != nil {
		t.Fatalf("delete: %d, %v", n, err)
	}
	for i := range stored / 4 {
		if _, err := db.Append(t.Context(), bulky(i)); err != nil {
			t.Fatalf("append %d after the deletion: %v", i, err)
		}
	}
	db.Close()
	checkSound(t, path)
}

// TestCreateOnFullDisk creates a store on a disk without space for an empty one. No file may be
// left behind.
func TestCreateOnFullDisk(t *testing.T) {
	dir := storetest.SmallDisk(t, "16k")
	_, err := store.Open(filepath.Join(dir, "flows.db"), store.Options{Create: true})
	if !errors.Is(err, store.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("files left behind: %v", entries)
	}
}
