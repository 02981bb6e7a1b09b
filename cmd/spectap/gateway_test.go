package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/cmd/spectap/cli/gateway"
	"github.com/spectap/spectap/store"
)

// gatewayPolicy allows one tool of spectap mcp.
const gatewayPolicy = "version: 1\ntools: {list_hosts: {}}\n"

// serveGateway runs a command that serves MCP over HTTP until the test ends. It returns its URL and
// its token.
func serveGateway(t *testing.T, args ...string) (url, token string) {
	t.Helper()
	url, token, _ = serveMeasured(t, args...)
	return url, token
}

// serveMeasured is serveGateway for a command with metrics, whose URL it returns.
func serveMeasured(t *testing.T, args ...string) (url, token, metrics string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, args, strings.NewReader(""), io.Discard, w)
		w.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if status := <-done; status != 0 {
			t.Errorf("%v: exit status %d", args, status)
		}
	})
	for s := bufio.NewScanner(r); s.Scan(); {
		if _, after, ok := strings.Cut(s.Text(), "MCP at "); ok {
			url = after
		}
		if _, after, ok := strings.Cut(s.Text(), "metrics at "); ok {
			metrics = after
		}
		if url != "" && slices.Contains(args, "--grants") { // there is no token that all clients send
			go io.Copy(io.Discard, r)
			return url, "", metrics
		}
		if _, after, ok := strings.Cut(s.Text(), "printed once: "); ok {
			go io.Copy(io.Discard, r)
			return url, after, metrics
		}
	}
	t.Fatalf("%v prints no token", args)
	return "", "", ""
}

// TestGatewayPairs puts the gateway between each kind of client and each kind of server, and uses
// both eras of the protocol.
func TestGatewayPairs(t *testing.T) {
	dir := t.TempDir()
	db, policy := filepath.Join(dir, "flows.db"), filepath.Join(dir, "policy.yaml")
	st := openStore(t, db, store.Options{Create: true})
	must(st.Append(t.Context(), testFlow("/v1/things/1")))
	noError(t, errors.Join(st.Close(), os.WriteFile(policy, []byte(gatewayPolicy), 0o600)))
	const address = "--http=127.0.0.1:0"
	upstream, token := serveGateway(t, "mcp", "--db", db, address)
	t.Setenv(gateway.UpstreamVariable, token)
	for name, server := range map[string][]string{"a child": {"--", "spectap", "mcp", "--db", db}, "a URL": {"--upstream", upstream}} {
		front, frontToken := serveGateway(t, append([]string{"gateway", "--policy", policy, address}, server...)...)
		for _, version := range []string{"2025-11-25", "2026-07-28"} {
			t.Run("stdio to "+name+", "+version, func(t *testing.T) {
				tr := transport.NewStdio("spectap", os.Environ(), append([]string{"gateway", "--policy", policy}, server...)...)
				checkGateway(t, client.NewClient(tr, client.WithProtocolVersion(version)), version)
			})
			t.Run("HTTP to "+name+", "+version, func(t *testing.T) {
				tr, err := transport.NewStreamableHTTP(front, transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + frontToken}))
				noError(t, err)
				checkGateway(t, client.NewClient(tr, client.WithProtocolVersion(version)), version)
			})
		}
	}
}

// checkGateway calls a tool that the policy allows, and one that it does not.
func checkGateway(t *testing.T, c *client.Client, version string) {
	t.Helper()
	defer c.Close()
	noError(t, c.Start(t.Context()))
	hello := must(c.Initialize(t.Context(), mcp.InitializeRequest{}))
	if hello.ProtocolVersion != version {
		t.Errorf("the revision is %s, want %s", hello.ProtocolVersion, version)
	}
	list, err := c.ListTools(t.Context(), mcp.ListToolsRequest{})
	if err != nil || len(list.Tools) != 1 || list.Tools[0].Name != "list_hosts" {
		t.Errorf("the list: %v, %v", list, err)
	}
	call := func(name string) (*mcp.CallToolResult, error) {
		return c.CallTool(t.Context(), mcp.CallToolRequest{Params: mcp.CallToolParams{Name: name}})
	}
	if r, err := call("list_hosts"); err != nil || r.IsError || !strings.Contains(fmt.Sprint(r.Content), "a.example") {
		t.Errorf("the allowed tool: %v, %v", r, err)
	}
	if r, err := call("clear_flows"); err == nil {
		t.Errorf("the hidden tool: %v", r)
	}
}
