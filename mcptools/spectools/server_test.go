package spectools

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/internal/corpus"
	"github.com/spectap/spectap/openapi"
)

// manyOperations returns a document with n operations.
func manyOperations(n int) string {
	var doc strings.Builder
	doc.WriteString("openapi: 3.0.3\ninfo: {title: A, version: '1'}\nservers: [{url: 'https://a.example'}]\npaths:\n")
	for i := range n {
		fmt.Fprintf(&doc, "  /p%d: {post: {operationId: o%d, summary: Summary %d., responses: {'200': {description: ok}}}}\n", i, i, i)
	}
	return doc.String()
}

// listOf returns the tools that a server lists, and the bytes of the list as the server writes it.
func listOf(t *testing.T, s *Set, o ServerOptions) (tools []mcp.Tool, size int) {
	t.Helper()
	m := NewServer(s, o)
	list, err := connectTo(t, m, true).ListTools(context.Background(), mcp.ListToolsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range list.Tools {
		size += len(mustJSON(m.GetTool(tool.Name).Tool)) + 1 // a comma or a bracket
	}
	return list.Tools, size + 1
}

// TestModeBySize lists the operations as long as the list has at most MaxList bytes.
func TestModeBySize(t *testing.T) {
	for _, n := range []int{1, 50, 400} {
		s := newSet(t, manyOperations(n), Options{})
		tools, size := listOf(t, s, ServerOptions{Mode: ModeStatic})
		if len(tools) < n {
			t.Fatalf("%d of %d operations are listed", len(tools), n)
		}
		for _, tt := range []struct {
			limit   int
			dynamic bool
		}{{size, false}, {size - 1, true}, {0, size > DefaultMaxList}} {
			tools, got := listOf(t, s, ServerOptions{MaxList: tt.limit})
			if dynamic := tools[0].Name == CallOperation; dynamic != tt.dynamic {
				t.Errorf("%d operations of %d bytes, limit %d: dynamic is %v", n, size, tt.limit, dynamic)
			}
			if got > DefaultMaxList && tt.limit == 0 {
				t.Errorf("%d operations: the list has %d bytes", n, got)
			}
		}
	}
}

// TestListSaysThingsOnce counts texts that every tool had several times.
func TestListSaysThingsOnce(t *testing.T) {
	tools, _ := listOf(t, newSet(t, manyOperations(3), Options{}), ServerOptions{})
	for _, tool := range tools {
		if tool.Name == "o1" {
			text := string(mustJSON(tool))
			if n := strings.Count(text, "Summary 1"); n != 1 || strings.Count(text, "/p1") != 1 {
				t.Errorf("the summary occurs %d times: %s", n, text)
			}
		}
	}
	text := string(mustJSON(tools))
	if n := strings.Count(text, confirmedArgument); n != 3 || strings.Count(text, "very same") != 0 {
		t.Errorf("%s occurs %d times, and is explained: %s", confirmedArgument, n, text)
	}
	if !strings.Contains(instructions, confirmedArgument) {
		t.Errorf("the instructions do not explain %s", confirmedArgument)
	}
}

// TestListsOfRealDocuments lists at most DefaultMaxList bytes by default, however many operations a
// document has.
func TestListsOfRealDocuments(t *testing.T) {
	for _, name := range corpus.Names(t) {
		doc, err := openapi.Load(vendorDocument(t, name))
		if err != nil {
			t.Fatal(err)
		}
		s, err := FromDocument(doc, Options{BaseURL: "http://127.0.0.1:1"})
		if err != nil {
			t.Fatal(err)
		}
		tools, size := listOf(t, s, ServerOptions{})
		if size > DefaultMaxList {
			t.Errorf("%s: %d tools have %d bytes", name, len(tools), size)
		}
	}
}
