//go:build unix

package cli

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestInterruptWaitsForWriteFile checks that an interrupted command waits for a file, of which half
// is written.
func TestInterruptWaitsForWriteFile(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	must.Do(t, syscall.Mkfifo(pipe, 0o600))
	p, done := new(Program), make(chan error, 1)
	go func() { done <- p.WriteFile(t.Context(), pipe, 0o600, make([]byte, 4<<20)) }() // more than a pipe holds
	r := must.Get(os.Open(pipe))
	defer r.Close()
	if p.Writing.TryLock() {
		t.Error("the end of the command does not wait")
	}
	if n, err := io.Copy(io.Discard, r); n != 4<<20 || err != nil {
		t.Error(n, err)
	}
	if err := <-done; err != nil || !p.Writing.TryLock() {
		t.Errorf("%v, or the lock stays", err)
	}
}
