//go:build !windows

package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/store/storetest"
)

// TestFullDisk imports more than fits on the disk: one line, a hint, and nothing is imported.
func TestFullDisk(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	dir := storetest.SmallDisk(t, "4m")
	har, db := filepath.Join(t.TempDir(), "big.har"), filepath.Join(dir, "s.db")
	noise := make([]byte, 60_000)
	var b strings.Builder
	b.WriteString(`{"log":{"version":"1.2","entries":[`)
	for i := range 100 {
		rand.Read(noise)
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"startedDateTime":"2024-01-02T03:04:05Z","time":1,"request":{"method":"GET","url":"https://h.example/%d","httpVersion":"HTTP/1.1","headers":[]},
"response":{"status":200,"statusText":"","httpVersion":"HTTP/1.1","headers":[],"content":{"size":60000,"mimeType":"image/png","encoding":"base64","text":%q}}}`, i, base64.StdEncoding.EncodeToString(noise))
	}
	b.WriteString(`]}}`)
	noError(t, os.WriteFile(har, []byte(b.String()), 0o600))
	var out bytes.Buffer
	empty := strings.NewReader(`{"log":{"version":"1.2","entries":[]}}`) // a failed import removes a store that it created
	if code := run(t.Context(), []string{"import", "-", "--db", db}, empty, &out, &out); code != cli.ExitFine {
		t.Fatalf("exit %d: %s", code, out.String())
	}
	out.Reset()
	code := run(t.Context(), []string{"import", har, "--db", db}, nil, &out, &out)
	if code != cli.ExitFailed || !strings.Contains(out.String(), "store is full") || !strings.Contains(out.String(), "\ntry: df -h ") || strings.Count(out.String(), "\n") != 2 {
		t.Errorf("exit %d: %s", code, out.String())
	}
	for _, args := range [][]string{{"flows", "ls", "--count"}, {"store", "verify"}} {
		out.Reset()
		if code := run(t.Context(), append(args, "--db", db), nil, &out, &out); code != cli.ExitFine || !strings.HasPrefix(out.String(), "0\n") && !strings.Contains(out.String(), "is whole: 0 flows") {
			t.Errorf("%v: exit %d: %s", args, code, out.String())
		}
	}
}

// readOnlyFolder makes a folder read-only until the test ends: with a mount for root, which ignores
// modes, with the mode for other users.
func readOnlyFolder(t *testing.T, dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		noError(t, os.Chmod(dir, 0o500))
		files := must(os.ReadDir(dir))
		for _, f := range files {
			noError(t, os.Chmod(dir+"/"+f.Name(), 0o400))
		}
		t.Cleanup(func() { os.Chmod(dir, 0o700) })
		return
	}
	for _, args := range [][]string{{"--bind", dir, dir}, {"-o", "remount,bind,ro", dir}} {
		if out, err := exec.Command("mount", args...).CombinedOutput(); err != nil {
			t.Skipf("no mount here: %v: %s", err, out)
		}
		if args[0] == "--bind" {
			t.Cleanup(func() { exec.Command("umount", dir).Run() })
		}
	}
}
