package mcptools

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/mcptools/tool"
)

// A call of a tool that does not exist says which one was meant, and what to do next: until 2025 in
// a result, which the model sees, from revision 2026-07-28 on in the error that this demands.
func TestUnknownTool(t *testing.T) {
	old, modern := asks(t, newStore(t), "2025-11-25", &person{}), asks(t, newStore(t), "2026-07-28", &person{})
	for _, tt := range []struct {
		name string
		code tool.Code
		want string
	}{
		{"list_operation", tool.CodeUnknownTool, "did you mean list_operations?"},
		{"listHosts", tool.CodeUnknownTool, "did you mean list_hosts?"},
		{"createIssue", tool.CodeUnknownTool, "list_operations shows the operations"},
		{"a\u202eb", tool.CodeUnknownTool, "a⟨U+202E⟩b"},
		{"", tool.CodeUnknownTool, "list_tools"},
		{"replay_flow", tool.CodeRefused, "--allow send --send-to"},
		{"clear_tools", tool.CodeUnknownTool, "list_tools"},
		{"start_proxy", tool.CodeRefused, "--allow capture"},
	} {
		var r mcp.CallToolRequest
		r.Params.Name, r.Params.Arguments = tt.name, object{"x": 1}
		res, err := old.CallTool(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := json.Marshal(res)
		if !strings.Contains(string(got), tt.want) || !strings.Contains(string(got), `"code":"`+string(tt.code)) || !res.IsError {
			t.Errorf("%s: %s", tt.name, got)
		}
		if res, err = modern.CallTool(t.Context(), r); !errors.Is(err, mcp.ErrInvalidParams) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v", tt.name, res, err)
		}
	}
}

// TestNeedsAllow compares the table with the tools that are enabled by nothing else.
func TestNeedsAllow(t *testing.T) {
	off := map[string]bool{}
	for _, x := range newService(Config{Allow: everything()}).tools() {
		off[x.Name] = true
	}
	for _, x := range newService(Config{}).tools() {
		delete(off, x.Name)
	}
	for name := range off {
		if needsAllow[name] == "" {
			t.Errorf("%s is missing", name)
		}
	}
	if len(needsAllow) != len(off) {
		t.Errorf("%d tools need a value of --allow, %d are in the table", len(off), len(needsAllow))
	}
}
