package main

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

const (
	traceID     = "0af7651916cd43dd8448eb211c80319c"
	traceparent = "00-" + traceID + "-b7ad6b7169203331-01"
)

// collectSpans makes programs send their spans to a collector. The result returns those of traceID,
// each as "name outcome-or-decision status".
func collectSpans(t *testing.T) (received func() []string) {
	var mu sync.Mutex
	var names []string
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := must(io.ReadAll(r.Body))
		if strings.Contains(string(body), "hunter2") {
			t.Error("a span has a secret")
		}
		var all spans.TracesData
		noError(t, proto.Unmarshal(body, &all))
		mu.Lock()
		defer mu.Unlock()
		for _, s := range all.ResourceSpans[0].ScopeSpans[0].Spans {
			if hex.EncodeToString(s.TraceId) != traceID {
				t.Errorf("a span of another trace: %v", s)
			}
			what := s.Name
			for _, a := range s.Attributes {
				if slices.Contains([]string{"url.path", "spectap.decision", "spectap.outcome", "spectap.rule"}, a.Key) {
					what += " " + a.Value.GetStringValue()
				} else if a.Key == "http.response.status_code" {
					what += " answered"
				}
			}
			names = append(names, what)
		}
	}))
	t.Cleanup(collector.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		slices.Sort(names)
		return names
	}
}

func TestTracesOfProxy(t *testing.T) {
	received := collectSpans(t)
	seen := make(chan string, 1)
	up := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header.Get("traceparent") }))
	defer up.Close()
	p := startProxy(t, filepath.Join(t.TempDir(), "s.db"))
	tr := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: p.addr})}
	defer tr.CloseIdleConnections()
	req := must(http.NewRequest(http.MethodGet, up.URL+"/users/1?password=hunter2", nil))
	req.Header.Set("traceparent", traceparent)
	must((&http.Client{Transport: tr}).Do(req)).Body.Close()
	p.end()
	if got := received(); !slices.Equal(got, []string{"GET /users/1 answered"}) || <-seen != traceparent {
		t.Errorf("%q", got)
	}
}

// A gateway and the server behind it each have a span for a call, in the trace of the caller.
func TestTracesOfTools(t *testing.T) {
	received := collectSpans(t)
	dir := t.TempDir()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{}`) }))
	defer srv.Close()
	policy := filepath.Join(dir, "policy.yaml")
	noError(t, os.WriteFile(policy, []byte("version: 1\ndefault: deny\ntools:\n  getThing: {}\n"), 0o600))
	cmd := exec.Command("spectap", "gateway", "--policy", policy, "--",
		"spectap", "serve", writeSpec(t, dir, "shop.yaml", srv.URL), "--base-url", srv.URL)
	in, out := must(cmd.StdinPipe()), must(cmd.StdoutPipe())
	noError(t, cmd.Start())
	tr := transport.NewIO(out, in, io.NopCloser(strings.NewReader("")))
	noError(t, tr.Start(t.Context()))
	c := client.NewClient(tr)
	must(c.Initialize(t.Context(), mcp.InitializeRequest{}))
	for _, tool := range []string{"getThing", "deleteThing"} {
		var r mcp.CallToolRequest
		r.Params.Name, r.Params.Arguments = tool, map[string]any{"id": "hunter2"}
		r.Params.Meta = &mcp.Meta{AdditionalFields: map[string]any{"traceparent": traceparent}}
		_, _ = c.CallTool(t.Context(), r) // the second is denied
	}
	c.Close()
	noError(t, cmd.Wait())
	want := []string{"tools/call deny (default deny)", "tools/call getThing result", "tools/call getThing result answered"}
	if got := received(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
