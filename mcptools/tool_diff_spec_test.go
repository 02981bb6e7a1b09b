package mcptools

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
)

// twoAPIs returns flows of two APIs, which answer differently.
func twoAPIs() (fs []flow.Flow) {
	for host, id := range map[string]string{"one.example": `{"id":1}`, "two.example:8443": `{"id":"x"}`} {
		for _, path := range []string{"/v1/things", "/v1/things/1", "/v1/things/2"} {
			fs = append(fs, answered(newFlow("GET", "https", host, path, ""), 200, "application/json", id))
		}
	}
	return fs
}

// numbers is a document of things with numbers, for a server.
func numbers(server string) string {
	return `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"servers":[{"url":"` + server + `"}],"paths":{"/things":{"get":{"responses":{"200":{
		"description":"","content":{"application/json":{"schema":{"type":"object","properties":{"id":{"type":"integer"}}}}}}}}}}}`
}

// TestDiffSpecHosts checks that the servers of a document choose among several captured APIs.
func TestDiffSpecHosts(t *testing.T) {
	s := connect(t, newStore(t, twoAPIs()...))
	for server, kinds := range map[string]string{"https://one.example/v1": "undocumented", "https://TWO.example:8443/v1": "contradiction"} {
		got := s.fine("diff_spec", object{"spec": numbers(server)})
		groups := list(t, got, "groups")
		if len(groups) == 0 || groups[0]["kind"] != kinds || got["checked"] != 1.0 {
			t.Errorf("%s: %v", server, got)
		}
	}
	for _, server := range []string{"https://api.vendor.example/v1", "/v1", "https://{region}.example/v1"} {
		if answer := s.refused(tool.CodeSeveralHosts, "diff_spec", object{"spec": numbers(server)}); answer == nil {
			t.Errorf("%s: no question", server)
		}
		s.fine("diff_spec", object{"spec": numbers(server), "domain": "one.example"})
	}
}

// TestOnlySpec checks that the only document of a person needs no argument, and is read before a
// call asks for it.
func TestOnlySpec(t *testing.T) {
	path := filepath.Join(t.TempDir(), "api.json")
	if err := os.WriteFile(path, []byte(numbers("https://one.example/v1")), 0o600); err != nil {
		t.Fatal(err)
	}
	specs := &apidoc.Library{Named: []apidoc.Named{{Name: "vendor", Path: path}}}
	s := connect(t, newStore(t, twoAPIs()...), func(c *Config) { c.Specs = specs })
	if err := s.server.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.fine("diff_spec", nil); got["checked"] != 1.0 {
		t.Errorf("diff_spec: %v", got)
	}
	if got := s.fine("check_flows", nil); got["checked"] == 0.0 {
		t.Errorf("check_flows: %v", got)
	}
	// A change of the file counts at once, and an invalid one is an error of the call.
	if err := os.WriteFile(path, []byte(numbers("https://two.example:8443/v1")), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := list(t, s.fine("diff_spec", nil), "groups"); got[0]["kind"] != "contradiction" {
		t.Errorf("after a change: %v", got)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.refused(tool.CodeBadArgument, "check_flows", nil)
	}
	two := &apidoc.Library{Named: append(specs.Named, apidoc.Named{Name: "other", Path: path})}
	s = connect(t, newStore(t, twoAPIs()...), func(c *Config) { c.Specs = two })
	s.refused(tool.CodeBadArgument, "diff_spec", nil)
}

// TestProgressOfComparison checks that a client is told of work without flows, and that the
// progress of one call increases.
func TestProgressOfComparison(t *testing.T) {
	var mu sync.Mutex
	var progress []int64
	var messages []string
	told, once := make(chan struct{}), sync.Once{}
	s := connect(t, newStore(t, twoAPIs()...), func(c *Config) { c.Documents = waitingDocuments{c.Documents, told} })
	s.client.OnNotification(func(n mcp.JSONRPCNotification) {
		if n.Method != "notifications/progress" {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		progress = append(progress, n.Params.AdditionalFields["progress"].(int64))
		messages = append(messages, n.Params.AdditionalFields["message"].(string))
		if len(progress) == 3 {
			once.Do(func() { close(told) })
		}
	})
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Meta = "diff_spec", &mcp.Meta{ProgressToken: 7}
	r.Params.Arguments = object{"spec": numbers("https://one.example/v1")}
	if res, err := s.client.CallTool(t.Context(), r); err != nil || res.IsError {
		t.Fatalf("%+v, %v", res, err)
	}
	mu.Lock()
	defer mu.Unlock()
	if !slices.IsSorted(progress) || len(slices.Compact(slices.Clone(progress))) != len(progress) {
		t.Errorf("the progress is %v", progress)
	}
	if !slices.ContainsFunc(messages, func(m string) bool { return strings.HasPrefix(m, "comparing") }) {
		t.Errorf("the messages are %q", messages)
	}
}

// waitingDocuments infers when told is closed.
type waitingDocuments struct {
	source.Documenter
	told <-chan struct{}
}

func (d waitingDocuments) Document(ctx context.Context, r source.DocumentRequest) (source.DocumentResult, error) {
	select {
	case <-d.told:
	case <-ctx.Done():
	}
	return d.Documenter.Document(ctx, r)
}

// A call whose time is not enough for all flows is continued by the same call, and gives the result
// of a call with enough time.
func TestDiffSpecContinues(t *testing.T) {
	st := newStore(t, shopFlows(t)...)
	spec := object{"spec": smallSpec, "domain": "*"}
	want := connect(t, st).fine("diff_spec", spec)
	s := connect(t, st, func(c *Config) { c.Wait = 1 })
	partial := 0
	for range 1000 {
		got := s.fine("diff_spec", spec)
		if got["complete"] != true {
			if partial++; got["comparing"] == true && strings.Contains(fmt.Sprint(got["groups"]), "not_shown") {
				t.Fatalf("differences before the documents were compared: %v", got)
			}
			continue
		}
		if partial == 0 {
			t.Error("no call was cut")
		}
		if fmt.Sprint(got["groups"]) != fmt.Sprint(want["groups"]) || got["checked"] != want["checked"] {
			t.Errorf("%v\nwant %v", got, want)
		}
		return
	}
	t.Error("no call was complete")
}
