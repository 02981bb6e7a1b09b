package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/corpus"
)

// TestSpecs checks documents that tools read by a name, and below the folder of --files.
func TestSpecs(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(configEnv, "")
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
	for _, tool := range []string{"check_flows", "diff_spec"} {
		for _, spec := range []string{"vendor", "vendor.json", benchSpec} {
			if got := a.call(tool, map[string]any{"spec": spec, "domain": "x.example"}); got["error"] != nil {
				t.Errorf("%s %.20s: %v", tool, spec, got)
			}
		}
	}
	if got := a.call("check_flows", map[string]any{"spec": "vendor"}); got["checked"] != 0.0 {
		t.Errorf("got %v", got)
	}
	write(strings.Replace(benchSpec, "/v1/things1/{id}", "/{id}", 1)) // it is read again
	if got := a.call("check_flows", map[string]any{"spec": "vendor"}); got["checked"] == 0.0 {
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

// TestDiffOfVendorDocument checks the size of the answer on a document of 1,200 operations, and that
// what flows prove comes first: below 3,000 tokens of four bytes.
func TestDiffOfVendorDocument(t *testing.T) {
	traffic := corpus.Path(t, "github", corpus.Traffic)
	document := corpus.Read(t, "github", corpus.Document)
	t.Setenv(configEnv, "")
	dir := t.TempDir()
	db, vendor := filepath.Join(dir, "flows.db"), filepath.Join(dir, "vendor.json")
	if err := os.WriteFile(vendor, document, 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, errs := runInstall(t, "import", "--db", db, traffic); status != 0 {
		t.Fatal(errs)
	}
	a := runAgent(t, "--db", db, "--spec", "vendor="+vendor)
	var r map[string]any
	text := "still being read"
	isDone := func() bool {
		return !strings.Contains(text, "still being read") && !strings.Contains(text, "still being compared")
	}
	for call := 0; call < 30 && !isDone(); call++ { // a call takes 5 s at most
		r = a.request("tools/call", map[string]any{"name": "diff_spec", "arguments": map[string]any{"spec": "vendor", "domain": "*"}})
		text = r["content"].([]any)[0].(map[string]any)["text"].(string)
	}
	structured, err := json.Marshal(r["structuredContent"])
	if err != nil || len(text) > 12_000 || len(structured) > 12_000 {
		t.Errorf("%d bytes of text, %d structured, %v", len(text), len(structured), err)
	}
	first, _, _ := strings.Cut(text, "not_shown\n")
	if !strings.Contains(text, "\ncontradiction\nbreaking response-body") || !strings.Contains(first, "endpoint-added n=") || strings.Contains(first, "-removed") {
		t.Errorf("got %s", text)
	}
}

func TestSpecFlags(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("a.json", []byte(benchSpec), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"--spec a.json":                     "must be NAME=FILE",
		"--spec ../a=a.json":                "must be NAME=FILE",
		"--spec a=none.json":                "no such file",
		"--spec a=.":                        "not a regular file",
		"--spec a=a.json --spec a=a.json":   "is taken",
		"install cursor --spec a=none.json": "no such file",
	} {
		var out, errs strings.Builder
		if status := run(context.Background(), append([]string{"mcp"}, strings.Fields(args)...), strings.NewReader(""), &out, &errs); status == 0 || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: %d, %s", args, status, errs.String())
		}
	}
}
