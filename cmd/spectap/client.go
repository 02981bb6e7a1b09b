package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/mcptools/mcpclient"
)

const clientExample = `  spectap client -- spectap serve api.yaml             # a server that is started, on its stdio
  spectap client https://mcp.example.com/mcp           # one that runs
  spectap client --do 'call getThing {"id": 1}' --json -- npx some-mcp-server`

func newClientCmd(p *program) *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:   "client URL | -- CMD…",
		Short: "Talk to an MCP server: list, schema, call, describe",
		Long: `Client connects to any MCP server and reads commands: list, schema TOOL, describe TOOL, call TOOL {JSON}, history,
help, exit. A server's questions are put to you as a form; a call that has to be confirmed is sent after a y.`,
		Example: clientExample,
		Args: func(cmd *cobra.Command, args []string) error {
			switch dash := cmd.ArgsLenAtDash(); {
			case dash < 0 && len(args) == 1 && isURL(args[0]), dash == 0 && len(args) > 0:
				return nil
			}
			return usagef(cmd, "%s takes a URL, or a command after --", cmd.CommandPath())
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			t := mcpclient.Target{Stderr: p.stderr}
			if cmd.ArgsLenAtDash() == 0 {
				t.Command = args
			} else {
				t.URL = args[0]
			}
			return p.client(cmd.Context(), t, &f)
		},
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.do, "do", nil, "do this `command` and no others (repeatable, in order)")
	fl.BoolVar(&f.json, "json", false, "print each result as a line of JSON, ask nothing, and stop at the first error")
	fl.StringArrayVar(&f.header, "header", nil, "send this `Name: value` with each request to a URL (repeatable; env MCP_TOKEN sends a bearer token)")
	return cmd
}

type clientFlags struct {
	do, header []string
	json       bool
}

func (p *program) client(ctx context.Context, t mcpclient.Target, f *clientFlags) error {
	t.Header = make(map[string]string)
	if token := os.Getenv("MCP_TOKEN"); token != "" && t.URL != "" {
		t.Header["Authorization"] = "Bearer " + token
	}
	for _, h := range f.header {
		name, value, ok := strings.Cut(h, ":")
		if !ok {
			return &misuse{fmt.Errorf("--header %q: must be Name: value", h)}
		}
		t.Header[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	person := newPrompter(p.stdin, p.stdout)
	var asker mcpclient.Asker
	if !f.json {
		asker = &mcpclient.Form{In: person, Out: p.stdout}
	}
	s, err := mcpclient.Connect(ctx, t, asker, version())
	if err != nil {
		return err
	}
	defer s.Close()
	shell := &mcpclient.Shell{Session: s, In: person, Out: p.stdout, JSON: f.json, Colour: terminal(p.stdout) && os.Getenv("NO_COLOR") == ""}
	if len(f.do) > 0 {
		for _, line := range f.do {
			if done, err := shell.Do(ctx, line); err != nil {
				return err
			} else if done {
				break
			}
		}
		return nil
	}
	if e, ok := person.(*edited); ok {
		e.complete(s.Complete)
		fmt.Fprintf(p.stderr, "%s %s, %d tools; help shows the commands\n", s.Server.Name, s.Server.Version, len(s.Tools()))
	}
	if err := shell.Run(ctx); errors.Is(err, mcpclient.ErrCommand) {
		return exitStatus(exitFailed)
	} else if err != nil {
		return err
	}
	return nil
}
