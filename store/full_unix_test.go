//go:build linux || darwin

package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/filelimittest"
	"github.com/spectap/spectap/store"
)

const fullFile = "SPECTAP_FULL_FILE" // names the store of a test that runs alone

// TestFileSizeLimit makes the system refuse to grow the file, as on a full disk. The error must not
// be reported as damage, acknowledged flows must be kept, and the store must work again after a
// deletion.
func TestFileSizeLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("many flows in one goroutine")
	}
	path := filepath.Join(t.TempDir(), "flows.db")
	if filelimittest.Alone(t, fullFile+"="+path) {
		fillUp(t, os.Getenv(fullFile))
		return
	}
	checkSound(t, path)
}

// fillUp fills a store until it is full, and checks that it works after a deletion.
func fillUp(t *testing.T, path string) {
	filelimittest.Set(t, 40<<20)
	db, err := store.Open(path, store.Options{Create: true})
	noError(t, err)
	defer db.Close()
	next := func(n int) flow.Flow {
		f := sample(n)
		f.Response.Body.Data = make([]byte, 200_000)
		rand.Read(f.Response.Body.Data)
		return f
	}
	stored := 0
	for ; ; stored++ {
		if _, err = db.Append(context.Background(), next(stored)); err != nil {
			break
		}
	}
	if !errors.Is(err, store.ErrFull) {
		t.Fatalf("after %d flows: %v, want ErrFull", stored, err)
	}
	if got := len(collect(t, db, store.Query{NoBodies: true})); got != stored || stored < 50 {
		t.Fatalf("%d flows are stored, %d were acknowledged", got, stored)
	}
	if n, err := db.Delete(context.Background(), store.Query{Limit: stored / 2}); n != stored/2 || err != nil {
		t.Fatalf("delete: %d, %v", n, err)
	}
	for i := range stored / 4 {
		if _, err := db.Append(context.Background(), next(i)); err != nil {
			t.Fatal(fmt.Errorf("append %d after the deletion: %w", i, err))
		}
	}
}

// TestNoRoomForFiles makes the system refuse to grow the files that a new store, a copy and a compaction
// need. Each must fail, since an incomplete file would take the place of a store, and leave nothing behind.
func TestNoRoomForFiles(t *testing.T) {
	if path := os.Getenv(fullFile); path != "" {
		makeFiles(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "flows.db")
	db := must(store.Open(path, store.Options{Create: true}))
	for i := range 100 {
		f := sample(i)
		rand.Read(f.Response.Body.Data)
		must(db.Append(t.Context(), f))
	}
	noError(t, db.Close())
	filelimittest.Alone(t, fullFile+"="+path)
	checkSound(t, path)
	db = must(store.Open(path, store.Options{ReadOnly: true}))
	defer db.Close()
	if n := len(collect(t, db, store.Query{})); n != 100 {
		t.Errorf("%d flows are left", n)
	}
}

// makeFiles makes files beside the store at path, of which none may have the size that it needs.
func makeFiles(t *testing.T, path string) {
	dir, ctx := filepath.Dir(path), context.Background()
	create := func() error {
		_, err := store.Open(filepath.Join(dir, "new.db"), store.Options{Create: true})
		return err
	}
	for _, tt := range []struct {
		name string
		room uint64
		do   func() error
	}{
		{"create, no room at all", 4 << 10, create},
		{"create, room for the first pages only", 4*store.DefaultPageSize + 512, create},
		{"compact, no room at all", 4 << 10, func() error { _, err := store.Compact(ctx, path, store.Options{}, nil); return err }},
		{"compact, room for a part", 2 << 20, func() error { _, err := store.Compact(ctx, path, store.Options{}, nil); return err }},
		{"copy", 2 << 20, func() error {
			db, err := store.Open(path, store.Options{ReadOnly: true})
			if err != nil {
				return err
			}
			defer db.Close()
			return db.Snapshot(ctx, io.Discard)
		}},
	} {
		filelimittest.Set(t, tt.room)
		if err := tt.do(); !errors.Is(err, store.ErrFull) || !strings.Contains(err.Error(), " store "+dir) {
			t.Errorf("%s: %v, want ErrFull", tt.name, err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("%s: left behind: %v, %v", tt.name, entries, err)
		}
	}
}
