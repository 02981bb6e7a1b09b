package credential

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// TestCommands checks that a command prints the secret of a scheme, and runs again only for a
// secret that was refused.
func TestCommands(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	runs, script := filepath.Join(dir, "runs"), filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte(`echo run >> `+runs+`; echo " secret $(wc -l < `+runs+` | tr -d ' ') "`), 0o600); err != nil {
		t.Fatal(err)
	}
	c := NewCommands(map[string]string{"key": "sh " + script, "none": "true", "bad": "sh " + script + ".missing", "blank": " "})
	want := func(name string, secret Secret, runsOf int) {
		t.Helper()
		v, ok, err := c.Credential(t.Context(), name, nil)
		if v != secret || ok != (secret != "") || err != nil {
			t.Errorf("%s: %q, %t, %v; want %q", name, v, ok, err, secret)
		}
		data, err := os.ReadFile(runs)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if n := strings.Count(string(data), "run"); n != runsOf {
			t.Errorf("%s: the command ran %d times, want %d", name, n, runsOf)
		}
	}
	want("other", "", 0)
	want("blank", "", 0)
	want("none", "", 0)
	want("key", "secret 1", 1)
	want("key", "secret 1", 1)
	c.Forget("key", "another secret")
	want("key", "secret 1", 1)
	c.Forget("key", "secret 1")
	want("key", "secret 2", 2)
	if v, ok, err := c.Credential(t.Context(), "bad", nil); v != "" || ok || err == nil || !strings.HasPrefix(err.Error(), "the command sh, which prints the token, failed: ") {
		t.Errorf("%q, %t, %v", v, ok, err)
	}
}

// TestCommandWithChild runs a command that leaves a process behind, which holds its stdout open.
func TestCommandWithChild(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	script, pid := filepath.Join(dir, "script"), filepath.Join(dir, "pid")
	must.Do(t, os.WriteFile(script, []byte(`tail -f /dev/null & echo $! > `+pid+`; echo secret`), 0o600))
	t.Cleanup(func() {
		if data, err := os.ReadFile(pid); err == nil {
			exec.Command("kill", strings.TrimSpace(string(data))).Run()
		}
	})
	c := NewCommands(map[string]string{"key": "sh " + script})
	done := make(chan Secret, 1)
	go func() {
		v, _, _ := c.Credential(t.Context(), "key", nil)
		done <- v
	}()
	select {
	case v := <-done:
		if v != "secret" {
			t.Errorf("got %q", string(v))
		}
	case <-time.After(time.Minute):
		t.Error("the call waits for the child")
	}
}
