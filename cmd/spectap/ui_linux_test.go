package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/spectap/spectap/store"
)

// desktopBrowser makes xdg-open a program that writes the address which it is given to a pipe, and
// returns what reads it.
func desktopBrowser(t *testing.T) (opened func() string) {
	t.Helper()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "opened")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\nprintf '%s' \"$*\" >" + pipe + "\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	t.Setenv("DISPLAY", ":0")
	return func() string {
		data, err := os.ReadFile(pipe)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
}

// TestPageOpens checks that the page opens in the browser of the desktop, with the link that lets it
// in, that only this link is let in, and that the store is free again when the page has ended.
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
	resp, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body.Close(); resp.StatusCode != http.StatusOK {
		t.Errorf("the link that was opened gets %s", resp.Status)
	}
	cancel()
	if status := <-ended; status != exitFine {
		t.Errorf("ended with status %d", status)
	}
	st, err := store.Open(db, store.Options{})
	if err != nil {
		t.Fatalf("after the page: %v", err)
	}
	st.Close()
}

// TestPageCannotStart checks that a page that has no port ends with an error and opens no browser.
func TestPageCannotStart(t *testing.T) {
	desktopBrowser(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir, db := t.TempDir(), storeOf(t)
	broken := filepath.Join(dir, "broken")
	if err := os.WriteFile(broken, []byte("a: [b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"--listen 127.0.0.1:0, which selects a free port": {"--listen", l.Addr().String()},
		"no such file":                     {"--document", filepath.Join(dir, "none.yaml")},
		"--audit-key needs --audit":        {"--audit-key", "audit.pub"},
		"--approval-key needs --approvals": {"--approval-key", broken},
		"--upstream-ca":                    {"--upstream-ca", broken},
		"read the key " + broken:           {"--audit", "audit.jsonl", "--audit-key", broken},
		"the approval key in " + broken:    {"--approvals", "approvals.json", "--approval-key", broken},
		"must be a loopback address without a tunnel such as ssh -L": {"--listen", "0.0.0.0:0"},
	} {
		status, out, errs := runHere(append([]string{"ui", "--db", db}, args...)...)
		if status == exitFine || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%v: status %d, want %q: %s%s", args, status, want, out, errs)
		}
	}
}

// TestDocumentOfPage checks that the page compares with the file of --document as it is when it
// looks.
func TestDocumentOfPage(t *testing.T) {
	p := newProgram(nil, io.Discard, io.Discard)
	if g := p.given(""); g != nil {
		t.Errorf("without --document: %+v", g)
	}
	path := filepath.Join(t.TempDir(), "api.yaml")
	g := p.given(path)
	if g == nil || g.Path != path {
		t.Fatalf("%+v, want one of %s", g, path)
	}
	if err := os.WriteFile(path, []byte("openapi: 3.1.0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := g.Read(); err != nil || string(data) != "openapi: 3.1.0\n" {
		t.Errorf("%q, %v", data, err)
	}
}

// TestPageOfRun checks that the page of a run stays until a person interrupts it, after the command
// has ended and the document was written.
func TestPageOfRun(t *testing.T) {
	needCurl(t)
	t.Chdir(t.TempDir())
	host := echoHost(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	said := make(logged, 1000)
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"run", "--ui", "--no-open", "--db", "flows.db", "--ca-dir", "ca", "--", "curl", "-sS", "http://" + host + "/users"}, nil, io.Discard, said)
	}()
	all := ""
	for !strings.Contains(all, "the page stays until you interrupt this\n") {
		select {
		case s := <-said:
			all += s
		case status := <-ended:
			t.Fatalf("ended with %d: %s", status, all)
		}
	}
	_, rest, _ := strings.Cut(all, "page at ")
	link, _, _ := strings.Cut(rest, "\n")
	if _, err := os.Stat("openapi.yaml"); err != nil {
		t.Error(err)
	}
	resp, err := http.Get(link)
	if err != nil {
		t.Fatalf("the page: %v in %s", err, all)
	}
	resp.Body.Close()
	cancel()
	if status := <-ended; status != exitFine {
		t.Errorf("status %d: %s", status, all)
	}
}
