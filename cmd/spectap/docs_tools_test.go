package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/cli"
	servecli "github.com/spectap/spectap/internal/cli/serve"
)

// TestDocsTools checks that docs/tools.md lists each tool and group.
func TestDocsTools(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	page, err := os.ReadFile("../../docs/tools.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	agent := runAgent(t, "--db", dir+"/flows.db", "--ca-dir", dir+"/ca", "--allow", strings.Join(servecli.AllowGroups, ","), "--files", dir, "--send-to", "https://a.example")
	raw, err := json.Marshal(agent.call("list_tools", map[string]any{})["tools"])
	if err != nil {
		t.Fatal(err)
	}
	var tools []struct{ Name string }
	if err := json.Unmarshal(raw, &tools); err != nil || len(tools) != 36 {
		t.Fatalf("%d tools, %v", len(tools), err)
	}
	for _, tool := range tools {
		if !strings.Contains(string(page), "`"+tool.Name+"`") {
			t.Errorf("docs/tools.md does not list %s", tool.Name)
		}
	}
	for group := range strings.SplitSeq(strings.Join(servecli.AllowGroups, ","), ",") {
		if !strings.Contains(string(page), "| `"+group+"` |") {
			t.Errorf("docs/tools.md does not list the group %s", group)
		}
	}
}
