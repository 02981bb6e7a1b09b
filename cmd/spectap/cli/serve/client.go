package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"
	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/auth"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/egress/signin"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcpclient"
)

const clientExample = `  spectap client -- spectap serve api.yaml             # start a server and use its stdio
  spectap client https://mcp.example.com/mcp           # connect to a server over streamable HTTP
  spectap client --json --exec 'call getThing {"id": 1}' -- npx some-mcp-server
  spectap client --json --exec 'call getThing id=1' -- npx some-mcp-server | jq .structuredContent`

const clientLong = `Client connects to any MCP server, in either era of the protocol, and reads commands: list,
schema TOOL, call TOOL {JSON} or name=value…, describe, resources, read URI, prompts, prompt NAME, history, help, quit.

On a terminal, Tab completes commands, tools, names of arguments and values of enums; history TEXT searches the history.
JSON may continue on further lines. Ctrl-C cancels the call in progress, Ctrl-D exits. A server's questions are put to
you as a form, and a call that the server held is sent again with the confirmation after you type y. The history keeps
commands without their arguments.

Without a terminal, commands come from stdin or from --exec, and nobody is asked anything. With --json each command
prints one line of JSON: the result as the server sent it, or {"error": {…}}. The client stops at the first command that
fails, unless --keep-going is given, and exits with status 1.`

// clientFlags are the flags of client.
type clientFlags struct {
	exec      []string
	json      bool
	keepGoing bool
	token     string
	header    []string
	timeout   time.Duration
}

// NewClientCmd returns the command client.
func NewClientCmd(p *cli.Program) *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:     "client URL | -- CMD…",
		Short:   "Use an MCP server: list, schema, call, describe",
		Long:    clientLong,
		Example: clientExample,
		Args: func(cmd *cobra.Command, args []string) error {
			switch dash := cmd.ArgsLenAtDash(); {
			case dash < 0 && len(args) == 1 && cli.IsURL(args[0]), dash == 0 && len(args) > 0:
				return nil
			}
			return cli.Usagef(cmd, "%s takes a URL, or a command after --", cmd.CommandPath())
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			t := mcpclient.Target{Command: args, Stderr: p.Stderr}
			if cmd.ArgsLenAtDash() < 0 {
				t.URL, t.Command = args[0], nil
			} else if f.token != "" || len(f.header) > 0 {
				return cli.Usagef(cmd, "--token and --header go with a URL: stdio has no headers")
			}
			var err error
			if t.Header, err = f.headers(t.URL != ""); err != nil {
				return err
			}
			if t.URL != "" && t.Header.Get("Authorization") == "" {
				if t.Credential, err = auth.Kept(t.URL); err != nil {
					return err
				}
			}
			return runClient(cmd.Context(), p, t, &f)
		},
	}
	fl := cmd.Flags()
	fl.StringArrayVarP(&f.exec, "exec", "e", nil, "run this `command` and exit (repeatable, in order)")
	fl.BoolVar(&f.json, "json", false, "print one line of JSON for each command, and ask no questions")
	fl.BoolVarP(&f.keepGoing, "keep-going", "k", false, "continue after a command that failed")
	fl.StringVar(&f.token, "token", "",
		"with a URL: the bearer `token` to send (or SPECTAP_MCP_TOKEN in the environment, which other users cannot see)")
	fl.StringArrayVarP(&f.header, "header", "H", nil,
		"with a URL: a header `Name: value` to send with each request (repeatable)")
	flagset.TimeVar(fl, &f.timeout, "timeout", 0, "limit the time to connect (default 30s), and of each command (default: no limit)")
	return cmd
}

const (
	connectTime = 30 * time.Second // to greet a server, which may have to be installed before
	patience    = 2 * time.Second  // before a person is told that a server does not answer
)

// headers returns the headers of each request. Errors contain no values, which may be secrets.
func (f *clientFlags) headers(toURL bool) (http.Header, error) {
	h := make(http.Header)
	if !toURL {
		return h, nil
	}
	lines := f.header
	if token := cmp.Or(f.token, os.Getenv("SPECTAP_MCP_TOKEN")); token != "" {
		lines = append([]string{"Authorization: Bearer " + token}, lines...)
	}
	for i, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case !ok || !httpguts.ValidHeaderFieldName(name):
			number := i + 1 - (len(lines) - len(f.header)) // counts only the headers on the command line, which may hold secrets
			return nil, cli.Misusef("--header: header %d is not Name: value", number)
		case !httpguts.ValidHeaderFieldValue(value):
			return nil, cli.Misusef("--header %s: the value is not valid in a header", name)
		}
		h.Add(name, value)
	}
	return h, nil
}

// runClient connects to a server and runs commands until there are no more.
func runClient(ctx context.Context, p *cli.Program, t mcpclient.Target, f *clientFlags) error {
	out, colour := p.ColourOut()
	shell := &mcpclient.Shell{Out: out, JSON: f.json, KeepGoing: f.keepGoing, Colour: colour}
	c := &clientSession{p: p, flags: f, shell: shell, notes: p.Stderr}
	var note func(string)
	if !f.json && mcpclient.IsTerminal(p.Stdin) && p.Terminal() != nil {
		// The program's context ends at the first Ctrl-C; here that cancels a call.
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGTERM)
		defer stop()
		if err := c.openTerminal(ctx); err != nil {
			return err
		}
		defer c.close()
		t.Stderr = c.notes
		note = func(s string) { fmt.Fprintf(c.notes, "server: %s\n", s) }
	} else {
		c.commands = mcpclient.ReadLines(ctx, p.Stdin, io.Discard)
		if !f.json {
			note = func(s string) { fmt.Fprintf(p.Stderr, "server: %s\n", s) }
		}
	}
	s, err := c.connect(ctx, mcpclient.Config{Target: t, Version: cli.Version(), Form: c.shell.Form, Note: note})
	if err != nil {
		switch {
		case wantsSignIn(err, &t):
			return cli.WithHint(err, "spectap auth login "+cli.QuoteArg(signin.Canonical(t.URL)))
		case t.URL != "" && strings.Contains(err.Error(), "(401)"):
			return cli.WithHint(err, "--token TOKEN, or SPECTAP_MCP_TOKEN in the environment")
		case t.URL != "" && (strings.Contains(err.Error(), "answers with status") || strings.Contains(err.Error(), "is not valid")):
			return cli.WithHint(err, "the address of an MCP server, such as http://HOST/mcp; of an API: spectap client -- spectap serve api.yaml")
		case errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "did not answer within"):
			return cli.WithHint(err, "spectap client --timeout 2m, if it is an MCP server that starts slowly")
		case errors.Is(err, exec.ErrNotFound):
			return cli.WithHint(err, "command -v "+cli.QuoteArg(t.Command[0]))
		}
		return err
	}
	defer s.Close()
	c.shell.Session = s
	c.shell.CommandContext = func(ctx context.Context) (context.Context, context.CancelFunc) { return c.limited(ctx, f.timeout) }
	return c.run(ctx)
}

// clientSession is one run of the client.
type clientSession struct {
	p        *cli.Program
	flags    *clientFlags
	shell    *mcpclient.Shell
	commands mcpclient.Prompter
	editor   *mcpclient.Editor // nil without a terminal that can edit lines
	notes    io.Writer         // for messages that arrive while a person types
	history  *mcpclient.History
}

// openTerminal prepares for a person who types commands and answers.
func (c *clientSession) openTerminal(ctx context.Context) error {
	c.history = mcpclient.OpenHistory(filepath.Join(xdg.StateHome, "spectap", "client_history"))
	in, isFile := c.p.Stdin.(*os.File)
	if os.Getenv("TERM") == "dumb" || !isFile {
		c.commands = mcpclient.ReadLines(ctx, c.p.Stdin, c.shell.Out)
		c.shell.Form = &mcpclient.Form{In: c.commands, Out: c.shell.Out}
		return nil
	}
	complete := func(line string) mcpclient.Completion { return c.shell.Complete(line) }
	e, err := mcpclient.NewEditor(in, c.p.Terminal(), complete)
	if err != nil {
		return fmt.Errorf("use the terminal: %w", err)
	}
	context.AfterFunc(ctx, e.Close)
	c.editor, c.commands, c.notes = e, e, visible.NewWriter(e.Notes(), mcpclient.ColourSequences()...)
	c.shell.Form = &mcpclient.Form{In: e.Answers(), Out: c.shell.Out, Notes: c.notes, Colour: c.shell.Colour}
	return nil
}

func (c *clientSession) close() {
	if c.editor != nil {
		c.editor.Close()
	}
}

// limited returns a context that ends after a time, unless it is 0, and at Ctrl-C.
func (c *clientSession) limited(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	stop := context.CancelFunc(func() {})
	if c.shell.Form != nil {
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt)
	}
	if limit == 0 {
		return ctx, stop
	}
	late := fmt.Errorf("the server did not answer within %s", limit)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, late)
	return ctx, func() { cancel(); stop() }
}

// wantsSignIn reports whether a connection failed because a person has to sign in.
func wantsSignIn(err error, t *mcpclient.Target) bool {
	return t.Header.Get("Authorization") == "" && (errors.Is(err, mcpclient.ErrSignIn) || errors.As(err, new(*signin.MissingError)))
}

// connect connects to the server. A person at a terminal signs in if the server wants that, and may
// take longer than --timeout.
func (c *clientSession) connect(ctx context.Context, cfg mcpclient.Config) (*mcpclient.Session, error) {
	connect := func() (*mcpclient.Session, error) {
		ctx, cancel := c.limited(ctx, cmp.Or(c.flags.timeout, connectTime))
		defer cancel()
		late := time.AfterFunc(patience, func() {
			fmt.Fprintf(c.notes, "%s has not answered yet; MCP servers greet a client\n", visible.Line(append(cfg.Target.Command, "the server")[0]))
		})
		defer late.Stop()
		return mcpclient.Connect(ctx, cfg)
	}
	s, err := connect()
	if c.shell.Form == nil || !wantsSignIn(err, &cfg.Target) {
		return s, err
	}
	signing, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	if cfg.Target.Credential, err = auth.Token(signing, c.p, signin.Config{Server: cfg.Target.URL, Typed: []string{cfg.Target.URL}}, "", true); err != nil {
		return nil, err
	}
	return connect()
}

// run runs the commands.
func (c *clientSession) run(ctx context.Context) error {
	if len(c.flags.exec) > 0 {
		c.commands = mcpclient.GivenLines(c.flags.exec...)
	}
	interactive := c.shell.Form != nil && len(c.flags.exec) == 0
	if interactive {
		c.greet()
	} else {
		c.shell.Errors = c.p.Stderr
	}
	err := c.shell.Run(ctx, c.commands)
	switch {
	case errors.Is(err, mcpclient.ErrEnded):
		return cli.ExitStatus(cli.ExitFailed) // the shell has printed the error
	case errors.Is(err, mcpclient.ErrFailed):
		if interactive {
			return nil
		}
		return cli.ExitStatus(cli.ExitFailed)
	case err == nil && ctx.Err() != nil && !interactive:
		return cli.ExitStatus(cli.ExitFailed) // some commands did not run
	}
	return err
}

// greet describes the server to a person, and connects the shell to the history.
func (c *clientSession) greet() {
	c.shell.KeepGoing = true
	s := c.shell.Session
	fmt.Fprintf(c.p.Stderr, "%s %s, protocol %s, %d tools; help shows the commands\n",
		visible.Line(s.Server.Name), visible.Line(s.Server.Version), visible.Line(s.Protocol), len(s.Tools()))
	c.shell.History = c.history.Lines()
	c.shell.OnCommand = func(line string) {
		if c.editor != nil {
			c.editor.AddHistory(line)
		}
		c.history.Add(c.shell.Redacted(line))
	}
	if c.editor != nil {
		c.editor.AddHistory(c.shell.History...)
	}
}
