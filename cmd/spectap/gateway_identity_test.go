package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/pin"
)

// identityGateway calls the tool of a server behind a gateway, and returns the answer at once.
func identityGateway(t *testing.T, args ...string) string {
	t.Helper()
	stdin, in := io.Pipe()
	out, stdout := io.Pipe()
	ended := make(chan struct{})
	go func() {
		run(t.Context(), append([]string{"gateway"}, args...), stdin, stdout, io.Discard)
		stdout.Close()
		close(ended)
	}()
	c := client.NewClient(transport.NewIO(out, in, io.NopCloser(strings.NewReader(""))))
	defer func() {
		c.Close()
		<-ended
	}()
	noError(t, c.Start(t.Context()))
	must(c.Initialize(t.Context(), mcp.InitializeRequest{}))
	list := must(c.ListTools(t.Context(), mcp.ListToolsRequest{}))
	name := "getX"
	for _, tool := range list.Tools {
		if strings.HasSuffix(tool.Name, "getX") { // with the prefix of the server
			name = tool.Name
		}
	}
	r, err := c.CallTool(t.Context(), mcp.CallToolRequest{Params: mcp.CallToolParams{Name: name}})
	return fmt.Sprint(r, err)
}

// A person's approval for one server is valid only for that server: not for another with the same
// tools in its place, nor for one under the same label of a configuration.
func TestConsentIsForOneServer(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		noError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	held, policy := filepath.Join(dir, "approvals.json"), file("policy.yaml", "version: 1\ntools: {getX: {require_approval: true}}\n")
	api := "openapi: 3.0.3\ninfo: {title: X, version: '1'}\nservers: [{url: 'http://127.0.0.1:9'}]\npaths: {/x: {get: {operationId: getX, responses: {'200': {description: ok}}}}}\n"
	one, other := file("one.yaml", api), file("other.yaml", api)
	config := func(api string) string {
		return file("servers.yaml", "servers: {shop: {command: [spectap, serve, "+api+"], policy: policy.yaml}}\n")
	}
	alone := func(api string) []string {
		return []string{"--policy", policy, "--approvals", held, "--approval-wait", "1ms", "--", "spectap", "serve", api}
	}
	labelled := func(api string) []string {
		return []string{"--approvals", held, "--approval-wait", "1ms", "--config", config(api)}
	}
	withSecret := func(api string) []string {
		return []string{"--policy", policy, "--approvals", held, "--approval-wait", "1ms", "--", "sh", "-c", `exec spectap serve "$0"`, one, "--password", filepath.Base(api)}
	}
	for name, gateway := range map[string]func(api string) []string{"alone": alone, "labelled": labelled, "other secret": withSecret} {
		t.Run(name, func(t *testing.T) {
			os.Remove(held)
			waits := func(api string) approval.Held {
				t.Helper()
				if got := identityGateway(t, gateway(api)...); !strings.Contains(got, "APPROVAL PENDING") {
					t.Fatalf("the call is not held: %s", got)
				}
				b := must(approval.Open(held))
				all := must(b.List(time.Now()))
				return all[len(all)-1]
			}
			h := waits(one)
			if shown := command(t, "approvals", "show", "--approvals", held, h.ID); !strings.Contains(shown, one) || strings.Contains(shown, "--password one") {
				t.Errorf("the person does not see the server:\n%s", shown)
			}
			command(t, "approvals", "allow", "--approvals", held, h.ID, "--times", "10", "--any-arguments", "--yes")
			if h := waits(other); !strings.Contains(h.Server, other) && len(h.Credentials) == 0 {
				t.Errorf("the call of the other server is held for %s", h.Server)
			}
			for range 2 { // the call and the rule
				if got := identityGateway(t, gateway(one)...); strings.Contains(got, "APPROVAL PENDING") {
					t.Errorf("what was approved is held: %s", got)
				}
			}
		})
	}
	t.Run("pins", func(t *testing.T) {
		pins, open := filepath.Join(dir, "pins.json"), file("open.yaml", "version: 1\ndefault: allow\n")
		gateway := func(api string) string {
			return identityGateway(t, "--policy", open, "--pins", pins, "--", "spectap", "serve", api)
		}
		if got := gateway(one); strings.Contains(got, "unknown tool") || strings.Contains(got, "DENIED") {
			t.Fatalf("the first list is not accepted: %s", got)
		}
		if got := gateway(other); !strings.Contains(got, "POLICY DENIED") {
			t.Errorf("the pins of one server let another one be called: %s", got)
		}
		b := must(pin.OpenBook(pins))
		all := must(b.Entries())
		for _, e := range all {
			if isOther := strings.Contains(e.Server, other); isOther != (e.Status() == pin.New) {
				t.Errorf("%s is %s", e.Ref(), e.Status())
			} else if isOther {
				command(t, "pins", "accept", "--pins", pins, e.Ref()+"@"+e.Waiting.Hash)
			}
		}
		for _, api := range []string{one, other} {
			if got := gateway(api); strings.Contains(got, "unknown tool") || strings.Contains(got, "DENIED") {
				t.Errorf("what a person has accepted is refused: %s", got)
			}
		}
	})
}
