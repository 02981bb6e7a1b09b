package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportByAgentFails checks that an agent is told why a file was not imported.
func TestImportByAgentFails(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{"empty.har": "", "bad.har.gz": "\x1f\x8bx", "text.har": "hello\n", "cut.har": `{"log":{"entries":[{"startedDateTime"`} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const sound = `{"log":{"version":"1.2","entries":[{"startedDateTime":"2026-01-01T00:00:00Z","request":{"method":"GET","url":"https://a.example/"},"response":{"status":200}}]}}`
	if err := os.WriteFile("sound.har", []byte(sound), 0o600); err != nil {
		t.Fatal(err)
	}
	a := runAgent(t, "--db", filepath.Join(dir, "flows.db"), "--allow", "import", "--files", dir)
	for file, want := range map[string]string{
		"empty.har": "it is empty", "bad.har.gz": "unzip", "text.har": "not a HAR file", "cut.har": "nothing was imported",
		"none.har": "no such file", ".": "not a regular file", "../x.har": "below the folder of --files",
	} {
		got := a.request("tools/call", map[string]any{"name": "load_traffic_file", "arguments": map[string]any{"file_path": file}})
		if text, _ := json.Marshal(got); got["isError"] != true || !strings.Contains(string(text), want) {
			t.Errorf("%s: want %q, got %s", file, want, text)
		}
	}
	if err := os.RemoveAll("flows.db"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("flows.db", 0o700); err != nil {
		t.Fatal(err)
	}
	got := a.request("tools/call", map[string]any{"name": "load_traffic_file", "arguments": map[string]any{"file_path": "sound.har"}})
	// The answer has the reason of the import, the log that of what reads the store before it.
	if text, _ := json.Marshal(got); got["isError"] != true || !strings.Contains(string(text)+a.stderr.String(), "is a folder") {
		t.Errorf("a folder as the store: got %s, %s", text, a.stderr)
	}
}
