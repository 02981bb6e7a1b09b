package spectools

import (
	"context"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/internal/corpustest"
)

// listOf returns the tools that a server lists, and the bytes of the list as the server writes it.
func listOf(t *testing.T, s *Set, o ServerOptions) (tools []mcp.Tool, size int) {
	t.Helper()
	m := NewServer(s, o)
	list := must(connectTo(t, m, true).ListTools(context.Background(), mcp.ListToolsRequest{}))
	for _, tool := range list.Tools {
		size += len(mustJSON(m.mcp.GetTool(tool.Name).Tool)) + 1 // a comma or a bracket
	}
	return list.Tools, size + 1
}

// TestListsOfRealDocuments lists at most DefaultMaxList bytes by default, however many operations a
// document has.
func TestListsOfRealDocuments(t *testing.T) {
	for _, name := range corpustest.Names(t) {
		s := vendorSet(t, name)
		tools, size := listOf(t, s, ServerOptions{})
		if size > DefaultMaxList {
			t.Errorf("%s: %d tools have %d bytes", name, len(tools), size)
		}
	}
}
