package mcptools

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/tool"
)

// TestCheckFlowsTooMuch checks a captured body that a pattern of the document takes half a minute
// to judge. The flow is counted as not checked in full.
func TestCheckFlowsTooMuch(t *testing.T) {
	var body strings.Builder
	for i := range 300 {
		fmt.Fprintf(&body, `,"%s!%d"`, strings.Repeat("a", 45), i)
	}
	data := []byte("[" + body.String()[1:] + "]")
	s := connect(t, newStore(t, flow.Flow{
		ID: flow.NewID(), Done: true,
		Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example.com", Path: "/a"},
		Response: &flow.Response{
			Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
			Body: flow.Body{Data: data, Size: int64(len(data))},
		},
	}))
	got := s.fine("diff_spec", object{"violations": true, "spec": `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{
		"200":{"description":"","content":{"application/json":{"schema":{"items":{"not":{"pattern":"^(?=a)(a+)+$"}}}}}}}}}}}`})
	if got["too_much"] != 1.0 || got["checked"] != 1.0 || got["broken"] != 0.0 {
		t.Errorf("got %v", got)
	}
}

// With * each flow is checked against the documents whose servers name its host, also if a call has
// no time for all flows.
func TestCheckFlowsAllSpecs(t *testing.T) {
	dir := t.TempDir()
	specs := &apidoc.Library{}
	for name, server := range map[string]string{"one": "https://one.example/v1", "two": "https://two.example:8443/v1"} {
		path := filepath.Join(dir, name+".json")
		// A call waits until documents of any size are read.
		noError(t, os.WriteFile(path, []byte(numbers(server)+strings.Repeat(" ", 600<<10)), 0o600))
		specs.Named = append(specs.Named, apidoc.Named{Name: name, Path: path})
	}
	for _, wait := range []time.Duration{0, 1} {
		s := connect(t, newStore(t, twoAPIs()...), func(c *setup) { c.Specs, c.Wait = specs, wait })
		got := s.fine("diff_spec", object{"violations": true, "spec": "*"})
		for range 20 {
			if got["complete"] == true {
				break
			}
			got = s.fine("diff_spec", object{"violations": true, "spec": "*"})
		}
		rows := list(t, got, "mismatches")
		if got["complete"] != true || got["checked"] != 2.0 || got["outside"] != 4.0 || len(rows) != 1 || rows[0]["spec"] != "two" {
			t.Errorf("wait %v: %v", wait, got)
		}
		s.refused(tool.CodeBadArgument, "diff_spec", object{"violations": true, "spec": "*", "cursor": "AAAAAAAAAfq92DW5"})
		if e := s.refused(tool.CodeBadArgument, "diff_spec", object{"spec": "*"}); !strings.Contains(fmt.Sprint(e["message"]), "with violations, * is all of them") {
			t.Errorf("diff_spec with all documents: %v", e)
		}
	}
	one := connect(t, newStore(t, twoAPIs()...), func(c *setup) { c.Specs = &apidoc.Library{Named: specs.Named[:1]} })
	if e := one.refused(tool.CodeBadArgument, "diff_spec", object{"spec": "*"}); strings.Contains(fmt.Sprint(e["message"]), "all of them") {
		t.Errorf("diff_spec with the only document: %v", e)
	}
}
