package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/store"
)

// allowFlags let an agent do more than read.
type allowFlags struct {
	groups       []string
	files        string
	sendTo       []string
	upstreamCAs  []string
	requireHuman bool
}

var allowGroups = []string{"capture", "import", "clear", "send", "rules"}

func (f *allowFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringSliceVar(&f.groups, "allow", nil, "let the agent do more than read: any of `"+strings.Join(allowGroups, ",")+"`")
	fl.StringVar(&f.files, "files", "", "with --allow import: the `folder` that files are imported from")
	fl.StringArrayVar(&f.sendTo, "send-to", nil, "with --allow send: requests may go to this `origin`, such as https://api.example.com, with the secrets that were captured for it; may be repeated")
	fl.StringArrayVar(&f.upstreamCAs, "upstream-ca", nil, "with --allow send or capture: also trust upstreams that a CA in this PEM `file` signed; may be repeated")
	fl.BoolVar(&f.requireHuman, "require-human", false, "take a person's confirmation only, asked for by the client, not the model's word")
}

// has says whether a group is allowed.
func (f *allowFlags) has(group string) bool { return slices.Contains(f.groups, group) }

func (f *allowFlags) check(cmd *cobra.Command) error {
	for _, g := range f.groups {
		if !slices.Contains(allowGroups, g) {
			return usagef(cmd, "--allow %q: must be of %s", g, strings.Join(allowGroups, ", "))
		}
	}
	for _, x := range []struct {
		flag, group string
		given       bool
	}{{"files", "import", f.files != ""}, {"send-to", "send", len(f.sendTo) > 0}} {
		if x.given != f.has(x.group) {
			return usagef(cmd, "--allow %s and --%s go together", x.group, x.flag)
		}
	}
	if len(f.upstreamCAs) > 0 && !f.has("send") && !f.has("capture") {
		return usagef(cmd, "--upstream-ca needs --allow send or --allow capture")
	}
	for i, o := range f.sendTo {
		u, err := url.Parse(o)
		if err == nil && (u.Path != "" && u.Path != "/" || u.RawQuery != "") {
			err = errors.New("it must have no path")
		}
		if err == nil {
			f.sendTo[i], err = egress.Origin(u)
		}
		if err != nil {
			return usagef(cmd, "--send-to %q: must be an origin such as https://api.example.com", o)
		}
	}
	return nil
}

// changer does what an agent was allowed to, for the store of an MCP server. It implements the interfaces of
// package mcptools.
type changer struct {
	p     *program
	lease *control.Lease
	files *os.Root

	mu      sync.Mutex // guards all below
	options tapOptions
	scope   []string
	tap     *tap
	state   mcptools.CaptureState
}

// allow gives a server what the flags allow. The caller calls done at the end.
func (p *program) allow(f *allowFlags, l *control.Lease) (a mcptools.Allow, done func(), err error) {
	c := &changer{p: p, lease: l}
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
	c.options.addFlags(&cobra.Command{}) // the flags' defaults
	c.options.upstreamCAs = f.upstreamCAs
	cfg, err := c.options.config()
	if err != nil {
		return a, done, err
	}
	if f.has("import") {
		if c.files, err = os.OpenRoot(f.files); err != nil {
			return a, done, &hint{fmt.Errorf("--files %s: %w", f.files, plainPathError(err)), "a folder that is there"}
		}
		closers = append(closers, func() { c.files.Close() })
		a.Import = c
	}
	if f.has("clear") {
		a.Clear = c
	}
	if f.has("capture") {
		a.Capture = c
		closers = append(closers, func() { c.Stop(context.Background()) })
	}
	if f.has("rules") {
		a.Rules = c
	}
	if f.has("send") {
		client, err := egress.New(egress.Config{Named: f.sendTo, TLS: &tls.Config{RootCAs: cfg.Roots}})
		if err != nil {
			return a, done, err
		}
		closers = append(closers, client.Close)
		a.Send = &mcptools.Send{Client: client, Origins: f.sendTo, Keep: c.keep}
	}
	if f.has("import") || f.has("capture") || f.has("rules") {
		// An agent may begin with nothing.
		st, err := p.open(store.Options{Create: true})
		if err != nil {
			return a, done, err
		}
		return a, done, st.Close()
	}
	return a, done, nil
}

// Clear implements mcptools.Clearer.
func (c *changer) Clear(ctx context.Context) (n int, err error) {
	err = c.lease.Suspend(func() error {
		st, err := c.p.open(store.Options{})
		if err != nil {
			return err
		}
		n, err = st.Delete(ctx, store.Query{})
		return errors.Join(err, st.Close())
	})
	return n, err
}

// keep stores a flow that an agent made.
func (c *changer) keep(ctx context.Context, f flow.Flow) (last flow.Seq, err error) {
	err = c.lease.Suspend(func() error {
		st, err := c.p.open(store.Options{})
		if err != nil {
			return err
		}
		last, err = st.Append(ctx, f)
		return errors.Join(err, st.Close())
	})
	return last, err
}

// Import implements mcptools.Importer. Nothing outside of the folder is read, whatever links say.
func (c *changer) Import(ctx context.Context, name string, keep func(string) bool, replace bool) (out mcptools.Imported, err error) {
	if filepath.IsAbs(name) {
		if rel, err := filepath.Rel(c.files.Name(), name); err == nil {
			name = rel
		}
	}
	f, err := c.files.Open(name)
	if err != nil {
		return out, fmt.Errorf("the file cannot be read: %w", plainPathError(err))
	}
	defer f.Close()
	flows, _, err := readTraffic(f, "import:"+filepath.Base(name))
	if err != nil {
		return out, fmt.Errorf("the file cannot be read: %w", err)
	}
	err = c.lease.Suspend(func() error {
		st, err := c.p.open(store.Options{Create: true})
		if err != nil {
			return err
		}
		out, err = importInto(ctx, st, flows, keep, replace)
		return errors.Join(err, st.Close())
	})
	return out, err
}

// importInto imports flows, all or none, and then deletes what was there before where that is asked for.
func importInto(ctx context.Context, st store.Store, flows func(func(flow.Flow, error) bool), keep func(string) bool, replace bool) (out mcptools.Imported, err error) {
	before, err := st.Stat(ctx)
	if err != nil {
		return out, err
	}
	tx, err := st.Import(ctx, "")
	if err != nil {
		return out, err
	}
	defer tx.Abort() // after a commit it does nothing
	var batch []flow.Flow
	for f, err := range flows {
		if err != nil {
			return mcptools.Imported{}, fmt.Errorf("nothing was imported: %w", err)
		}
		if keep != nil && !keep(f.Request.Authority) {
			out.Skipped++
			continue
		}
		out.Flows++
		if batch = append(batch, f); len(batch) == batchFlows {
			if err := tx.Append(ctx, batch...); err != nil {
				return mcptools.Imported{}, err
			}
			batch = batch[:0]
		}
	}
	if err := tx.Append(ctx, batch...); err != nil {
		return mcptools.Imported{}, err
	}
	if err := tx.Commit(ctx); err != nil {
		return mcptools.Imported{}, err
	}
	if replace && before.Last > 0 {
		if out.Deleted, err = st.Delete(ctx, store.Query{Until: before.Last}); err != nil {
			return out, fmt.Errorf("the file was imported, what was there before is not deleted: %w", err)
		}
	}
	return out, nil
}

// Start implements mcptools.Capturer.
func (c *changer) Start(_ context.Context, port int) (mcptools.CaptureState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tap != nil {
		return c.state, fmt.Errorf("a proxy is running already, at %s", c.state.Address)
	}
	return c.start(port)
}

// start runs a proxy. The caller holds mu.
func (c *changer) start(port int) (mcptools.CaptureState, error) {
	o := c.options
	o.listen = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for _, d := range c.scope {
		if host, _, err := net.SplitHostPort(d); net.ParseIP(d) == nil && (err != nil || net.ParseIP(host) == nil) {
			d = "." + d // and all below it
		}
		o.include = append(o.include, d)
	}
	err := c.lease.Suspend(func() (err error) {
		c.tap, err = c.p.startTap(&o)
		return err
	})
	if err != nil {
		c.tap = nil
		return c.state, err
	}
	c.state = mcptools.CaptureState{Running: true, Address: c.tap.listener.Addr().String(), Certificate: c.tap.ca.CertPath(), Scope: c.scope}
	return c.state, nil
}

// Stop implements mcptools.Capturer.
func (c *changer) Stop(context.Context) (mcptools.CaptureState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stop()
}

// stop ends the proxy, if there is one. The caller holds mu.
func (c *changer) stop() (mcptools.CaptureState, error) {
	c.state = mcptools.CaptureState{Scope: c.scope}
	if c.tap == nil {
		return c.state, nil
	}
	_, err := c.tap.stop()
	c.tap = nil
	return c.state, err
}

// SetScope implements mcptools.Capturer. A proxy that runs begins again at its address.
func (c *changer) SetScope(_ context.Context, domains []string) (mcptools.CaptureState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.scope = slices.Clone(domains)
	c.state.Scope = c.scope
	if c.tap == nil {
		return c.state, nil
	}
	port := c.tap.listener.Addr().(*net.TCPAddr).Port
	if _, err := c.stop(); err != nil {
		return c.state, err
	}
	return c.start(port)
}
