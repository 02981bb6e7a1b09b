//go:build unix

package control

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/store/storetest"
)

// TestSocketOfRelativePath checks that a store has one socket however its path is written, and none
// when its folder cannot be known.
func TestSocketOfRelativePath(t *testing.T) {
	dir := filepath.Join(folder(t), "gone")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	whole, err := socketPath(filepath.Join(dir, "flows.db"))
	if err != nil {
		t.Fatal(err)
	}
	if p, err := socketPath("flows.db"); p != whole || err != nil {
		t.Errorf("%s, %v; want %s", p, err, whole)
	}
	t.Setenv("PWD", "")
	if err := os.Remove(dir); err != nil {
		t.Skip(err)
	}
	if _, err := os.Getwd(); err == nil {
		t.Skip("this system has a name for a folder that was removed")
	}
	if p, err := socketPath("flows.db"); p != "" || err == nil {
		t.Errorf("without a folder: %s, %v", p, err)
	}
}

// TestNoSocketPath checks that both sides say which store has no path for a socket, and what to do.
func TestNoSocketPath(t *testing.T) {
	t.Setenv(socketFolder, "/"+strings.Repeat("y", maxSocketPath))
	path := filepath.Join(folder(t), strings.Repeat("x", maxSocketPath))
	_, serr := Start(Config{Store: storetest.NewMemory(), Path: path})
	_, derr := Dial(t.Context(), path)
	for name, err := range map[string]error{"serve": serr, "open": derr} {
		if err == nil || !strings.Contains(err.Error(), "socket of store "+path) || !strings.Contains(err.Error(), "set "+socketFolder) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
