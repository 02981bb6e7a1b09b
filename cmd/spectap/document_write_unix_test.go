//go:build unix

package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// TestRunKeepsStore names a store as the file of the document. The command is not run.
func TestRunKeepsStore(t *testing.T) {
	dir := t.TempDir()
	shapesCapture(t, dir, map[string]string{})
	ran := filepath.Join(dir, "ran")
	var errs bytes.Buffer
	status := run(t.Context(), []string{"run", "--ca-dir", filepath.Join(dir, "ca"), "--db", filepath.Join(dir, "other.db"),
		"--overwrite", "-o", filepath.Join(dir, "s.db"), "--", "touch", ran}, nil, io.Discard, &errs)
	if status != cli.ExitFailed || !strings.Contains(errs.String(), "its flows would be lost") {
		t.Errorf("status %d, %s", status, errs.String())
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the command was run, and its document has no place")
	}
}

// TestRunInterruptedWhileWriting interrupts run after its command has ended, while it waits to
// write the document. It ends, keeps the session, and prints the command that writes the document.
func TestRunInterruptedWhileWriting(t *testing.T) {
	needCurl(t)
	dir := t.TempDir()
	pipe, db := filepath.Join(dir, "api.yaml"), filepath.Join(dir, "flows.db")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	link := linkToSelf(t, dir)
	c := exec.Command(link, "run", "--db", db, "--ca-dir", filepath.Join(dir, "ca"), "-o", pipe, "--", "curl", "-sS", "http://"+echoHost(t, nil)+"/users")
	errs := must(c.StderrPipe())
	noError(t, c.Start())
	timer := time.AfterFunc(time.Minute, func() { c.Process.Kill() })
	defer timer.Stop()
	var got strings.Builder
	for lines := bufio.NewScanner(errs); lines.Scan(); { // until it ends
		got.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "session 1, ") { // the command has ended
			c.Process.Signal(syscall.SIGINT)
		}
	}
	c.Wait()
	if status := c.ProcessState.ExitCode(); status != cli.ExitSignal+int(syscall.SIGINT) || !strings.Contains(got.String(), "interrupted before all documents") ||
		!strings.Contains(got.String(), "spectap export --db "+db+" --session last") {
		t.Errorf("exit status %d, %s", status, got.String())
	}
	var out bytes.Buffer
	if status := run(t.Context(), []string{"export", "--db", db, "--session", "last"}, nil, &out, io.Discard); status != 0 || !strings.Contains(out.String(), "/users:") {
		t.Errorf("the session was not kept: %d, %s", status, out.String())
	}
}
