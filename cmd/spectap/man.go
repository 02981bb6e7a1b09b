package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/internal/safefile"
)

func newManCmd(p *cli.Program) *cobra.Command {
	return &cobra.Command{
		Use:   "man FOLDER",
		Short: "Write the manual pages of all commands",
		Long: `Writes the manual pages of section 1 into a folder, one for each command: spectap-run(1) is that
of spectap run. Packages for Linux and Homebrew have them.`,
		Example: "  spectap man /usr/local/share/man/man1",
		Args:    cli.Exactly(1, "a folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("create the folder of the manual pages: %w", err)
			}
			n := 0
			for _, c := range commandsBelow(cmd.Root()) {
				file := filepath.Join(args[0], manName(c)+".1")
				if err := safefile.Write(cmd.Context(), file, 0o644, manPage(c)); err != nil {
					return cli.WriteError("manual page", file, err)
				}
				n++
			}
			fmt.Fprintf(p.Stderr, "%s: %s\n", args[0], cli.Plural(n, "manual page"))
			return nil
		},
	}
}

// commandsBelow returns a command and those below it, except hidden ones.
func commandsBelow(cmd *cobra.Command) []*cobra.Command {
	cmd.LocalFlags() // merges the flags of parent commands, which UseLine needs
	out := []*cobra.Command{cmd}
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			out = append(out, commandsBelow(c)...)
		}
	}
	return out
}

func manName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manPage returns the page of a command in the language of man(7). It has no date, so that two
// builds are equal.
func manPage(cmd *cobra.Command) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"spectap %s\" \"spectap manual\"\n.nh\n.ad l\n", roff(strings.ToUpper(manName(cmd))), roff(cli.Version()))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(manName(cmd)), roff(cmd.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(cmd.UseLine()))
	if cmd.Long != "" {
		b.WriteString(".SH DESCRIPTION\n")
		roffText(&b, cmd.Long)
	}
	if below := commandsBelow(cmd)[1:]; len(below) > 0 {
		b.WriteString(".SH COMMANDS\n")
		for _, c := range below {
			if c.Parent() == cmd {
				fmt.Fprintf(&b, ".TP\n.BR %s (1)\n%s\n", roff(manName(c)), roff(c.Short))
			}
		}
	}
	roffFlags(&b, "OPTIONS", cmd.NonInheritedFlags())
	roffFlags(&b, "GLOBAL OPTIONS", cmd.InheritedFlags())
	if cmd.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(cmd.Example))
	}
	if !cmd.HasParent() {
		b.WriteString(".SH EXIT STATUS\n")
		for _, s := range exitStatuses {
			fmt.Fprintf(&b, ".TP\n%s\n%s\n", s.status, roff(s.meaning))
		}
		b.WriteString(".PP\nspectap run exits with the status of its command.\n")
	} else {
		fmt.Fprintf(&b, ".SH SEE ALSO\n.BR %s (1)\n", roff(manName(cmd.Parent())))
	}
	return b.Bytes()
}

func roffFlags(w io.Writer, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(w, ".SH %s\n", title)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		fmt.Fprintf(w, ".TP\n\\fB%s\\fR", roff(name))
		if value != "" {
			fmt.Fprintf(w, " \\fI%s\\fR", roff(value))
		}
		fmt.Fprintf(w, "\n%s", roff(usage))
		switch f.DefValue {
		case "", "false", "0", "0s", "[]":
		default:
			if f.NoOptDefVal == "" {
				fmt.Fprintf(w, " (default %s)", roff(f.DefValue))
			}
		}
		fmt.Fprintln(w)
	})
}

// roffText writes paragraphs. Indented lines are not wrapped.
func roffText(w io.Writer, text string) {
	for i, par := range strings.Split(strings.TrimSpace(text), "\n\n") {
		switch {
		case indented.MatchString(par):
			fmt.Fprintf(w, ".PP\n.nf\n%s\n.fi\n", roff(par))
		case i == 0:
			fmt.Fprintln(w, roff(par))
		default:
			fmt.Fprintf(w, ".PP\n%s\n", roff(par))
		}
	}
}

var (
	indented   = lazyregexp.New(`(?m)^ `)
	atStart    = lazyregexp.New(`(?m)^([.'])`)
	roffEscape = strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", "...", "`", `\(ga`, "^", `\(ha`, "~", `\(ti`)
)

// roff escapes text for a page: a line that begins with a point must not be a request.
func roff(text string) string {
	return atStart.Get().ReplaceAllString(roffEscape.Replace(text), `\&$1`)
}
