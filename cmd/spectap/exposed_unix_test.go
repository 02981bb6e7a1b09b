//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// TestExposedFiles checks that a CA folder, a store and a token file that all users can write to
// are refused, with the mode and the command that corrects it.
func TestExposedFiles(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	dir := t.TempDir()
	har, db := filepath.Join(dir, "a.har"), filepath.Join(dir, "flows.db")
	ca, token := filepath.Join(dir, "ca"), filepath.Join(dir, "token")
	noError(t, os.WriteFile(har, []byte(`{"log":{"entries":[]}}`), 0o600))
	noError(t, os.WriteFile(token, []byte("a-token-of-some-length"), 0o600))
	do := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := run(t.Context(), args, strings.NewReader(""), &out, &out)
		return code, out.String()
	}
	for _, args := range [][]string{{"import", har, "--db", db}, {"ca", "path", "--ca-dir", ca}} {
		if code, out := do(args...); code != cli.ExitFine {
			t.Fatalf("%v: exit %d: %s", args, code, out)
		}
	}
	for _, tt := range []struct {
		name, path string
		mode       os.FileMode
		args       []string
		want       string
	}{
		{"store", db, 0o602, []string{"flows", "ls", "--db", db}, "chmod 600 " + db},
		{"store to import into", db, 0o602, []string{"import", har, "--db", db}, "chmod 600 " + db},
		{"CA folder", ca, 0o703, []string{"ca", "path", "--ca-dir", ca}, "chmod 700 " + ca},
		{"CA folder to rotate", ca, 0o703, []string{"ca", "rotate", "--ca-dir", ca}, "chmod 700 " + ca},
		{"token file", token, 0o602, []string{"mcp", "--db", db, "--http", "127.0.0.1:0", "--token-file", token}, "chmod 600 " + token},
	} {
		t.Run(tt.name, func(t *testing.T) {
			info := must(os.Stat(tt.path))
			noError(t, os.Chmod(tt.path, tt.mode))
			defer os.Chmod(tt.path, info.Mode().Perm())
			code, out := do(tt.args...)
			if code != cli.ExitFailed || !strings.Contains(out, "writable by all users") || !strings.Contains(out, "try: "+tt.want) {
				t.Errorf("exit %d: %s", code, out)
			}
		})
	}
}

// TestImportFIFO checks that load_traffic_file refuses a FIFO, from which it would wait for a
// writer.
func TestImportFIFO(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := syscall.Mkfifo("pipe.har", 0o600); err != nil {
		t.Skip(err)
	}
	a := runAgent(t, "--db", filepath.Join(dir, "flows.db"), "--allow", "import", "--files", dir)
	done := make(chan map[string]any, 1)
	go func() {
		done <- a.request("tools/call", map[string]any{"name": "load_traffic_file", "arguments": map[string]any{"file_path": "pipe.har"}})
	}()
	select {
	case got := <-done:
		if text, _ := json.Marshal(got); got["isError"] != true || !strings.Contains(string(text), "not a regular file") {
			t.Errorf("got %s", text)
		}
	case <-time.After(time.Minute):
		w, err := os.OpenFile("pipe.har", os.O_WRONLY, 0) // ends the wait
		if err == nil {
			w.Close()
		}
		<-done
		t.Error("load_traffic_file waits for a FIFO")
	}
}
