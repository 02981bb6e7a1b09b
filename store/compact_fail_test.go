package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/store/files"
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

// TestCompactCancelledAfterRepair cancels the check of what was repaired: nothing is replaced by it.
func TestCompactCancelledAfterRepair(t *testing.T) {
	db := newVerifiable(t)
	if err := db.update(func(tx *bolt.Tx) error { return flip(liveSegment(tx).flows, key64(2), 9) }); err != nil {
		t.Fatal(err)
	}
	db.Close()
	before, err := os.ReadFile(db.Path())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	repaired := false
	_, err = Compact(ctx, db.Path(), Options{}, func(doing string, _, _ int64) {
		if repaired = repaired || doing == "repairing"; repaired && doing == "checking" {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || ctx.Err() == nil {
		t.Errorf("got %v", err)
	}
	if after, err := os.ReadFile(db.Path()); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the store has changed, %v", err)
	}
}

// TestCompactCancelledWhileCopying cancels the copy itself, which the library cannot do.
func TestCompactCancelledWhileCopying(t *testing.T) {
	db := openWithClock(t)
	add(t, db, 50)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if temp, err := db.copyCompact(ctx, func(int64) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("%s, %v", temp, err)
	}
	if copies, _ := filepath.Glob(filepath.Join(filepath.Dir(db.Path()), files.CopyPrefix(db.Path())+"*")); len(copies) > 0 {
		t.Errorf("files are left: %v", copies)
	}
}

// TestCompactCreatesNothing checks that the options to create and to only read do not apply.
func TestCompactCreatesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	if _, err := Compact(t.Context(), path, Options{Create: true}, nil); !errors.Is(err, ErrNotExist) {
		t.Errorf("%v, want ErrNotExist", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a store was created")
	}
	db := openWithClock(t)
	add(t, db, 5)
	db.Close()
	if _, err := Compact(t.Context(), db.Path(), Options{ReadOnly: true}, nil); err != nil {
		t.Error(err)
	}
}

// TestCompactEndsGoroutines checks that nothing runs after Compact has returned. The bubble fails
// if a goroutine is left.
func TestCompactEndsGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openWithClock(t)
		add(t, db, 5)
		db.Close()
		if _, err := Compact(t.Context(), db.Path(), Options{}, nil); err != nil {
			t.Error(err)
		}
	})
}

// TestWatchSize checks that the size of a growing file is reported until the watch is stopped.
func TestWatchSize(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	synctest.Test(t, func(t *testing.T) {
		sizes := make(chan int64)
		stop := files.WatchSize(path, func(n int64) { sizes <- n })
		for want := range int64(3) {
			if err := os.WriteFile(path, make([]byte, want), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := <-sizes; got != want {
				t.Errorf("size %d, want %d", got, want)
			}
		}
		stop()
	})
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

// TestCompactProgress checks that the progress of a compaction tells its steps in order, each with what
// is done of it.
func TestCompactProgress(t *testing.T) {
	db := newVerifiable(t)
	if err := db.update(damageAll); err != nil {
		t.Fatal(err)
	}
	db.Close()
	var steps []string
	var last int64
	done, err := Compact(t.Context(), db.Path(), Options{}, func(doing string, done, total int64) {
		if doing == "copying" { // told by the clock, so perhaps not at all
			return
		}
		if len(steps) == 0 || steps[len(steps)-1] != doing {
			steps, last = append(steps, doing), -1
		}
		if done <= last || total != 0 {
			t.Errorf("%s: %d of %d after %d", doing, done, total, last)
		}
		last = done
	})
	if err != nil || !done.Repaired || len(done.LeftOut) != 3 {
		t.Errorf("%+v, %v", done, err)
	}
	if want := []string{"checking", "repairing", "checking"}; !slices.Equal(steps, want) {
		t.Errorf("steps %q, want %q", steps, want)
	}
	if size, err := files.Size(db.Path()); err != nil || size != done.After || done.Before <= 0 {
		t.Errorf("%+v for a file of %d bytes, %v", done, size, err)
	}
}
