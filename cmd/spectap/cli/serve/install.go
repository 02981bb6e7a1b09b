package serve

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/document"
	"github.com/spectap/spectap/desktop/mcpconfig"
	"github.com/spectap/spectap/egress"
)

// clientInstallLong is the common help text of both install commands.
const clientInstallLong = `
CLIENT is one of: %s.

The entry is merged into the client's configuration file. Everything else in the file stays,
comments included. The earlier content is kept beside it (.spectap-backup), the file is replaced
in one step, and a file that cannot be parsed is left alone. --print shows the entry and the file
and writes nothing; --remove removes the entry.

Files that flags name become absolute paths, because the client starts the server anywhere. The
entry never holds a secret: --env names variables that the server needs, and the entry refers to
them in the way of the client.`

// installFlags are the flags of both install commands.
type installFlags struct {
	name, scope   string
	env           []string
	print, remove bool
}

// register adds the flags. It hides those of the server that an entry on stdio cannot have.
func (f *installFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.name, "name", "", "`name` of the server in the client")
	fl.StringVar(&f.scope, "scope", string(mcpconfig.User),
		"user (all your projects) or project (the file of the working folder, which others may share)")
	fl.StringArrayVar(&f.env, "env", nil, "the server needs this `variable` of the environment (repeatable)")
	fl.BoolVar(&f.print, "print", false, "print the entry and name the file; write nothing")
	fl.BoolVar(&f.remove, "remove", false, "remove the entry")
	hideNotInstalled(fl)
}

// hideNotInstalled hides the flags of a server that make no sense where a client starts it.
func hideNotInstalled(fl *pflag.FlagSet) {
	for _, name := range notInstalled {
		if fl.Lookup(name) != nil {
			fl.MarkHidden(name) // fails for unknown flags only
		}
	}
}

// ownFlags are flags of the install command, not of the server.
var ownFlags = []string{"name", "scope", "env", "print", "remove", "help"}

// notInstalled are flags of servers that make no sense for a client that starts the server itself.
var notInstalled = []string{
	"http", "token-file", "no-token", "allow-remote", "sse", "tls-cert", "tls-key", "allow-host", "allow-origin",
	"mount", "caller-credentials", "caller-auth", "dry-run", "summary", "diff", "api-key", "bearer-token", "basic-auth",
}

// secretVariables replace flags that would put a secret into the file.
var secretVariables = map[string]string{"api-key": "API_KEY", "bearer-token": "BEARER_TOKEN", "basic-auth": "BASIC_AUTH"}

// check returns an error for an invalid value.
func (f *installFlags) check(cmd *cobra.Command) error {
	for _, name := range notInstalled {
		if fl := cmd.Flags().Lookup(name); fl == nil || !fl.Changed {
			continue
		}
		if v := secretVariables[name]; v != "" {
			return cli.WithHint(cli.Misusef("--%s would put a secret into a file", name), "--env "+v)
		}
		return cli.Usagef(cmd, "--%s: the client starts the server itself, on stdio", name)
	}
	if f.scope != string(mcpconfig.User) && f.scope != string(mcpconfig.Project) {
		return cli.Usagef(cmd, "--scope %q: must be user or project", f.scope)
	}
	return nil
}

// isCommandLine accepts a client and at most n more arguments.
func isCommandLine(cmd *cobra.Command, args []string, n int) error {
	try := cmd.CommandPath() + " " + strings.Join(mcpconfig.IDs(), "|")
	if len(args) == 0 || len(args) > n+1 {
		what := "a client"
		if n > 0 {
			what += " and a document"
		}
		return cli.WithHint(cli.Misusef("%s takes %s, got %s", cmd.CommandPath(), what, cli.Plural(len(args), "argument")), try)
	}
	if _, ok := mcpconfig.Find(args[0]); !ok {
		return cli.WithHint(cli.Misusef("unknown client %q", args[0]), try)
	}
	return nil
}

func newMCPInstallCmd(p *cli.Program) *cobra.Command {
	var f installFlags
	var server mcpFlags
	cmd := &cobra.Command{
		Use:   "install CLIENT",
		Short: "Add this server to the configuration of an MCP client",
		Long: "Adds spectap mcp, with the other flags of this command, to the configuration of an MCP client.\n" +
			fmt.Sprintf(clientInstallLong, strings.Join(mcpconfig.IDs(), ", ")),
		Example: `  spectap mcp install claude-code
  spectap mcp install vscode --db shop.db --scope project
  spectap mcp install codex --allow capture --print
  spectap mcp install claude-code --remove`,
		Args: func(cmd *cobra.Command, args []string) error { return isCommandLine(cmd, args, 0) },
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(cmd); err != nil {
				return err
			}
			if err := server.check(cmd); err != nil && !f.remove {
				return err
			}
			s := mcpconfig.Server{Name: "spectap", Args: []string{"mcp"}}
			return install(p, cmd, args[0], &f, s)
		},
	}
	server.register(cmd)
	p.AddRefs(cmd)
	f.register(cmd)
	return cli.EndsAtOnce(cmd)
}

func newServeInstallCmd(p *cli.Program) *cobra.Command {
	var f installFlags
	var serve Flags
	cmd := &cobra.Command{
		Use:   "install CLIENT [SPEC]",
		Short: "Add this server to the configuration of an MCP client",
		Long: "Adds spectap serve, with SPEC and the other flags of this command, to the configuration of an\nMCP client.\n" +
			fmt.Sprintf(clientInstallLong, strings.Join(mcpconfig.IDs(), ", ")),
		Example: `  spectap serve install claude-desktop api.yaml --base-url https://api.example.com
  spectap serve install cursor api.yaml --base-url https://api.example.com --env BEARER_TOKEN --name shop
  spectap serve install cursor --name shop --remove`,
		Args: func(cmd *cobra.Command, args []string) error { return isCommandLine(cmd, args, 1) },
		RunE: func(cmd *cobra.Command, args []string) error {
			s := mcpconfig.Server{Args: []string{"serve"}}
			if err := errors.Join(f.check(cmd), serve.check(cmd)); err != nil {
				return err
			}
			if len(args) == 2 {
				s.Name = nameOfDocument(args[1])
				spec, err := specArgument(cmd.Context(), p, args[1], f.remove)
				if err != nil {
					return err
				}
				s.Args = append(s.Args, spec)
			} else if !f.remove && p.Global.DB == "" && serve.host == "" {
				return cli.Usagef(cmd, "%s takes a client and a document, or --db or --host for the captured API", cmd.CommandPath())
			}
			return install(p, cmd, args[0], &f, s)
		},
	}
	serve.register(cmd)
	p.AddRefs(cmd)
	f.register(cmd)
	return cli.EndsAtOnce(cmd)
}

// specArgument returns a document as an argument of the server. It reads a file, so that an invalid
// one is an error immediately.
func specArgument(ctx context.Context, p *cli.Program, spec string, remove bool) (string, error) {
	if remove || cli.IsURL(spec) {
		return spec, withoutSecret("SPEC", spec)
	}
	if spec == "-" {
		return "", cli.Misusef("a client cannot pass a document on stdin: name a file")
	}
	if _, err := document.LoadSpec(ctx, p, spec); err != nil {
		return "", err
	}
	if _, _, ok := cli.Revision(spec); ok {
		return "", cli.Misusef("a client cannot read a git revision: name a file")
	}
	return filepath.Abs(spec)
}

// nameOfDocument derives the name of a server from the file name or the host of a document.
func nameOfDocument(spec string) string {
	name := strings.TrimSuffix(filepath.Base(spec), filepath.Ext(spec))
	if u, err := url.Parse(spec); err == nil && cli.IsURL(spec) {
		name = u.Hostname()
	}
	clean := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '-'
	}
	name = strings.Trim(strings.Map(clean, name), "-_")
	return name[:min(len(name), 64)]
}

// install adds or removes a server, or prints its entry.
func install(p *cli.Program, cmd *cobra.Command, id string, f *installFlags, s mcpconfig.Server) error {
	c, _ := mcpconfig.Find(id)
	if f.name != "" {
		s.Name = f.name
	}
	if s.Name == "" {
		return cli.Usagef(cmd, "the server needs a name: --name, or a document with one")
	}
	if err := mcpconfig.CheckName(s.Name); err != nil {
		return cli.WithHint(cli.Misusef("--name %w", err), "--name shop")
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	home, _ := os.UserHomeDir() // "" is an error for files in it
	e := &mcpconfig.Environment{GOOS: runtime.GOOS, Home: home, Project: dir, Getenv: os.Getenv}
	path, err := c.File(e, mcpconfig.Scope(f.scope))
	if errors.Is(err, mcpconfig.ErrNoProject) {
		return cli.WithHint(cli.Misusef("%s %w", c.Title, err), "--scope user")
	}
	if err != nil {
		return err
	}
	if f.remove {
		ch, err := mcpconfig.Remove(&c, e, mcpconfig.Scope(f.scope), s.Name)
		return changeConfig(cmd.Context(), p, &c, path, s.Name, f, ch, err)
	}
	s.Env = f.env
	if len(s.Env) > 0 && !c.Refers() {
		return cli.WithHint(fmt.Errorf("%s cannot refer to variables of the environment, and passes none to servers", c.Title),
			"--credential-file SCHEME=FILE of spectap serve, instead of --env")
	}
	args, err := serverArgs(p, cmd)
	if err != nil {
		return err
	}
	s.Args = append(s.Args, args...)
	if s.Command, err = executable(); err != nil {
		return err
	}
	entry, err := c.Entry(&s)
	if err != nil {
		return cli.Misused(err)
	}
	if f.print {
		if err := p.WriteFileOut([]byte(entry)); err != nil {
			return err
		}
	}
	ch, err := mcpconfig.Add(&c, e, mcpconfig.Scope(f.scope), &s)
	return changeConfig(cmd.Context(), p, &c, path, s.Name, f, ch, err)
}

// changeConfig makes a change, or only prints it, and prints the result.
func changeConfig(
	ctx context.Context, p *cli.Program, c *mcpconfig.Client, path, name string, f *installFlags, ch *mcpconfig.Change, err error,
) error {
	switch {
	case errors.Is(err, mcpconfig.ErrForeign):
		return cli.WithHint(fmt.Errorf("the server %q in %s %w", name, path, err), "--name "+name+"-2")
	case err != nil:
		return cli.WithHint(fmt.Errorf("%s %w; it was left alone", path, err), "correct the file, or add the entry that --print shows by hand")
	case f.remove && !ch.Present:
		fmt.Fprintf(p.Stderr, "spectap: %s has no server %q\n", path, name)
		return nil
	case ch.Empty():
		fmt.Fprintf(p.Stderr, "spectap: %s has this entry already\n", path)
		return nil
	case f.print:
		fmt.Fprintf(p.Stderr, "spectap: --print changes nothing; the entry of %q is in %s otherwise\n", name, path)
		return nil
	}
	p.Writing.Lock()
	defer p.Writing.Unlock()
	backup, err := ch.Apply(ctx)
	if errors.Is(err, mcpconfig.ErrChanged) {
		return cli.WithHint(fmt.Errorf("%s %w: %s may have written it", path, err, c.Title), "the same command again")
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	did := map[bool]string{false: "written to", true: "removed from"}[f.remove]
	fmt.Fprintf(p.Stderr, "spectap: the server %q was %s %s\n", name, did, path)
	if backup != "" {
		fmt.Fprintf(p.Stderr, "the earlier content is in %s\n", backup)
	}
	fmt.Fprintf(p.Stderr, "next: %s\n", c.Restart)
	return nil
}

// executable returns the path of this program. It prefers the path in PATH, because that may be a
// link that outlives an update.
func executable() (string, error) {
	exe, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the path of spectap: %w", err)
	}
	found, err := exec.LookPath("spectap")
	if err != nil {
		return exe, nil
	}
	a, errA := os.Stat(exe)
	b, errB := os.Stat(found)
	if errA == nil && errB == nil && os.SameFile(a, b) && filepath.IsAbs(found) {
		return found, nil
	}
	return exe, nil
}

// serverArgs returns the flags of a command line that belong to the server. Paths are absolute.
func serverArgs(p *cli.Program, cmd *cobra.Command) (args []string, err error) {
	add := func(f *pflag.Flag) {
		if slices.Contains(ownFlags, f.Name) || err != nil {
			return
		}
		var values []string
		if values, err = flagValues(cmd, f); err != nil {
			return
		}
		for _, v := range values {
			args = append(args, "--"+f.Name)
			if f.Value.Type() != "bool" {
				args = append(args, v)
			} else if v == "false" {
				args[len(args)-1] += "=false"
			}
		}
	}
	cmd.Flags().Visit(add)
	// The client may lack the variables that these defaults come from.
	if p.Global.DB == "" && os.Getenv("XDG_DATA_HOME") != "" {
		p.Global.DB = p.DBPath()
	}
	for _, name := range []string{"db", "base-url"} {
		if f := cmd.Flags().Lookup(name); f != nil && !f.Changed && f.Value.String() != "" {
			add(f)
		}
	}
	return args, err
}

// flagValues returns the values of a flag in command-line form.
func flagValues(cmd *cobra.Command, f *pflag.Flag) ([]string, error) {
	values := []string{f.Value.String()}
	if v, ok := f.Value.(pflag.SliceValue); ok {
		values = slices.Clone(v.GetSlice())
	}
	isMap := f.Value.Type() == "stringToString"
	if isMap {
		pairs, err := cmd.Flags().GetStringToString(f.Name)
		if err != nil {
			return nil, err
		}
		values = nil
		for k, v := range pairs {
			values = append(values, k+"="+v)
		}
		slices.Sort(values)
	}
	kind, _ := pflag.UnquoteUsage(f)
	for i, v := range values {
		if err := withoutSecret("--"+f.Name, v); err != nil {
			return nil, err
		}
		var err error
		switch before, path, named := strings.Cut(v, "="); {
		case kind == "file" || kind == "folder" || kind == "FOLDER" && !cli.IsURL(v):
			v, err = filepath.Abs(v)
		case strings.HasSuffix(kind, "=FILE") && named:
			path, err = filepath.Abs(path)
			v = before + "=" + path
		}
		if err != nil {
			return nil, fmt.Errorf("--%s %s: %w", f.Name, v, err)
		}
		if f.Value.Type() == "stringSlice" || isMap {
			v = csvField(v)
		}
		values[i] = v
	}
	return values, nil
}

// csvField returns a value in the form of an element of a list flag.
func csvField(s string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write([]string{s}) // to memory: never fails
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// withoutSecret returns an error for a URL with credentials.
func withoutSecret(what, value string) error {
	u, err := url.Parse(value)
	if err != nil || u.User == nil || u.Host == "" {
		return nil
	}
	return cli.WithHint(cli.Misusef("%s %s has credentials, which do not belong into a file", what, egress.WithoutUser(value)),
		"--env with a variable that spectap reads instead (see spectap serve --help)")
}
