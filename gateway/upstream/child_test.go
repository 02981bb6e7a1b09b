package upstream_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/spectap/spectap/gateway/upstream"
)

// TestChildCannotStart says which program could not be started, why, and what to type.
func TestChildCannotStart(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("no program"), 0o600); err != nil {
		t.Fatal(err)
	}
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
			_, err := upstream.Child([]string{tt.program}, io.Discard, 0)(t.Context())
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
