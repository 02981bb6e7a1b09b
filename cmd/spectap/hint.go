package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/spectap/spectap/internal/lazyregexp"
)

// worksOn are the flags that name what a command works on, in the order in which a hint repeats
// them, with the commands at the top that use one which all commands have.
var worksOn = []struct {
	flag string
	by   []string // nil: by all that define it
}{
	{"db", []string{"run", "browser", "proxy", "import", "flows", "replay", "sessions", "worker", "export", "explain", "check",
		"coverage", "verify", "ui", "mcp", "store", "model", "correct"}},
	{"creds", nil}, {"tls-ca", nil}, {"cache", nil},
	{"session", nil},
	{"config", []string{"run", "browser", "proxy", "flows", "replay", "export", "explain", "mcp", "ui"}},
	{"overrides", []string{"run", "browser", "export", "explain", "verify", "ui", "mcp", "correct"}},
	{"ca-dir", []string{"ca", "run", "browser", "proxy", "mcp"}},
}

// commandText matches a command in a hint, perhaps with the word that follows it.
var commandText = lazyregexp.New(`\bspectap(?: [a-z-]+){1,2}`)

// copyable returns a text whose commands work on what this command works on: they have its --db,
// --session and the like, unless they name their own.
func (p *program) copyable(text string) string {
	if p.cmd == nil {
		return text
	}
	found := commandText.Get().FindAllStringIndex(text, -1)
	for i, at := range slices.Backward(found) {
		cmd, path := p.cmd.Root(), "spectap"
		for _, word := range strings.Fields(text[at[0]:at[1]])[1:] {
			sub := subcommand(cmd, word)
			if sub == nil {
				break
			}
			cmd, path = sub, path+" "+word
		}
		end := len(text)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		rest := text[at[0]+len(path) : end]
		if cmd.HasParent() && !strings.HasPrefix(rest, " --help") {
			text = text[:at[0]] + path + p.sameFlags(cmd, rest) + text[at[0]+len(path):]
		}
	}
	return text
}

// subcommand returns the command of a name below another one, or nil.
func subcommand(cmd *cobra.Command, name string) *cobra.Command {
	for _, c := range cmd.Commands() {
		if c.Name() == name && c.IsAvailableCommand() {
			return c
		}
	}
	return nil
}

// sameFlags returns the flags of this command that cmd needs to work on the same, without those
// that rest has, which follows it.
func (p *program) sameFlags(cmd *cobra.Command, rest string) (flags string) {
	top := cmd
	for top.Parent().HasParent() {
		top = top.Parent()
	}
	for _, w := range worksOn {
		f := p.cmd.Flags().Lookup(w.flag)
		switch {
		case f == nil, cmd.Flag(w.flag) == nil, w.by != nil && !slices.Contains(w.by, top.Name()):
		case strings.Contains(rest, "--"+w.flag): // names its own
		default:
			for _, value := range p.namedBy(f, cmd) {
				flags += " --" + w.flag + " " + quoteArg(value)
			}
		}
	}
	return flags
}

// namedBy returns the values that the command line, or the environment, gave to a flag, as far as
// cmd takes them.
func (p *program) namedBy(f *pflag.Flag, cmd *cobra.Command) []string {
	db, ok := f.Value.(*dbFlag)
	switch {
	case !ok && !f.Changed:
		return nil
	case !ok:
		return []string{f.Value.String()}
	case slices.ContainsFunc(db.named, hasCredentials): // which are not printed
		return nil
	}
	if _, several := cmd.Annotations[severalDBs]; several {
		return db.named
	}
	return db.named[:min(len(db.named), 1)]
}
