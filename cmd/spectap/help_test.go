package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestExamples checks that the help of each command has an example, whose commands and flags
// exist, and no empty default.
func TestExamples(t *testing.T) {
	root := newRootCmd(&program{})
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		if cmd.Hidden || cmd.IsAdditionalHelpTopicCommand() || cmd.Name() == "help" || cmd.Name() == "completion" {
			return
		}
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			if cmd.Example == "" {
				t.Error("no example")
			}
			if strings.Contains(cmd.UsageString(), "(default [])") || strings.Contains(cmd.UsageString(), "(default )") {
				t.Error("a default that is none")
			}
			for line := range strings.SplitSeq(cmd.Example, "\n") {
				if line = strings.TrimSpace(line); strings.HasPrefix(line, "spectap ") {
					testExample(t, line)
				}
			}
		})
		for _, c := range cmd.Commands() {
			visit(c)
		}
	}
	visit(root)
}

// testExample parses the flags of an example with a program of its own, since flags keep values.
func testExample(t *testing.T, line string) {
	t.Helper()
	line, _, _ = strings.Cut(line, "   #")
	line = strings.ReplaceAll(line, `"`, "'")
	var words []string
	for _, w := range shellWords(line)[1:] {
		if strings.Trim(w, "|&;>") == "" {
			break
		}
		words = append(words, w)
	}
	cmd, args, err := newRootCmd(&program{}).Find(words)
	if err != nil {
		t.Errorf("%s: %v", line, err)
		return
	}
	if err := cmd.ParseFlags(args); err != nil {
		t.Errorf("%s: %v", line, err)
	}
}

func TestMiddle(t *testing.T) {
	for _, tt := range []struct {
		text    string
		columns int
		want    string
	}{
		{"abcdef", 6, "abcdef"}, {"abcdefg", 6, "abc…fg"}, {"abcdefg", 5, "ab…fg"}, {"abc", 1, "…"}, {"", 3, ""},
		{"日本語日本語", 12, "日本語日本語"}, {"日本語日本語", 11, "日本語…本語"}, {"日本語日本語", 6, "日…語"},
	} {
		if got := middle(tt.text, tt.columns); got != tt.want {
			t.Errorf("middle(%q, %d) is %q, want %q", tt.text, tt.columns, got, tt.want)
		}
	}
}

func TestParagraphs(t *testing.T) {
	const text = `One two
three four five.

Six:
  a command   which is explained here
  https://example.com/a-word-that-does-not-fit
      more
after`
	const want = `One two three four
five.

Six:
  a command   which is
  explained here
  https://example.com/a-word-that-does-not-fit
      more
after`
	if got := paragraphs(text, 22); got != want {
		t.Errorf("paragraphs:\n%s\nwant:\n%s", got, want)
	}
	if got, want := paragraphs("  0    it worked, as it should", 20), "  0    it worked, as\n       it should"; got != want {
		t.Errorf("paragraphs:\n%s\nwant:\n%s", got, want)
	}
}
