package audit

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// TestRefusedFileIsClosed checks that a file which is no audit stays open no longer than it is
// looked at: a process that tries again and again would run out of descriptors.
func TestRefusedFileIsClosed(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection closes files that nothing refers to
	dir := t.TempDir()
	for name, content := range map[string]string{"junk": "junk\n", "record": "{}\n", "long": strings.Repeat("x", 3*maxLine)} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, 0); err == nil {
			t.Errorf("%s was opened", name)
		}
		descriptors, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		for _, d := range descriptors {
			if to, _ := os.Readlink("/proc/self/fd/" + d.Name()); strings.HasPrefix(to, dir) {
				t.Errorf("%s: %s is still open", name, to)
			}
		}
	}
}
