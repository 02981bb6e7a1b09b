package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcpclient"
)

const clientExample = `  spectap client -- spectap serve api.yaml             # a server that is started, on its stdio
  spectap client https://mcp.example.com/mcp           # one that runs, over streamable HTTP
  spectap client --json --exec 'call getThing {"id": 1}' -- npx some-mcp-server
  spectap client --json --exec 'call getThing id=1' -- npx some-mcp-server | jq .structuredContent`

const clientLong = `Client connects to any MCP server, in either era of the protocol, and reads commands: list, schema TOOL,
call TOOL {JSON} or name=value…, describe, resources, read URI, prompts, prompt NAME, history, help, quit.

On a terminal, Tab completes commands, tools, names of arguments and values of enums; JSON may go on over lines;
Ctrl-C gives up the call under way, Ctrl-D leaves. A server's questions are put to you as a form, and a call that a
server held is sent again, confirmed, after a y. What you type is kept without the arguments.

Elsewhere commands come from stdin, or from --exec, and nobody is asked anything. With --json each command prints one
line of JSON: the result as the server sent it, or {"error": {…}}. The first command that fails is the last one, unless
--keep-going; the exit status is 1 then.`

// clientFlags are the flags of client.
type clientFlags struct {
	exec      []string
	json      bool
	keepGoing bool
	token     string
	header    []string
	timeout   time.Duration
}

func newClientCmd(p *program) *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:     "client URL | -- CMD…",
		Short:   "Talk to an MCP server: list, schema, call, describe",
		Long:    clientLong,
		Example: clientExample,
		Args: func(cmd *cobra.Command, args []string) error {
			switch dash := cmd.ArgsLenAtDash(); {
			case dash < 0 && len(args) == 1 && isURL(args[0]), dash == 0 && len(args) > 0:
				return nil
			}
			return usagef(cmd, "%s takes a URL, or a command after --", cmd.CommandPath())
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			t := mcpclient.Target{Command: args, Stderr: p.stderr}
			if cmd.ArgsLenAtDash() < 0 {
				t.URL, t.Command = args[0], nil
			} else if f.token != "" || len(f.header) > 0 {
				return usagef(cmd, "--token and --header go with a URL: there are no headers on stdio")
			}
			var err error
			if t.Header, err = f.headers(t.URL != ""); err != nil {
				return err
			}
			return p.client(cmd.Context(), t, &f)
		},
	}
	fl := cmd.Flags()
	fl.StringArrayVarP(&f.exec, "exec", "e", nil, "do this `command` and leave (repeatable, in order)")
	fl.BoolVar(&f.json, "json", false, "print one line of JSON for each command, and ask nothing")
	fl.BoolVarP(&f.keepGoing, "keep-going", "k", false, "do the commands that follow one that failed, too")
	fl.StringVar(&f.token, "token", "", "with a URL: the bearer `token` to send (env SPECTAP_MCP_TOKEN, which other users of the machine cannot see)")
	fl.StringArrayVarP(&f.header, "header", "H", nil, "with a URL: send this `Name: value` with each request (repeatable)")
	fl.DurationVar(&f.timeout, "timeout", 0, "bound the greeting and each command (default: none)")
	return cmd
}

// headers are what is sent with each request. No error tells a value: it may be a secret.
func (f *clientFlags) headers(toURL bool) (http.Header, error) {
	h := make(http.Header)
	if !toURL {
		return h, nil
	}
	token := f.token
	if token == "" {
		token = os.Getenv("SPECTAP_MCP_TOKEN")
	}
	if token != "" {
		f.header = append([]string{"Authorization: Bearer " + token}, f.header...)
	}
	for i, line := range f.header {
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case !ok || !httpguts.ValidHeaderFieldName(name):
			return nil, &misuse{fmt.Errorf("--header: the %s is not Name: value", ordinal(i+1))}
		case !httpguts.ValidHeaderFieldValue(value):
			return nil, &misuse{fmt.Errorf("--header %s: the value cannot stand in a header", name)}
		}
		h.Add(name, value)
	}
	return h, nil
}

func ordinal(n int) string {
	switch n {
	case 1:
		return "first"
	case 2:
		return "second"
	}
	return fmt.Sprintf("%dth", n)
}

// client connects and does commands until there are no more.
func (p *program) client(ctx context.Context, t mcpclient.Target, f *clientFlags) error {
	c := &talk{p: p, flags: f, shell: &mcpclient.Shell{Out: p.stdout, JSON: f.json, KeepGoing: f.keepGoing, Colour: colourful(p.stdout)}}
	var note func(string)
	if !f.json && onTerminal(p.stdin) && onTerminal(p.stdout) {
		// The context of the program ends at the first Ctrl-C; here that gives up a call.
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGTERM)
		defer stop()
		if err := c.open(ctx); err != nil {
			return err
		}
		defer c.close()
		t.Stderr = c.notes
		note = func(s string) { fmt.Fprintf(c.notes, "server: %s\n", s) }
	} else {
		c.commands = newPlainLines(ctx, p.stdin, io.Discard)
		if !f.json {
			note = func(s string) { fmt.Fprintf(p.stderr, "server: %s\n", s) }
		}
	}
	s, err := c.connect(ctx, mcpclient.Config{Target: t, Version: version(), Form: c.shell.Form, Note: note})
	if err != nil {
		if len(t.Header) == 0 && t.URL != "" && strings.Contains(err.Error(), "(401)") {
			return &hint{err, "--token TOKEN, or SPECTAP_MCP_TOKEN in the environment"}
		}
		return err
	}
	defer s.Close()
	c.shell.Session = s
	c.shell.Interruptible = c.interruptible
	return c.talk(ctx)
}

// talk is one use of the client.
type talk struct {
	p        *program
	flags    *clientFlags
	shell    *mcpclient.Shell
	commands mcpclient.Prompter
	person   *editor   // nil where no person types, or the terminal cannot edit
	notes    io.Writer // for what comes while a person types
	history  *clientHistory
}

// open prepares for a person.
func (c *talk) open(ctx context.Context) error {
	c.history = openHistory(defaultHistory())
	c.notes = c.p.stderr
	if os.Getenv("TERM") == "dumb" {
		lines := newPlainLines(ctx, c.p.stdin, c.p.stdout)
		c.commands, c.shell.Form = lines, &mcpclient.Form{In: lines, Out: c.p.stdout}
		return nil
	}
	e, err := newEditor(func(line string) mcpclient.Completion { return c.shell.Complete(line) })
	if err != nil {
		return fmt.Errorf("use the terminal: %w", err)
	}
	context.AfterFunc(ctx, e.close)
	c.person, c.commands, c.notes = e, e, e.notes()
	c.shell.Form = &mcpclient.Form{In: e.answers(), Out: c.p.stdout, Notes: c.notes, Colour: c.shell.Colour}
	return nil
}

func (c *talk) close() {
	if c.person != nil {
		c.person.close()
	}
}

// interruptible is the context of one command.
func (c *talk) interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	stop := context.CancelFunc(func() {})
	if c.shell.Form != nil {
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt)
	}
	if c.flags.timeout == 0 {
		return ctx, stop
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.flags.timeout, fmt.Errorf("nothing was answered within %s", c.flags.timeout))
	return ctx, func() { cancel(); stop() }
}

func (c *talk) connect(ctx context.Context, cfg mcpclient.Config) (*mcpclient.Session, error) {
	ctx, cancel := c.interruptible(ctx)
	defer cancel()
	return mcpclient.Connect(ctx, cfg)
}

// talk does the commands.
func (c *talk) talk(ctx context.Context) error {
	person := c.shell.Form != nil && len(c.flags.exec) == 0
	if len(c.flags.exec) > 0 {
		c.commands = &givenLines{c.flags.exec}
	}
	if person {
		c.shell.KeepGoing = true
		s := c.shell.Session
		fmt.Fprintf(c.p.stderr, "%s %s, protocol %s, %d tools; help shows the commands\n",
			visible.Line(s.Server.Name), visible.Line(s.Server.Version), visible.Line(s.Protocol), len(s.Tools()))
		c.shell.History = c.history.lines()
		c.shell.Keep = func(line string) {
			if c.person != nil {
				c.person.remember(line)
			}
			c.history.add(c.shell.Redacted(line)) // what cannot be kept is not worth a word here
		}
		if c.person != nil {
			c.person.remember(c.shell.History...)
		}
	}
	err := c.shell.Run(ctx, c.commands)
	switch {
	case errors.Is(err, mcpclient.ErrEnded):
		return exitStatus(exitFailed) // the shell has told
	case errors.Is(err, mcpclient.ErrFailed):
		if person {
			return nil
		}
		return exitStatus(exitFailed)
	case err == nil && ctx.Err() != nil && !person:
		return exitStatus(exitFailed) // interrupted: there may have been more to do
	}
	return err
}
