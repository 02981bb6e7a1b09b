package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// connectSSE connects a client of protocol 2024-11-05.
func connectSSE(t *testing.T, url string, header map[string]string) *client.Client {
	t.Helper()
	tr, err := transport.NewSSE(url, transport.WithHeaders(header))
	if err != nil {
		t.Fatal(err)
	}
	c := client.NewClient(tr, client.WithProtocolVersion("2024-11-05"))
	t.Cleanup(func() { c.Close() })
	if err := c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Initialize(context.Background(), mcp.InitializeRequest{}); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestServeSSE serves two documents to clients of both transports at once. Each caller has its own
// credential, and a call that changes something is held until its second call.
func TestServeSSE(t *testing.T) {
	srv, keys := keyed(t)
	dir := t.TempDir()
	spec := writeSpec(t, dir, "shop.yaml", srv.URL)
	text, err := os.ReadFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte("    get:"), []byte("    delete: {operationId: deleteThing, responses: {\"200\": {description: ok}}}\n    get:"), 1)
	if err := os.WriteFile(spec, text, 0o600); err != nil {
		t.Fatal(err)
	}
	lines := served(t, "--http", "127.0.0.1:0", "--sse", "--caller-auth", "--allow-private",
		"--mount", "/shop="+spec+","+srv.URL, "--mount", "/bank="+spec+","+srv.URL)
	_, token, _ := strings.Cut(lines[len(lines)-1], "printed once: ")
	var old []string
	for _, l := range lines {
		if _, u, ok := strings.Cut(l, "of the old transport at "); ok {
			old = append(old, u)
		}
	}
	if len(old) != 2 || !strings.HasSuffix(old[0], "/bank/mcp/sse") || len(urlsOf(lines)) != 2 {
		t.Fatalf("printed %q", lines)
	}
	if resp, err := http.Get(old[0]); err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %v, %v", resp, err)
	}
	header := func(key string) map[string]string {
		return map[string]string{"Authorization": "Bearer " + token, "X-API-Key": key}
	}
	for _, x := range []struct {
		c   *client.Client
		key string
	}{
		{connectSSE(t, old[0], header("key-of-alice")), "key-of-alice"},
		{connectSSE(t, old[1], header("key-of-bob")), "key-of-bob"},
		{connectHTTP(t, urlsOf(lines)[0], header("key-of-carol")), "key-of-carol"},
		{connectSSE(t, old[0], header("")), ""},
	} {
		callTool(t, x.c, "getThing", map[string]any{"id": "1"})
		if got := <-keys; got != x.key {
			t.Errorf("the API got the key %q of a caller with %q", got, x.key)
		}
	}
	c := connectSSE(t, old[0], header("key-of-dora"))
	if out := callTool(t, c, "deleteThing", map[string]any{"id": "1"}); out["type"] != "confirmation_request" {
		t.Errorf("%v", out)
	}
	// Another session cannot confirm for this one.
	other := connectSSE(t, old[0], header("key-of-dora"))
	if out := callTool(t, other, "deleteThing", map[string]any{"id": "1", "__confirmed": true}); out["type"] != "confirmation_request" {
		t.Errorf("confirmed in another session: %v", out)
	}
	if len(keys) != 0 {
		t.Error("something was sent before the confirmation")
	}
	if out := callTool(t, c, "deleteThing", map[string]any{"id": "1", "__confirmed": true}); out["type"] != "api_response" {
		t.Errorf("%v", out)
	}
}
