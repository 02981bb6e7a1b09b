package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestScaleDocument runs every command of docs/scale.md, as written and in their order.
func TestScaleDocument(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip(err)
	}
	text := readFile(t, filepath.Join("..", "..", "docs", "scale.md"))
	dir := t.TempDir()
	for n, paths := range [][]string{{"/users/1", "/users/2"}, {"/users/3", "/orders?page=1"}} {
		har := harOf(paths)
		noError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("shard%d.har", n+1)), []byte(har), 0o600))
	}
	lines := docsLines(string(text))
	if len(lines) < 10 {
		t.Errorf("found only %d commands", len(lines))
	}
	script := "set -eu\nmkdir shared\ntrap 'kill $(jobs -p)' EXIT\n"
	for _, line := range lines {
		if server, ok := strings.CutSuffix(line, " &"); ok { // the next lines use it
			line = "mkfifo started; exec 3<>started; " + server + " >&3 & read -r line <&3"
		}
		script += line + "\n"
	}
	c := exec.CommandContext(t.Context(), "bash", "-c", script)
	c.Dir = dir
	c.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+filepath.Join(dir, "data"))
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"api.yaml", "more.yaml"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(data), "/orders") || !strings.Contains(string(data), "/users/{") {
			t.Errorf("%s: %v\n%s", name, err, data)
		}
	}
}
