package safefile

import (
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"testing"
)

func TestLockExcludes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(path); !errors.Is(err, ErrLocked) {
		t.Errorf("a second lock: %v, want ErrLocked", err)
	}
	first.Close()
	second, err := Lock(path)
	if err != nil {
		t.Fatalf("after the first was released: %v", err)
	}
	second.Close()
}

// TestLockFile checks that the file is one of the user alone, and that a folder that is not there is
// an error.
func TestLockFile(t *testing.T) {
	dir := t.TempDir()
	f, err := Lock(filepath.Join(dir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	if f, err := Lock(filepath.Join(dir, "none", "lock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in no folder: %v, %v", f, err)
	}
}
