package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// halfInFolder puts a checkpoint into a folder that has half of it, or something else, under its
// name: it is kept beside that, once.
func halfInFolder(t *testing.T, s Sink, folder string, c Checkpoint) {
	t.Helper()
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	line := c.line()
	for seq, text := range map[string][]byte{"000000000007": line[:len(line)/2], "000000000008": nil, "000000000009": line} {
		if err := os.WriteFile(filepath.Join(folder, seq+".json"), text, 0o400); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := errors.Join(s.Put(7, line), s.Put(8, line), s.Put(9, line)); err != nil {
			t.Fatal(err)
		}
	}
	for name, kept := range map[string]bool{"000000000007-1": true, "000000000007-2": false, "000000000008-1": true, "000000000009-1": false} {
		text, err := os.ReadFile(filepath.Join(folder, name+".json"))
		if kept != (string(text) == string(line)) || !kept && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s.json: %q, %v", name, text, err)
		}
	}
	for twin := range maxTwins {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("000000000010-%d.json", twin)), nil, 0o400); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "000000000010.json"), nil, 0o400); err != nil {
		t.Fatal(err)
	}
	says(t, "too many halves", s.Put(10, line), "have something else")
}
