//go:build unix

package safefile

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe in the place of the file is an error at once: nobody may ever write to it.
func TestPipe(t *testing.T) {
	f := sharedfileOpen(filepath.Join(t.TempDir(), "f.json"))
	if err := f.Update(func(c *counts) error { c.N = 1; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(f.Path), syscall.Mkfifo(f.Path, 0o600)); err != nil {
		t.Fatal(err)
	}
	if c, err := f.Read(); err == nil {
		t.Fatal("the value of a pipe:", c)
	}
	if err := f.Update(func(*counts) error { return nil }); err == nil {
		t.Fatal("the pipe was replaced")
	}
}
