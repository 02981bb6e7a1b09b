package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/store"
)

// desktopBrowser makes xdg-open a program that writes the address which it is given to a pipe, and
// returns what reads it.
func desktopBrowser(t *testing.T) (opened func() string) {
	t.Helper()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "opened")
	noError(t, syscall.Mkfifo(pipe, 0o600))
	script := "#!/bin/sh\nprintf '%s' \"$*\" >" + pipe + "\n"
	noError(t, os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o700))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	t.Setenv("DISPLAY", ":0")
	return func() string {
		data := readFile(t, pipe)
		return string(data)
	}
}

// TestPageOpens checks that the page opens in the browser of the desktop, with the link that lets
// it in, that only this link is let in, and that the store is free again when the page has ended.
func TestPageOpens(t *testing.T) {
	opened := desktopBrowser(t)
	db := storeOf(t)
	ctx, cancel := context.WithCancel(t.Context())
	out, stdout := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"ui", "--db", db}, strings.NewReader(""), stdout, t.Output())
		stdout.Close()
	}()
	lines := bufio.NewScanner(out)
	lines.Scan()
	page, ok := strings.CutPrefix(lines.Text(), "page at ")
	if !ok {
		t.Fatalf("the first line is %q", lines.Text())
	}
	go io.Copy(io.Discard, out)
	base, _, _ := strings.Cut(page, "?")
	base, _, _ = strings.Cut(base, "#")
	link := opened()
	if !strings.HasPrefix(link, "http://127.0.0.1:") || strings.Contains(link, " ") || !strings.HasPrefix(link, base) {
		t.Errorf("opened %q of the page at %q", link, page)
	}
	resp := must(http.Get(link))
	if resp.Body.Close(); resp.StatusCode != http.StatusOK {
		t.Errorf("the link that was opened gets %s", resp.Status)
	}
	cancel()
	if status := <-ended; status != cli.ExitFine {
		t.Errorf("ended with status %d", status)
	}
	st := must(store.Open(db, store.Options{}))
	st.Close()
}
