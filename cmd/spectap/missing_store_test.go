package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCommandsWithoutAStore runs commands with a store that does not exist and with a file that is
// none. Each says so, ends with an error and makes no file.
func TestCommandsWithoutAStore(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv(configEnv, "")
	if err := os.WriteFile("text.db", []byte("no store\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{
		"flows show 1", "flows export", "flows export --format http", "flows export -o out.har", "flows rm --all", "flows rm --dry-run --all", "flows rm x",
		"flows ls", "flows ls --count", "flows ls --count x", "flows ls --json", "flows ls --host a.example", "model save -o out.model",
		"replay 1", "sessions ls", "export", "export -o out.yaml", "explain GET /x", "store stats", "store verify", "mcp",
	} {
		for db, want := range map[string]string{"none.db": "no such store", "text.db": "not a spectap store"} {
			status, out, errs := runHere(append(strings.Fields(args), "--db", db)...)
			if status != exitFailed || out != "" || !strings.Contains(errs, want) || !strings.Contains(errs, "\ntry: ") {
				t.Errorf("%s --db %s: %d, %s%s, want %s", args, db, status, out, errs, want)
			}
		}
	}
	files, err := filepath.Glob("*")
	if err != nil || strings.Join(files, " ") != "text.db" {
		t.Errorf("files: %v, %v", files, err)
	}
}

// TestModelCannotBeWritten names a file of facts in a folder that does not exist.
func TestModelCannotBeWritten(t *testing.T) {
	t.Setenv(configEnv, "")
	db := storeOf(t, getOf("a.example", "/1", "application/json", `{"id":1}`))
	t.Chdir(t.TempDir())
	for _, out := range []string{"no/x.model", "."} {
		if status, _, errs := runHere("model", "save", "--db", db, "-o", out); status != exitFailed || !strings.Contains(errs, "write facts") || !strings.Contains(errs, "\ntry: ") {
			t.Errorf("%s: %d, %s", out, status, errs)
		}
	}
}
