//go:build unix

package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestRunKeepsStore names a store as the file of the document. The command is not run.
func TestRunKeepsStore(t *testing.T) {
	dir := t.TempDir()
	shapesCapture(t, dir, map[string]string{})
	ran := filepath.Join(dir, "ran")
	var errs bytes.Buffer
	status := run(t.Context(), []string{"run", "--ca-dir", filepath.Join(dir, "ca"), "--db", filepath.Join(dir, "other.db"),
		"--overwrite", "-o", filepath.Join(dir, "s.db"), "--", "touch", ran}, nil, io.Discard, &errs)
	if status != exitFailed || !strings.Contains(errs.String(), "its flows would be lost") {
		t.Errorf("status %d, %s", status, errs.String())
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the command was run, and its document has no place")
	}
}

// TestInterruptWaitsForWriteFile checks that an interrupted command waits for a file, of which half
// is written.
func TestInterruptWaitsForWriteFile(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	p, done := new(program), make(chan error, 1)
	go func() { done <- p.writeFile(t.Context(), pipe, 0o600, make([]byte, 4<<20)) }() // more than a pipe holds
	r, err := os.Open(pipe)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if p.writing.TryLock() {
		t.Error("the end of the command does not wait")
	}
	if n, err := io.Copy(io.Discard, r); n != 4<<20 || err != nil {
		t.Error(n, err)
	}
	if err := <-done; err != nil || !p.writing.TryLock() {
		t.Errorf("%v, or the lock stays", err)
	}
}
