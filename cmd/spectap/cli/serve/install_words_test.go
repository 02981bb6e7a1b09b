package serve

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestExecutable prefers a link in the search path that is this program, since it may outlive an
// update, and no other program of the name.
func TestExecutable(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("names of programs have an extension")
	}
	self := must.Get(os.Executable())
	for name, add := range map[string]func(path string) error{
		"none":            nil,
		"link":            func(path string) error { return os.Symlink(self, path) },
		"another program": func(path string) error { return os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700) },
	} {
		dir := t.TempDir()
		want, path := self, filepath.Join(dir, "spectap")
		if add != nil {
			if err := add(path); err != nil {
				t.Skip(err)
			}
		}
		if name == "link" {
			want = path
		}
		t.Setenv("PATH", dir)
		if got, err := executable(); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, want)
		}
	}
}
