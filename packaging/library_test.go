package packaging_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestLibraryProgram builds the program of library.md, runs it against a server, and calls tools of
// it: a write is held. Without the front that decides on calls, it sends nothing.
func TestLibraryProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a program")
	}
	code := libraryCode(t)
	guarded := startLibrary(t, code)
	if got := guarded.call(t, "getUser", `{"userId":77}`); !strings.Contains(got, "town 77") || guarded.sent.Load() != 8 {
		t.Errorf("getUser answered %s", got)
	}
	if got := guarded.call(t, "createUser", `{"name":"ann"}`); !strings.Contains(got, "confirmation_request") || guarded.sent.Load() != 8 {
		t.Errorf("a write is not held: %s", got)
	}
	if got := guarded.call(t, "createUser", `{"name":"ann","__confirmed":true}`); !strings.Contains(got, "api_response") || guarded.sent.Load() != 9 {
		t.Errorf("a confirmed write: %s", got)
	}

	code = strings.Replace(code, "front.ServeStdio(ctx, server, os.Stdin, os.Stdout, nil)", "mcp.ServeStdio(server.MCP())", 1)
	code = strings.Replace(code, `"github.com/spectap/spectap/mcp/front"`, `mcp "github.com/mark3labs/mcp-go/server"`, 1)
	unguarded := startLibrary(t, code)
	for tool, args := range map[string]string{"getUser": `{"userId":77}`, "createUser": `{"name":"ann","__confirmed":true}`} {
		if got := unguarded.call(t, tool, args); !strings.Contains(got, "the call was not judged") || unguarded.sent.Load() != 7 {
			t.Errorf("without a front, %s answered %s", tool, got)
		}
	}
}

// library is a running program of library.md, and the API that it serves.
type library struct {
	sent   atomic.Int32 // requests that the API got
	in     io.WriteCloser
	out    *bufio.Scanner
	stderr strings.Builder
	calls  int
}

func startLibrary(t *testing.T, code string) *library {
	t.Helper()
	l := &library{}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.sent.Add(1)
		w.Header().Set("Content-Type", "application/json")
		id := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/users"), "/")
		if id == "" {
			id = "6"
		}
		fmt.Fprintf(w, `{"id":%s,"city":"town %s"}`, id, id)
	}))
	t.Cleanup(api.Close)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), buildLibrary(t, code), api.URL) // it ends with its input
	cmd.Dir, cmd.Stderr = t.TempDir(), &l.stderr
	var err error
	l.in, err = cmd.StdinPipe()
	must.Do(t, err)
	out, err := cmd.StdoutPipe()
	must.Do(t, err)
	l.out = bufio.NewScanner(out)
	must.Do(t, cmd.Start())
	t.Cleanup(func() {
		l.in.Close()
		if err := cmd.Wait(); err != nil || !strings.Contains(l.stderr.String(), "/users/{userId}:") {
			t.Errorf("run: %v; the document:\n%s", err, l.stderr.String())
		}
	})
	l.ask(t, "initialize", `{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}`)
	fmt.Fprintln(l.in, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	return l
}

// call calls a tool and returns the answer.
func (l *library) call(t *testing.T, tool, args string) string {
	t.Helper()
	return l.ask(t, "tools/call", fmt.Sprintf(`{"name":%q,"arguments":%s}`, tool, args))
}

func (l *library) ask(t *testing.T, method, params string) string {
	t.Helper()
	l.calls++
	fmt.Fprintf(l.in, `{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`+"\n", l.calls, method, params)
	for l.out.Scan() {
		var answer struct{ ID int }
		if json.Unmarshal(l.out.Bytes(), &answer) == nil && answer.ID == l.calls {
			return l.out.Text()
		}
	}
	t.Fatalf("no answer to %s: %v", method, l.out.Err())
	return ""
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
	root := must.Get(filepath.Abs(".."))
	source, overlay, bin := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "tap")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, "cmd", "tap", "main.go"): source}})
	must.Do(t, err)
	for name, data := range map[string][]byte{source: []byte(code), overlay: replace} {
		must.Do(t, os.WriteFile(name, data, 0o600))
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-overlay", overlay, "-o", bin, "./cmd/tap")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}
