package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	gatewaycli "github.com/spectap/spectap/cmd/spectap/cli/gateway"
	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/store"
)

// statusSockets puts the sockets of gateways into a folder of the test, which sees no others. Their
// paths must be short.
func statusSockets(t *testing.T) (dir string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("modes and signals")
	}
	dir = must(os.MkdirTemp("/tmp", "g"))
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Setenv("SPECTAP_SOCKET_DIR", dir)
	return dir
}

// gatewayStatusOf returns the status of the gateway of a policy, or nil if none runs. The text is
// that of all gateways.
func gatewayStatusOf(t *testing.T, policy string) (*gatewaycli.Status, string) {
	t.Helper()
	var out, notes bytes.Buffer
	if status := run(t.Context(), []string{"gateway", "status", "--json"}, strings.NewReader(""), &out, &notes); status != 0 {
		t.Fatalf("gateway status: exit status %d: %s", status, notes.String())
	}
	var all []gatewaycli.Status
	noError(t, json.Unmarshal(out.Bytes(), &all))
	for i := range all {
		if all[i].Servers[0].Policy.File == policy {
			return &all[i], out.String()
		}
	}
	return nil, out.String()
}

// untilGateway asks for the status until it is as wanted, or the test ends.
func untilGateway(t *testing.T, policy, what string, wanted func(*gatewaycli.Status) bool) *gatewaycli.Status {
	t.Helper()
	for {
		s, text := gatewayStatusOf(t, policy)
		if s != nil && wanted(s) {
			return s
		}
		if deadline, ok := t.Deadline(); t.Context().Err() != nil || ok && time.Until(deadline) < time.Minute {
			t.Fatalf("never %s: %s", what, text)
		}
	}
}

// emptyStore makes a store in a folder: spectap mcp ends without one.
func emptyStore(t *testing.T, dir string) (path string) {
	t.Helper()
	path = filepath.Join(dir, "flows.db")
	st := openStore(t, path, store.Options{Create: true})
	noError(t, st.Close())
	return path
}

// TestGatewayStatus asks a gateway over HTTP for its status: before there is a session, after
// calls, after its server was killed, and after its policy was broken and mended.
func TestGatewayStatus(t *testing.T) {
	statusSockets(t)
	dir := t.TempDir()
	policy, log, pid := filepath.Join(dir, "policy.yaml"), filepath.Join(dir, "audit.jsonl"), filepath.Join(dir, "pid")
	db := emptyStore(t, dir)
	const good = "version: 1\ntools:\n  list_hosts: {limits: [{counter: calls, window: 1h, max: 5}]}\n"
	noError(t, os.WriteFile(policy, []byte(good), 0o600))
	url, token := serveGateway(t, "gateway", "--policy", policy, "--audit", log, "--shadow", "--http=127.0.0.1:0", "--",
		"sh", "-c", `echo $$ >"$0.new" && mv "$0.new" "$0" && exec spectap mcp --db "$1"`, pid, db)
	s, _ := gatewayStatusOf(t, policy)
	if s == nil || s.PID != os.Getpid() || s.Clients != "http" || s.Sessions != 0 || !s.Shadow || s.Since.IsZero() ||
		s.Servers[0].Upstream.State != gateway.Idle || s.Audit == nil || s.Audit.File != log || s.Audit.Seq != 1 {
		t.Fatalf("at the start: %+v", s)
	}
	version := s.Servers[0].Policy.Version

	tr := must(transport.NewStreamableHTTP(url, transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + token})))
	c := client.NewClient(tr, client.WithProtocolVersion("2025-11-25"))
	defer c.Close()
	noError(t, c.Start(t.Context()))
	must(c.Initialize(t.Context(), mcp.InitializeRequest{}))
	for n := range 4 {
		if s, _ := gatewayStatusOf(t, policy); len(s.Servers[0].Counters) != 0 {
			t.Errorf("after %d of 5 calls: %+v", n, s.Servers[0].Counters)
		}
		call := mcp.CallToolParams{Name: "list_hosts", Arguments: map[string]any{"host": "treasure"}}
		must(c.CallTool(t.Context(), mcp.CallToolRequest{Params: call}))
	}
	s, text := gatewayStatusOf(t, policy)
	want := gatewaycli.CounterStatus{Rule: "/tools/list_hosts/limits/0", Identity: "local", Used: "4", Max: "5", Percent: 80, Window: "1h0m0s"}
	if u := s.Servers[0].Upstream; s.Sessions != 1 || u.State != gateway.Running || u.Connections != 1 || u.Restarts != 0 || s.Audit.Seq < 9 ||
		len(s.Servers[0].Counters) != 1 || s.Servers[0].Counters[0] != want {
		t.Errorf("after 4 of 5 calls: %s", text)
	}
	if strings.Contains(text, token) || strings.Contains(text, "treasure") {
		t.Errorf("the status has a token or an argument: %s", text)
	}

	killProcess(t, pid)
	untilGateway(t, policy, "restarted", func(s *gatewaycli.Status) bool {
		u := s.Servers[0].Upstream
		return u.State == gateway.Running && u.Restarts == 1 && u.Failure == ""
	})

	noError(t, os.WriteFile(policy+".new", []byte("version: 1\ntoolz: {}\n"), 0o600))
	noError(t, os.Rename(policy+".new", policy)) // an empty file between would be rejected first
	s = untilGateway(t, policy, "rejected", func(s *gatewaycli.Status) bool { return s.Servers[0].Policy.Rejected != nil })
	if r := s.Servers[0].Policy.Rejected; !strings.Contains(r.Error, "toolz") || r.Since.IsZero() || s.Servers[0].Policy.Version != version {
		t.Errorf("a broken policy: %+v", s.Servers[0].Policy)
	}
	var out bytes.Buffer
	if status := run(t.Context(), []string{"gateway", "status"}, strings.NewReader(""), &out, io.Discard); status != 0 {
		t.Errorf("exit status %d", status)
	}
	for _, part := range []string{
		fmt.Sprintf("gateway %d, since ", os.Getpid()), "1 session over http", "shadow", "record ", "running, 1 connection, 1 restart",
		"version " + version, "not in force", "toolz", "limit /tools/list_hosts/limits/0: local used 4 of 5 in 1h0m0s (80 %)",
	} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("the text has no %q:\n%s", part, out.String())
		}
	}
	noError(t, os.WriteFile(policy, []byte("version: 1\npins: {check: 5s}\n"), 0o600))
	untilGateway(t, policy, "rejected for its pins", func(s *gatewaycli.Status) bool {
		r := s.Servers[0].Policy.Rejected
		return r != nil && strings.Contains(r.Error, "pins has no effect here")
	})
	noError(t, os.WriteFile(policy, []byte(good), 0o600))
	untilGateway(t, policy, "mended", func(s *gatewaycli.Status) bool { return s.Servers[0].Policy.Rejected == nil })
}

// killProcess kills the process whose id is in a file.
func killProcess(t *testing.T, file string) {
	t.Helper()
	text := readFile(t, file)
	n := must(strconv.Atoi(strings.TrimSpace(string(text))))
	p, err := os.FindProcess(n)
	if err == nil {
		err = p.Kill()
	}
	noError(t, err)
}
