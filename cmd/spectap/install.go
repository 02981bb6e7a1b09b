package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/internal/mcpconfig"
)

// clientInstallLong is what the help of both install commands says.
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
	for _, name := range notInstalled {
		if fl.Lookup(name) != nil {
			fl.MarkHidden(name) // fails for unknown flags only
		}
	}
}

// ownFlags are not those of the server.
var ownFlags = []string{"name", "scope", "env", "print", "remove", "help"}

// notInstalled are flags of servers that make no sense for a client that starts the server itself.
var notInstalled = []string{
	"http", "token-file", "no-token", "allow-remote", "sse", "tls-cert", "tls-key", "allow-host", "allow-origin",
	"mount", "caller-credentials", "caller-auth", "dry-run", "summary", "diff", "api-key", "bearer-token", "basic-auth",
}

// secretVariables replace flags that would put a secret into the file.
var secretVariables = map[string]string{"api-key": "API_KEY", "bearer-token": "BEARER_TOKEN", "basic-auth": "BASIC_AUTH"}

// check refuses wrong values.
func (f *installFlags) check(cmd *cobra.Command) error {
	for _, name := range notInstalled {
		if fl := cmd.Flags().Lookup(name); fl == nil || !fl.Changed {
			continue
		}
		if v := secretVariables[name]; v != "" {
			return &hint{&misuse{fmt.Errorf("--%s would put a secret into a file", name)}, "--env " + v}
		}
		return usagef(cmd, "--%s: the client starts the server itself, on stdio", name)
	}
	if f.scope != string(mcpconfig.User) && f.scope != string(mcpconfig.Project) {
		return usagef(cmd, "--scope %q: must be user or project", f.scope)
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
		return &hint{&misuse{fmt.Errorf("%s takes %s, got %s", cmd.CommandPath(), what, plural(len(args), "argument"))}, try}
	}
	if _, ok := mcpconfig.Find(args[0]); !ok {
		return &hint{&misuse{fmt.Errorf("unknown client %q", args[0])}, try}
	}
	return nil
}

func newMCPInstallCmd(p *program) *cobra.Command {
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
			return p.install(cmd, args[0], &f, s)
		},
	}
	server.register(cmd)
	f.register(cmd)
	return endsAtOnce(cmd)
}

func newServeInstallCmd(p *program) *cobra.Command {
	var f installFlags
	var serve serveFlags
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
				spec, err := p.specArgument(args[1], f.remove)
				if err != nil {
					return err
				}
				s.Args = append(s.Args, spec)
			} else if !f.remove && p.global.db == "" && serve.host == "" {
				return usagef(cmd, "%s takes a client and a document, or --db or --host for the captured API", cmd.CommandPath())
			}
			return p.install(cmd, args[0], &f, s)
		},
	}
	serve.register(cmd)
	f.register(cmd)
	return endsAtOnce(cmd)
}

// specArgument returns a document as an argument of the server. It reads a file, so that a wrong
// one is found now.
func (p *program) specArgument(spec string, remove bool) (string, error) {
	if remove || isURL(spec) {
		return spec, withoutSecret("SPEC", spec)
	}
	if spec == "-" {
		return "", &misuse{errors.New("a client cannot pass a document on stdin: name a file")}
	}
	if _, err := p.loadSpec(spec); err != nil {
		return "", err
	}
	return filepath.Abs(spec)
}

// nameOfDocument returns the name of a server for a document: that of the file, or of the host.
func nameOfDocument(spec string) string {
	name := strings.TrimSuffix(filepath.Base(spec), filepath.Ext(spec))
	if u, err := url.Parse(spec); err == nil && isURL(spec) {
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
func (p *program) install(cmd *cobra.Command, id string, f *installFlags, s mcpconfig.Server) error {
	c, _ := mcpconfig.Find(id)
	if f.name != "" {
		s.Name = f.name
	}
	if s.Name == "" {
		return usagef(cmd, "the server needs a name: --name, or a document with one")
	}
	if err := mcpconfig.CheckName(s.Name); err != nil {
		return &hint{&misuse{fmt.Errorf("--name %w", err)}, "--name shop"}
	}
	e, err := clientEnvironment()
	if err != nil {
		return err
	}
	path, err := c.File(e, mcpconfig.Scope(f.scope))
	if errors.Is(err, mcpconfig.ErrNoProject) {
		return &hint{&misuse{fmt.Errorf("%s %w", c.Title, err)}, "--scope user"}
	}
	if err != nil {
		return err
	}
	if f.remove {
		ch, err := mcpconfig.Remove(&c, e, mcpconfig.Scope(f.scope), s.Name)
		return p.change(cmd.Context(), &c, path, s.Name, f, ch, err)
	}
	s.Env = f.env
	if len(s.Env) > 0 && !c.Refers() {
		return &hint{fmt.Errorf("%s cannot refer to variables of the environment, and passes none to servers", c.Title),
			"--credential-file SCHEME=FILE of spectap serve, instead of --env"}
	}
	args, err := p.serverArgs(cmd)
	if err != nil {
		return err
	}
	s.Args = append(s.Args, args...)
	if s.Command, err = executable(); err != nil {
		return err
	}
	entry, err := c.Entry(&s)
	if err != nil {
		return &misuse{err}
	}
	if f.print {
		if err := p.writeFileOut([]byte(entry)); err != nil {
			return err
		}
	}
	ch, err := mcpconfig.Add(&c, e, mcpconfig.Scope(f.scope), &s)
	if err == nil {
		p.warnVariables(&c, s.Env)
	}
	return p.change(cmd.Context(), &c, path, s.Name, f, ch, err)
}

// change makes a change, unless it is only printed, and says what it did.
func (p *program) change(
	ctx context.Context, c *mcpconfig.Client, path, name string, f *installFlags, ch *mcpconfig.Change, err error,
) error {
	switch {
	case errors.Is(err, mcpconfig.ErrForeign):
		return &hint{fmt.Errorf("the server %q in %s %w", name, path, err), "--name " + name + "-2"}
	case err != nil:
		return &hint{fmt.Errorf("%s %w; it was left alone", path, err), "correct the file, or add the entry that --print shows by hand"}
	case f.remove && !ch.Present:
		fmt.Fprintf(p.stderr, "spectap: %s has no server %q\n", path, name)
		return nil
	case ch.Empty():
		fmt.Fprintf(p.stderr, "spectap: %s has this entry already\n", path)
		return nil
	case f.print:
		fmt.Fprintf(p.stderr, "spectap: %s\n", wouldChange(ch, path, name, f))
		return nil
	}
	p.writing.Lock()
	defer p.writing.Unlock()
	backup, err := ch.Apply(ctx)
	if errors.Is(err, mcpconfig.ErrChanged) {
		return &hint{fmt.Errorf("%s %w: %s may have written it", path, err, c.Title), "the same command again"}
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	did := map[bool]string{false: "added to", true: "removed from"}[f.remove]
	if ch.Present && !f.remove {
		did = "updated in"
	}
	fmt.Fprintf(p.stderr, "spectap: the server %q was %s %s\n", name, did, path)
	if backup != "" {
		fmt.Fprintf(p.stderr, "the earlier content is in %s\n", backup)
	}
	fmt.Fprintf(p.stderr, "next: %s\n", c.Restart)
	return nil
}

// wouldChange says what --print leaves undone.
func wouldChange(ch *mcpconfig.Change, path, name string, f *installFlags) string {
	switch {
	case f.remove:
		return fmt.Sprintf("the server %q would be removed from %s", name, path)
	case !ch.Exists:
		return "this would be written to " + path + ", which does not exist yet"
	case ch.Present:
		return fmt.Sprintf("the server %q in %s would become this; members that you added stay", name, path)
	}
	return "this would be merged into " + path
}

// clientEnvironment returns what paths of configuration files depend on.
func clientEnvironment() (*mcpconfig.Environment, error) {
	home, _ := os.UserHomeDir() // "" is an error for files in it
	dir, err := os.Getwd()
	return &mcpconfig.Environment{GOOS: runtime.GOOS, Home: home, Project: dir, Getenv: os.Getenv}, err
}

// executable returns the path of this program. That of the search path is preferred, because it may
// be a link that outlives an update.
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
