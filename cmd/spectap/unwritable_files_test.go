package main

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// filesWritten are command lines with a file F that they cannot write. A is an OpenAPI document, P
// a policy, M a file of facts.
const filesWritten = `
audit key F
correct rename GET,/things listThings --overrides F
doc A -o F
doc A --format html -o F
export --host x.example -o F
export --host x.example --format compact -o F
filter A -o F
flows export -o F
gateway --policy P --audit F -- spectap version
gateway --policy P --state F -- spectap version
grant add ci --grants F
model merge -o F M
model save -o F
run --ca-dir ca -o F -- true
serve A --audit F
serve A --policy P --state F
`

// writtenFiles makes a folder with what filesWritten reads, and returns a function that makes the
// command lines of a file.
func writtenFiles(t *testing.T) (lines func(file string) [][]string) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv(cli.ConfigEnv, "")
	setDataHome(t, dir)
	t.Chdir(dir)
	api, _, db := hostileFiles(t, dir)
	for name, text := range map[string]string{"policy.yaml": "version: 1\ntools: {}\n", "file": "text"} {
		noError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	command(t, "model", "save", "-o", "all.model", "--db", db)
	return func(file string) (all [][]string) {
		names := map[string]string{"A": api, "P": "policy.yaml", "M": "all.model", "F": file}
		for line := range strings.Lines(strings.TrimSpace(filesWritten)) {
			words := strings.Fields(line)
			for i, w := range words {
				words[i] = cmp.Or(names[w], strings.ReplaceAll(w, ",", " "))
			}
			all = append(all, append([]string{words[0], "--db", db}, words[1:]...))
		}
		return all
	}
}

// TestUnwritableFiles checks that no command succeeds without the file that it was to write, and
// that the error names it: in a folder that does not exist, and below a file.
func TestUnwritableFiles(t *testing.T) {
	lines := writtenFiles(t)
	for _, file := range []string{"none/x", "file/x"} {
		for _, line := range lines(file) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // for commands that serve anyway
			var errs bytes.Buffer
			status := run(ctx, line, strings.NewReader(""), io.Discard, &errs)
			cancel()
			folder, _, _ := strings.Cut(file, "/")
			if status != cli.ExitFailed || !strings.Contains(errs.String(), folder) {
				t.Errorf("%s: exit %d: %s", line, status, &errs)
			}
			if _, err := os.Stat("none"); err == nil {
				t.Errorf("%s makes a folder", line)
				os.RemoveAll("none")
			}
		}
	}
}
