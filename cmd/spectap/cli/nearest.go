package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/store"
)

// This file finds the command, flag or host that a mistyped one was meant to be.

// unknownCommand is the error of a subcommand that does not exist.
type unknownCommand struct {
	name string
	list string // of the commands that exist, or ""
}

func (u *unknownCommand) Error() string { return fmt.Sprintf("unknown command %q%s", u.name, u.list) }

// Group makes cmd a command that only has subcommands. Alone, it prints its help.
func Group(cmd *cobra.Command, others ...*cobra.Command) *cobra.Command {
	cmd.Args, cmd.RunE = KnownCommand, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(others...)
	return cmd
}

// SomeCommand refuses a command line without one of the subcommands, which names lists.
func SomeCommand(names string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return Usagef(cmd, "%s takes a command: %s", cmd.CommandPath(), names)
		}
		return KnownCommand(cmd, args)
	}
}

// KnownCommand refuses an unknown subcommand and suggests a similar one with the same arguments.
func KnownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	known := available(cmd)
	meant := cmp.Or(known[spelling.Nearest(args[0], slices.Sorted(maps.Keys(known)))], commandBelow(cmd, args[0]))
	err := Misused(&unknownCommand{name: args[0]})
	if meant == nil {
		err = Misused(&unknownCommand{args[0], commandList(cmd)})
		return WithHint(err, cmd.CommandPath()+" --help")
	}
	meant = cmp.Or(available(meant)[args[0]], meant) // such as show, which is flows show
	return WithHint(err, strings.TrimSpace(meant.CommandPath()+" "+QuoteArgs(args[1:])))
}

// available returns the subcommands of a command that help lists, by their names.
func available(cmd *cobra.Command) map[string]*cobra.Command {
	by := map[string]*cobra.Command{}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			by[c.Name()] = c
		}
	}
	return by
}

// commandBelow returns the first subcommand, in the order of help, that has one of this name below
// it, or nil.
func commandBelow(cmd *cobra.Command, name string) *cobra.Command {
	for _, g := range commandGroups {
		for top := range strings.FieldsSeq(g.commands) {
			if c := available(cmd)[top]; c != nil && available(c)[name] != nil {
				return c
			}
		}
	}
	return nil
}

// FlagError completes an error of parsing flags.
func FlagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var bare *pflag.ValueRequiredError
	switch {
	case errors.As(err, &bare):
		what, _ := pflag.UnquoteUsage(bare.GetFlag())
		return WithHint(Misusef("--%s needs a value", bare.GetFlag().Name),
			cmd.CommandPath()+" --"+bare.GetFlag().Name+" "+strings.ToUpper(what))
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		dashes := "--"
		if len(name) == 1 {
			dashes = "-"
		}
		err := Misusef("unknown flag: %s%s", dashes, name)
		if meant := meantFlag(cmd, name); meant != "" {
			return WithHint(err, cmd.CommandPath()+" --"+meant)
		}
		return Usagef(cmd, "%w", err)
	case errors.As(err, &invalid):
		f := invalid.GetFlag()
		must := ""
		switch f.Value.Type() {
		case "int", "int64", "uint", "uint16":
			must = "a whole number"
		case "float64":
			must = "a number"
		case "bool":
			must = "true or false"
		case "duration":
			must = "a time such as 30s, 5m or 2h"
		default:
			return Usagef(cmd, "--%s %q: %w", f.Name, invalid.GetValue(), errors.Unwrap(err))
		}
		return Usagef(cmd, "--%s %q: must be %s", f.Name, invalid.GetValue(), must)
	}
	return Usagef(cmd, "%w", err)
}

// meantFlag returns the flag that a name was meant to be, or "".
func meantFlag(cmd *cobra.Command, name string) string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	near := spelling.Nearest(name, names)
	plain := func(s string) string { return strings.ReplaceAll(s, "-", "") }
	if cmd.InheritedFlags().Lookup(near) != nil && plain(name) != plain(near) && !spelling.IsNear(plain(name), plain(near)) {
		near = "" // --format of a command that has none does not mean --log-format
	}
	return near
}

// SimilarHost returns the host of a list that equals a name except for the port, or has a similar
// spelling, or "".
func SimilarHost(want string, hosts []string) string {
	if u, err := url.Parse(want); err == nil && u.Host != "" {
		want = u.Host
	}
	for _, h := range hosts {
		if catalog.IsHost(h, want) {
			return h
		}
	}
	return spelling.Nearest(want, hosts)
}

// MissingFile returns the hint for a file that does not exist: a command that lists its folder.
func MissingFile(path string) string { return hintOf(fileHints, path, fs.ErrNotExist) }

// NamedFile adds a hint to the error of reading a file that a person named.
func NamedFile(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return WithHint(err, MissingFile(path))
	}
	return err
}

// NeedFile refuses a command line without a flag for a file, and a file that does not exist yet. by
// is the command that writes it.
func NeedFile(cmd *cobra.Command, flag, path, by string) error {
	if path == "" {
		return Lackingf(cmd, "--%s is missing: name the file that %s writes", flag, by)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return WithHint(fmt.Errorf("--%s: there is no file %s: %s writes it", flag, path, by), MissingFile(path))
	}
	return nil
}

// IsStore reports whether a file is a store.
func IsStore(path string) bool {
	db, err := store.Open(path, store.Options{ReadOnly: true, Timeout: -1})
	if err == nil {
		db.Close()
		return true
	}
	return errors.Is(err, store.ErrLocked) || errors.Is(err, store.ErrVersion)
}

// commandList lists the subcommands of a command, or returns "" if there are many.
func commandList(cmd *cobra.Command) string {
	names := slices.Sorted(maps.Keys(available(cmd)))
	if !cmd.HasParent() || len(names) == 0 || len(names) > 12 {
		return ""
	}
	return fmt.Sprintf("; %s has %s", cmd.CommandPath(), strings.Join(names, ", "))
}

// worksOn are the flags that name the input of a command, in the order in which a hint repeats
// them. For a global flag it lists the top-level commands that use it.
var worksOn = []struct {
	flag string
	by   []string // nil for all commands that define it
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

// Copyable completes the commands in a text so that they have the same input as this command: it
// adds --db, --session and similar flags, unless the commands name their own.
func (p *Program) Copyable(text string) string {
	if p.Cmd == nil {
		return text
	}
	found := commandText.Get().FindAllStringIndex(text, -1)
	for i, at := range slices.Backward(found) {
		cmd, path := p.Cmd.Root(), "spectap"
		for _, word := range strings.Fields(text[at[0]:at[1]])[1:] {
			sub := available(cmd)[word]
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

// sameFlags returns the flags of this command that cmd needs for the same input, except those in
// rest, the text that follows it.
func (p *Program) sameFlags(cmd *cobra.Command, rest string) (flags string) {
	top := cmd
	for top.Parent().HasParent() {
		top = top.Parent()
	}
	for _, w := range worksOn {
		f := p.Cmd.Flags().Lookup(w.flag)
		switch {
		case f == nil, cmd.Flag(w.flag) == nil, w.by != nil && !slices.Contains(w.by, top.Name()):
		case strings.Contains(rest, "--"+w.flag): // the command names its own
		default:
			for _, value := range p.namedBy(f, cmd) {
				flags += " --" + w.flag + " " + QuoteArg(value)
			}
		}
	}
	return flags
}

// namedBy returns the values that the command line, or the environment, gave to a flag, as far as
// cmd takes them.
func (p *Program) namedBy(f *pflag.Flag, cmd *cobra.Command) []string {
	db, ok := f.Value.(*dbFlag)
	switch {
	case !ok && !f.Changed:
		return nil
	case !ok:
		return []string{f.Value.String()}
	case slices.ContainsFunc(db.named, hasCredentials): // these are not printed
		return nil
	}
	if _, several := cmd.Annotations[severalDBs]; several {
		return db.named
	}
	return db.named[:min(len(db.named), 1)]
}
