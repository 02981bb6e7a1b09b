package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/cmd/spectap/cli"
	capturecli "github.com/spectap/spectap/cmd/spectap/cli/capture"
	"github.com/spectap/spectap/cmd/spectap/cli/flows"
	"github.com/spectap/spectap/cmd/spectap/cli/hub"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/rules"
	"github.com/spectap/spectap/store"
)

// allowFlags enable tools that do more than read.
type allowFlags struct {
	groups       []string
	files        string
	sendTo       []string
	requireHuman bool
	autoStart    bool
	tap          capturecli.TapOptions // of the recording proxy
}

var AllowGroups = []string{"capture", "import", "clear", "send", "rules"}

func (f *allowFlags) register(cmd *cobra.Command) {
	f.tap.AddFlags(&cobra.Command{}) // sets the defaults
	f.tap.Command = "spectap mcp"
	fl := cmd.Flags()
	fl.StringSliceVar(&f.groups, "allow", nil,
		"enable tools that do more than read: any of `"+strings.Join(AllowGroups, ",")+"`")
	fl.StringVar(&f.files, "files", "",
		"`folder` of documents that tools may read, of files to import (with --allow import) and of new flow files "+
			"of start_proxy (with --allow capture)")
	fl.StringArrayVar(&f.sendTo, "send-to", nil,
		"with --allow send: send requests to this `origin`, such as https://api.example.com, with the secrets "+
			"captured for it (repeatable)")
	fl.StringArrayVar(&f.tap.Trust.Cas, "upstream-ca", nil,
		"with --allow send or capture: also trust upstreams with a certificate from a CA in this PEM `file` "+
			"(repeatable)")
	fl.BoolVar(&f.requireHuman, "require-human", false,
		"accept only the confirmation of a person, which the client asks for, never that of the model")
	defer cli.Under(fl, cli.HeadRecording)()
	fl.BoolVar(&f.autoStart, "auto-start", false, "start the recording proxy at once, also without --allow capture")
	fl.StringVar(&f.tap.Listen, "listen", "", "loopback `address` of the recording proxy "+
		"(env "+capturecli.HostEnv+", "+capturecli.PortEnv+"; default 127.0.0.1:8080)")
	fl.BoolVar(&f.tap.AllowRemote, "allow-remote-proxy", false,
		"let the recording proxy accept other machines, with the credentials in "+capturecli.ProxyAuthEnv+"=USER:PASSWORD")
	fl.StringVar(&f.tap.UpstreamProxy, "upstream-proxy", os.Getenv(capturecli.UpstreamProxyEnv),
		"the recording proxy connects through the proxy at this `URL` (env "+capturecli.UpstreamProxyEnv+", but not to loopback); NO_PROXY applies")
	f.tap.UpstreamFlag = fl.Lookup("upstream-proxy")
	capturecli.AddSkipFlag(cmd, &f.tap.Skip)
}

// proxyFlags are the flags for the recording proxy.
var proxyFlags = []string{"listen", "allow-remote-proxy", "upstream-proxy", "skip"}

// has reports whether a group is enabled.
func (f *allowFlags) has(group string) bool { return slices.Contains(f.groups, group) }

// proxy reports whether an agent may start a recording proxy.
func (f *allowFlags) proxy() bool { return f.autoStart || f.has("capture") }

func (f *allowFlags) check(cmd *cobra.Command) error {
	for _, g := range f.groups {
		if !slices.Contains(AllowGroups, g) {
			return cli.Usagef(cmd, "--allow %q: must be one of %s", g, strings.Join(AllowGroups, ", "))
		}
	}
	switch {
	case f.has("send") != (len(f.sendTo) > 0):
		return cli.WithHint(cli.Misusef("--allow send and --send-to need each other"),
			"--allow send --send-to https://api.example.com   # the only place that requests go to")
	case f.has("import") && f.files == "":
		return cli.WithHint(cli.Misusef("--allow import needs --files"), "--allow import --files .   # the folder whose files may be read")
	case len(f.tap.Trust.Cas) > 0 && !f.has("send") && !f.proxy():
		return cli.Usagef(cmd, "--upstream-ca needs --allow send, --allow capture or --auto-start")
	}
	for _, name := range proxyFlags {
		if cmd.Flags().Changed(name) && !f.proxy() {
			return cli.Usagef(cmd, "--%s needs --allow capture or --auto-start", name)
		}
	}
	for i, o := range f.sendTo {
		u, err := url.Parse(o)
		if err == nil && (u.Path != "" && u.Path != "/" || u.RawQuery != "") {
			err = errors.New("has a path")
		}
		if err == nil {
			f.sendTo[i], err = egress.Origin(u)
		}
		if err != nil {
			return cli.Usagef(cmd, "--send-to %q: must be an origin such as https://api.example.com", egress.WithoutUser(o))
		}
	}
	return nil
}

// changer implements the interfaces of package mcptools that change the store or run a proxy.
type changer struct {
	p     *cli.Program
	lease *control.Lease
	files *os.Root

	mu      sync.Mutex // guards all below
	options capturecli.TapOptions
	scope   []string
	run     *proxyRun         // nil while no proxy runs
	last    capturecli.Losses // of the last run
	state   mcptools.CaptureState
}

// checkOptions checks the options of proxies.
func (c *changer) checkOptions(f *allowFlags) (capture.Config, error) {
	o := &c.options
	cfg, err := o.Config()
	if err != nil || !f.proxy() {
		return cfg, err
	}
	if err := capturecli.SetAddress(c.p, o); err != nil {
		return cfg, err
	}
	if err := o.Check(); err != nil {
		return cfg, err
	}
	if o.Listen, err = o.ListenRule().Check(o.Listen); err != nil {
		return cfg, err
	}
	_, err = capturecli.Skipping(c.p, o)
	return cfg, err
}

// allow returns the abilities that the flags enable, and the folder of --files or nil. The caller
// calls done at the end.
func allow(p *cli.Program,
	f *allowFlags, l *control.Lease,
) (a mcptools.Allow, files *os.Root, done func(), err error) {
	c := &changer{p: p, lease: l, options: f.tap}
	var closers []func()
	done = func() {
		for _, f := range closers {
			f()
		}
	}
	defer func() {
		if err != nil {
			done()
		}
	}()
	a.RequireHuman = f.requireHuman
	cfg, err := c.checkOptions(f)
	if err != nil {
		return a, nil, done, err
	}
	if f.files != "" {
		if c.files, err = os.OpenRoot(f.files); err != nil {
			return a, nil, done, cli.WithHint(fmt.Errorf("--files %s: %w", f.files, cli.PlainPathError(err)), "an existing folder")
		}
		closers = append(closers, func() { c.files.Close() })
	}
	if f.has("import") {
		a.Import = c
	}
	if f.has("clear") {
		a.Clear = c
	}
	if f.has("capture") {
		a.Capture = c
	}
	if f.proxy() {
		closers = append(closers, func() { c.end(p.Stderr) })
	}
	if f.has("rules") {
		a.Rules = c
	}
	if f.has("send") {
		client, err := egress.New(egress.Config{Named: f.sendTo, TLS: &tls.Config{RootCAs: cfg.Roots}})
		if err != nil {
			return a, nil, done, err
		}
		closers = append(closers, client.Close)
		a.Send = &mcptools.SendConfig{Client: client, Origins: f.sendTo, Record: c.record}
	}
	return a, c.files, done, c.prepare(f)
}

// prepare creates the store if it may be written to, and starts the proxy for --auto-start.
func (c *changer) prepare(f *allowFlags) error {
	if f.has("import") || f.proxy() || f.has("rules") {
		// An agent may start without a store.
		st, err := c.p.Open(store.Options{Create: true})
		if err != nil {
			return err
		}
		if err := st.Close(); err != nil {
			return err
		}
	}
	if !f.autoStart {
		return nil
	}
	host, port := c.DefaultAddress()
	st, err := c.Start(context.Background(), mcptools.ProxyRequest{Host: host, Port: port})
	if err != nil {
		return err
	}
	fmt.Fprintf(c.p.Stderr, "spectap: the proxy listens on %s\nrecording to %s\nclients must trust %s\n",
		st.Address, c.p.DBPath(), st.Certificate)
	return nil
}

// Clear implements [mcptools.Clearer].
func (c *changer) Clear(ctx context.Context, until flow.Seq) (n int, err error) {
	if until == 0 {
		return 0, nil // the store is empty; a query without a bound would select later flows
	}
	err = c.lease.Suspend(func() error {
		st, err := hub.OpenToChange(c.p, store.Options{})
		if err != nil {
			return err
		}
		n, err = c.p.Delete(ctx, st, store.Query{Until: until})
		return errors.Join(err, st.Close())
	})
	return n, err
}

// record stores the flow of a request that an agent sent.
func (c *changer) record(ctx context.Context, f flow.Flow) (flow.Seq, error) {
	return flows.AppendOwn(ctx, c.p, c.lease, f)
}

// Rules implements [mcptools.RuleKeeper].
func (c *changer) Rules(ctx context.Context) ([]rules.Rule, error) { return rules.Read(ctx, c.lease) }

// ChangeRules implements [mcptools.RuleKeeper]. When it returns, a proxy that owns the store
// applies the new rules. Later proxies do as well.
func (c *changer) ChangeRules(ctx context.Context, change func([]rules.Rule) ([]rules.Rule, error)) error {
	return rules.Save(ctx, c.lease, change)
}
