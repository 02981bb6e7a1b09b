package mcpclient

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "history")
	h := OpenHistory(path)
	for range maxHistory + 1 {
		h.Add("list")
		h.Add("call one")
		h.Add("call one")
		h.Add("")
		h.Add("two\nlines")
	}
	if err := os.Chmod(path, 0o644); err != nil { // as the file of an older version may be
		t.Fatal(err)
	}
	h.Add("help")
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("%v %v", fi, err)
	}
	lines := OpenHistory(path).Lines()
	if len(lines) != maxHistory || lines[len(lines)-1] != "help" || lines[0] != "call one" {
		t.Errorf("%d: %q … %q", len(lines), lines[0], lines[len(lines)-1])
	}
	data, err := os.ReadFile(path)
	if n := strings.Count(string(data), "\n"); err != nil || n != maxHistory {
		t.Errorf("%d lines are in the file, %v", n, err)
	}
	// A history that cannot be written or read is empty.
	OpenHistory(filepath.Join(path, "below", "a-file")).Add("list")
	if got := OpenHistory(filepath.Dir(path)).Lines(); len(got) != 0 {
		t.Errorf("%q", got)
	}
}
