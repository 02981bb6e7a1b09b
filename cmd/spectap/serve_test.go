package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/cmd/spectap/cli"
	servecli "github.com/spectap/spectap/cmd/spectap/cli/serve"
	"github.com/spectap/spectap/mcptools/spectools"
)

const servedYAML = `
openapi: 3.0.3
info: {title: Shop, version: "1"}
servers: [{url: "BASE"}]
security: [{key: []}]
paths:
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getThing, responses: {"200": {description: ok}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
`

// served runs the command until the test ends. It returns the lines of stderr up to the one about
// the token.
func served(t *testing.T, args ...string) []string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	done := make(chan int, 1)
	go func() { done <- run(ctx, append([]string{"serve"}, args...), strings.NewReader(""), io.Discard, w) }()
	t.Cleanup(func() {
		cancel()
		if status := <-done; status != 0 {
			t.Errorf("exit status %d", status)
		}
		w.Close()
	})
	var lines []string
	s := bufio.NewScanner(r)
	for s.Scan() {
		lines = append(lines, s.Text())
		if strings.Contains(s.Text(), "token") {
			break
		}
	}
	go io.Copy(io.Discard, r)
	return lines
}

// urlsOf returns the URLs that serve printed.
func urlsOf(lines []string) []string {
	var out []string
	for _, l := range lines {
		if _, u, ok := strings.Cut(l, "MCP at "); ok {
			out = append(out, u)
		}
	}
	return out
}

func connectHTTP(t *testing.T, url string, header map[string]string, opts ...client.ClientOption) *client.Client {
	t.Helper()
	tr := must(transport.NewStreamableHTTP(url, transport.WithHTTPHeaders(header)))
	c := client.NewClient(tr, opts...)
	t.Cleanup(func() { c.Close() })
	noError(t, c.Start(context.Background()))
	must(c.Initialize(context.Background(), mcp.InitializeRequest{}))
	return c
}

func callTool(t *testing.T, c *client.Client, name string, args map[string]any) map[string]any {
	t.Helper()
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = name, args
	res := must(c.CallTool(context.Background(), r))
	var out map[string]any
	noError(t, json.Unmarshal(res.RawStructuredContent, &out))
	return out
}

// keyed is an API that requires a key and returns the one it received.
func keyed(t *testing.T) (*httptest.Server, chan string) {
	t.Helper()
	keys := make(chan string, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys <- r.Header.Get("X-Key")
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"path":"`+r.URL.Path+`","token":"sk_live_0123456789abcdef"}`)
	}))
	t.Cleanup(srv.Close)
	return srv, keys
}

func writeSpec(t *testing.T, dir, name, base string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	noError(t, os.WriteFile(path, []byte(strings.ReplaceAll(servedYAML, "BASE", base)), 0o600))
	return path
}

// TestServeHTTPCallers checks that each caller has its own credential, and the log has none.
func TestServeHTTPCallers(t *testing.T) {
	t.Setenv("API_KEY", "configured-key")
	for _, tt := range []struct{ name, flag, header string }{
		{"header named by the person", "--caller-credentials=key=X-Shop-Key", "X-Shop-Key"},
		{"usual header", "--caller-auth", "X-API-Key"},
	} {
		t.Run(tt.name, func(t *testing.T) { testCallers(t, tt.flag, tt.header) })
	}
}

func testCallers(t *testing.T, flag, header string) {
	srv, keys := keyed(t)
	dir := t.TempDir()
	log := filepath.Join(dir, "calls.jsonl")
	lines := served(t, writeSpec(t, dir, "shop.yaml", srv.URL), "--base-url", srv.URL, "--http", "127.0.0.1:0",
		flag, "--log-file", log)
	urls := urlsOf(lines)
	_, token, ok := strings.Cut(lines[len(lines)-1], "printed once: ")
	if len(urls) != 1 || !ok {
		t.Fatalf("printed %q", lines)
	}
	for _, key := range []string{"key-of-alice", "key-of-bob", ""} {
		c := connectHTTP(t, urls[0], map[string]string{"Authorization": "Bearer " + token, header: key})
		if out := callTool(t, c, "getThing", map[string]any{"id": "1"}); out["type"] != "api_response" {
			t.Fatalf("%v", out)
		}
		if got := <-keys; got != key {
			t.Errorf("the API got the key %q of a caller with %q", got, key)
		}
	}
	data, err := os.ReadFile(log)
	if err != nil || strings.Count(string(data), "\n") != 3 {
		t.Fatalf("log %q, %v", data, err)
	}
	for _, secret := range []string{"key-of-alice", "configured-key", "sk_live_0123456789abcdef", token} {
		if strings.Contains(string(data), secret) {
			t.Errorf("the log has %s", secret)
		}
	}
}

// TestServeMountFiles checks that each mount uses its own credential file.
func TestServeMountFiles(t *testing.T) {
	shop, shopKeys := keyed(t)
	bank, bankKeys := keyed(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "key")
	noError(t, os.WriteFile(file, []byte("of-shop\n"), 0o600))
	urls := urlsOf(served(t, "--http", "127.0.0.1:0", "--no-token", "--allow-private", "--credential-file", "/shop/key="+file, "--caller-credentials", "/bank/key=X-Bank-Key",
		"--mount", "/shop="+writeSpec(t, dir, "shop.yaml", shop.URL), "--mount", "/bank="+writeSpec(t, dir, "bank.yaml", bank.URL)))
	for i, x := range []struct {
		keys chan string
		want string
	}{{bankKeys, "of-caller"}, {shopKeys, "of-shop"}} {
		c := connectHTTP(t, urls[i], map[string]string{"X-Bank-Key": "of-caller"})
		callTool(t, c, "getThing", map[string]any{"id": "1"})
		if got := <-x.keys; got != x.want {
			t.Errorf("%s got the key %q", urls[i], got)
		}
	}
}

// rewrite replaces text in a file.
func rewrite(t *testing.T, path, old, new string) {
	t.Helper()
	data := readFile(t, path)
	noError(t, os.WriteFile(path, []byte(strings.ReplaceAll(string(data), old, new)), 0o600))
}

// untilListed lists tools until one has that name.
func untilListed(t *testing.T, c *client.Client, name string) {
	t.Helper()
	for start := time.Now(); time.Since(start) < time.Minute; { // each list is a round trip
		list := must(c.ListTools(t.Context(), mcp.ListToolsRequest{}))
		if slices.ContainsFunc(list.Tools, func(tool mcp.Tool) bool { return tool.Name == name }) {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), cli.WatchInterval/20)
		<-ctx.Done()
		cancel()
	}
	t.Fatalf("%s was not listed", name)
}

// TestServeReach checks which names of the server and which web pages flags let in.
func TestServeReach(t *testing.T) {
	spec := writeSpec(t, t.TempDir(), "shop.yaml", "http://127.0.0.1:1")
	url := urlsOf(served(t, spec, "--base-url", "http://127.0.0.1:1", "--http", "127.0.0.1:0", "--no-token",
		"--allow-host", "tap.example", "--allow-origin", "https://inspector.example"))[0]
	for _, x := range []struct {
		host, origin string
		want         int
	}{
		{"tap.example", "https://inspector.example", 200}, {"other.example", "https://inspector.example", 403}, {"tap.example", "https://other.example", 403},
	} {
		req := must(http.NewRequest("POST", url, strings.NewReader(helloMCP)))
		req.Host = x.host
		req.Header.Set("Origin", x.origin)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "application/json, text/event-stream")
		resp := must(http.DefaultClient.Do(req))
		if resp.Body.Close(); resp.StatusCode != x.want || (resp.Header.Get("Access-Control-Allow-Origin") == x.origin) != (x.want == 200) {
			t.Errorf("%+v: %s %q", x, resp.Status, resp.Header)
		}
	}
}

// TestServeWatch checks that changed documents are reloaded and clients are notified.
func TestServeWatch(t *testing.T) {
	dir := t.TempDir()
	shop, bank := writeSpec(t, dir, "shop.yaml", "http://127.0.0.1:1"), writeSpec(t, dir, "bank.yaml", "http://127.0.0.1:1")
	urls := urlsOf(served(t, "--mount", "/shop="+shop, "--mount", "/bank="+bank, "--http", "127.0.0.1:0", "--no-token", "--watch"))
	for i, spec := range []string{bank, shop} {
		c := connectHTTP(t, urls[i], nil, client.WithProtocolVersion(mcp.LATEST_LEGACY_PROTOCOL_VERSION))
		rewrite(t, spec, "getThing", "fetchThing")
		untilListed(t, c, "fetchThing")
	}
}

// TestServeWatchOrigin checks that a document with another origin is not served: credentials were
// given for the old origin.
func TestServeWatchOrigin(t *testing.T) {
	t.Setenv("SPECTAP_AUTH_KEY", "of-shop")
	spec := writeSpec(t, t.TempDir(), "shop.yaml", "https://shop.example.com/v1")
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, nil))
	s := &servecli.Serving{P: cli.New(nil, io.Discard, io.Discard), F: &servecli.Flags{}}
	first := must(s.ToolSet(t.Context(), servecli.Mount{Spec: spec}))
	w := &servecli.Watched{Mount: servecli.Mount{Spec: spec}, Server: spectools.NewServer(first, s.Server), Set: first}
	for _, x := range []struct {
		name, old, new string
		taken          bool
	}{
		{"another path", "/v1", "/v2", true},
		{"another origin", "shop.example.com", "evil.example", false},
		{"and back", "evil.example", "shop.example.com", true},
		{"a scheme by another name, of the same variable", "{key:", "{KEY:", true},
		{"another scheme", "https:", "http:", false},
		{"not a document", "openapi:", "nothing:", false},
	} {
		t.Run(x.name, func(t *testing.T) {
			rewrite(t, spec, x.old, x.new)
			before := w.Set
			said.Reset()
			s.Renew(t.Context(), w, log)
			if taken := w.Set != before; taken != x.taken || taken == strings.Contains(said.String(), "the old one stays") {
				t.Errorf("%s: taken %v, said %q", x.name, taken, said.String())
			}
		})
	}
}

// TestServeWatchCapture serves a capture and its later flows.
func TestServeWatchCapture(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"ok":true}`)
	}))
	defer api.Close()
	db := filepath.Join(t.TempDir(), "flows.db")
	capture := func(path string) {
		har := fmt.Sprintf(`{"log":{"version":"1.2","creator":{"name":"t","version":"1"},"entries":[{"startedDateTime":"2026-01-01T00:00:00Z","time":1,"cache":{},"timings":{"send":0,"wait":1,"receive":0},
			"request":{"method":"GET","url":%q,"httpVersion":"HTTP/1.1","headers":[],"queryString":[],"cookies":[],"headersSize":-1,"bodySize":0},
			"response":{"status":200,"statusText":"OK","httpVersion":"HTTP/1.1","headers":[{"name":"Content-Type","value":"application/json"}],"cookies":[],"content":{"size":11,"mimeType":"application/json","text":"{\"ok\":true}"},"redirectURL":"","headersSize":-1,"bodySize":11}}]}}`, api.URL+path)
		if status := run(t.Context(), []string{"import", "--db", db, "-"}, strings.NewReader(har), io.Discard, io.Discard); status != 0 {
			t.Fatalf("import: exit status %d", status)
		}
	}
	capture("/things")
	p := cli.New(nil, io.Discard, io.Discard)
	p.Global = cli.GlobalFlags{DB: db, LogLevel: "error", LogFormat: "text"}
	s := &servecli.Serving{P: p, F: &servecli.Flags{}}
	s.Options.Egress.AllowPrivate = true
	first := must(s.ToolSet(t.Context(), servecli.Mount{}))
	w := &servecli.Watched{Server: spectools.NewServer(first, s.Server), Set: first}
	before := s.StateOf(w.Mount)
	log := slog.New(slog.DiscardHandler)
	capture("/things")
	if s.Renew(t.Context(), w, log); w.Set != first {
		t.Error("more of the same made other tools")
	}
	capture("/orders")
	if s.StateOf(w.Mount) == before {
		t.Error("the capture did not change")
	}
	if s.Renew(t.Context(), w, log); len(w.Set.Operations()) != 2 {
		t.Errorf("operations %v", w.Set.Operations())
	}
}
