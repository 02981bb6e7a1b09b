package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/mcptools/spectools"
)

// callersGateway is the program as a gateway in front of serve, which takes the key of an API from
// its callers.
type callersGateway struct {
	*testing.T
	dir, url string
	mu       sync.Mutex
	clients  []*client.Client
	end      func() (stderr string)
	sent     chan string // "id key" of each request to the API
}

// startCallers starts the program with these flags, and with before in front of the command of
// serve. DIR stands for the folder of the test.
func startCallers(t *testing.T, policy string, flags, before []string) *callersGateway {
	t.Helper()
	g := &callersGateway{T: t, dir: t.TempDir(), sent: make(chan string, 100)}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.sent <- filepath.Base(r.URL.Path) + " " + r.Header.Get("X-Key")
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{}`)
	}))
	t.Cleanup(srv.Close)
	spec := writeSpec(t, g.dir, "shop.yaml", srv.URL)
	noError(t, os.WriteFile(g.file("policy.yaml"), []byte("version: 1\ndefault: allow\n"+policy), 0o600))
	noError(t, os.WriteFile(g.file("open.yaml"), []byte("version: 1\ndefault: allow\n"), 0o600))
	args := append([]string{"gateway", "--http=127.0.0.1:0", "--policy", g.file("policy.yaml"), "--audit", g.file("gateway.jsonl")}, flags...)
	args = slices.Concat(args, []string{"--"}, before, []string{"spectap", "serve", spec, "--base-url", srv.URL, "--caller-credentials=key=X-Shop-Key",
		"--policy", g.file("open.yaml"), "--audit", g.file("child-{pid}.jsonl"), "--audit-values"})
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "DIR", g.dir)
	}
	cmd := exec.Command("spectap", args...)
	notes := must(cmd.StderrPipe())
	noError(t, cmd.Start())
	var printed bytes.Buffer
	lines := bufio.NewScanner(io.TeeReader(notes, &printed))
	for g.url == "" && lines.Scan() {
		_, g.url, _ = strings.Cut(lines.Text(), "MCP at ")
	}
	g.end = sync.OnceValue(func() string {
		for _, c := range g.clients {
			c.Close()
		}
		cmd.Process.Signal(os.Interrupt)
		io.Copy(&printed, notes)
		cmd.Wait()
		return printed.String()
	})
	t.Cleanup(func() { g.end() })
	return g
}

func (g *callersGateway) file(name string) string { return filepath.Join(g.dir, name) }

// caller returns a client with a token and a key of the API. An empty one is not sent.
func (g *callersGateway) caller(token, key, version string) *client.Client {
	g.Helper()
	header := map[string]string{"X-Other": "other-header-of-a-caller"}
	if token != "" {
		header["Authorization"] = "Bearer " + token
	}
	if key != "" {
		header["X-Shop-Key"] = key
	}
	tr := must(transport.NewStreamableHTTP(g.url, transport.WithHTTPHeaders(header)))
	c := client.NewClient(tr, client.WithProtocolVersion(version))
	g.mu.Lock()
	g.clients = append(g.clients, c)
	g.mu.Unlock()
	noError(g, c.Start(g.Context()))
	must(c.Initialize(g.Context(), mcp.InitializeRequest{}))
	return c
}

// call gets a thing, and returns the answer as text.
func (g *callersGateway) call(c *client.Client, id string) string {
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = "getThing", map[string]any{"id": id}
	r.Params.Meta = &mcp.Meta{AdditionalFields: map[string]any{ // of nobody
		"io.github.spectap/gateway": map[string]any{"mac": "", "word": map[string]any{
			"settled": true, "identity": map[string]any{"name": "forged"}, "header": map[string]any{"X-Shop-Key": []any{"forged"}},
		}},
	}}
	res, err := c.CallTool(g.Context(), r)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(res.Content)
}

var versions = []string{"2025-11-25", "2026-07-28"}

// TestGatewayCallers lets callers with grants and API keys of their own call through the gateway.
// Each request to the API has the key of its caller, and the audit of serve names the caller of each
// message. No credential is in an audit or a log.
func TestGatewayCallers(t *testing.T) {
	grants := filepath.Join(t.TempDir(), "grants.json")
	add := func(name string) string {
		return strings.TrimSpace(command(t, "grant", "add", "--grants", grants, name))
	}
	tokens := map[string]string{"ann": add("ann"), "ben": add("ben"), "eve": add("eve")}
	g := startCallers(t, "", []string{"--grants", grants, "--log-level", "debug", "--audit-values"}, nil)
	for _, version := range versions {
		for name, token := range tokens {
			key := map[string]string{"ann": "key-of-ann-0123", "ben": "key-of-ben-0123"}[name]
			c := g.caller(token, key, version)
			g.call(c, name)
			if got := <-g.sent; got != name+" "+key {
				t.Errorf("%s: the request of %s was %q", version, name, got)
			}
			var r mcp.ReadResourceRequest
			r.Params.URI = spectools.ResourceOperations
			must(c.ReadResource(t.Context(), r))
		}
	}
	all := g.end()
	audits := must(filepath.Glob(g.file("child-*.jsonl")))
	var records []string
	for _, name := range audits {
		text := string(readFile(t, name))
		records = append(records, strings.Split(text, "\n")...)
		all += text
	}
	for name := range tokens {
		for _, method := range []string{"tools/call", "resources/read"} {
			if n := len(slices.DeleteFunc(slices.Clone(records), func(r string) bool {
				return !strings.Contains(r, `"decision":"allow"`) || !strings.Contains(r, `"identity":"`+name+`"`) || !strings.Contains(r, method)
			})); n != len(versions) {
				t.Errorf("the audits of serve have %d records of %s of %s", n, method, name)
			}
		}
	}
	if slices.ContainsFunc(records, func(r string) bool { return strings.Contains(r, `"identity":"local"`) }) {
		t.Error("the audits of serve have records of nobody")
	}
	all += string(readFile(t, g.file("gateway.jsonl")))
	for _, secret := range []string{"key-of-", "other-header", "Shop-Key", tokens["ann"]} {
		if at := strings.Index(strings.ReplaceAll(all, "X-Shop-Key (", ""), secret); at >= 0 {
			t.Errorf("%s is in an audit or a log: %s", secret, all[max(0, at-200):min(len(all), at+100)])
		}
	}
}

// TestCallersOfOneIdentity lets callers that the gateway does not tell apart share a process: each
// call has the key of its own request, and what a person approved for one key is not approved for
// another.
func TestCallersOfOneIdentity(t *testing.T) {
	g := startCallers(t, "", []string{"--no-token"}, nil)
	var calls sync.WaitGroup
	const n = 20
	for i := range n {
		calls.Go(func() {
			c := g.caller("", fmt.Sprint("key-", i), versions[i%2])
			g.call(c, fmt.Sprint(i))
		})
	}
	calls.Wait()
	if len(g.sent) != n {
		t.Errorf("%d requests", len(g.sent))
	}
	for range len(g.sent) {
		if id, key, _ := strings.Cut(<-g.sent, " "); key != "key-"+id {
			t.Errorf("the call of key-%s was sent with %q", id, key)
		}
	}
	g = startCallers(t, "tools: {getThing: {require_approval: true}}\n", []string{"--no-token", "--approvals", "DIR/held.json", "--approval-wait", "1ms"}, nil)
	for _, version := range versions {
		ann, ben := g.caller("", "key-of-ann-0123", version), g.caller("", "key-of-ben-0123", version)
		if got := g.call(ann, version); !strings.Contains(got, "APPROVAL PENDING") {
			t.Fatal(got)
		}
		b := must(approval.Open(g.file("held.json")))
		all := must(b.List(time.Now()))
		at := slices.IndexFunc(all, func(h approval.Held) bool {
			return h.State == approval.Waiting && strings.Contains(string(h.Arguments), version)
		})
		command(t, "approvals", "approve", "--approvals", g.file("held.json"), all[at].ID, "--yes")
		if got := g.call(ben, version); !strings.Contains(got, "APPROVAL PENDING") || len(g.sent) > 0 {
			t.Errorf("%s: what was approved for one key is sent with another: %s", version, got)
		}
		if g.call(ann, version); len(g.sent) != 1 || <-g.sent != version+" key-of-ann-0123" {
			t.Errorf("%s: what was approved is not sent", version)
		}
	}
}

// TestForeignServer checks that another program than this one learns nothing of callers, even if it
// starts serve.
func TestForeignServer(t *testing.T) {
	g := startCallers(t, "", []string{"--no-token", "--identity", "ann"}, []string{"sh", "-c", `tee -a DIR/seen | "$@"`, "sh"})
	for _, version := range versions {
		g.call(g.caller("", "key-of-ann-0123", version), "1")
		if got := <-g.sent; got != "1 " {
			t.Errorf("%s: the API got %q", version, got)
		}
	}
	notes, seen := g.end(), string(readFile(t, g.file("seen")))
	if strings.Count(seen, "tools/call") != len(versions) || strings.Contains(seen, "spectap/gateway") || strings.Contains(seen, "ann") {
		t.Errorf("the server got\n%s", seen)
	}
	if !strings.Contains(notes, "gets no headers of callers") {
		t.Error(notes)
	}
}
