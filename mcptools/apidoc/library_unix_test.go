//go:build unix

package apidoc

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestLibraryFIFO checks that a FIFO without a writer does not make a call wait.
func TestLibraryFIFO(t *testing.T) {
	l, dir := newLibrary(t)
	must.Do(t, syscall.Mkfifo(filepath.Join(dir, "files", "fifo"), 0o600))
	if _, err := l.Text("fifo"); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("got %v", err)
	}
}
