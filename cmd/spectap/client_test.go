package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// TestClientHTTP sends the token and the headers with each request, and prints neither.
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
		{"flag", "", []string{"--token", "t0ken", "-H", "X-Tenant: a: b"}, cli.ExitFine, "a: b\n", ""},
		{"environment", "t0ken", []string{"--header", "X-Tenant:c"}, cli.ExitFine, "c\n", ""},
		{"flag before environment", "wr0ng", []string{"--token", "t0ken", "-H", "x-tenant: d"}, cli.ExitFine, "d\n", ""},
		{"nobody", "", nil, cli.ExitFailed, "", "(401)\ntry: --token TOKEN"},
		{"somebody else", "wr0ng", nil, cli.ExitFailed, "", "(401)\n"},
		{"two lines", "", []string{"-H", "X: s3cret\r\nY: z"}, cli.ExitMisuse, "", "--header X: the value is not valid in a header"},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Setenv("SPECTAP_MCP_TOKEN", x.env)
			var out, errs strings.Builder
			status := run(t.Context(), append([]string{"client", srv.URL}, x.args...), strings.NewReader("call who\n"), &out, &errs)
			if status != x.status || out.String() != x.out || !strings.Contains(errs.String(), x.err) {
				t.Errorf("%d %q %q", status, &out, &errs)
			}
			for _, secret := range []string{"t0ken", "wr0ng", "s3cret"} {
				if strings.Contains(out.String()+errs.String(), secret) {
					t.Errorf("a secret was printed: %q %q", &out, &errs)
				}
			}
		})
	}
}

// An API that answers JSON is no MCP server: the hint says how its document is used.
func TestClientOfAPI(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"id":1}`)
	}))
	defer srv.Close()
	var out, errs strings.Builder
	status := run(t.Context(), []string{"client", srv.URL + "/users"}, strings.NewReader(""), &out, &errs)
	if status != cli.ExitFailed || !strings.HasSuffix(errs.String(), "of an API: spectap client -- spectap serve api.yaml\n") {
		t.Errorf("%d %q", status, &errs)
	}
}
