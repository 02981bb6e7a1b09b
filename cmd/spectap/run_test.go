package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// needCurl skips a test without curl, except in CI.
func needCurl(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("curl is missing")
		}
		t.Skip("curl is not installed")
	}
}

// TestRunCommand checks that the traffic of a command becomes documents: that of the largest host
// in the named file, the others beside it.
func TestRunCommand(t *testing.T) {
	needCurl(t)
	many, upstreamCA := upstreamServer(t)
	few := httptest.NewServer(many.Config.Handler)
	defer few.Close()
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(few.URL, "http://"))
	fewHost := "few.localhost:" + port
	dir := t.TempDir()
	out, db := filepath.Join(dir, "api.yaml"), filepath.Join(dir, "run.db")
	script := fmt.Sprintf("curl -sS %[1]s/users %[1]s/orders http://%[2]s/only %[1]s/skipped && exit 7", many.URL, fewHost)
	var stdout, stderr bytes.Buffer
	status := run(context.Background(), []string{
		"run", "--ca-dir", filepath.Join(dir, "ca"), "--upstream-ca", upstreamCA, "--skip", "path:/skipped", "--db", db, "-o", out,
		"--", "sh", "-c", script,
	}, nil, &stdout, &stderr)
	if status != 7 {
		t.Errorf("exit status %d, not the command's; stderr %s", status, stderr.String())
	}
	if got := stdout.String(); got != `{"path":"/users"}{"path":"/orders"}{"path":"/only"}{"path":"/skipped"}` {
		t.Errorf("the command printed %q", got)
	}
	if doc, err := os.ReadFile(out); err != nil || strings.Contains(string(doc), "/skipped") ||
		!strings.Contains(stderr.String(), "1 request skipped") {
		t.Errorf("--skip: %v, stderr %s\n%s", err, stderr.String(), doc)
	}
	for file, path := range map[string]string{out: "/orders:", cli.HostFile(out, fewHost): "/only:"} {
		doc, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(doc), path) {
			t.Errorf("%s: %v\n%s", file, err, doc)
		}
		if !strings.Contains(stderr.String(), file+": ") {
			t.Errorf("stderr does not list %s: %s", file, stderr.String())
		}
	}
	if !strings.Contains(stderr.String(), "session 1, ") || !strings.Contains(stderr.String(), db) {
		t.Errorf("stderr does not name the store: %s", stderr.String())
	}
}

// TestRunSaysWhy checks that a session without a document prints the reason and a hint.
func TestRunSaysWhy(t *testing.T) {
	needCurl(t)
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	defer untrusted.Close()
	host := strings.TrimPrefix(untrusted.URL, "https://")
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	dir := t.TempDir()
	t.Chdir(dir)
	noError(t, os.WriteFile("made.yaml", []byte("a: 1\n"), 0o600))
	for _, tt := range []struct {
		name       string
		args       []string
		want, none string
	}{
		{"untrusted upstream", []string{"curl", "-s", untrusted.URL}, host + ": 1 flow and no operation, so no document: 1 no answer came back\n" +
			"spectap: " + host + ": the upstream's certificate does not verify: it is signed by an unknown authority\n" +
			"try: --upstream-ca FILE, the CA that signed it, or --insecure-upstream " + host + "\n", ""},
		{"not found", []string{"curl", "-s", plain.URL + "/x"}, ": 1 flow and no operation, so no document: 1 only ever answered 404 or 410\n", "try:"},
		{"nothing", []string{"sh", "-c", "exit 3"}, "no request came to the proxy before the command ended with status 3. ", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			run(t.Context(), append([]string{"run", "--db", "flows.db", "--ca-dir", "ca", "-o", "x.yaml", "--"}, tt.args...), nil, &stdout, &stderr)
			if s := stderr.String(); !strings.Contains(s, tt.want) || tt.none != "" && strings.Contains(s, tt.none) {
				t.Errorf("%s\nwant %s", s, tt.want)
			}
		})
	}
}

// TestRunForwardsSignals checks that a signal is passed to the command, which may handle it, and
// that the document is written afterwards.
func TestRunForwardsSignals(t *testing.T) {
	dir := t.TempDir()
	c := exec.Command(linkToSelf(t, dir), "run", "--db", dir+"/flows.db", "--ca-dir", dir+"/ca", "-o", dir+"/x.yaml", "--", "sh", "-c",
		`trap 'echo caught; exit 9' TERM; echo ready; while :; do sleep 0.1; done`)
	out := must(c.StdoutPipe())
	noError(t, c.Start())
	timer := time.AfterFunc(time.Minute, func() { c.Process.Kill() })
	defer timer.Stop()
	lines := bufio.NewScanner(out)
	lines.Scan()
	c.Process.Signal(syscall.SIGTERM)
	lines.Scan()
	if lines.Text() != "caught" {
		t.Errorf("the command printed %q", lines.Text())
	}
	c.Wait()
	if got := c.ProcessState.ExitCode(); got != 9 {
		t.Errorf("exit status %d", got)
	}
}

// linkToSelf makes a link to the test in a folder, by which it runs as spectap.
func linkToSelf(t *testing.T, dir string) string {
	t.Helper()
	exe := must(os.Executable())
	link := filepath.Join(dir, "spectap")
	if err := os.Symlink(exe, link); err != nil {
		t.Skip(err)
	}
	return link
}

// echoHost starts an API that answers with JSON, and returns its authority as the proxy reaches it.
// seen, unless nil, gets each request.
func echoHost(t *testing.T, seen func(*http.Request)) string {
	t.Helper()
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seen != nil {
			seen(r)
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"path":%q}`, r.URL.Path)
	}))
	t.Cleanup(up.Close)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(up.URL, "http://"))
	return "api.localhost:" + port
}

// TestRunInto checks that --into adds the operations of the document's host alone.
func TestRunInto(t *testing.T) {
	needCurl(t)
	own, other := echoHost(t, nil), echoHost(t, nil)
	dir := t.TempDir()
	doc := filepath.Join(dir, "api.yaml")
	before := "openapi: 3.1.0\ninfo: {title: By hand, version: 1.0.0}\nservers: [{url: 'http://" + own + "'}]\npaths: {}\n"
	noError(t, os.WriteFile(doc, []byte(before), 0o600))
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), []string{
		"run", "--ca-dir", filepath.Join(dir, "ca"), "--db", filepath.Join(dir, "flows.db"), "--into", doc, "--", "curl", "-sS",
		"http://" + own + "/users", "http://" + other + "/a", "http://" + other + "/b",
	}, nil, &stdout, &stderr)
	text, err := os.ReadFile(doc)
	if status != 0 || err != nil || !bytes.Contains(text, []byte("/users:")) || !bytes.Contains(text, []byte("By hand")) || bytes.Contains(text, []byte("/b:")) {
		t.Errorf("status %d, %v, stderr %s\n%s", status, err, stderr.String(), text)
	}
	if want := other + ": not added: 2 operations; "; !strings.Contains(stderr.String(), want) {
		t.Errorf("stderr lacks %q: %s", want, stderr.String())
	}
}

// TestRunTogether checks that runs which share a store keep their traffic apart, and that the flows
// of a run are stored although the run that owned the store ends before it.
func TestRunTogether(t *testing.T) {
	needCurl(t)
	begun, joined, firstEnded := make(chan struct{}), make(chan struct{}), make(chan struct{})
	host := echoHost(t, func(r *http.Request) {
		switch r.URL.Path {
		case "/a/1":
			close(begun)
		case "/a/2":
			<-joined
		case "/b/1":
			close(joined)
		case "/b/2":
			<-firstEnded
		}
	})
	dir := t.TempDir()
	db := filepath.Join(dir, "flows.db")
	start := func(name string, paths ...string) (wait func() string) {
		args := []string{"run", "--db", db, "--ca-dir", filepath.Join(dir, "ca"), "-o", filepath.Join(dir, name+".yaml"), "--", "curl", "-sS"}
		for _, path := range paths {
			args = append(args, "http://"+host+path)
		}
		done := make(chan string, 1)
		go func() {
			var stdout, stderr bytes.Buffer
			status := run(context.Background(), args, nil, &stdout, &stderr)
			done <- fmt.Sprintf("status %d\n%s", status, stderr.String())
		}()
		return func() string { return <-done }
	}
	a := start("a", "/a/1", "/a/2")
	<-begun
	b := start("b", "/b/1", "/b/2", "/b/3")
	if got := a(); !strings.HasPrefix(got, "status 0") || !strings.Contains(got, "session 1, 2 flows") {
		t.Error(got)
	}
	close(firstEnded)
	if got := b(); !strings.HasPrefix(got, "status 0") || !strings.Contains(got, "session 2, 3 flows") {
		t.Error(got)
	}
	for session, want := range map[string]string{"1": "2", "2": "3", "last": "3"} {
		var stdout, stderr bytes.Buffer
		if run(t.Context(), []string{"flows", "ls", "--db", db, "--count", "--session", session}, nil, &stdout, &stderr); strings.TrimSpace(stdout.String()) != want {
			t.Errorf("session %s has %s flows, want %s; %s", session, stdout.String(), want, stderr.String())
		}
	}
}
