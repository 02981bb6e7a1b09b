package main

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

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/store"
)

// allowFlags enable tools that do more than read.
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
	fl.StringSliceVar(&f.groups, "allow", nil,
		"enable tools that do more than read: any of `"+strings.Join(allowGroups, ",")+"`")
	fl.StringVar(&f.files, "files", "", "with --allow import: `folder` of the files to import")
	fl.StringArrayVar(&f.sendTo, "send-to", nil,
		"with --allow send: send requests to this `origin`, such as https://api.example.com, with the secrets "+
			"captured for it (repeatable)")
	fl.StringArrayVar(&f.upstreamCAs, "upstream-ca", nil,
		"with --allow send or capture: also trust upstreams with a certificate from a CA in this PEM `file` "+
			"(repeatable)")
	fl.BoolVar(&f.requireHuman, "require-human", false,
		"accept only the confirmation of a person, which the client asks for, never that of the model")
}

// has reports whether a group is enabled.
func (f *allowFlags) has(group string) bool { return slices.Contains(f.groups, group) }

func (f *allowFlags) check(cmd *cobra.Command) error {
	for _, g := range f.groups {
		if !slices.Contains(allowGroups, g) {
			return usagef(cmd, "--allow %q: must be one of %s", g, strings.Join(allowGroups, ", "))
		}
	}
	for _, x := range []struct {
		flag, group string
		given       bool
	}{{"files", "import", f.files != ""}, {"send-to", "send", len(f.sendTo) > 0}} {
		if x.given != f.has(x.group) {
			return usagef(cmd, "--allow %s and --%s need each other", x.group, x.flag)
		}
	}
	if len(f.upstreamCAs) > 0 && !f.has("send") && !f.has("capture") {
		return usagef(cmd, "--upstream-ca needs --allow send or --allow capture")
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
			return usagef(cmd, "--send-to %q: must be an origin such as https://api.example.com", o)
		}
	}
	return nil
}

// changer implements the interfaces of package mcptools that change the store or run a proxy.
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

// allow returns what the flags enable. The caller calls done at the end.
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
	c.options.addFlags(&cobra.Command{}) // sets the defaults
	c.options.upstreamCAs = f.upstreamCAs
	cfg, err := c.options.config()
	if err != nil {
		return a, done, err
	}
	if f.has("import") {
		if c.files, err = os.OpenRoot(f.files); err != nil {
			return a, done, &hint{fmt.Errorf("--files %s: %w", f.files, plainPathError(err)), "an existing folder"}
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
		a.Send = &mcptools.Send{Client: client, Origins: f.sendTo, Record: c.record}
	}
	if f.has("import") || f.has("capture") || f.has("rules") {
		// An agent may start without a store.
		st, err := p.open(store.Options{Create: true})
		if err != nil {
			return a, done, err
		}
		return a, done, st.Close()
	}
	return a, done, nil
}

// Clear implements [mcptools.Clearer].
func (c *changer) Clear(ctx context.Context, until flow.Seq) (n int, err error) {
	if until == 0 {
		return 0, nil // of an empty store; a query without a bound would select later flows
	}
	err = c.lease.Suspend(func() error {
		st, err := c.p.open(store.Options{})
		if err != nil {
			return err
		}
		n, err = st.Delete(ctx, store.Query{Until: until})
		return errors.Join(err, st.Close())
	})
	return n, err
}

// record stores the flow of a request that an agent sent.
func (c *changer) record(ctx context.Context, f flow.Flow) (last flow.Seq, err error) {
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
