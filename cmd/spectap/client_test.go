package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// TestClientHTTP: what proves who calls goes with each request, and is never told.
func TestClientHTTP(t *testing.T) {
	m := server.NewMCPServer("http", "1")
	m.AddTool(mcp.NewTool("who"), func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText(r.Header.Get("X-Tenant")), nil
	})
	inner := server.NewStreamableHTTPServer(m)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer t0ken" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	defer srv.Close()
	for _, x := range []struct {
		name, env string
		args      []string
		status    int
		out, err  string
	}{
		{"flag", "", []string{"--token", "t0ken", "-H", "X-Tenant: a: b"}, exitFine, "a: b\n", ""},
		{"environment", "t0ken", []string{"--header", "X-Tenant:c"}, exitFine, "c\n", ""},
		{"flag before environment", "wr0ng", []string{"--token", "t0ken", "-H", "x-tenant: d"}, exitFine, "d\n", ""},
		{"nobody", "", nil, exitFailed, "", "(401)\ntry: --token TOKEN"},
		{"somebody else", "wr0ng", nil, exitFailed, "", "(401)\n"},
		{"two lines", "", []string{"-H", "X: s3cret\r\nY: z"}, exitMisuse, "", "--header X: the value cannot stand in a header"},
	} {
		t.Setenv("SPECTAP_MCP_TOKEN", x.env)
		var out, errs strings.Builder
		status := run(t.Context(), append([]string{"client", srv.URL}, x.args...), strings.NewReader("call who\n"), &out, &errs)
		if status != x.status || out.String() != x.out || !strings.Contains(errs.String(), x.err) {
			t.Errorf("%s: %d %q %q", x.name, status, &out, &errs)
		}
		for _, secret := range []string{"t0ken", "wr0ng", "s3cret"} {
			if strings.Contains(out.String()+errs.String(), secret) {
				t.Errorf("%s tells a secret: %q %q", x.name, &out, &errs)
			}
		}
	}
}

func TestClientHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "history")
	h := openHistory(path)
	for range maxRemembered + 1 {
		h.add("list")
		h.add("call one")
		h.add("call one")
		h.add("")
		h.add("two\nlines")
	}
	if err := os.Chmod(path, 0o644); err != nil { // as an older file may be
		t.Fatal(err)
	}
	h.add("help")
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("%v %v", fi, err)
	}
	again := openHistory(path).lines()
	if len(again) != maxRemembered || again[len(again)-1] != "help" || again[0] != "call one" {
		t.Errorf("%d: %q … %q", len(again), again[0], again[len(again)-1])
	}
	data, err := os.ReadFile(path)
	if n := strings.Count(string(data), "\n"); err != nil || n != maxRemembered {
		t.Errorf("%d lines are kept, %v", n, err)
	}
	// What cannot be kept is not, and nothing breaks.
	openHistory(filepath.Join(path, "below", "a-file")).add("list")
	if got := openHistory(filepath.Dir(path)).lines(); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

func TestColumns(t *testing.T) {
	if got := columns([]string{"aa ", "b", "cccc"}, 14); got != "aa    b\ncccc\n" {
		t.Errorf("%q", got)
	}
	if got := columns([]string{"wider-than-that"}, 10); got != "wider-than-that\n" {
		t.Errorf("%q", got)
	}
	if got := columns(make([]string, maxListed+3), 80); !strings.HasSuffix(got, "… and 3 more\n") {
		t.Errorf("%q", got)
	}
}
