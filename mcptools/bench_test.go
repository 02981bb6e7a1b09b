package mcptools

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// bigStore is a store of n flows, made of those of the sample API. With SPECTAP_BENCH_STORE it is kept in that
// file from one run to the next.
func bigStore(b *testing.B, n int) *store.DB {
	b.Helper()
	path := os.Getenv("SPECTAP_BENCH_STORE")
	if path == "" {
		path = filepath.Join(b.TempDir(), "flows.db")
	}
	st, err := store.Open(path, store.Options{Create: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	stat, err := st.Stat(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	fs := shopFlows(b)
	for done := int(stat.Flows); done < n; {
		batch := make([]flow.Flow, 0, 500)
		for len(batch) < cap(batch) && done < n {
			f := fs[done%len(fs)]
			f.ID = flow.NewID()
			f.Request.Authority = fmt.Sprintf("shop%d.example", done%7)
			f.Started = time.Date(2026, 3, 2, 0, 0, done, 0, time.UTC)
			batch = append(batch, f)
			done++
		}
		if _, err := st.Append(b.Context(), batch...); err != nil {
			b.Fatal(err)
		}
	}
	return st
}

// BenchmarkTools measures one call of each tool on 100,000 flows. What depends on inference is not here: it costs
// what the model weighs, and package infer measures that.
func BenchmarkTools(b *testing.B) {
	st := bigStore(b, 100_000)
	s := connect(b, st)
	warm := time.Now()
	if err := s.server.Warm(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Logf("warm after %s", time.Since(warm))
	for _, c := range []struct {
		name string
		tool string
		args object
	}{
		{"summary", "get_traffic_summary", nil},
		{"summary of a host", "get_traffic_summary", object{"domain": "shop3.example"}},
		{"inspect", "inspect_flow", object{"flow_id": 50_000}},
		{"inspect full", "inspect_flow", object{"flow_id": 50_000, "full_body": true}},
		{"inspect many", "inspect_flows", object{"flow_ids": "1,1000,20000,50000,99999"}},
		{"schema", "get_flow_schema", object{"flow_id": 50_021}},
		{"search common", "search_traffic", object{"query": "walnut"}},
		{"search rare", "search_traffic", object{"query": "slug_taken"}},
		{"search absent", "search_traffic", object{"query": "nowhere to be found"}},
		{"search status", "search_traffic", object{"status": "412"}},
		{"find value", "find_value", object{"value": "nowhere to be found"}},
		{"auth", "detect_auth_pattern", nil},
		{"code", "generate_scraper_code", object{"flow_ids": "50000"}},
		{"hosts", "list_hosts", nil},
		{"status", "capture_status", nil},
		{"new", "what_is_new", nil},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				s.call(c.tool, c.args)
			}
		})
	}
}
