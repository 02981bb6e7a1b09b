package packaging_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestLibraryProgram builds the program of library.md, runs it against a server, and calls a tool of it.
func TestLibraryProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a program")
	}
	bin := buildLibrary(t, libraryCode(t))
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		id := strings.TrimPrefix(r.URL.Path, "/users/")
		fmt.Fprintf(w, `{"id":%s,"city":"town %s"}`, id, id)
	}))
	defer api.Close()

	cmd := exec.CommandContext(t.Context(), bin, api.URL)
	cmd.Dir = t.TempDir()
	cmd.Stdin = strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"getUser","arguments":{"userId":77}}}
`)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run: %v\n%s", err, stderr.String())
	}
	if !strings.Contains(stderr.String(), "/users/{userId}:") {
		t.Errorf("the document has no path /users/{userId}:\n%s", stderr.String())
	}
	for line := range strings.Lines(string(out)) {
		var answer struct {
			ID     int
			Result json.RawMessage
		}
		if json.Unmarshal([]byte(line), &answer) == nil && answer.ID == 2 {
			if !strings.Contains(string(answer.Result), "town 77") {
				t.Errorf("getUser answered %s", answer.Result)
			}
			return
		}
	}
	t.Errorf("no answer to the call of getUser:\n%s\n%s", out, stderr.String())
}

// libraryCode returns the first block of Go in library.md.
func libraryCode(t *testing.T) string {
	t.Helper()
	page := readFile(t, "../docs/library.md")
	_, rest, ok := strings.Cut(string(page), "```go\n")
	code, _, ok2 := strings.Cut(rest, "```\n")
	if !ok || !ok2 {
		t.Fatal("library.md has no block of Go")
	}
	return code
}

// buildLibrary compiles a program as if it lay in this module, which has the versions of all libraries.
func buildLibrary(t *testing.T, code string) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("..")
	noError(t, err)
	source, overlay, bin := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "tap")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, "cmd", "tap", "main.go"): source}})
	noError(t, err)
	for name, data := range map[string][]byte{source: []byte(code), overlay: replace} {
		noError(t, os.WriteFile(name, data, 0o600))
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-overlay", overlay, "-o", bin, "./cmd/tap")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}
