package certs

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/spectap/spectap/internal/filelimittest"
	"github.com/spectap/spectap/internal/test/must"
)

// TestFullDisk checks that a file that cannot be written whole leaves the old one as it is, and
// nothing beside it.
func TestFullDisk(t *testing.T) {
	if !filelimittest.Alone(t) {
		return
	}
	dir := t.TempDir()
	old, other := filepath.Join(dir, "old"), filepath.Join(dir, "other")
	must.Do(t, os.WriteFile(old, []byte("old"), 0o600))
	reset := filelimittest.Set(t, 8)
	replaced, created := writeFile(old, make([]byte, 100), 0o600, os.Rename), writeFile(other, make([]byte, 100), 0o600, os.Link)
	reset()
	for what, err := range map[string]error{"replaced": replaced, "created": created} {
		if !errors.Is(err, syscall.EFBIG) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if data, err := os.ReadFile(old); string(data) != "old" || err != nil {
		t.Errorf("the old file has %q, %v", data, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
