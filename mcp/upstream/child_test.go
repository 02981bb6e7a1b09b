package upstream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/upstream"
)

// TestChildCannotStart says which program could not be started, why, and what to type.
func TestChildCannotStart(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	must.Do(t, os.WriteFile(plain, []byte("no program"), 0o600))
	tests := map[string]struct {
		program, todo string
		cause         error
	}{
		"not in the path": {"no-such-server", "type command -v no-such-server", exec.ErrNotFound},
		"no file":         {filepath.Join(dir, "none"), "type command -v " + filepath.Join(dir, "none"), fs.ErrNotExist},
		"not executable":  {plain, "type chmod +x " + plain, fs.ErrPermission},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "windows" && tt.cause != exec.ErrNotFound {
				t.Skip("whether a file is a program depends on its name")
			}
			_, err := upstream.Child([]string{tt.program}, io.Discard, 0, nil)(t.Context())
			if !errors.Is(err, tt.cause) {
				t.Fatalf("the error is %v", err)
			}
			text := err.Error()
			if !strings.HasPrefix(text, "start the MCP server "+tt.program+": ") || !strings.Contains(text, tt.todo) || strings.Contains(text, "exec:") || strings.Contains(text, "fork/exec") {
				t.Errorf("the error is %s", text)
			}
		})
	}
}

// TestChildIsInterrupted checks that a server may say something when the gateway is interrupted. Then
// it ended well, unless it explains why not.
func TestChildIsInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("programs cannot be interrupted")
	}
	if signal.Ignored(os.Interrupt) { // as a job in the background of a shell
		t.Skip("children ignore interrupts, too")
	}
	const script = `say() { echo "{\"jsonrpc\":\"2.0\",\"method\":\"$1\"}"; }; trap 'say interrupted; %s' INT; say ready; while :; do sleep 0.01; done`
	for end, why := range map[string]string{"exit 0": "", "echo no disk >&2; exit 0": "no disk", "exit 3": "exit status 3", "echo no disk >&2; exit 3": "exit status 3: no disk"} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		conn := must.Get(upstream.Child([]string{"sh", "-c", fmt.Sprintf(script, end)}, io.Discard, 0, nil)(ctx))
		for _, want := range []string{"ready", "interrupted"} {
			p, err := conn.Receive()
			if err != nil || p.Method != want {
				t.Fatalf("%s: received %+v, %v, want %s", end, p, err, want)
			}
			cancel()
		}
		for range 2 {
			if err := conn.Close(); (err == nil) != (why == "") || err != nil && !strings.HasSuffix(err.Error(), why) {
				t.Errorf("%s: %v, want %q", end, err, why)
			}
		}
	}
}

// TestClosedChildIsInterrupted closes a server that does not end with its stdin. It may end well when
// it is interrupted.
func TestClosedChildIsInterrupted(t *testing.T) {
	t.Parallel() // takes as long as such a server may
	if runtime.GOOS == "windows" || signal.Ignored(os.Interrupt) {
		t.Skip("programs cannot be interrupted")
	}
	const script = `trap 'exit 0' INT; echo '{"jsonrpc":"2.0","method":"ready"}'; while :; do sleep 0.01; done`
	conn := must.Get(upstream.Child([]string{"sh", "-c", script}, io.Discard, 0, nil)(t.Context()))
	if p, err := conn.Receive(); err != nil || p.Method != "ready" {
		t.Fatalf("received %+v, %v", p, err)
	}
	must.Do(t, conn.Close())
}

// TestChildSaysWhyItEnded checks that the error of a server that failed has its exit status and the
// last line that it wrote to stderr, and that one that ends well is no error.
func TestChildSaysWhyItEnded(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	for _, tt := range []struct{ name, script, want, notes string }{
		{"well", "echo hello >&2; cat >/dev/null", "", "hello\n"},
		{"failed", "echo first >&2; echo 'no such token' >&2; exit 3", "exit status 3: no such token", "first\nno such token\n"},
		{"failed silently", "exit 4", "exit status 4", ""},
		{"blank lines", "echo why >&2; echo >&2; exit 5", "exit status 5: why", "why\n\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var notes strings.Builder
			conn := must.Get(upstream.Child([]string{"sh", "-c", tt.script}, &notes, 1000, nil)(t.Context()))
			if tt.want != "" {
				if _, err := conn.Receive(); err == nil {
					t.Error("a message of a server that wrote none")
				}
			}
			for range 2 { // the second Close says the same
				if err := conn.Close(); (err == nil) != (tt.want == "") || err != nil && err.Error() != tt.want {
					t.Errorf("got %v, want %q", err, tt.want)
				}
			}
			if notes.String() != tt.notes {
				t.Errorf("passed on %q, want %q", notes.String(), tt.notes)
			}
		})
	}
}

// TestChildNotesAreBounded checks that a server cannot fill the log, and that its last line is still
// known.
func TestChildNotesAreBounded(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	var notes strings.Builder
	const script = "head -c 1500000 /dev/zero | tr '\\0' x >&2; echo >&2; echo last >&2; exit 1"
	conn := must.Get(upstream.Child([]string{"sh", "-c", script}, &notes, 1000, nil)(t.Context()))
	if _, err := conn.Receive(); err == nil {
		t.Error("a message of a server that wrote none")
	}
	if err := conn.Close(); err == nil || !strings.HasSuffix(err.Error(), ": last") {
		t.Errorf("got %v", err)
	}
	const end = "\n(the rest of what the MCP server writes to stderr is dropped)\n"
	if kept := strings.TrimSuffix(notes.String(), end); kept != strings.Repeat("x", 1<<20) {
		t.Errorf("passed on %d bytes and %q", len(kept), notes.String()[min(len(kept), 1<<20):])
	}
}
