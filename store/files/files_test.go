package files

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestErrorsWithoutPath checks that an error of the system loses its path, which the caller's message
// names, also if it is wrapped, and that other errors stay as they are.
func TestErrorsWithoutPath(t *testing.T) {
	_, err := os.Open(filepath.Join(t.TempDir(), "missing"))
	var system *os.PathError
	if !errors.As(err, &system) {
		t.Fatal(err)
	}
	other := errors.New("other")
	for _, tt := range []struct{ err, want error }{
		{err, system.Err}, {fmt.Errorf("open: %w", err), system.Err}, {other, other}, {nil, nil},
	} {
		if got := WithoutPath(tt.err); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.err, got, tt.want)
		}
	}
}

// TestMissingFolder checks what is done where nothing is.
func TestMissingFolder(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	if n, err := Size(missing); n != 0 || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("size: %d, %v", n, err)
	}
	if runtime.GOOS != "windows" {
		if err := SyncFolder(missing); !errors.Is(err, os.ErrNotExist) || err.Error() != WithoutPath(err).Error() {
			t.Errorf("sync: %v", err)
		}
	}
	if err := SyncFolder(t.TempDir()); err != nil {
		t.Errorf("sync of a folder: %v", err)
	}
	DropCopies(filepath.Join(missing, "flows.db"))
	if _, err := os.Stat(missing); err == nil {
		t.Error("the folder was made")
	}
}
