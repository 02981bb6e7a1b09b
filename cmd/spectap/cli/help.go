package cli

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Columns of help. A narrower terminal is filled.
const (
	maxText  = 100 // of paragraphs
	maxFlags = 110 // of descriptions of flags
)

// FitHelp wraps the help of all commands to the width of the terminal.
func (p *Program) FitHelp(root *cobra.Command) {
	columns := p.Columns()
	flags, text := maxFlags, maxText
	if columns > 0 {
		flags, text = min(flags, columns), min(text, columns)
	}
	cobra.AddTemplateFunc("byHeading", flagsByHeading)
	usage := strings.ReplaceAll(root.UsageTemplate(), "Flags:\n{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}",
		"{{byHeading .LocalFlags "+strconv.Itoa(flags)+"}}")
	root.SetUsageTemplate(strings.ReplaceAll(usage, ".FlagUsages ", ".FlagUsagesWrapped "+strconv.Itoa(flags)+" "))
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		cmd.Long = paragraphs(cmd.Long, text)
		out := cmd.OutOrStdout()
		var b strings.Builder
		cmd.SetOut(&b)
		help(cmd, args)
		cmd.SetOut(out)
		io.WriteString(out, folded(b.String(), flags))
	})
}

// secretDefaults are flags whose default is a variable that may hold a secret, such as a password
// in a URL. Help is also printed on mistakes, and kept in logs.
var secretDefaults = []string{"approval-webhook", "base-url", "upstream-proxy"}

// WithoutEmptyDefaults hides the empty default "[]", which pflag prints for maps. pflag itself
// hides that of lists.
func WithoutEmptyDefaults(cmd *cobra.Command) {
	visitDefined(cmd.Flags(), func(f *pflag.Flag) {
		if _, list := f.Value.(pflag.SliceValue); !list && f.DefValue == "[]" || slices.Contains(secretDefaults, f.Name) {
			f.DefValue = ""
		}
	})
	for _, c := range cmd.Commands() {
		WithoutEmptyDefaults(c)
	}
}

// folded wraps the lines of help that do not fit, except for examples, which are to be copied.
func folded(help string, columns int) string {
	lines := strings.Split(help, "\n")
	example := false
	for i, line := range lines {
		if line != "" && line[0] != ' ' {
			example = line == "Examples:"
		}
		if !example {
			lines[i] = wrapped(line, hanging(line, columns), columns)
		}
	}
	return strings.Join(lines, "\n")
}

// paragraphs fills the lines of each paragraph. Lines that begin with a space, such as commands and
// tables, stay lines: they are folded if they do not fit.
func paragraphs(text string, columns int) string {
	var out []string
	var open bool // the last line may continue
	for _, line := range strings.Split(text, "\n") {
		switch {
		case line == "" || strings.HasPrefix(line, " "):
			out, open = append(out, line), false
		case open && !strings.HasPrefix(line, "- "):
			out[len(out)-1] += " " + line
		default:
			out, open = append(out, line), true
		}
	}
	for i, line := range out {
		if text := strings.TrimLeft(line, " "); len(line)-len(text) > columns/2 {
			line = "    " + text // continues the last cell of a table
		}
		out[i] = wrapped(line, hanging(line, columns), columns)
	}
	return strings.Join(out, "\n")
}

// hanging returns the indentation of continuation lines of a table row: that of its last cell, or
// that of the line if the cell leaves too little room.
func hanging(line string, columns int) string {
	text := strings.TrimLeft(line, " ")
	indent := TextWidth(line) - TextWidth(text)
	if i := strings.LastIndex(text, "  "); i >= 0 {
		if n := indent + TextWidth(text[:i]) + 2; n <= columns/2 {
			indent = n
		}
	}
	return strings.Repeat(" ", indent)
}

// wrapped breaks a line at spaces so that it fits some columns. The lines after the first begin
// with an indentation, or with less if a word has no room. A longer word is not broken.
func wrapped(line, indent string, columns int) string {
	if TextWidth(line) <= columns {
		return line
	}
	var b strings.Builder
	rest := line
	for TextWidth(rest) > columns {
		at, n := -1, 0
		start := len(rest) - len(strings.TrimLeft(rest, " "))
		for i, c := range rest {
			if n > columns && at >= 0 {
				break
			}
			if c == ' ' && i > start {
				at = i
			}
			n += runeWidth(c)
		}
		if at < 0 {
			break
		}
		b.WriteString(strings.TrimRight(rest[:at], " ") + "\n")
		rest = strings.TrimLeft(rest[at:], " ")
		word, _, _ := strings.Cut(rest, " ")
		rest = indent[:max(0, min(len(indent), columns-TextWidth(word)))] + rest
	}
	return b.String() + rest
}
