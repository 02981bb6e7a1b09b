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

	"github.com/spectap/spectap/guard/audit"
)

// servedMounts is serve with mounts, and a client of each.
type servedMounts struct {
	t       *testing.T
	clients map[string]*client.Client
}

// mountsOf serves an API under several paths.
func mountsOf(t *testing.T, bases []string, args ...string) *servedMounts {
	t.Helper()
	srv, keys := keyed(t)
	go func() {
		for range keys { // nobody looks at them
		}
	}()
	t.Cleanup(func() { close(keys) })
	spec := writeSpec(t, t.TempDir(), "shop.yaml", srv.URL)
	args = append(args, "--http", "127.0.0.1:0")
	for _, b := range bases {
		args = append(args, "--mount", b+"="+spec+","+srv.URL)
		t.Setenv("SPECTAP_AUTH_"+strings.ToUpper(b[1:])+"_KEY", "configured-key")
	}
	lines := served(t, args...)
	_, token, _ := strings.Cut(lines[len(lines)-1], "printed once: ")
	m := &servedMounts{t, map[string]*client.Client{}}
	for _, u := range urlsOf(lines) {
		for _, b := range bases {
			if strings.HasSuffix(u, b+"/mcp") {
				// A transport with sessions: the server can say that its tools have changed.
				m.clients[b] = connectSSE(t, u+"/sse", map[string]string{"Authorization": "Bearer " + token})
			}
		}
	}
	return m
}

// get calls getThing, and returns the answer as text.
func (m *servedMounts) get(base string) string {
	m.t.Helper()
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = "getThing", map[string]any{"id": "1"}
	res, err := m.clients[base].CallTool(m.t.Context(), r)
	if err != nil {
		return err.Error()
	}
	text, _ := json.Marshal(res)
	return string(text)
}

// TestServeMountPolicies gives the mounts one policy with its counters, and each its name in the
// audit.
func TestServeMountPolicies(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		noError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	all := write("all.yaml", "version: 1\ntools: {getThing: {rate_limit: 3/hour}}\n")
	journal, state := filepath.Join(dir, "audit.jsonl"), filepath.Join(dir, "state")
	m := mountsOf(t, []string{"/shop", "/bank", "/club"}, "--sse", "--policy", all, "--audit", journal, "--state", state)

	for i, c := range []struct {
		base    string
		allowed bool
	}{{"/bank", true}, {"/shop", true}, {"/club", true}, {"/club", false}, {"/shop", false}} {
		if got := m.get(c.base); strings.Contains(got, "POLICY DENIED") == c.allowed {
			t.Errorf("call %d, of %s: %s", i, c.base, got)
		}
	}
	changed := make(chan string, 10)
	for base, c := range m.clients {
		c.OnNotification(func(mcp.JSONRPCNotification) { changed <- base })
	}
	write("all.yaml", "version: 1\ntools: {getThing: {action: deny, reason: closed}}\n")
	for range m.clients {
		select {
		case <-changed:
		case <-time.After(time.Minute):
			t.Fatal("the changed policy was not put in force")
		}
	}
	if got := m.get("/bank"); !strings.Contains(got, "closed") {
		t.Errorf("/bank after the change: %s", got)
	}

	var decided []string
	err := audit.Read(t.Context(), journal, func(_ string, _ int, text []byte) error {
		r, err := audit.Decode(text)
		if r.Event == audit.EventDecision || r.Event == audit.EventPolicy {
			decided = append(decided, strings.TrimSpace(r.Server+" "+r.Event+" "+r.Decision))
		}
		return err
	}, nil)
	want := strings.Split("bank decision allow,shop decision allow,club decision allow,club decision deny,shop decision deny,policy,bank decision deny", ",")
	if err != nil || !slices.Equal(decided, want) {
		t.Errorf("the audit has %q, %v", decided, err)
	}
	if out := command(t, "audit", "tail", journal); !strings.Contains(out, "local  bank  deny  tools/call  getThing") {
		t.Errorf("the records: %s", out)
	}
	must(audit.Verify(t.Context(), journal, nil))
}

// TestServeMountApprovals names the mount of a call that waits for a person.
func TestServeMountApprovals(t *testing.T) {
	dir := t.TempDir()
	policy, file := filepath.Join(dir, "policy.yaml"), filepath.Join(dir, "approvals.json")
	noError(t, os.WriteFile(policy, []byte("version: 1\ntools: {getThing: {require_approval: {}}}\n"), 0o600))
	m := mountsOf(t, []string{"/shop", "/bank"}, "--sse", "--policy", policy, "--approvals", file, "--approval-wait", "1ms")
	for _, base := range []string{"/shop", "/bank"} {
		if got := m.get(base); !strings.Contains(got, "waits for a person") {
			t.Fatalf("%s: %s", base, got)
		}
	}
	if out := command(t, "approvals", "ls", "--approvals", file, "--json"); !strings.Contains(out, `"bank@http://`) || !strings.Contains(out, `"shop@http://`) {
		t.Errorf("held calls: %s", out)
	}
}
