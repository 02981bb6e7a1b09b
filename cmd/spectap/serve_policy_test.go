package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
)

// TestServePolicyHTTP enforces a policy over both HTTP transports and in both eras of the protocol.
// Clients learn that it changed, and a policy with errors changes nothing.
func TestServePolicyHTTP(t *testing.T) {
	srv, keys := keyed(t)
	dir := t.TempDir()
	spec := writeSpec(t, dir, "shop.yaml", srv.URL)
	file := filepath.Join(dir, "policy.yaml")
	write := func(text string) {
		t.Helper()
		noError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	write(`{version: 1, tools: {info: {}, getThing: {action: deny, reason: closed}}}`)
	t.Setenv("API_KEY", "configured-key")
	lines := served(t, spec, "--base-url", srv.URL, "--http", "127.0.0.1:0", "--sse", "--policy", file, "--audit", filepath.Join(dir, "audit"))
	_, token, _ := strings.Cut(lines[len(lines)-1], "printed once: ")
	header := map[string]string{"Authorization": "Bearer " + token}
	urls := urlsOf(lines)
	clients := map[string]*client.Client{
		"2026-07-28": connectHTTP(t, urls[0], header),
		"2025-11-25": connectHTTP(t, urls[0], header, client.WithProtocolVersion(mcp.LATEST_LEGACY_PROTOCOL_VERSION)),
		"HTTP+SSE":   connectSSE(t, urls[0]+"/sse", header),
	}
	listed := func(c *client.Client) string {
		t.Helper()
		list := must(c.ListTools(t.Context(), mcp.ListToolsRequest{}))
		var names []string
		for _, tool := range list.Tools {
			names = append(names, tool.Name)
		}
		slices.Sort(names)
		return strings.Join(names, " ")
	}
	changed := make(chan string, 10)
	clients["HTTP+SSE"].OnNotification(func(n mcp.JSONRPCNotification) { changed <- n.Method })
	for name, c := range clients {
		if got := listed(c); got != "getThing info" {
			t.Errorf("%s: lists %s", name, got)
		}
		var r mcp.CallToolRequest
		r.Params.Name, r.Params.Arguments = "getThing", map[string]any{"id": "1"}
		res, err := c.CallTool(t.Context(), r)
		meta, _ := json.Marshal(res.Meta)
		if err != nil || !res.IsError || !strings.Contains(string(meta), `"rule":"/tools/getThing"`) {
			t.Errorf("%s: %+v, %v", name, res, err)
		}
	}
	write(`{version: 1, tolls: {}}`)
	write(`{version: 1, tools: {info: {}, describe: {}, getThing: {}}}`)
	select {
	case method := <-changed:
		if method != mcp.MethodNotificationToolsListChanged {
			t.Errorf("notified of %s", method)
		}
	case <-time.After(time.Minute):
		t.Fatal("the changed policy was not put in force")
	}
	for name, c := range clients {
		if got := listed(c); got != "describe getThing info" {
			t.Errorf("%s: lists %s", name, got)
		}
		callTool(t, c, "getThing", map[string]any{"id": "1"})
		if key := <-keys; key != "configured-key" {
			t.Errorf("%s: the API got the key %q", name, key)
		}
	}
}
