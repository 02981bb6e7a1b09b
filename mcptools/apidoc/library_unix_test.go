//go:build unix

package apidoc

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestLibraryFIFO checks that a FIFO without a writer does not make a call wait.
func TestLibraryFIFO(t *testing.T) {
	l, dir := newLibrary(t)
	noError(t, syscall.Mkfifo(filepath.Join(dir, "files", "fifo"), 0o600))
	if _, err := l.Text("fifo"); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("got %v", err)
	}
}
