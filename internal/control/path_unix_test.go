//go:build unix

package control

import (
	"os"
	"path/filepath"
	"testing"
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
