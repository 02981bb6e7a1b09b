package mcptools

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools/send"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// faults counts operations by name, and lets one of them fail.
type faults struct {
	mu   sync.Mutex // guards all below
	done map[string]int
	name string // the operation that fails
	at   int    // the first one that does, from 1; 0: none
}

// fails counts an operation and reports whether it fails.
func (x *faults) fails(name string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.done[name]++; x.name == name && x.at > 0 && x.done[name] >= x.at {
		return fmt.Errorf("%s: %w", name, store.ErrCorrupt)
	}
	return nil
}

// begin begins to count anew.
func (x *faults) begin(name string, at int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.done, x.name, x.at = map[string]int{}, name, at
}

func (x *faults) count(name string) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.done[name]
}

// faultyStore is a store whose operations fail on demand.
type faultyStore struct {
	store.Store
	*faults
}

func (s faultyStore) Get(ctx context.Context, id flow.Seq) (flow.Flow, error) {
	if err := s.fails("Get"); err != nil {
		return flow.Flow{}, err
	}
	return s.Store.Get(ctx, id)
}

func (s faultyStore) Stat(ctx context.Context) (store.Stat, error) {
	if err := s.fails("Stat"); err != nil {
		return store.Stat{}, err
	}
	return s.Store.Stat(ctx)
}

func (s faultyStore) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	if err := s.fails("Scan"); err != nil {
		return func(yield func(flow.Flow, error) bool) { yield(flow.Flow{}, err) }
	}
	return s.Store.Scan(ctx, q)
}

// faultyDocuments infers from a store that does not fail, and fails on demand itself.
type faultyDocuments struct {
	source.Documenter
	*faults
}

func (d faultyDocuments) Document(ctx context.Context, r source.DocumentRequest) (source.DocumentResult, error) {
	if err := d.fails("Document"); err != nil {
		return source.DocumentResult{}, err
	}
	return d.Documenter.Document(ctx, r)
}

func (d faultyDocuments) Explain(ctx context.Context, r source.DocumentRequest, method, path string) (*infer.Explanation, error) {
	if err := d.fails("Explain"); err != nil {
		return nil, err
	}
	return d.Documenter.Explain(ctx, r, method, path)
}

// TestToolsSayThatReadingFails lets each read of the store and of the document fail that a call
// makes. The result is an error then, or a page before the one that fails.
func TestToolsSayThatReadingFails(t *testing.T) {
	memory := storetest.NewMemory()
	if _, err := memory.Append(t.Context(), goldenCapture()...); err != nil {
		t.Fatal(err)
	}
	x := &faults{done: map[string]int{}}
	st := faultyStore{memory, x}
	s := connect(t, st, func(c *Config) {
		c.Documents, c.Wait = faultyDocuments{documentsOf(memory), x}, time.Minute
		a := &changer{st: memory}
		c.Allow = Allow{Send: &send.Config{}, Clear: a, Import: a}
	})
	if err := s.server.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []oneCall{
		{"list_hosts", nil}, {"capture_status", nil}, {"get_traffic_summary", nil}, {"what_is_new", nil},
		{"search_traffic", object{"query": "oak"}}, {"search_traffic", object{"operation": "GET /v1/things"}},
		{"search_traffic", object{"group_by": "operation"}}, {"search_traffic", object{"group_by": "host", "query": "oak"}},
		{"search_traffic", object{"sort": "slowest"}}, {"search_traffic", object{"sort": "largest", "query": "oak"}},
		{"find_failures", nil}, {"find_failures", object{"operation": "GET /v1/stats"}}, {"find_value", object{"value": "4"}},
		{"compare_flows", object{"a": 1, "b": 2}}, {"inspect_flow", object{"flow_id": 1}}, {"inspect_flows", object{"flow_ids": "1,2"}},
		{"get_flow_schema", object{"flow_id": 1}}, {"extract_from_flow", object{"flow_id": 1, "json_path": "$"}},
		{"detect_auth_pattern", nil}, {"detect_auth_pattern", object{"flow_ids": "1,13"}}, {"generate_scraper_code", object{"flow_ids": "1,2"}},
		{"list_operations", object{"domain": "api.example"}}, {"get_operation", object{"operation": "GET /v1/stats"}},
		{"get_operation", object{"operation": "GET /v1/stats", "format": "compact"}}, {"get_api_patterns", object{"domain": "api.example"}},
		{"export_openapi_spec", object{"domain": "api.example"}}, {"explain_operation", object{"operation": "GET /v1/stats"}},
		{"check_flows", object{"spec": goldenSpec}}, {"diff_spec", object{"spec": goldenSpec}},
		{"replay_flow", object{"flow_id": 1}}, {"fuzz_endpoint", object{"flow_id": 1, "target_param": "page"}},
		{"extract_session_variable", object{"name": "x", "flow_id": 1, "regex_pattern": "(o)ak"}},
		{"clear_traffic", nil}, {"load_traffic_file", object{"file_path": "x.har"}},
	} {
		t.Run(fmt.Sprintf("%s %.60v", c.tool, c.args), func(t *testing.T) {
			s := s.in(t)
			x.begin("", 0)
			s.call(c.tool, c.args)
			x.begin("", 0)
			s.call(c.tool, c.args) // the same as before, with what the first call has kept
			reads := map[string]int{}
			for _, name := range []string{"Get", "Scan", "Stat", "Document", "Explain"} {
				reads[name] = x.count(name)
			}
			for name, n := range reads {
				for at := 1; at <= n; at++ {
					x.begin(name, at)
					r := s.call(c.tool, c.args)
					e, _ := r.data["error"].(object)
					if e["code"] != string(tool.CodeUnreadable) && r.data["next_cursor"] == nil && !slices.Contains(spared, c.tool+" "+name) {
						t.Errorf("%s %d of %d fails: %.300s", name, at, n, r.text)
					}
				}
			}
			if reads["Get"]+reads["Scan"]+reads["Stat"] == 0 {
				t.Error("it reads nothing")
			}
		})
	}
}

// TestResourcesSayThatReadingFails is the same for resources, completions and what the server does by
// itself.
func TestResourcesSayThatReadingFails(t *testing.T) {
	memory := storetest.NewMemory()
	if _, err := memory.Append(t.Context(), goldenCapture()...); err != nil {
		t.Fatal(err)
	}
	x := &faults{done: map[string]int{}}
	s := connect(t, faultyStore{memory, x}, func(c *Config) { c.Documents = faultyDocuments{documentsOf(memory), x} })
	reading := func(uri string) func() error {
		return func() error {
			var r mcp.ReadResourceRequest
			r.Params.URI = uri
			_, err := s.client.ReadResource(t.Context(), r)
			return err
		}
	}
	completing := func(argument string) func() error {
		return func() error {
			var r mcp.CompleteRequest
			r.Params.Ref, r.Params.Argument.Name = mcp.ResourceReference{Type: "ref/resource", URI: flowURI + "{seq}"}, argument
			_, err := s.client.Complete(t.Context(), r)
			return err
		}
	}
	for name, call := range map[string]func() error{
		"hosts": reading(hostsURI), "flow": reading(flowURI + "7"), "document": reading(specURI + "api.example"), "YAML": reading(specYAMLURI + "api.example"),
		"compact": reading(compactURI + "api.example"), "patterns": reading(patternsURI + "api.example"), "operation": reading(operationURI + "api.example/getStats"),
		"completed hosts": completing("host"), "completed flows": completing("seq"), "warm": func() error { return s.server.Warm(t.Context()) },
	} {
		x.begin("", 0)
		if err := call(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		x.begin("", 0)
		if err := call(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		reads := maps.Clone(x.done)
		if len(reads) == 0 {
			t.Errorf("%s reads nothing", name)
		}
		for operation, n := range reads {
			for at := 1; at <= n; at++ {
				x.begin(operation, at)
				if err := call(); err == nil {
					t.Errorf("%s: %s %d of %d fails, and it does not say so", name, operation, at, n)
				}
			}
		}
	}
	x.begin("Stat", 1)
	if err := s.server.Follow(t.Context()); err == nil {
		t.Error("a server follows a store that it cannot read")
	}
}

// spared are reads whose failure may give another result: the evidence is also of operations that
// the document lacks, and its error is in words for people.
var spared = []string{"explain_operation Stat", "explain_operation Document", "explain_operation Explain"}
