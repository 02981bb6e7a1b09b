package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// running is a running `spectap proxy`.
type running struct {
	t      *testing.T
	client *http.Client
	stop   func()
	stderr *guarded
}

// guarded is a buffer for concurrent reads and writes.
type guarded struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (g *guarded) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.b.Write(p)
}

func (g *guarded) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.b.String()
}

// runProxy runs `spectap proxy` for a store until stop.
func runProxy(t *testing.T, db, caDir, upstreamCA string) *running {
	t.Helper()
	ctx, interrupt := context.WithCancel(context.Background())
	out, stdout := io.Pipe()
	r := &running{t: t, stderr: &guarded{}}
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, []string{"proxy", "--db", db, "--ca-dir", caDir, "--listen", "127.0.0.1:0", "--upstream-ca", upstreamCA}, nil, stdout, r.stderr)
		stdout.Close()
	}()
	lines := bufio.NewScanner(out)
	lines.Scan()
	addr, ok := strings.CutPrefix(lines.Text(), "listening on ")
	if !ok {
		interrupt()
		t.Fatalf("first line %q, stderr %s", lines.Text(), r.stderr)
	}
	ca := readFile(t, filepath.Join(caDir, "ca.pem"))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	tr := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: addr}), TLSClientConfig: &tls.Config{RootCAs: pool}}
	r.client = &http.Client{Transport: tr}
	var once sync.Once
	r.stop = func() {
		once.Do(func() {
			tr.CloseIdleConnections()
			interrupt()
			if lines.Scan() {
				t.Errorf("second line %q", lines.Text())
			}
			if s := <-status; s != 0 {
				t.Errorf("proxy: exit status %d, stderr %s", s, r.stderr)
			}
		})
	}
	t.Cleanup(r.stop)
	return r
}

func (r *running) get(address string) (int, string) {
	r.t.Helper()
	resp := must(r.client.Get(address))
	defer resp.Body.Close()
	b := must(io.ReadAll(resp.Body))
	return resp.StatusCode, string(b)
}

// mcpAgent is a client of `spectap mcp` on stdio.
type mcpAgent struct {
	t      testing.TB
	in     io.WriteCloser
	out    *bufio.Scanner
	next   int
	end    func() // ends the server and waits for it
	stderr *guarded
}

func runAgent(t testing.TB, args ...string) *mcpAgent {
	t.Helper()
	stdin, in := io.Pipe()
	out, stdout := io.Pipe()
	stderr := new(guarded)
	status := make(chan int, 1)
	go func() {
		status <- run(context.Background(), append([]string{"mcp"}, args...), stdin, stdout, stderr)
		stdout.Close()
	}()
	a := &mcpAgent{t: t, in: in, out: bufio.NewScanner(out), stderr: stderr}
	a.out.Buffer(nil, 1<<20)
	a.end = sync.OnceFunc(func() {
		in.Close()
		go io.Copy(io.Discard, out)
		if s := <-status; s != 0 {
			t.Errorf("mcp: exit status %d, stderr %s", s, stderr)
		}
	})
	t.Cleanup(a.end)
	return a
}

// call calls a tool and returns its structured result.
func (a *mcpAgent) call(name string, args any) map[string]any {
	a.t.Helper()
	out, ok := a.request("tools/call", map[string]any{"name": name, "arguments": args})["structuredContent"].(map[string]any)
	if !ok {
		a.t.Fatalf("%s: no structured answer", name)
	}
	return out
}

// request sends a request and returns its result.
func (a *mcpAgent) request(method string, params any) map[string]any {
	a.t.Helper()
	a.next++
	a.send(map[string]any{"jsonrpc": "2.0", "id": a.next, "method": method, "params": params})
	for id := a.next; ; {
		if got, result := a.read(); got == id {
			if result == nil {
				a.t.Fatalf("%s: %s", method, a.out.Bytes())
			}
			return result
		}
	}
}

func (a *mcpAgent) send(message any) {
	a.t.Helper()
	b := must(json.Marshal(message))
	must(a.in.Write(append(b, '\n')))
}

// read reads one message, and returns the id and result of a response.
func (a *mcpAgent) read() (id int, result map[string]any) {
	a.t.Helper()
	if !a.out.Scan() {
		a.t.Fatalf("the server has ended: %v", a.out.Err())
	}
	var m struct {
		ID     int
		Result map[string]any
	}
	noError(a.t, json.Unmarshal(a.out.Bytes(), &m))
	return m.ID, m.Result
}

// echoServer returns each request in its response, as JSON.
func echoServer(t *testing.T) (s *httptest.Server, caFile string) {
	t.Helper()
	s = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"path":%q,"env":%q}`, r.URL.Path, r.Header.Get("X-Env"))
	}))
	t.Cleanup(s.Close)
	caFile = filepath.Join(t.TempDir(), "upstream.pem")
	noError(t, os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600))
	return s, caFile
}

// TestRulesReachTheProxy checks that the rules of an agent apply at once in the proxy that owns the
// store, and in later proxies.
func TestRulesReachTheProxy(t *testing.T) {
	up, upstreamCA := echoServer(t)
	dir, err := os.MkdirTemp("", "r") // short, since the path of a socket is limited
	noError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	db, caDir := filepath.Join(dir, "flows.db"), filepath.Join(dir, "ca")
	p := runProxy(t, db, caDir, upstreamCA)
	want := func(p *running, path string, status int, body string) {
		t.Helper()
		if s, b := p.get(up.URL + path); s != status || body != "" && b != body {
			t.Errorf("%s: %d %q, want %d %q", path, s, b, status, body)
		}
	}
	want(p, "/a", 200, `{"path":"/a","env":""}`)
	a := runAgent(t, "--db", db, "--allow", "rules,clear")
	a.call("set_global_header", map[string]any{"key": "X-Env", "value": "test"})
	want(p, "/b", 200, `{"path":"/b","env":"test"}`)
	a.call("add_interception_rule", map[string]any{"rule_id": "shout", "action_type": "replace_body", "url_pattern": "/c$", "search_pattern": `"env":"(\w+)"`, "value": `"env":"<\1>"`, "phase": "response"})
	a.call("add_interception_rule", map[string]any{"rule_id": "closed", "action_type": "block", "url_pattern": "/admin"})
	want(p, "/c", 200, `{"path":"/c","env":"<test>"}`)
	want(p, "/admin/x", 403, "")
	if got := a.call("list_rules", map[string]any{}); len(got["rules"].([]any)) != 3 {
		t.Errorf("got %v", got)
	}
	// Flows have what the client and the upstream sent.
	var shown bytes.Buffer
	if s := run(context.Background(), []string{"flows", "show", "--db", db, "3"}, nil, &shown, &shown); s != 0 || strings.Contains(strings.ToLower(shown.String()), "x-env: test") || !strings.Contains(shown.String(), `"env":"test"`) && !strings.Contains(shown.String(), `"env": "test"`) ||
		!strings.Contains(shown.String(), "a rule changed the header of this request, which is shown as the client sent it") ||
		!strings.Contains(shown.String(), "a rule changed the body of this response, which is shown as the upstream sent it") {
		t.Errorf("flow 3: %s", &shown)
	}
	// Deleting flows keeps the rules.
	a.call("clear_traffic", nil)
	if got := a.call("clear_traffic", map[string]any{"__confirmed": true}); got["deleted"] != 4.0 {
		t.Errorf("got %v", got)
	}
	want(p, "/d", 200, `{"path":"/d","env":"test"}`)
	p.stop()
	a.call("clear_traffic", map[string]any{})
	a.call("clear_traffic", map[string]any{"__confirmed": true})

	p = runProxy(t, db, caDir, upstreamCA)
	if !strings.Contains(p.stderr.String(), "3 rules of the store") {
		t.Errorf("stderr %s", p.stderr)
	}
	want(p, "/e", 200, `{"path":"/e","env":"test"}`)
	want(p, "/admin/x", 403, "")
	a.call("clear_rules", map[string]any{})
	want(p, "/f", 200, `{"path":"/f","env":"test"}`)
	if got := a.call("clear_rules", map[string]any{"__confirmed": true}); got["removed"] != 3.0 {
		t.Errorf("got %v", got)
	}
	want(p, "/g", 200, `{"path":"/g","env":""}`)
	want(p, "/admin/x", 200, "")
}
