package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/store"
)

// Exit statuses. `spectap run` gives its command's own.
const (
	exitFine   = 0
	exitFailed = 1 // could not do it
	exitMisuse = 2 // was asked the wrong way
	exitFound  = 3 // did its work, and found something
)

// program is what a command has of the world. Commands read and print through it, so that tests can run them.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	global         globalFlags
}

// run is the program: it returns the exit status. SIGINT and SIGTERM cancel the context of the command.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	p := &program{stdin: stdin, stdout: stdout, stderr: stderr}
	root := newRootCmd(p)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitFine
	}
	var status exitStatus
	if errors.As(err, &status) {
		return int(status)
	}
	fmt.Fprintf(stderr, "spectap: %v\n", err)
	if try := p.hintFor(err); try != "" {
		fmt.Fprintf(stderr, "try: %s\n", try)
	}
	var m *misuse
	if errors.As(err, &m) {
		return exitMisuse
	}
	return exitFailed
}

// exitStatus is an error that has been told already: it only sets the exit status.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// hint is an error with what to type next.
type hint struct {
	err error
	try string
}

func (h *hint) Error() string { return h.err.Error() }
func (h *hint) Unwrap() error { return h.err }

// misuse is an error in the command line.
type misuse struct{ err error }

func (m *misuse) Error() string { return m.err.Error() }
func (m *misuse) Unwrap() error { return m.err }

// usagef returns a misuse that points at the command's help.
func usagef(cmd *cobra.Command, format string, args ...any) error {
	return &hint{&misuse{fmt.Errorf(format, args...)}, cmd.CommandPath() + " --help"}
}

// exactly refuses any other number of arguments than n; what names them in the error.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef(cmd, "%s takes %s, got %d arguments", cmd.CommandPath(), what, len(args))
		}
		return nil
	}
}

// hintFor returns what to type next after an error; "" if there is nothing to suggest.
func (p *program) hintFor(err error) string {
	var h *hint
	var none *catalog.NoHostError
	var several *catalog.AmbiguousHostError
	switch {
	case errors.As(err, &h):
		return h.try
	case errors.Is(err, catalog.ErrNoFlows):
		return "spectap run -- CMD…, spectap proxy or spectap import FILE.har"
	case errors.As(err, &none):
		return "--host " + none.Hosts[0]
	case errors.As(err, &several) && several.Host == "":
		return "--host " + several.Hosts[0] + ", or --merge-hosts"
	case errors.As(err, &several):
		return "--host " + several.Hosts[0]
	case errors.Is(err, store.ErrCorrupt):
		return "spectap store compact --db " + quoteArg(p.dbPath()) + "   # leaves out what cannot be read, and says so"
	}
	return ""
}
