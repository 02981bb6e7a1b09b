package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// largeStore returns the path of a store with 100,000 flows of about fifty operations.
// SPECTAP_BENCH_STORE names a file that is reused by later runs.
func largeStore(b *testing.B) string {
	b.Helper()
	path := os.Getenv("SPECTAP_BENCH_STORE")
	if path == "" {
		path = filepath.Join(b.TempDir(), "flows.db")
	}
	st := must(store.Open(path, store.Options{Create: true}))
	defer st.Close()
	stat := must(st.Stat(b.Context()))
	const n = 100_000
	for i := int(stat.Flows); i < n; {
		var batch []flow.Flow
		for ; len(batch) < 500 && i < n; i++ {
			f := testFlow(fmt.Sprintf("/v1/things%d/%d", i%50, i/50))
			body := fmt.Appendf(nil, `{"id":%d,"name":"thing %d","tags":["a","b"],"owner":{"id":%d,"admin":%t},"price":%d.5}`, i, i, i%997, i%2 == 0, i%100)
			f.Response = &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}}, Body: flow.Body{Data: body, Size: int64(len(body))}}
			batch = append(batch, f)
		}
		must(st.Append(b.Context(), batch...))
	}
	return path
}

// benchSpec is the document for tools that take one.
const benchSpec = `{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{"/v1/things1/{id}":{"get":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],"responses":{"200":{"description":"x"}}}}}}`

// benchCalls has calls of every tool that reads, including the most expensive ones.
var benchCalls = []struct {
	tool string
	args map[string]any
}{
	{"list_hosts", nil},
	{"get_traffic_summary", nil}, {"get_traffic_summary", map[string]any{"limit": 500}}, {"get_traffic_summary", map[string]any{"limit": 500, "cursor": "start"}},
	{"inspect_flows", map[string]any{"flow_ids": 50_000, "full_body": true}}, {"inspect_flows", map[string]any{"flow_ids": "1,1000,20000,50000,99999"}},
	{"inspect_flows", map[string]any{"flow_ids": 50_000, "fields": "schemas"}}, {"extract_from_flow", map[string]any{"flow_id": 50_000, "json_path": "$..id"}},
	{"find_failures", nil}, {"find_failures", map[string]any{"status": 200}}, {"compare_flows", map[string]any{"a": 1, "b": 50_000}},
	{"generate_client", map[string]any{"flow_ids": "1,50000"}}, {"detect_auth_pattern", nil},
	{"search_traffic", map[string]any{"query": "thing 4"}}, {"search_traffic", map[string]any{"query": "nowhere to be found"}},
	{"search_traffic", map[string]any{"query": "~"}}, {"search_traffic", map[string]any{"query": "[a-z]+@", "regex": true}},
	{"search_traffic", map[string]any{"query": `\d{9}`, "regex": true}}, {"search_traffic", map[string]any{"query": "(thing|name) (x|y)z", "regex": true}},
	{"search_traffic", map[string]any{"group_by": "operation"}}, {"search_traffic", map[string]any{"operation": "/v1/things7/{id}"}},
	{"search_traffic", map[string]any{"status": "404"}}, {"search_traffic", map[string]any{"query": "e.*e.*e.*q", "regex": true}},
	{"find_value", map[string]any{"value": "nowhere"}}, {"find_value", map[string]any{"value": "7"}},
	{"list_operations", nil}, {"list_operations", map[string]any{"details": true}}, {"export_openapi_spec", nil}, {"export_openapi_spec", map[string]any{"format": "yaml"}},
	{"export_openapi_spec", map[string]any{"newest_flows": 50_000}},
	{"get_operation", map[string]any{"method": "GET", "path": "/v1/things7/7"}}, {"explain_operation", map[string]any{"method": "GET", "path": "/v1/things7/7"}},
	{"diff_spec", map[string]any{"violations": true, "spec": benchSpec}}, {"diff_spec", map[string]any{"spec": benchSpec}},
}

// BenchmarkMCP measures calls of tools that read, over stdio, on 100,000 flows: the first call of a
// new server, which learns and indexes meanwhile, and later calls. It reports the maximum besides
// the mean.
func BenchmarkMCP(b *testing.B) {
	path := largeStore(b)
	start := func(b *testing.B) *mcpAgent {
		a := runAgent(b, "--db", path)
		a.out.Buffer(nil, 16<<20)
		a.request("initialize", map[string]any{"protocolVersion": "2025-06-18", "capabilities": map[string]any{}, "clientInfo": map[string]any{"name": "bench", "version": "1"}})
		return a
	}
	name := func(tool string, args map[string]any) string {
		text := fmt.Sprint(tool, " ", args)
		if args == nil {
			text = tool
		}
		return strings.ReplaceAll(text[:min(len(text), 60)], "/", "|")
	}
	warm := start(b)
	for warm.call("detect_auth_pattern", nil)["complete"] != true {
	}
	for warm.call("list_operations", nil)["error"] != nil {
	}
	for _, x := range benchCalls {
		b.Run("first "+name(x.tool, x.args), func(b *testing.B) {
			worst := time.Duration(0)
			for b.Loop() {
				b.StopTimer()
				a := start(b)
				begun := time.Now()
				b.StartTimer()
				a.call(x.tool, x.args)
				worst = max(worst, time.Since(begun))
				b.StopTimer()
				a.end()
				b.StartTimer()
			}
			b.ReportMetric(float64(worst.Milliseconds()), "worst-ms")
		})
		b.Run("later "+name(x.tool, x.args), func(b *testing.B) {
			worst := time.Duration(0)
			for b.Loop() {
				begun := time.Now()
				warm.call(x.tool, x.args)
				worst = max(worst, time.Since(begun))
			}
			b.ReportMetric(float64(worst.Milliseconds()), "worst-ms")
		})
	}
}
