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

// TestHistoryBounds checks how much of a file is read, and when it is rewritten.
func TestHistoryBounds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	for _, tt := range []struct {
		name    string
		content string
		lines   int    // that are read
		left    int    // lines of the file
		last    string // line that is read
	}{
		{"few lines", "one\n  \n two \n", 2, 3, "two"},
		{"many lines", strings.Repeat("a\n", 2*maxHistory-1) + "z\n", maxHistory, 2 * maxHistory, "z"},
		{"too many lines", strings.Repeat("a\n", 2*maxHistory) + "z\n", maxHistory, maxHistory, "z"},
		{"the largest file", strings.Repeat("a", maxHistoryFile-1) + "\n", 1, 1, strings.Repeat("a", maxHistoryFile-1)},
		{"too large a file", strings.Repeat("a", maxHistoryFile) + "\n", 0, 1, ""},
	} {
		if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
			t.Fatal(err)
		}
		h := OpenHistory(path)
		lines := h.Lines()
		data, err := os.ReadFile(path)
		if n := strings.Count(string(data), "\n"); err != nil || len(lines) != tt.lines || n != tt.left || tt.lines > 0 && lines[len(lines)-1] != tt.last {
			t.Errorf("%s: %d lines were read, %d are left, %v", tt.name, len(lines), n, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	h := OpenHistory(path)
	for _, line := range []string{"", "one", "one", "a\rb", "two", "one", "a\nb"} {
		h.Add(line)
	}
	if got := strings.Join(h.Lines(), ","); got != "one,two,one" {
		t.Errorf("kept %s", got)
	}
	if got := strings.Join(OpenHistory(path).Lines(), ","); got != "one,two,one" {
		t.Errorf("the file has %s", got)
	}
	if fi, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && fi.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", fi, err)
	}
}
