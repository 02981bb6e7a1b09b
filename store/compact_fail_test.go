package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestCompactCancelled cancels a compaction at each of its steps. The store must stay as it was, and
// no copy may be left.
func TestCompactCancelled(t *testing.T) {
	db := openWithClock(t)
	add(t, db, 50)
	db.Close()
	before, err := os.ReadFile(db.Path())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 2, 50, 100} { // there is a step for each of 50 flows and 50 bodies
		ctx, cancel := context.WithCancel(t.Context())
		steps := 0
		if n == 0 {
			cancel()
		}
		_, err := Compact(ctx, db.Path(), Options{}, func(string, int64, int64) {
			if steps++; steps == n {
				cancel()
			}
		})
		cancel()
		if !errors.Is(err, context.Canceled) || steps != n {
			t.Errorf("cancelled at step %d: %v after %d steps", n, err, steps)
		}
		if after, err := os.ReadFile(db.Path()); err != nil || !bytes.Equal(after, before) {
			t.Errorf("cancelled at step %d: the store has changed, %v", n, err)
		}
		if entries, _ := os.ReadDir(filepath.Dir(db.Path())); len(entries) != 1 {
			t.Errorf("cancelled at step %d: files are left: %v", n, entries)
		}
	}
}

// TestCompactThroughLink checks that a store that a symbolic link leads to is compacted where it
// is: elsewhere, the old file would keep the deleted bytes.
func TestCompactThroughLink(t *testing.T) {
	db := openWithClock(t)
	add(t, db, 1000)
	if _, err := db.Delete(t.Context(), Query{}); err != nil {
		t.Fatal(err)
	}
	db.Close()
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(db.Path(), link); err != nil {
		t.Skip(err) // Windows lets only some users make links
	}
	done, err := Compact(t.Context(), link, Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != db.Path() {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if info, err := os.Stat(db.Path()); err != nil || info.Size() != done.After || done.After >= done.Before {
		t.Errorf("the file has %d bytes, want %d of %d, %v", info.Size(), done.After, done.Before, err)
	}
}

// TestCompactCannotReplace checks that a compaction whose copy cannot take the place of the store says
// so, with the path, and leaves no copy.
func TestCompactCannotReplace(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file is not removed there")
	}
	db := openWithClock(t)
	add(t, db, 5)
	db.Close()
	var steps []string
	_, err := Compact(t.Context(), db.Path(), Options{}, func(doing string, _, _ int64) {
		if len(steps) == 0 { // a folder that is not empty takes the place of the store
			if err := errors.Join(os.Remove(db.Path()), os.MkdirAll(filepath.Join(db.Path(), "x"), 0o700)); err != nil {
				t.Fatal(err)
			}
		}
		steps = append(steps, doing)
	})
	var link *os.LinkError
	if !errors.As(err, &link) || !strings.Contains(err.Error(), "compact store "+db.Path()) {
		t.Errorf("%v", err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(db.Path())); len(entries) != 1 {
		t.Errorf("files are left: %v", entries)
	}
}
