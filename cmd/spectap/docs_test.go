package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// TestDocs checks the README and docs: command lines name commands and flags that exist, and links
// to files lead to files of the repository, which docs/reference is not.
func TestDocs(t *testing.T) {
	root := filepath.Join("..", "..")
	var files []string
	for _, folder := range []string{"docs", "docs/tutorials", "docs/decisions"} {
		pages, err := filepath.Glob(filepath.Join(root, folder, "*.md"))
		if err != nil || len(pages) == 0 {
			t.Fatal(folder, err)
		}
		files = append(files, pages...)
	}
	lines := 0
	for _, file := range append(files, filepath.Join(root, "README.md"), filepath.Join(root, "ARCHITECTURE.md")) {
		text := readFile(t, file)
		for _, line := range commandLines(string(text)) {
			lines++
			if err := parseLine(line); err != nil {
				t.Errorf("%s: %q: %v", file, line, err)
			}
		}
		for _, m := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil || strings.Contains(m[1], "reference/") {
				t.Errorf("%s links to %s: %v", file, m[1], err)
			}
		}
	}
	if lines < 10 {
		t.Errorf("found only %d command lines, want at least 10", lines)
	}
}

// commandLines returns the lines of code blocks that run spectap. Blocks of text have none.
func commandLines(text string) []string {
	var out []string
	code := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "```") {
			code = !code && line != "```text"
			continue
		}
		line = strings.TrimPrefix(line, "$ ")
		if code && strings.HasPrefix(line, "spectap ") {
			out = append(out, line)
		}
	}
	return out
}

// parseLine finds the command of a line and parses its flags.
func parseLine(line string) error {
	line, _, _ = strings.Cut(line, " #")
	line, _, _ = strings.Cut(strings.TrimSpace(line), " | ")
	line = strings.TrimSuffix(line, " &")
	var args []string
	for _, m := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(line, -1) {
		args = append(args, m[1]+m[2])
	}
	cmd, rest, err := newRootCmd(&cli.Program{}).Find(args[1:])
	if err != nil {
		return err
	}
	return cmd.ParseFlags(rest)
}
