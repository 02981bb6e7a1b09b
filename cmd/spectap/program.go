package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/sharedfile"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/store"
)

// Exit statuses; exitStatuses has what they mean. `spectap run` exits with the status of its
// command.
const (
	exitFine   = 0
	exitFailed = 1   // the command failed
	exitMisuse = 2   // the command line is wrong
	exitFound  = 3   // the command worked and found something, such as a difference
	exitSignal = 128 // plus the number of the signal that ended the command, as in shells
)

// program holds the streams and global flags of one run. Commands use no other streams, so that
// tests can replace them.
type program struct {
	stdin io.Reader
	// stdout and stderr are for text: they escape characters that act on a terminal or do not show.
	stdout, stderr *visible.Writer
	printed        *checkedWriter // what stdout writes to
	direct         direct
	global         globalFlags
	cmd            *cobra.Command // the one that runs
	unknown        error          // an unknown command whose help was asked for
	remote         *hubFlags      // the hub without an engine that open connects to, or nil
	hub            *hubView       // what a command that reads from a hub knows of it, or nil
	// writing is held while a file is written, so that an interrupt leaves no temporary file.
	writing sync.Mutex
	lasts   atomic.Bool // the command runs until it is interrupted
	// alone says that the process runs this command only: the command may change its settings.
	alone bool
}

// tuneGC sets when garbage is collected: as GOGC by percent, and from a limit of memory on unless
// it is 0. The environment variables take precedence. restore undoes it.
func (p *program) tuneGC(percent int, limit int64) (restore func()) {
	if !p.alone || os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
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

// interruption is the cause of a context that a signal ended.
type interruption struct{ signal syscall.Signal }

func (i interruption) Error() string { return "interrupted: " + i.signal.String() }

// withSignals returns a context that SIGINT and SIGTERM end, with an interruption as its cause.
func withSignals(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			cancel(interruption{s.(syscall.Signal)})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

// run runs a command line in a process that has others to run, and returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return newProgram(stdin, stdout, stderr).run(ctx, args)
}

// run runs a command line and returns the exit status. SIGINT and SIGTERM cancel the context of the
// command.
func (p *program) run(ctx context.Context, args []string) int {
	if p.alone {
		log.SetOutput(io.Discard) // net/http prints the beginning of unsolicited responses
	}
	ctx, stop := withSignals(ctx)
	defer stop()
	defer p.stdout.Flush()
	defer p.stderr.Flush()
	root := newRootCmd(p)
	root.SetArgs(args)
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	err := cmp.Or(p.execute(ctx, root, args), p.unknown)
	if err == nil || err == exitStatus(exitFound) {
		_ = p.stdout.Flush() // lost returns its error
		err = cmp.Or(p.printed.lost(), err)
	}
	if err == nil {
		return exitFine
	}
	var status exitStatus
	if errors.As(err, &status) {
		return int(status)
	}
	var by interruption
	if errors.Is(err, context.Canceled) && errors.As(context.Cause(ctx), &by) {
		fmt.Fprintln(p.stderr, "spectap: interrupted")
		return exitSignal + int(by.signal)
	}
	text := err.Error()
	if p.global.session != "" && errors.Is(err, catalog.ErrNoFlows) {
		text = "session " + p.global.session + " has no flows"
	}
	fmt.Fprintf(p.stderr, "spectap: %s\n", egress.WithoutUsers(text))
	if try := p.hintFor(err); try != "" {
		p.sayTry("%s", try)
	}
	var m *misuse
	var unstarted *notStarted
	switch {
	case errors.As(err, &m):
		return exitMisuse
	case errors.As(err, &unstarted):
		return unstarted.status
	}
	return exitFailed
}

// exitStatus is an error that sets the exit status. The command has printed the reason.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// hint is an error with a command or an argument to try next.
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

// usagef returns a misuse whose hint is that of an error in it, or else the help of the command.
func usagef(cmd *cobra.Command, format string, args ...any) error {
	err := &misuse{fmt.Errorf(format, args...)}
	if h := (*hint)(nil); errors.As(err, &h) {
		return err
	}
	return &hint{err, cmd.CommandPath() + " --help"}
}

// lackingf returns the misuse of a command line that lacks something. Its hint is the first example
// of the command, which shows what is missing.
func lackingf(cmd *cobra.Command, format string, args ...any) error {
	example, _, _ := strings.Cut(strings.TrimSpace(cmd.Example), "\n")
	if example == "" {
		return usagef(cmd, format, args...)
	}
	return &hint{&misuse{fmt.Errorf(format, args...)}, example}
}

// exactly accepts n arguments. The error calls them what.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			if try := meantStore(cmd, args); try != "" {
				return &hint{&misuse{fmt.Errorf("%s takes %s; --db names the store", cmd.CommandPath(), what)}, try}
			}
		}
		if try := meantFlagFile(cmd, args); len(args) > n && try != "" {
			return &hint{&misuse{fmt.Errorf("%s takes %s, got %s", cmd.CommandPath(), what, plural(len(args), "argument"))}, try}
		}
		if n == 0 && len(args) == 1 && cmd.LocalFlags().Lookup("listen") != nil && numeral(args[0]) {
			return &hint{&misuse{fmt.Errorf("%s takes %s, got %q", cmd.CommandPath(), what, args[0])},
				cmd.CommandPath() + " --listen 127.0.0.1:" + args[0]}
		}
		if len(args) == n {
			return nil
		}
		misused := usagef
		if len(args) < n {
			misused = lackingf
		}
		return misused(cmd, "%s takes %s, got %s", cmd.CommandPath(), what, plural(len(args), "argument"))
	}
}

// numeral reports whether a text is a number of digits.
func numeral(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// hintFor returns what to type next after an error; "" if there is nothing to suggest.
func (p *program) hintFor(err error) string {
	var h *hint
	var none *catalog.NoHostError
	var several *catalog.AmbiguousHostError
	var path *fs.PathError
	var badPolicy *policy.LoadError
	var dial *net.OpError
	var program *exec.Error
	var damaged *sharedfile.DamagedError
	var misused *misuse
	var notFile *sharedfile.NotFileError
	switch {
	case strings.Contains(err.Error(), "found character that cannot start any token"): // of the YAML parser
		return "indent with spaces: in YAML no line may begin with a tab, and no value with @, ` or %"
	case errors.As(err, &h):
		return h.try
	case errors.Is(err, catalog.ErrNoFlows) && p.global.session != "":
		return "spectap sessions ls"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "the same with http://: the server does not speak TLS"
	case errors.Is(err, catalog.ErrNoFlows):
		return "spectap run -- CMD…, spectap proxy or spectap import FILE.har"
	case errors.As(err, &none):
		return "--host " + meantHost(none.Host, none.Hosts)
	case errors.As(err, &several) && several.Host == "":
		return "--host " + several.Hosts[0] + ", or --merge-hosts"
	case errors.As(err, &several):
		return "--host " + several.Hosts[0]
	case errors.Is(err, store.ErrCorrupt):
		return "spectap store compact --db " + quoteArg(p.dbPath()) +
			"   # drops flows that cannot be read, and lists them"
	case errors.As(err, &damaged):
		return "head -c 300 " + quoteArg(damaged.Path) + "   # is it the file that was meant? spectap writes JSON there"
	case errors.As(err, &notFile):
		return "ls -ld " + quoteArg(notFile.Path) + "   # it is a folder, a pipe or a device: name a file"
	case errors.As(err, &badPolicy):
		return "spectap policy check " + quoteArg(badPolicy.Name)
	case errors.As(err, &path) && errors.Is(err, fs.ErrNotExist):
		return missingFile(path.Path)
	case errors.As(err, &program) && errors.Is(err, exec.ErrNotFound):
		return "type " + quoteArg(program.Name) + "   # where the shell finds it"
	case errors.As(err, &path) && errors.Is(err, syscall.ENOTDIR):
		return "ls -ld " + quoteArg(path.Path) + "   # a part of this path is a file, and no folder"
	case errors.As(err, &path) && errors.Is(err, syscall.EISDIR):
		return "ls " + quoteArg(path.Path) + "   # it is a folder: name a file in it"
	case errors.As(err, &path) && errors.Is(err, fs.ErrPermission):
		return "ls -ld " + quoteArg(filepath.Dir(path.Path)) + " " + quoteArg(path.Path) + "   # shows whose it is"
	case errors.As(err, &dial) && dial.Addr != nil && errors.Is(err, syscall.ECONNREFUSED):
		return "start the server, or name the address where it listens: nothing does at " + dial.Addr.String()
	case errors.As(err, &misused) && p.cmd != nil:
		return p.cmd.CommandPath() + " --help"
	}
	return ""
}
