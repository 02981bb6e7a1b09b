package store

import (
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
	noError(t, next.Close())
	synctest.Test(t, func(t *testing.T) {
		opened := make(chan error, 1)
		var db *DB
		go func() {
			var err error
			db, err = Open(old.Path(), Options{Timeout: time.Minute})
			opened <- err
		}()
		synctest.Wait() // until it has the old file and waits for the lock
		noError(t, errors.Join(os.Rename(next.Path(), old.Path()), old.Close(), <-opened))
		if n := len(numbers(t, db)); n != 3 {
			t.Errorf("%d flows", n)
		}
		noError(t, db.Close())
	})
	if left := openFilesIn(t, dir); len(left) > 0 {
		t.Errorf("open are %q", left)
	}
}
