package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// TestExamples checks that the help of each command has an example, whose commands and flags
// exist, and no empty default.
func TestExamples(t *testing.T) {
	root := newRootCmd(&cli.Program{})
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
	cmd, args, err := newRootCmd(&cli.Program{}).Find(words)
	if err != nil {
		t.Errorf("%s: %v", line, err)
		return
	}
	if err := cmd.ParseFlags(args); err != nil {
		t.Errorf("%s: %v", line, err)
	}
}

// TestCommandGroups checks that help lists each command in a group, but for those about spectap.
func TestCommandGroups(t *testing.T) {
	var loose []string
	for _, c := range newRootCmd(&cli.Program{}).Commands() {
		if c.IsAvailableCommand() && c.GroupID == "" {
			loose = append(loose, c.Name())
		}
	}
	if want := []string{"completion", "demo", "man", "version"}; !slices.Equal(loose, want) {
		t.Errorf("in no group: %v, want %v", loose, want)
	}
}

// TestFlagHeadings checks that help has each flag once, those of a hub last.
func TestFlagHeadings(t *testing.T) {
	cmd, _, err := newRootCmd(&cli.Program{}).Find([]string{"proxy"})
	noError(t, err)
	usage, _, _ := strings.Cut(cmd.UsageString(), "Global Flags:")
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if n := strings.Count(usage, " --"+f.Name+" "); !f.Hidden && n < 1 {
			t.Errorf("--%s is not listed", f.Name)
		}
	})
	first, rest, _ := strings.Cut(usage, "\n\nLimits of memory and of the store:\n")
	_, last, ok := strings.Cut(rest, "\n\nWith a hub as --db:\n")
	if !ok || !strings.Contains(first, " --listen ") || !strings.Contains(rest, " --budget ") || !strings.Contains(last, " --spool ") {
		t.Errorf("the headings of proxy --help:\n%s", usage)
	}
}
