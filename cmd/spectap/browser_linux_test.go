package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spectap/spectap/desktop/browser"
)

// shop is a site over HTTPS whose page calls its own API, and another one over plain HTTP at a
// loopback address. done is closed when the page has the answers.
type shop struct {
	site, plain *httptest.Server
	upstreamCA  string
	done        chan struct{}
}

func newShop(t *testing.T) *shop {
	s := &shop{done: make(chan struct{})}
	var once sync.Once
	s.plain = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"stock":7}`)
	}))
	t.Cleanup(s.plain.Close)
	s.site, s.upstreamCA = upstreamServer(t)
	api := s.site.Config.Handler
	s.site.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			fmt.Fprintf(w, `<!doctype html><link rel="icon" href="data:,"><script type="module">
const a = await (await fetch("/api/items")).json(), b = await (await fetch("%s/stock")).json()
await fetch("/api/seen" + a.path + "/" + b.stock)</script>`, s.plain.URL)
		case "/api/seen/api/items/7":
			once.Do(func() { close(s.done) })
			fallthrough
		default:
			api.ServeHTTP(w, r)
		}
	})
	return s
}

// TestBrowser drives real browsers: the traffic of a page over HTTPS and with a loopback address is
// recorded, no request of the browser's own is, and after an interrupt neither the profile nor a
// process is left.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, tt := range []struct {
		name, browser string
		signal        syscall.Signal
		alone         bool // without the tool of NSS
	}{
		{"Chromium, interrupt", "chromium", syscall.SIGINT, false},
		{"Chromium, SIGTERM", "chromium", syscall.SIGTERM, false},
		{"Chromium, SIGHUP", "chromium", syscall.SIGHUP, false},
		{"Firefox", "firefox", syscall.SIGINT, false},
		{"Firefox without certutil", "firefox", syscall.SIGTERM, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path, err := browser.Find(tt.browser)
			if err != nil {
				t.Skip(err)
			}
			env := os.Environ()
			if tt.alone {
				env = append(env, "PATH="+pathWithout(t, "certutil"))
			}
			testBrowser(t, path, tt.signal, env)
		})
	}
}

// pathWithout returns a folder with the programs in PATH but one.
func pathWithout(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		entries, err := os.ReadDir(folder)
		if err != nil {
			continue // PATH may name folders that do not exist
		}
		for _, e := range entries {
			if e.Name() != name {
				os.Symlink(filepath.Join(folder, e.Name()), filepath.Join(dir, e.Name())) // the first one counts
			}
		}
	}
	return dir
}

func testBrowser(t *testing.T, path string, s syscall.Signal, env []string) {
	shop, dir := newShop(t), t.TempDir()
	temp, db, out := filepath.Join(dir, "tmp"), filepath.Join(dir, "flows.db"), filepath.Join(dir, "api.yaml")
	noError(t, os.Mkdir(temp, 0o700))
	c := browserCommand(t, dir, "--browser", path, "--upstream-ca", shop.upstreamCA, "--db", db, "--tag", "checkout", "-o", out, "--headless", shop.site.URL+"/")
	var stderr bytes.Buffer
	c.Stderr, c.Env = &stderr, append(env, "TMPDIR="+temp, "HOME="+dir)
	noError(t, c.Start())
	timer := time.AfterFunc(3*time.Minute, func() { c.Process.Kill() })
	defer timer.Stop()
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case <-shop.done:
		c.Process.Signal(s)
		if err := <-ended; err != nil {
			t.Errorf("%v; stderr %s", err, stderr.String())
		}
	case err := <-ended:
		t.Fatalf("the browser ended before the page was loaded: %v; stderr %s", err, stderr.String())
	}
	checkShopFlows(t, db, shop, stderr.String())
	if doc, err := os.ReadFile(out); err != nil || !bytes.Contains(doc, []byte("operationId: getItems")) {
		t.Errorf("%v\n%s\n%s", err, doc, stderr.String())
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left in the folder for temporary files: %v %v", left, err)
	}
	if p := processWith(temp); p != "" {
		t.Errorf("a process is left: %s", p)
	}
}

// browserCommand returns `spectap browser` as a process.
func browserCommand(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	exe := must(os.Executable())
	link := filepath.Join(dir, "spectap")
	noError(t, os.Symlink(exe, link))
	return exec.Command(link, append([]string{"browser", "--ca-dir", filepath.Join(dir, "ca")}, args...)...)
}

func checkShopFlows(t *testing.T, db string, s *shop, stderr string) {
	t.Helper()
	var stdout, complaint bytes.Buffer
	if status := run(context.Background(), []string{"flows", "ls", "--json", "--db", db, "--session", "last", "tag:checkout"}, nil, &stdout, &complaint); status != 0 {
		t.Fatal(complaint.String())
	}
	want := map[string]bool{s.site.URL + "/": true, s.site.URL + "/api/items": true, s.plain.URL + "/stock": true, s.site.URL + "/api/seen/api/items/7": true}
	for line := range strings.Lines(stdout.String()) {
		var f struct{ Scheme, Host, Path string }
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err, line)
		}
		url := f.Scheme + "://" + f.Host + f.Path
		if !want[url] {
			t.Errorf("recorded, but not a request of the page: %s", line)
		}
		delete(want, url)
	}
	for url := range want {
		t.Errorf("not recorded: %s; stderr %s", url, stderr)
	}
	for _, lost := range []string{"passed through", "handshakes failed"} {
		if strings.Contains(stderr, lost) {
			t.Errorf("stderr: %s", stderr)
		}
	}
}

// processWith returns the command line of a process that has a text, or "".
func processWith(text string) string {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		if line, err := os.ReadFile(file); err == nil && bytes.Contains(line, []byte(text)) {
			return string(bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
		}
	}
	return ""
}

// TestBrowserEnds checks that a browser that ends by itself ends the session, with its messages and
// status 1 if it failed, and that its remaining processes are killed.
func TestBrowserEnds(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		want         int
		text         string
	}{
		{"closed", "sleep 600 & exit 0", 0, "0 flows, in "},
		{"failed", "echo no usable sandbox >&2; exit 5", 1, "exit status 5\nno usable sandbox"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("TMPDIR", dir)
			program := filepath.Join(dir, "browser-script")
			noError(t, os.WriteFile(program, []byte("#!/bin/sh\n"+tt.script+"\n"), 0o700))
			var stdout, stderr bytes.Buffer
			status := run(t.Context(), []string{"browser", "--headless", "--browser", program, "--db", filepath.Join(dir, "flows.db"), "--ca-dir", filepath.Join(dir, "ca")},
				nil, &stdout, &stderr)
			if status != tt.want || !strings.Contains(stderr.String(), tt.text) || !strings.Contains(stderr.String(), "no traffic was captured") {
				t.Errorf("status %d, stderr %s", status, stderr.String())
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "spectap-browser-*")); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}
