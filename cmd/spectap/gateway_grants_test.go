package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/store"
)

// command runs a command and returns what it printed on stdout.
func command(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if status := run(t.Context(), args, strings.NewReader(""), &out, &errs); status != 0 {
		t.Fatalf("%v: exit status %d: %s", args, status, &errs)
	}
	return out.String()
}

// grantGateway serves spectap mcp behind a gateway with grants. It returns the URL.
func grantGateway(t *testing.T, grants string) string {
	t.Helper()
	return demoGateway(t, "version: 1\ntools: {list_hosts: {}, search_traffic: {}}\n", "--grants", grants)
}

// demoGateway serves spectap mcp behind a gateway with a policy and more flags. It returns the URL.
// Both are in this process: a child of the gateway would be a process for each session.
func demoGateway(t *testing.T, text string, more ...string) string {
	t.Helper()
	dir := t.TempDir()
	db, policy, secret := filepath.Join(dir, "flows.db"), filepath.Join(dir, "policy.yaml"), filepath.Join(dir, "token")
	st := openStore(t, db, store.Options{Create: true})
	noError(t, st.Close())
	upstream, token := serveGateway(t, "mcp", "--db", db, "--http=127.0.0.1:0")
	noError(t, errors.Join(os.WriteFile(policy, []byte(text), 0o600), os.WriteFile(secret, []byte(token), 0o600)))
	return startGateway(t, append([]string{"--policy", policy, "--upstream", upstream, "--upstream-token-file", secret}, more...))
}

// gatewayTo serves a gateway in front of a server by URL that allows everything. It returns the
// URL.
func gatewayTo(t *testing.T, upstream string, more ...string) string {
	t.Helper()
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	noError(t, os.WriteFile(policy, []byte("version: 1\ndefault: allow\n"), 0o600))
	return startGateway(t, append([]string{"--policy", policy, "--upstream", upstream}, more...))
}

// startGateway serves a gateway over HTTP and returns its URL.
func startGateway(t *testing.T, args []string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"gateway", "--http=127.0.0.1:0"}, args...), strings.NewReader(""), io.Discard, w)
		w.Close()
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	for s := bufio.NewScanner(r); s.Scan(); {
		if _, url, ok := strings.Cut(s.Text(), "MCP at "); ok {
			go io.Copy(io.Discard, r)
			return url
		}
	}
	t.Fatal("the gateway prints no URL")
	return ""
}

// connect returns a client that holds a token.
func connect(t *testing.T, url, token, version string) (*client.Client, error) {
	t.Helper()
	tr, err := transport.NewStreamableHTTP(url, transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + token}))
	noError(t, err)
	c := client.NewClient(tr, client.WithProtocolVersion(version))
	t.Cleanup(func() { c.Close() })
	noError(t, c.Start(t.Context()))
	_, err = c.Initialize(t.Context(), mcp.InitializeRequest{})
	return c, err
}

func toolNames(t *testing.T, c *client.Client) string {
	t.Helper()
	list := must(c.ListTools(t.Context(), mcp.ListToolsRequest{}))
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	return strings.Join(names, " ")
}

func TestGatewayGrants(t *testing.T) {
	dir := t.TempDir()
	grants, own := filepath.Join(dir, "grants.json"), filepath.Join(dir, "own.yaml")
	noError(t, os.WriteFile(own, []byte("version: 1\ntools: {get_traffic_summary: {}}\n"), 0o600))
	add := func(name string, more ...string) string {
		return strings.TrimSpace(command(t, append([]string{"grant", "add", "--grants", grants, name}, more...)...))
	}
	all, some, other := add("all"), add("some", "--tools", "list_*"), add("other", "--policy", own)
	url := grantGateway(t, grants)
	for _, version := range []string{"2025-11-25", "2026-07-28"} {
		for token, want := range map[string]string{all: "list_hosts search_traffic", some: "list_hosts", other: "get_traffic_summary"} {
			c := must(connect(t, url, token, version))
			if got := toolNames(t, c); got != want {
				t.Errorf("%s: the tools are %q, want %q", version, got, want)
			}
		}
		c, _ := connect(t, url, some, version)
		if r, err := c.CallTool(t.Context(), mcp.CallToolRequest{Params: mcp.CallToolParams{Name: "search_traffic"}}); err == nil {
			t.Errorf("%s: a tool outside the grant: %v", version, r)
		}
	}
	for _, wrong := range []string{"", "spectap_", all[:len(all)-1], all + "x"} {
		if _, err := connect(t, url, wrong, "2025-11-25"); err == nil {
			t.Errorf("a token of %d characters is accepted", len(wrong))
		}
	}
	data, err := os.ReadFile(grants)
	if err != nil || strings.Contains(string(data), strings.TrimPrefix(all, "spectap_")) {
		t.Error("the file has a token", err)
	}
}

// A stream that is open ends when its grant does, and the session cannot be used by another grant.
func TestRevokedGrant(t *testing.T) {
	grants := filepath.Join(t.TempDir(), "grants.json")
	token := strings.TrimSpace(command(t, "grant", "add", "--grants", grants, "a"))
	second := strings.TrimSpace(command(t, "grant", "add", "--grants", grants, "b"))
	url := grantGateway(t, grants)
	send := func(method, token, session, body string) *http.Response {
		t.Helper()
		req := must(http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body)))
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "application/json, text/event-stream")
		if session != "" {
			req.Header.Set("Mcp-Session-Id", session)
		}
		resp := must(http.DefaultClient.Do(req))
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}`
	const ping = `{"jsonrpc":"2.0","id":2,"method":"ping"}`
	first := send("POST", token, "", hello)
	io.Copy(io.Discard, first.Body)
	session := first.Header.Get("Mcp-Session-Id")
	if first.StatusCode != 200 || session == "" {
		t.Fatal(first.Status)
	}
	if r := send("POST", second, session, ping); r.StatusCode != http.StatusNotFound {
		t.Errorf("the session of another grant: %s", r.Status)
	}
	stream := send("GET", token, session, "")
	if stream.StatusCode != 200 {
		t.Fatal(stream.Status)
	}
	ended := make(chan time.Time, 1)
	go func() {
		io.Copy(io.Discard, stream.Body)
		ended <- time.Now()
	}()
	command(t, "grant", "revoke", "--grants", grants, "a")
	<-ended // the limit of the test bounds the wait
	if r := send("POST", token, session, ping); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("a revoked token: %s", r.Status)
	}
	rotated := strings.TrimSpace(command(t, "grant", "rotate", "--grants", grants, "b"))
	if r := send("POST", second, "", hello); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("a token that was replaced: %s", r.Status)
	}
	if r := send("POST", rotated, "", hello); r.StatusCode != 200 {
		t.Errorf("the new token: %s", r.Status)
	}
}

func TestGrantOnStdio(t *testing.T) {
	dir := t.TempDir()
	grants, policy := filepath.Join(dir, "grants.json"), filepath.Join(dir, "policy.yaml")
	noError(t, os.WriteFile(policy, []byte("version: 1\n"), 0o600))
	command(t, "grant", "add", "--grants", grants, "a")
	args := func(name string) []string {
		return []string{"gateway", "--policy", policy, "--grants", grants, "--grant", name, "--", "cat"}
	}
	var errs bytes.Buffer
	if status := run(t.Context(), args("nobody"), strings.NewReader(""), io.Discard, &errs); status == 0 || !strings.Contains(errs.String(), "no such grant") {
		t.Fatalf("%d: %s", status, &errs)
	}
	command(t, "grant", "add", "--grants", grants, "elsewhere", "--server", "https://mcp.example.com/mcp")
	errs.Reset()
	if status := run(t.Context(), args("elsewhere"), strings.NewReader(""), io.Discard, &errs); status == 0 || !strings.Contains(errs.String(), "is for https://mcp.example.com/mcp") {
		t.Fatalf("a grant for another server: %d: %s", status, &errs)
	}
	in, w := io.Pipe() // stays open
	defer w.Close()
	done := make(chan string, 1)
	go func() {
		var errs bytes.Buffer
		run(context.Background(), args("a"), in, io.Discard, &errs)
		done <- errs.String()
	}()
	command(t, "grant", "revoke", "--grants", grants, "a")
	if text := <-done; !strings.Contains(text, "grant") {
		t.Fatalf("it ended with %q", text)
	}
}
