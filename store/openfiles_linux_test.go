package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// openFilesIn returns the files below a folder that this process has open.
func openFilesIn(t *testing.T, dir string) (out []string) {
	t.Helper()
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(fds) == 0 {
		t.Fatal("the open files are not known: ", err)
	}
	for _, fd := range fds {
		if file, err := os.Readlink(fd); err == nil && strings.HasPrefix(file, dir) {
			out = append(out, file)
		}
	}
	return out
}

// TestReplacedFileIsClosed replaces a store while Open waits for its lock. The old file, which Open has
// locked then, must not stay open: its bytes would stay on the disk.
func TestReplacedFileIsClosed(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	dir := t.TempDir()
	old, next := openFast(t, filepath.Join(dir, "flows.db"), Options{Create: true}), openFast(t, filepath.Join(dir, "next.db"), Options{Create: true})
	add(t, next, 3)
	if err := next.Close(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		opened := make(chan error, 1)
		var db *DB
		go func() {
			var err error
			db, err = Open(old.Path(), Options{Timeout: time.Minute})
			opened <- err
		}()
		synctest.Wait() // until it has the old file and waits for the lock
		if err := errors.Join(os.Rename(next.Path(), old.Path()), old.Close(), <-opened); err != nil {
			t.Fatal(err)
		}
		if n := len(numbers(t, db)); n != 3 {
			t.Errorf("%d flows", n)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	})
	if left := openFilesIn(t, dir); len(left) > 0 {
		t.Errorf("open are %q", left)
	}
}

// TestClosesItsFiles checks that a closed store leaves no file or folder open, whatever was done with
// it before.
func TestClosesItsFiles(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // which would close the files that nobody refers to
	dir := t.TempDir()
	open := func() []string { return openFilesIn(t, dir) }
	path := filepath.Join(dir, "flows.db")
	db := openFast(t, path, Options{Create: true})
	add(t, db, 20)
	if len(open()) == 0 {
		t.Fatal("an open store has no open file")
	}
	if err := db.Snapshot(t.Context(), &bytes.Buffer{}); err != nil {
		t.Error(err)
	}
	if report, err := db.Verify(t.Context()); err != nil || !report.OK() {
		t.Errorf("%+v, %v", report, err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if left := open(); len(left) > 0 {
		t.Errorf("after use, open are %q", left)
	}
	if _, err := Compact(t.Context(), path, Options{}, nil); err != nil {
		t.Error(err)
	}
	if left := open(); len(left) > 0 {
		t.Errorf("after compaction, open are %q", left)
	}
	for _, o := range []Options{{Create: true, ReadOnly: true}, {}, {ReadOnly: true}} {
		for _, data := range []string{"", "no store", strings.Repeat("\x00", 1<<16)} {
			if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
			if db, err := Open(path, o); err == nil {
				db.Close()
			}
			if left := open(); len(left) > 0 {
				t.Errorf("after opening %d bytes with %+v, open are %q", len(data), o, left)
			}
		}
	}
}
