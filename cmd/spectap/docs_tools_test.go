package main

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
	servecli "github.com/spectap/spectap/cmd/spectap/cli/serve"
)

// TestDocsTools checks that docs/tools.md lists each tool and group.
func TestDocsTools(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	page := readFile(t, "../../docs/tools.md")
	tools := realTools(t)
	if len(tools) != 30 {
		t.Errorf("%d tools", len(tools))
	}
	for name := range tools {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/tools.md does not list %s", name)
		}
	}
	for group := range strings.SplitSeq(strings.Join(servecli.AllowGroups, ","), ",") {
		if !strings.Contains(string(page), "| `"+group+"` |") {
			t.Errorf("docs/tools.md does not list the group %s", group)
		}
	}
}
