package main

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// fullWriter is a disk without room.
type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// TestFullStdout checks that no command succeeds if its output cannot be written, and that the
// error says so.
func TestFullStdout(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(cli.ConfigEnv, "")
	setDataHome(t, dir)
	t.Chdir(dir)
	one, other, db := hostileFiles(t, dir)
	hostilePolicies(t, dir)
	hostilePins(t, dir)
	held := hostileApprovals(t, dir)
	for _, args := range [][]string{
		{"grant", "add", "ci", "--grants", "grants.json"}, {"model", "save", "-o", "all.model", "--db", db},
		{"correct", "rename", "GET /things", "listThings", "--db", db},
	} {
		var errs bytes.Buffer
		if status := run(t.Context(), args, strings.NewReader(""), io.Discard, &errs); status != cli.ExitFine {
			t.Fatalf("%s: exit %d: %s", args, status, &errs)
		}
	}
	for _, args := range [][]string{
		{"version"}, {"completion", "bash"}, {"ca", "path"},
		{"export", "--host", "x.example"}, {"export", "--host", "x.example", "--report"}, {"export", "--host", "x.example", "--report", "--format", "json"},
		{"explain", "GET", "/things", "--host", "x.example"}, {"check", one, "--json"}, {"check", one},
		{"flows", "ls"}, {"flows", "ls", "--json"}, {"flows", "ls", "--count"}, {"flows", "show", "1"}, {"flows", "show", "1", "--json"},
		{"flows", "show", "1", "--curl"}, {"flows", "export"}, {"store", "stats"}, {"store", "stats", "--json"},
		{"lint", one}, {"lint", one, "--format", "json"}, {"lint", one, "--format", "sarif"}, {"lint", "--rules"}, {"validate", one}, {"validate", one, "--format", "json"},
		{"diff", one, other}, {"diff", one, other, "--json"}, {"doc", one}, {"doc", one, "--format", "html"}, {"filter", one},
		{"serve", one, "--dry-run"}, {"serve", one, "--dry-run", "--summary"}, {"coverage", one}, {"help"}, {"help", "environment"}, {"ca", "print"},
		{"policy", "schema"}, {"policy", "check", "wrong.json"},
		{"policy", "test", "policy.json", "cases.json"}, {"audit", "tail", "audit.jsonl"},
		{"audit", "verify", "junk.jsonl"}, {"pins", "ls", "--pins", "pins.json"}, {"pins", "diff", "--pins", "pins.json"},
		{"approvals", "ls", "--approvals", "approvals.json"}, {"approvals", "show", "--approvals", "approvals.json", held}, {"grant", "ls", "--grants", "grants.json"},
		{"sessions", "ls"}, {"sessions", "ls", "--json"}, {"sessions", "show", "2"}, {"sessions", "show", "2", "--json"}, {"replay", "1", "--dry-run"}, {"replay", "1", "--dry-run", "--json"},
		{"model", "show", "all.model"}, {"model", "show", "all.model", "--json"}, {"correct", "ls"}, {"mcp", "install", "zed", "--print"},
	} {
		if args[0] != "completion" {
			args = append(args, "--db", db)
		}
		t.Run(strings.ReplaceAll(strings.Join(args, " "), dir+string(filepath.Separator), ""), func(t *testing.T) {
			var out, stderr bytes.Buffer
			if run(t.Context(), args, strings.NewReader(""), &out, &stderr); out.Len() == 0 {
				t.Fatalf("prints nothing: %s", &stderr)
			}
			stderr.Reset()
			code := run(t.Context(), args, strings.NewReader(""), fullWriter{}, &stderr)
			if code != cli.ExitFailed || !strings.Contains(stderr.String(), "no space left on device") {
				t.Errorf("exit %d: %s", code, &stderr)
			}
		})
	}
}
