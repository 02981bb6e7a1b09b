package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/cli"
)

// TestSpecs checks documents that tools read by a name, and below the folder of --files.
func TestSpecs(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(cli.ConfigEnv, "")
	_, _, db := hostileFiles(t, dir)
	file := filepath.Join(dir, "vendor.json")
	write := func(spec string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(spec), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(benchSpec)
	a := runAgent(t, "--db", db, "--spec", "vendor="+file, "--files", dir)
	for _, violations := range []bool{false, true} {
		for _, spec := range []string{"vendor", "vendor.json", benchSpec} {
			if got := a.call("diff_spec", map[string]any{"spec": spec, "domain": "x.example", "violations": violations}); got["error"] != nil {
				t.Errorf("violations %v %.20s: %v", violations, spec, got)
			}
		}
	}
	if got := a.call("diff_spec", map[string]any{"violations": true, "spec": "vendor"}); got["checked"] != 0.0 {
		t.Errorf("got %v", got)
	}
	write(strings.Replace(benchSpec, "/v1/things1/{id}", "/{id}", 1)) // it is read again
	if got := a.call("diff_spec", map[string]any{"violations": true, "spec": "vendor"}); got["checked"] == 0.0 {
		t.Errorf("got %v", got)
	}
	if got := message(t, a.call("diff_spec", map[string]any{"spec": "seller"})); !strings.Contains(got, "neither") {
		t.Errorf("got %s", got)
	}
	list, _ := a.request("tools/list", map[string]any{})["tools"].([]any)
	found := false
	for _, x := range list {
		if x := x.(map[string]any); x["name"] == "diff_spec" {
			spec := x["inputSchema"].(map[string]any)["properties"].(map[string]any)["spec"].(map[string]any)
			found = strings.Contains(spec["description"].(string), "vendor")
		}
	}
	if !found {
		t.Error("diff_spec does not list the name vendor")
	}
	contents := a.request("resources/read", map[string]any{"uri": "spectap://specs"})["contents"].([]any)
	if text := contents[0].(map[string]any)["text"]; text != `{"specs":["vendor"],"files":true}` {
		t.Errorf("the resource has %v", text)
	}
}
