package cli

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"
)

// GlobalFlags are the flags of all commands.
type GlobalFlags struct {
	DB        string
	MoreDBs   []string // further --db, of the commands that take several
	CADir     string
	Config    string
	Overrides string
	LogLevel  string
	LogFormat string
	Session   string   // of the commands that have --session
	Proto     []string // of the commands that have --proto
}

// CheckNamedFiles returns the error of a file that a global flag names. An error in the
// configuration fails every command, even one that reads no setting.
func (p *Program) CheckNamedFiles(cmd *cobra.Command) error {
	if f := cmd.Flags().Lookup("out"); f != nil && f.Value.String() == "--" {
		return WithHint(Misusef("-o needs a file: the -- before the command was taken for one"), cmd.CommandPath()+" -o api.yaml -- CMD…")
	}
	for flag, path := range map[string]string{"--config": p.Global.Config, "--overrides": p.Global.Overrides} {
		if path == "" || flag == "--overrides" && cmd.HasParent() && cmd.Parent().Name() == "correct" { // the command creates the file
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return NamedFile(path, Misusef("%s %s: %w", flag, path, PlainPathError(err)))
		}
	}
	if p.Global.Config == "" {
		return nil
	}
	_, err := LoadConfig(p.Global.Config)
	return err
}

// checkNames returns an error for arguments that are neither a subcommand of a command nor accepted
// by the command itself.
func checkNames(cmd *cobra.Command, names []string) error {
	if !cmd.Runnable() {
		return KnownCommand(cmd, names)
	}
	return cmd.ValidateArgs(names)
}

// RefuseUnknownHelp makes --help after an unknown command, and help of an unknown command, an
// error. cobra would print the help of the parent command.
func (p *Program) RefuseUnknownHelp(root *cobra.Command) {
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if names := cmd.Flags().Args(); cmd.HasSubCommands() && len(names) > 0 {
			if p.unknown = checkNames(cmd, names); p.unknown != nil {
				return
			}
		}
		help(cmd, args)
	})
	root.SetHelpCommand(&cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Print the help of a command",
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) (names []cobra.Completion, _ cobra.ShellCompDirective) {
			of, _, _ := root.Find(args)
			for _, c := range of.Commands() {
				if c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() {
					names = append(names, c.Name())
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 && cmd.HasSubCommands() {
				if err := checkNames(cmd, rest); err != nil {
					return err
				}
			}
			return cmd.Help()
		},
	})
}

// DBPath returns the path of the store: --db or the default.
func (p *Program) DBPath() string { return cmp.Or(p.Global.DB, DefaultDB()) }

// CADir returns the folder of the CA: --ca-dir or the default.
func (p *Program) CADir() string { return cmp.Or(p.Global.CADir, DefaultCADir()) }

// DefaultDB returns the path of the store without --db.
func DefaultDB() string { return filepath.Join(xdg.DataHome, "spectap", "flows.db") }

// DefaultCADir returns the folder of the CA without --ca-dir.
func DefaultCADir() string { return filepath.Join(xdg.DataHome, "spectap", "ca") }

// Shorten replaces the home folder by ~, so that the help text is the same for all users.
func Shorten(path string) string {
	if rel, err := filepath.Rel(xdg.Home, path); err == nil && filepath.IsLocal(rel) {
		return filepath.Join("~", rel)
	}
	return path
}

// rowHandler prints a log beside a list, in rows that fit the terminal.
type rowHandler struct {
	slog.Handler
	p *Program
}

func (h rowHandler) Handle(_ context.Context, r slog.Record) error {
	rows, text := &Rows{h.p.Stderr, h.p.noteColumns()}, r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += fmt.Sprintf("  %s: %v", a.Key, a.Value)
		return true
	})
	return rows.Print(fmt.Sprintf("%6s  %s  %-7s ", "", rows.Second(r.Time), r.Level), text)
}

// Logger returns a logger to stderr, as the flags configure it.
func (p *Program) Logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(p.Global.LogLevel)); err != nil {
		return nil, WithHint(Misusef("--log-level %q: must be debug, info, warn or error", p.Global.LogLevel), "--log-level debug")
	}
	o := &slog.HandlerOptions{Level: level}
	switch p.Global.LogFormat {
	case "text":
		h := slog.NewTextHandler(p.Stderr, o)
		if p.LogRows && p.noteColumns() > 0 {
			return slog.New(rowHandler{h, p}), nil
		}
		return slog.New(h), nil
	case "json":
		return slog.New(slog.NewJSONHandler(p.jsonErr(), o)), nil
	}
	return nil, WithHint(Misusef("--log-format %q: must be text or json", p.Global.LogFormat), "--log-format json")
}
