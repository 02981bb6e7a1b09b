package main

import (
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// TestManualPages writes the pages of all commands, lets man format them, and searches the visible
// text for each command and flag.
func TestManualPages(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	needProgram(t, "groff") // which man runs
	dir := filepath.Join(t.TempDir(), "man1")
	var stderr strings.Builder
	if status := run(t.Context(), []string{"man", dir}, strings.NewReader(""), io.Discard, &stderr); status != cli.ExitFine {
		t.Fatalf("exit status %d: %s", status, stderr.String())
	}
	wrapped := regexp.MustCompile(`\s+`)
	for _, cmd := range commandsBelow(newRootCmd(cli.New(strings.NewReader(""), io.Discard, io.Discard))) {
		file := filepath.Join(dir, manName(cmd)+".1")
		c := exec.Command("groff", "-man", "-ww", "-rLL=200n", "-Tutf8", "-P-cbou", "-Kutf8", file)
		var warnings strings.Builder
		c.Stderr = &warnings
		out, err := c.Output()
		if err != nil || warnings.Len() > 0 {
			t.Errorf("%s: %v\n%s", file, err, warnings.String())
			continue
		}
		page := wrapped.ReplaceAllString(string(out), " ")
		want := []string{manName(cmd) + " - " + cmd.Short}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden {
				return
			}
			_, usage := pflag.UnquoteUsage(f)
			want = append(want, "--"+f.Name, wrapped.ReplaceAllString(usage, " "))
		})
		for _, line := range strings.Split(cmd.Example, "\n") {
			want = append(want, strings.TrimSpace(wrapped.ReplaceAllString(line, " ")))
		}
		for _, text := range want {
			if text = strings.ReplaceAll(text, "…", "..."); !strings.Contains(page, text) {
				t.Errorf("%s lacks %q", file, text)
			}
		}
		if strings.Contains(page, `\`) && !strings.Contains(cmd.Long+strings.Join(want, "\n"), `\`) {
			t.Errorf("%s shows an escape", file)
		}
	}
}
