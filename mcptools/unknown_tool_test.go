package mcptools

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/tool"
)

// A call of a tool that does not exist says which one was meant, and what to do next.
func TestUnknownTool(t *testing.T) {
	s := connect(t, newStore(t))
	for _, tt := range []struct {
		name string
		code tool.Code
		want string
	}{
		{"list_operation", tool.CodeUnknownTool, "did you mean list_operations?"},
		{"listHosts", tool.CodeUnknownTool, "did you mean list_hosts?"},
		{"createIssue", tool.CodeUnknownTool, "list_operations shows the operations"},
		{"", tool.CodeUnknownTool, "list_tools"},
		{"replay_flow", tool.CodeRefused, "--allow send --send-to"},
		{"clear_traffic", tool.CodeRefused, "--allow clear"},
	} {
		got := s.answer(tt.name, object{"x": 1})
		if !strings.Contains(got, tt.want) || !strings.Contains(got, `"code":"`+string(tt.code)) || !strings.Contains(got, `"isError":true`) {
			t.Errorf("%s: %s", tt.name, got)
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
