//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// TestImportInterrupted interrupts an import after it has created its store.
func TestImportInterrupted(t *testing.T) {
	dir := t.TempDir()
	har, db := filepath.Join(dir, "large.har"), filepath.Join(dir, "flows.db")
	f := must(os.Create(har))
	w := bufio.NewWriter(f)
	fmt.Fprint(w, `{"log":{"entries":[`)
	for i := range 200_000 {
		fmt.Fprintf(w, `{"startedDateTime":"2026-01-02T03:04:05Z","time":1,"request":{"method":"GET","url":"https://example.com/things/%d"},"response":{"status":200}},`, i)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil { // the end is missing, so that it cannot succeed
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	c := exec.CommandContext(t.Context(), "spectap", "import", "--db", db, har)
	c.Stderr = &stderr
	noError(t, c.Start())
	for {
		if st, err := os.Stat(db); err == nil && st.Size() > 1<<20 { // flows are in it
			break
		}
		time.Sleep(time.Millisecond) // nothing announces them
	}
	noError(t, c.Process.Signal(syscall.SIGTERM))
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != cli.ExitSignal+int(syscall.SIGTERM) {
		t.Errorf("import ended with %v, want status 143", err)
	}
	for _, want := range []string{"spectap: nothing was imported\n", "spectap: interrupted\n"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("stderr has no %q: %s", want, stderr.String())
		}
	}
	if _, err := os.Stat(db); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty store is left: %v", err)
	}
}
