package mcptools

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
)

// slowDocuments learns until the client has got the progress.
type slowDocuments struct {
	source.Documenter
	told <-chan struct{}
	read *atomic.Int64
}

func (d slowDocuments) Read() int64 { return d.read.Add(1) }

func (d slowDocuments) Document(ctx context.Context, r source.DocumentRequest) (source.DocumentResult, error) {
	select {
	case <-d.told:
	case <-ctx.Done():
	}
	return d.Documenter.Document(ctx, r)
}

// TestProgress checks that a client which sends a progress token gets the number of read flows, and
// that the call still answers completely.
func TestProgress(t *testing.T) {
	fs := shopFlows(t)
	told, once := make(chan struct{}), sync.Once{}
	s := connect(t, newStore(t, fs...), func(c *setup) { c.Documents = slowDocuments{c.Documents, told, new(atomic.Int64)} })
	var got mcp.JSONRPCNotification
	s.client.OnNotification(func(n mcp.JSONRPCNotification) {
		if n.Method == "notifications/progress" {
			once.Do(func() { got = n; close(told) })
		}
	})
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Meta = "list_operations", &mcp.Meta{ProgressToken: "token-7"}
	res, err := s.client.CallTool(t.Context(), r)
	if err != nil || res.IsError {
		t.Fatalf("%+v, %v", res, err)
	}
	p := got.Params.AdditionalFields
	if p["progressToken"] != "token-7" || fmt.Sprint(p["progress"]) != "1" || fmt.Sprint(p["total"]) != fmt.Sprint(len(fs)) {
		t.Errorf("the notification is %v", p)
	}
}

// busyDocuments is still learning.
type busyDocuments struct{ source.Documenter }

func (busyDocuments) Document(context.Context, source.DocumentRequest) (source.DocumentResult, error) {
	return source.DocumentResult{}, &source.NotReady{Read: 5}
}

// While the API is still being learned, tools that can answer without operations do so, and name
// the missing part.
func TestAnswersWithoutOperations(t *testing.T) {
	f := newFlow("GET", "https", "api.example", "/things/7", "")
	failed := newFlow("GET", "https", "api.example", "/things/8", "")
	s := connect(t, newStore(t, answered(f, 200, "application/json", `{"id":7}`), answered(failed, 404, "application/json", `{"message":"no thing 8"}`)),
		func(c *setup) { c.Documents = busyDocuments{c.Documents} })
	got := s.fine("find_failures", nil)
	if rows := list(t, got, "failures"); len(rows) != 1 || rows[0]["operation"] != "GET /things/8" || rows[0]["message"] != "no thing 8" || got["complete"] != false || !strings.Contains(fmt.Sprint(got["note"]), "operations are missing") {
		t.Errorf("%v", got)
	}
	if text := s.call("find_failures", nil).text; !strings.HasPrefix(text, "This result is not complete: call find_failures again") {
		t.Errorf("%s", text)
	}
	s.refused(tool.CodeNotReady, "detect_auth_pattern", nil)
	s.refused(tool.CodeNotReady, "find_failures", object{"operation": "/things/{id}"})
	s.refused(tool.CodeNotReady, "search_traffic", object{"group_by": "operation", "operation": "/things/{id}"})
	s.refused(tool.CodeNotReady, "search_traffic", object{"group_by": "operation"})
	got = s.fine("get_traffic_summary", nil)
	if rows := list(t, got, "flows"); len(rows) != 2 || rows[0]["operation"] != nil || got["capture"].(object)["note"] == nil {
		t.Errorf("%v", got)
	}
}
