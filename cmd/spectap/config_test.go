package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestDocumentedConfig loads the example of docs/redaction.md.
func TestDocumentedConfig(t *testing.T) {
	doc, err := os.ReadFile("../../docs/redaction.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, ok := strings.Cut(string(doc), "```yaml\n")
	if !ok {
		t.Fatal("no example")
	}
	example, _, _ = strings.Cut(example, "```")
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(configEnv, path)
	c, err := loadConfig("")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Redact) != strings.Count(example, "\n  - ") {
		t.Errorf("%d rules read: %+v", len(c.Redact), c.Redact)
	}
}

// TestDocumentedProxyConfig loads the examples of docs that are about the proxy, and applies them.
func TestDocumentedProxyConfig(t *testing.T) {
	for _, name := range []string{"configuration.md", "migrate.md"} {
		doc, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		_, example, _ := strings.Cut(string(doc), "```yaml\n")
		example, _, _ = strings.Cut(example, "```")
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, []byte(example), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv(configEnv, path)
		p, o := &program{}, &tapOptions{}
		if err := p.setAddress(o); err != nil || o.listen != "127.0.0.1:8080" {
			t.Errorf("%s: address %q, %v", name, o.listen, err)
		}
		skip, err := p.skipping(o)
		if err != nil || skip == nil {
			t.Fatalf("%s: %v", name, err)
		}
		for path, want := range map[string]bool{"/a.css": true, "/a.json": false} {
			got, decided := skip(&flow.Flow{Request: flow.Request{Method: "GET", Path: path}}, false)
			if got != want || !decided {
				t.Errorf("%s: %s: skip %v, decided %v", name, path, got, decided)
			}
		}
	}
}

// TestConfigIsFound checks that the nearest configuration file is used.
func TestConfigIsFound(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{filepath.Join(dir, configName): "redact: [{name: outer}]", filepath.Join(dir, "a", configName): ""} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(deep)
	if c, err := loadConfig(""); err != nil || len(c.Redact) != 0 || !strings.HasSuffix(c.path, filepath.Join("a", configName)) {
		t.Errorf("got %+v, %v; want the nearest file", c, err)
	}
	t.Chdir(dir)
	if c, err := loadConfig(""); err != nil || len(c.Redact) != 1 {
		t.Errorf("got %+v, %v; want one rule", c, err)
	}
}
