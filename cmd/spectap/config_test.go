package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
