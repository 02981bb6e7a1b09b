package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/spectap/spectap/gateway/metrics"
)

// scraped are metrics as Prometheus reads them.
type scraped struct {
	t    *testing.T
	text string
	all  map[string]*dto.MetricFamily
}

func scrapeMetrics(t *testing.T, url string) scraped {
	t.Helper()
	resp := must(http.Get(url))
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != metrics.ContentType {
		t.Fatalf("status %d, type %s, %v", resp.StatusCode, resp.Header.Get("Content-Type"), err)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	all, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return scraped{t, string(text), all}
}

// value returns the only sample of a metric whose labels have the values, or "" if there is none.
func (s scraped) value(name string, values ...string) string {
	s.t.Helper()
	found := ""
samples:
	for _, m := range s.all[name].GetMetric() {
		labels := " "
		for _, l := range m.GetLabel() {
			labels += l.GetValue() + " "
		}
		for _, v := range values {
			if !strings.Contains(labels, " "+v+" ") {
				continue samples
			}
		}
		if found != "" {
			s.t.Errorf("%s %v is ambiguous", name, values)
		}
		switch {
		case m.GetHistogram() != nil:
			found = fmt.Sprint(m.GetHistogram().GetSampleCount())
		case m.GetCounter() != nil:
			found = fmt.Sprint(m.GetCounter().GetValue())
		default:
			found = fmt.Sprint(m.GetGauge().GetValue())
		}
	}
	return found
}

// until scrapes until a sample has a value, or the test ends.
func untilMetric(t *testing.T, url, want, name string, values ...string) scraped {
	t.Helper()
	for {
		s := scrapeMetrics(t, url)
		if s.value(name, values...) == want {
			return s
		}
		if deadline, ok := t.Deadline(); t.Context().Err() != nil || ok && time.Until(deadline) < time.Minute {
			t.Fatalf("%s %v never becomes %s:\n%s", name, values, want, s.text)
		}
	}
}

// TestGatewayMetrics scrapes a gateway after calls of each kind, while one waits for a person,
// after its server was killed and after its policy was broken. No metric contains texts of clients
// or servers.
func TestGatewayMetrics(t *testing.T) {
	statusSockets(t)
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	db := emptyStore(t, dir)
	const good = "version: 1\nhide: [secret_*]\ntools:\n  list_hosts: {limits: [{counter: calls, window: 1h, max: 4}]}\n" +
		"  get_traffic_summary: {require_approval: {reason: ask}}\n  'search_*': {}\n"
	noError(t, os.WriteFile(file("policy.yaml"), []byte(good), 0o600))
	url, token, scrape := serveMeasured(t, "gateway", "--policy", file("policy.yaml"), "--audit", file("audit.jsonl"), "--approvals", file("held.json"),
		"--pins", file("pins.json"), "--metrics", "127.0.0.1:0", "--http=127.0.0.1:0", "--identity", "treasure-identity", "--",
		"sh", "-c", `echo $$ >"$0.new" && mv "$0.new" "$0" && exec spectap mcp --db "$1"`, file("pid"), db)
	s := scrapeMetrics(t, scrape)
	for name, want := range map[string]string{
		"spectap_gateway_build_info": "1", "spectap_gateway_shadow": "0", "spectap_gateway_sessions": "0", "spectap_gateway_audit_records_total": "1",
		"spectap_gateway_audit_failed": "0", "spectap_gateway_approvals_pending": "0",
		"spectap_gateway_policy_rejected": "0", "spectap_gateway_upstream_restarts_total": "0",
		"spectap_gateway_upstream_connections": "0", "spectap_gateway_upstream_pending": "0", "spectap_gateway_policy_info": "1",
	} {
		if got := s.value(name); got != want {
			t.Errorf("at the start, %s is %q, want %s", name, got, want)
		}
	}
	if s.value("spectap_gateway_upstream_state", "idle") != "1" || s.value("spectap_gateway_upstream_state", "running") != "0" {
		t.Errorf("the state at the start:\n%s", s.text)
	}

	tr := must(transport.NewStreamableHTTP(url, transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + token})))
	c := client.NewClient(tr, client.WithProtocolVersion("2025-11-25"))
	defer c.Close()
	noError(t, c.Start(t.Context()))
	must(c.Initialize(t.Context(), mcp.InitializeRequest{}))
	call := func(ctx context.Context, name string) {
		c.CallTool(ctx, mcp.CallToolRequest{Params: mcp.CallToolParams{Name: name, Arguments: map[string]any{"host": "treasure-argument"}}})
	}
	for range 5 {
		call(t.Context(), "list_hosts")
	}
	call(t.Context(), "search_traffic")
	call(t.Context(), "secret_treasure")
	call(t.Context(), "treasure\n\"}")
	c.ReadResource(t.Context(), mcp.ReadResourceRequest{Params: mcp.ReadResourceParams{URI: "file:///treasure-uri"}})
	refused := must(http.Post(url, "application/json", strings.NewReader("treasure-body")))
	refused.Body.Close()
	waiting, give := context.WithCancel(t.Context())
	defer give()
	go call(waiting, "get_traffic_summary")
	s = untilMetric(t, scrape, "1", "spectap_gateway_approvals_pending")
	const decisions, outcomes = "spectap_gateway_decisions_total", "spectap_gateway_outcomes_total"
	for _, want := range []struct {
		value, name string
		labels      []string
	}{
		{"4", decisions, []string{"upstream", "tools/call", "list_hosts", "allow"}},
		{"1", decisions, []string{"tools/call", "list_hosts", "deny"}},
		{"1", decisions, []string{"tools/call", "search_*", "allow"}},
		{"1", decisions, []string{"tools/call", "secret_*", "deny"}},
		{"1", decisions, []string{"tools/call", "(other)", "deny"}},
		{"1", decisions, []string{"resources/read", "(other)", "deny"}},
		{"4", outcomes, []string{"tools/call", "list_hosts", "result"}},
		{"1", "spectap_gateway_malformed_total", nil},
		{"5", "spectap_gateway_upstream_seconds", []string{"tools/call"}},
		{"5", "spectap_gateway_added_seconds", []string{"tools/call"}},
		{"1", "spectap_gateway_sessions", nil},
		{"1", "spectap_gateway_upstream_state", []string{"running"}},
		{"1", "spectap_gateway_upstream_connections", nil},
	} {
		if got := s.value(want.name, want.labels...); got != want.value {
			t.Errorf("%s %v is %q, want %s", want.name, want.labels, got, want.value)
		}
	}
	if h := s.all["spectap_gateway_added_seconds"].GetMetric()[0].GetHistogram(); h.GetSampleSum() <= 0 || h.GetSampleSum() > 60 {
		t.Errorf("what the gateway added: %v", h)
	}
	give()

	killProcess(t, file("pid"))
	untilMetric(t, scrape, "1", "spectap_gateway_upstream_restarts_total")
	noError(t, os.WriteFile(file("policy.yaml"), []byte("treasure: {}\n"), 0o600))
	s = untilMetric(t, scrape, "1", "spectap_gateway_policy_rejected")
	if strings.Contains(s.text, "treasure") || strings.Contains(s.text, token) {
		t.Errorf("the metrics have text of a client, a broken policy or a token:\n%s", s.text)
	}

	docs := readFile(t, "../../docs/gateway.md")
	for name := range s.all {
		if !bytes.Contains(docs, []byte("`"+name+"`")) {
			t.Errorf("docs/gateway.md does not describe %s", name)
		}
	}
	for _, m := range regexp.MustCompile("`(spectap_gateway_[a-z_]+)`").FindAllStringSubmatch(string(docs), -1) {
		if s.all[m[1]] == nil {
			t.Errorf("docs/gateway.md describes %s, which is not there", m[1])
		}
	}
}
