package capture

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/document"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/cmd/spectap/cli/page"
	"github.com/spectap/spectap/desktop/browser"
	"github.com/spectap/spectap/desktop/childenv"
	"github.com/spectap/spectap/desktop/netns"
	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/mcpclient"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/page/traffic"
)

const runExample = `  spectap run -o api.yaml -- npm test
  spectap run -o api.yaml -- curl -s https://api.example.com/users/1
  spectap run --transparent -o api.yaml -- ./a-static-go-program
  spectap run --guard api.yaml --approvals approvals.json -- claude   # let only operations of api.yaml pass
  spectap run --db shop.db -o shop.yaml -- sh -c 'curl -s http://api.localhost:3000/orders'`

const runLong = `Runs a command whose HTTP traffic passes through the proxy, then writes the OpenAPI document of
that traffic. The exit status is that of the command, 128+n if signal n ended it, or 3 if the command
worked and -o or --into asks for a document that no traffic gave.

The traffic stays in the store as a session: spectap sessions ls lists them, and other commands
read one with --session, such as spectap flows ls --session last.

Environment variables tell the command which proxy to use and which CA to trust: HTTP_PROXY,
SSL_CERT_FILE and similar ones, NODE_OPTIONS, JAVA_TOOL_OPTIONS. Programs that trust only the
certificates of the system (Go on macOS and Windows, Schannel on Windows) need the CA installed:
see spectap ca. Some programs never use a proxy for localhost and 127.0.0.1 (Go, Ruby). Let them
call http://NAME.localhost:PORT, which the proxy maps to the loopback address. On Linux, programs
that connected past the proxy are named afterwards, with what to do.

With --transparent, on Linux, the command also gets a network and mounts of its own. All its TCP
connections reach the proxy, whatever it knows of proxies, and the CA stands in the system's files of
certificates. Servers whose certificate does not verify are reached unrecorded. It needs no root where
users may have namespaces. docs/desktop.md has the limits.

Chromium, Chrome, Edge and Brave are recorded if Node.js starts them (Playwright, Puppeteer) or PATH
finds them. Browsers of WebDriver (Selenium) need settings: see docs/desktop.md. For browsers by hand
use spectap browser.

If the file of -o exists, the command is not run, unless --overwrite is given. Without -o, an
openapi.yaml that exists is left as it is, and the session is recorded.

With --guard, only operations of a document pass, and no document is written without -o.

With several hosts, the document of the host with the most operations is written to FILE. The
others are written beside it, with the host before the file extension. --into adds to a document
that exists, and keeps what people wrote in it: what the host of its servers showed, or with
another host the one with the most operations.`

// NewRunCmd returns the command run.
func NewRunCmd(p *cli.Program) *cobra.Command {
	o := runOptions{
		tap:  TapOptions{Listen: "127.0.0.1:0"},
		idle: "The command made none, or its client ignores HTTP_PROXY\ntry: spectap run --help, on clients that use no proxy",
	}
	cmd := &cobra.Command{
		Use:     "run [flags] -- COMMAND…",
		Short:   "Run a command through the proxy, then write the document of its traffic",
		Long:    runLong,
		Example: runExample,
		Args:    cli.AtLeast(1, "a command to run"),
		RunE:    func(cmd *cobra.Command, args []string) error { return runCommand(p, cmd, &o, args) },
	}
	cmd.Flags().SetInterspersed(false) // flags after the name of the command belong to it
	o.addFlags(p, cmd, "openapi.yaml")
	cmd.Flags().BoolVar(&o.transparent, "transparent", false,
		"record programs that use no proxy as well: the command gets a network of its own (Linux; the default with --guard)")
	o.tap.guard.addFlags(cmd)
	o.tap.guard.addRunFlags(cmd)
	return cmd
}

// addFlags adds the flags of a command that records a session. out is the default of -o.
func (o *runOptions) addFlags(p *cli.Program, cmd *cobra.Command, out string) {
	f := cmd.Flags()
	f.StringVarP(&o.out, "out", "o", out, "write the document to this `file`")
	f.StringVar(&o.format, "format", "", "json or yaml (default: by the file extension, else yaml)")
	f.StringVar(&o.version, "openapi", "3.1", "OpenAPI `version`: 3.0, 3.1 or 3.2")
	p.AddOverwrite(cmd)
	o.ui.AddFlags(cmd)
	f.StringVar(&o.into, "into", "",
		"add what the session showed to this `document`, and keep what people wrote in it")
	f.StringVar(&o.title, "title", "", "`title` of the document (default: made from the host)")
	f.BoolVar(&o.strict, "strict-capture", false,
		"exit with 3 if something could not be recorded, regardless of the status otherwise")
	o.tap.AddFlags(cmd)
	o.tap.hub.AddFlags(cmd)
}

type runOptions struct {
	tap                               TapOptions
	ui                                page.Flags
	out, format, version, into, title string
	kept                              string // the default file of the document, if it exists
	strict, transparent               bool
	downloads                         atomic.Int64 // tunnels of programs that download parts of the client
	idle                              string       // the reason why no request reached the proxy
}

func runCommand(p *cli.Program, cmd *cobra.Command, o *runOptions, args []string) error {
	var space *netns.Space // nil unless transparent
	if g := &o.tap.guard; len(g.documents) > 0 {
		o.transparent = o.transparent || !g.advisory
		if !cmd.Flags().Changed("out") {
			o.out = "" // there is a document
		}
	}
	if o.transparent {
		if runtime.GOOS != "linux" && len(o.tap.guard.documents) > 0 {
			return cli.WithHint(cli.Misusef("--guard: %w", netns.ErrUnsupported), advisoryHint)
		} else if runtime.GOOS != "linux" {
			return cli.WithHint(cli.Misusef("--transparent: %w", netns.ErrUnsupported), "spectap run --help, on clients that use no proxy")
		}
		space = new(netns.Space)
		if len(o.tap.guard.documents) == 0 { // else a server of the command could take the place of an API, and get its credentials
			o.tap.dial = space.Dial
		}
		o.idle = "The command made none that --transparent sees\ntry: docs/desktop.md, on its limits"
	}
	temp, err := safefile.NewTempDir(safefile.TempConfig{Prefix: "spectap-run-"})
	if err != nil {
		return fmt.Errorf("create a folder for the run: %w", err)
	}
	defer temp.Remove()
	dir := temp.Path
	defer o.tap.guard.close()
	if err := o.tap.guard.open(cmd.Context(), p, cmd, &o.tap); err != nil {
		return err
	}
	o.tap.session = args
	helper := url.UserPassword("helper", rand.Text())
	o.tap.unread = func(user, password string) bool {
		if url.UserPassword(user, password).String() != helper.String() {
			return false
		}
		o.downloads.Add(1)
		return true
	}
	return recordSession(p, cmd, o, func(t *Tap) (int, error) {
		proxy := t.Listener.Addr().String()
		before, after, variables, err := browser.FirefoxForOthers(proxy)
		if err != nil {
			return 0, err
		}
		named := proxy
		if space != nil && !t.guarded && o.tap.UpstreamProxy == "" {
			named = "" // a guard answers for hosts that it denies, and names may be known to the upstream proxy alone
		}
		env, err := childenv.Build(childenv.Config{
			Proxy: named, CA: t.CA.CertPEM(), Dir: dir, Environ: o.tap.guard.environ(os.Environ()),
			BrowserFlags: browser.FlagsForOthers(proxy, t.CA.Root()), Browsers: browser.Commands(),
			Firefox: &childenv.Firefox{Before: before, After: after, Environ: variables},
			Helper:  helper,
		})
		if err != nil {
			return 0, err
		}
		if space != nil {
			return childInside(p, t, space, o.tap.guard.guard, args, env, dir)
		}
		return child(p, t, args, env)
	})
}

// recordSession records while client runs, then writes the documents. client returns the exit
// status of the session.
func recordSession(p *cli.Program, cmd *cobra.Command, o *runOptions, client func(*Tap) (int, error)) error {
	format, err := o.check(cmd)
	if err != nil {
		return err
	}
	if err := o.ui.Check(cmd); err != nil {
		return err
	}
	if err := o.tap.hub.Take(p, cmd); err != nil {
		return err
	}
	if !cmd.Flags().Changed("out") && !p.Overwrite && cli.HasContent(o.out) {
		o.out, o.kept = "", o.out // the file is the default one: a second run is not a mistake
	}
	if err := o.checkOut(p); err != nil { // fail before the client, which may run for an hour
		return err
	}
	if p.Global.DB == "" {
		o.tap.retention = flagset.DefaultRetention() // nobody may look at it for a year
	}
	t, l, shown, err := recordClient(cmd.Context(), p, o, client)
	if err != nil {
		return err
	}
	ctx, stop := cli.WithSignals(context.WithoutCancel(cmd.Context())) // earlier interrupts ended only the client
	defer stop()
	if p.Terminal() != nil {
		fmt.Fprintln(p.Stderr) // the command may not have ended its last line
	}
	p.Say("spectap: session %d, %s, in %s", t.session, cli.Plural(int(l.Recorded), "flow"), cli.Shorten(p.DBPath()))
	lost := l.Report(p)
	l.reportMissed(p)
	p.Global.Session = strconv.FormatUint(t.session, 10)
	wrote, err := writeDocumentsOrEnd(ctx, p, o, format, &l)
	if err != nil {
		if t.exit == 0 || errors.As(err, new(cli.ExitStatus)) {
			return err
		}
		fmt.Fprintf(p.Stderr, "spectap: %v\n", err)
	}
	if o.ui.On {
		fmt.Fprintln(p.Stderr, "spectap: the page stays until you interrupt this")
		if err := shown(); err != nil {
			return err
		}
	}
	if lost != nil && o.strict {
		return lost
	}
	if asked := cmd.Flags().Changed("out") && o.out != "" || o.into != ""; t.exit == 0 && asked && !wrote {
		return cli.ExitStatus(cli.ExitFound) // the file that was asked for does not exist
	}
	if t.exit != 0 {
		return cli.ExitStatus(t.exit)
	}
	return nil
}

// recordClient runs the client while a proxy records. shown waits until the page has ended.
func recordClient(
	ctx context.Context, p *cli.Program, o *runOptions, client func(*Tap) (int, error),
) (t *Tap, l Losses, shown func() error, err error) {
	if t, err = StartTap(p, &o.tap); err != nil {
		return nil, l, nil, err
	}
	o.ui.Sending, o.ui.Open, o.ui.Recorder = t.hub, t.openForPage(p.OfWholeStore()), traffic.Recorder{Started: true}
	o.ui.Trust = o.tap.Trust
	o.ui.Guarded(&o.tap.guard.policy)
	if shown, err = page.ShowPage(ctx, p, &o.ui); err == nil {
		t.exit, err = client(t)
	}
	l, serr := t.Stop()
	l.programs, l.exit = t.programs, t.exit
	l.tunnels -= o.downloads.Load()
	return t, l, shown, errors.Join(err, serr)
}

// check refuses flags that are wrong or exclude each other. It returns the format of the document.
func (o *runOptions) check(cmd *cobra.Command) (openapi.Format, error) {
	if !slices.Contains(openapi.Versions, o.version) {
		return "", cli.Usagef(cmd, "--openapi %q: must be %s", o.version, cli.OneOf(openapi.Versions))
	}
	err := flagset.Check(cmd, flagset.Exclude("out format openapi overwrite title", "into", "the existing document decides"))
	if err != nil || o.into != "" {
		return "", err
	}
	if o.out == "" {
		for _, name := range []string{"format", "openapi", "overwrite", "title"} {
			if cmd.Flags().Changed(name) {
				return "", cli.Usagef(cmd, "--%s needs -o, the file of the document", name)
			}
		}
		return "", nil
	}
	format, err := cli.FormatFor(o.format, o.out)
	if err != nil {
		return "", cli.Usagef(cmd, "%w", err)
	}
	return format, nil
}

// checkOut returns the error that writing the document would return.
func (o *runOptions) checkOut(p *cli.Program) error {
	if o.into != "" {
		_, _, err := (&document.Exporting{P: p, Into: o.into}).Target(context.Background())
		return err
	}
	if o.out == "-" || o.out == "" {
		return nil
	}
	if err := safefile.Check(o.out); err != nil {
		return cli.WriteError("document", o.out, err)
	}
	if err := cli.NotStore(o.out); err != nil {
		return err
	}
	if !p.Overwrite && cli.HasContent(o.out) {
		return cli.WithHint(fmt.Errorf("%s exists, and a person may have edited it", o.out),
			"--overwrite to replace it, --into "+cli.QuoteArg(o.out)+" to add to it, or another file with -o")
	}
	return nil
}

// Exit statuses of shells for commands that they cannot run.
const (
	exitNotFound      = 127
	exitNotExecutable = 126
)

// cannotStart returns the status and the error for a command that could not be started.
func cannotStart(name string, err error) (int, error) {
	cause := err
	for next := errors.Unwrap(cause); next != nil; next = errors.Unwrap(cause) {
		cause = next // without "fork/exec"
	}
	n := &cli.NotStarted{Err: fmt.Errorf("run %s: %w", name, cause), Status: exitNotExecutable}
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		n.Status = exitNotFound
		return n.Status, cli.WithHint(n, "type "+cli.QuoteArg(name)+"   # where the shell finds it; for several commands: spectap run -- sh -c 'CMD; CMD'")
	case errors.Is(err, fs.ErrPermission):
		return n.Status, cli.WithHint(n, "chmod +x "+cli.QuoteArg(name)+", or name the program that runs it: spectap run -- sh "+cli.QuoteArg(name))
	}
	return n.Status, n
}

// child runs the command and returns its exit status. It records the programs that connect.
func child(p *cli.Program, t *Tap, args, env []string) (int, error) {
	c := exec.Command(childenv.LookPath(env, args[0]), args[1:]...)
	c.Args[0], c.Env = args[0], env
	p.Inherit(c)
	signals := notify()
	defer signal.Stop(signals)
	if err := c.Start(); err != nil {
		return cannotStart(args[0], err)
	}
	if addr, ok := t.Listener.Addr().(*net.TCPAddr); ok {
		w := watchBypass(c.Process.Pid, addr.AddrPort())
		defer func() { t.programs = w.Stop() }()
	}
	err := untilEnd(p, signals, func(s os.Signal) { c.Process.Signal(s) }, c.Wait)
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		return 0, fmt.Errorf("run %s: %w", args[0], err)
	}
	if ws, ok := c.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return cli.ExitSignal + int(ws.Signal()), nil
	}
	return c.ProcessState.ExitCode(), nil
}

// notify returns a channel with the signals that a command gets from this process.
func notify() chan os.Signal {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	return signals
}

// untilEnd passes signals to a command until wait returns.
func untilEnd(p *cli.Program, signals <-chan os.Signal, send func(os.Signal), wait func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- wait() }()
	for {
		select {
		case s := <-signals:
			if s == syscall.SIGTERM || s == syscall.SIGHUP || !mcpclient.IsTerminal(p.Stdin) {
				send(s) // a terminal sends the other signals to the command itself
			}
		case err := <-ended:
			return err
		}
	}
}
