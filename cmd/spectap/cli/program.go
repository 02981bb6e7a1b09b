package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"math"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/store"
)

// Exit statuses; exitStatuses has their meanings. `spectap run` exits with the status of its
// command.
const (
	ExitFine   = 0
	ExitFailed = 1   // the command failed
	ExitMisuse = 2   // the command line is wrong
	ExitFound  = 3   // the command worked and found something, such as a difference
	ExitSignal = 128 // plus the number of the signal that ended the command, as in shells
)

// Program holds the streams and global flags of one run. Commands use no other streams, so that
// tests can replace them.
type Program struct {
	Stdin io.Reader
	// stdout and stderr are for text: they escape invisible characters and those that a terminal
	// interprets.
	Stdout, Stderr *visible.Writer
	printed        *checkedWriter // what stdout writes to
	direct         direct
	Global         GlobalFlags
	Cmd            *cobra.Command // the running command
	unknown        error          // an unknown command whose help was asked for
	Hub            *HubView       // the view of the hub that the command reads from, or nil
	budget         decode.Budget  // of bodies that are decompressed to redact them
	// writing is held while a file is written, so that an interrupt leaves no temporary file.
	Writing sync.Mutex
	LogRows bool // on a terminal: log in rows, beside the list of flows
	// Overwrite lets commands replace files that people wrote.
	Overwrite bool
	JSON      bool     // print JSON, for commands with --json
	refsFrom  []string // folders and URLs that references of documents may lead to
	// DocumentOut is the file that a command writes a document to, as [bundle.Config.Out].
	DocumentOut string
	// alone means that the process runs only this command, which may change process-wide settings.
	Alone bool
	// unsaved has credentials that are saved once the command has closed its store.
	unsaved   atomic.Pointer[unsaved]
	redactors sync.Map // *redact.Redactor, by the store
}

// TuneGC tunes garbage collection: percent is as GOGC, and limit, unless 0, is a memory limit. The
// environment variables take precedence. restore undoes it.
func (p *Program) TuneGC(percent int, limit int64) (restore func()) {
	if !p.Alone || os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	oldPercent, oldLimit := debug.SetGCPercent(percent), debug.SetMemoryLimit(-1)
	if limit > 0 {
		debug.SetMemoryLimit(limit)
	}
	return func() {
		debug.SetGCPercent(oldPercent)
		debug.SetMemoryLimit(oldLimit)
	}
}

// Interruption is the cause of a context that a signal ended.
type Interruption struct{ Signal syscall.Signal }

func (i Interruption) Error() string { return "interrupted: " + i.Signal.String() }

// WithSignals returns a context that SIGINT and SIGTERM end, with an interruption as its cause.
func WithSignals(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			cancel(Interruption{s.(syscall.Signal)})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

// Run runs a command line of root and returns the exit status. SIGINT and SIGTERM cancel the
// context of the command.
func (p *Program) Run(ctx context.Context, root *cobra.Command, args []string) int {
	if p.Alone {
		log.SetOutput(io.Discard) // net/http prints the beginning of unsolicited responses
	}
	ctx, stop := WithSignals(ctx)
	defer stop()
	defer p.Stdout.Flush()
	defer p.Stderr.Flush()
	root.SetArgs(args)
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	err := cmp.Or(p.execute(ctx, root, args), p.unknown)
	SayUnread(p.Stderr, &p.budget)
	if err == nil || err == ExitStatus(ExitFound) {
		_ = p.Stdout.Flush() // lost returns its error
		err = cmp.Or(p.printed.lost(), err)
	}
	if err == nil {
		return ExitFine
	}
	if status, ok := errors.AsType[ExitStatus](err); ok {
		return int(status)
	}
	var by Interruption
	if errors.Is(err, context.Canceled) && errors.As(context.Cause(ctx), &by) {
		fmt.Fprintln(p.Stderr, "spectap: interrupted")
		return ExitSignal + int(by.Signal)
	}
	fmt.Fprintf(p.Stderr, "spectap: %s\n", egress.WithoutUsers(p.Explain(err)))
	if try := p.HintFor(err); try != "" {
		p.SayTry("%s", try)
	}
	var unstarted *NotStarted
	switch {
	case errors.As(err, new(*misuse)):
		return ExitMisuse
	case errors.As(err, &unstarted):
		return unstarted.Status
	}
	return ExitFailed
}

// Explain returns the text of an error, in the words of the command line.
func (p *Program) Explain(err error) string {
	if p.Global.Session != "" && errors.Is(err, catalog.ErrNoFlows) {
		return "session " + p.Global.Session + " has no flows"
	}
	return err.Error()
}

// SayUnread prints a note about compressed bodies that were not read.
func SayUnread(w io.Writer, of *decode.Budget) {
	if of.Exceeded() {
		fmt.Fprintf(w, "some compressed bodies were not read: %v\n", decode.ErrBudget)
	}
}

// ExitStatus is an error that sets the exit status. The command has printed the reason.
type ExitStatus int

func (s ExitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// Hint is an error with a command or an argument to try next.
type Hint struct {
	err error
	Try string
}

func (h *Hint) Error() string { return h.err.Error() }
func (h *Hint) Unwrap() error { return h.err }

// WithHint returns an error with a command or an argument to try next.
func WithHint(err error, try string) error { return &Hint{err, try} }

// misuse is an error in the command line.
type misuse struct{ err error }

// Misused marks an error as one in the command line.
func Misused(err error) error { return &misuse{err} }

// Misusef returns an error in the command line.
func Misusef(format string, args ...any) error { return &misuse{fmt.Errorf(format, args...)} }

func (m *misuse) Error() string { return m.err.Error() }
func (m *misuse) Unwrap() error { return m.err }

// Usagef returns a misuse. Its hint is the hint of a wrapped error, or else the help of the
// command.
func Usagef(cmd *cobra.Command, format string, args ...any) error {
	err := &misuse{fmt.Errorf(format, args...)}
	if h := (*Hint)(nil); errors.As(err, &h) {
		return err
	}
	return &Hint{err, cmd.CommandPath() + " --help"}
}

// Lackingf returns the misuse of a command line that lacks something. Its hint is the first example
// of the command, which shows what is missing.
func Lackingf(cmd *cobra.Command, format string, args ...any) error {
	example, _, _ := strings.Cut(strings.TrimSpace(cmd.Example), "\n")
	if example == "" {
		return Usagef(cmd, format, args...)
	}
	return &Hint{&misuse{fmt.Errorf(format, args...)}, example}
}

// Exactly accepts n arguments, which the error calls what.
func Exactly(n int, what string) cobra.PositionalArgs { return Between(n, n, what) }

// AtMost accepts up to n arguments.
func AtMost(n int, what string) cobra.PositionalArgs { return Between(0, n, what) }

// AtLeast accepts n or more arguments.
func AtLeast(n int, what string) cobra.PositionalArgs { return Between(n, math.MaxInt, what) }

// TakeNone refuses arguments of a command, and of those below it, if its usage names none.
func TakeNone(cmd *cobra.Command) {
	if cmd.Args == nil && cmd.Runnable() && !strings.Contains(cmd.Use, " ") {
		cmd.Args = Exactly(0, "no arguments")
	}
	for _, c := range cmd.Commands() {
		TakeNone(c)
	}
}

// Between accepts from least to most arguments.
func Between(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		wrong := Usagef
		switch {
		case len(args) < least:
			wrong = Lackingf
		case len(args) <= most:
			return nil
		}
		return wrong(cmd, "%s takes %s, got %s", cmd.CommandPath(), what, Plural(len(args), "argument"))
	}
}

var fileHints = []pathHint{
	{fs.ErrNotExist, "ls {dir}   # shows which files there are"},
	{syscall.ENOTDIR, "ls -ld {path}   # a part of this path is a file, and no folder"},
	{syscall.EISDIR, "ls {path}   # it is a folder: name a file in it"},
	{fs.ErrPermission, "ls -ld {dir} {path}   # shows whose it is"},
}

// HintFor returns the hint for an error, or "" if there is none.
func (p *Program) HintFor(err error) string {
	var h *Hint
	var none *catalog.NoHostError
	var several *catalog.AmbiguousHostError
	var path *fs.PathError
	var badPolicy *policy.LoadError
	var dial *net.OpError
	var program *exec.Error
	var damaged *safefile.DamagedError
	var notFile *safefile.NotFileError
	switch {
	case errors.As(err, &h):
		return h.Try
	case errors.Is(err, catalog.ErrNoFlows) && p.Global.Session != "":
		return "spectap sessions ls"
	case errors.Is(err, catalog.ErrNoFlows):
		return "spectap run -- CMD…, spectap proxy or spectap import FILE.har"
	case errors.As(err, &none):
		return "--host " + cmp.Or(SimilarHost(none.Host, none.Hosts), none.Hosts[0])
	case errors.As(err, &several) && several.Host == "":
		hint := "--host " + several.Hosts[0]
		if name, same := catalog.OneServer(several.Hosts); name != "" {
			hint = "--host " + name + "   # " + same + " as one API"
		} else if p.Cmd != nil && p.Cmd.Flag("merge-hosts") != nil {
			hint += ", or --merge-hosts"
		}
		return hint
	case errors.As(err, &several):
		return "--host " + several.Hosts[0]
	case errors.Is(err, store.ErrCorrupt):
		return hintOf(storeHints, p.DBPath(), store.ErrCorrupt)
	case errors.As(err, &damaged):
		return "head -c 300 " + QuoteArg(damaged.Path) + "   # is it the file that was meant? spectap writes JSON there"
	case errors.As(err, &notFile):
		return "ls -ld " + QuoteArg(notFile.Path) + "   # it is a folder, a pipe or a device: name a file"
	case errors.As(err, &badPolicy):
		return "spectap policy check " + QuoteArg(badPolicy.Name)
	case errors.As(err, &program) && errors.Is(err, exec.ErrNotFound):
		return "type " + QuoteArg(program.Name) + "   # where the shell finds it"
	case errors.As(err, &path) && hintOf(fileHints, path.Path, err) != "":
		return hintOf(fileHints, path.Path, err)
	case errors.As(err, &dial) && dial.Addr != nil && errors.Is(err, syscall.ECONNREFUSED):
		return "start the server, or name the address where it listens: nothing does at " + dial.Addr.String()
	case errors.As(err, new(*misuse)) && p.Cmd != nil:
		return p.Cmd.CommandPath() + " --help"
	}
	return ""
}

// NotStarted is the error for a command that could not be started, with the exit status that a
// shell uses.
type NotStarted struct {
	Err    error
	Status int
}

func (n *NotStarted) Error() string { return n.Err.Error() }

// RelaxGC makes garbage collection rarer while memory use is low, since the process ends soon.
func (p *Program) RelaxGC() (restore func()) { return p.TuneGC(400, 96<<20) }
