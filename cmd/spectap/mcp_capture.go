package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"

	"github.com/spectap/spectap/mcptools"
)

// proxyRun is the proxy of a changer while it runs, possibly restarted with another scope.
type proxyRun struct {
	request mcptools.ProxyRequest
	tap     *tap
	dump    *flowDump // or nil
	losses  losses    // of earlier taps
}

// DefaultAddress implements [mcptools.Capturer].
func (c *changer) DefaultAddress() (host string, port int) {
	host, digits, _ := net.SplitHostPort(c.options.listen) // checked at the start
	port, _ = strconv.Atoi(digits)
	return cmp.Or(host, defaultProxyHost), port
}

// AllowsRemote implements [mcptools.Capturer].
func (c *changer) AllowsRemote() bool { return c.options.allowRemote }

// KnowsUpstream implements [mcptools.Capturer].
func (c *changer) KnowsUpstream(u *url.URL) bool {
	own, err := url.Parse(c.options.upstreamProxy)
	return err == nil && c.options.upstreamProxy != "" && u.Scheme == own.Scheme && u.Host == own.Host &&
		(u.User == nil || own.User != nil && *u.User == *own.User)
}

// Start implements [mcptools.Capturer].
func (c *changer) Start(_ context.Context, r mcptools.ProxyRequest) (mcptools.CaptureState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run != nil {
		if err := c.fits(r); err != nil {
			return c.state, err
		}
		return c.state, nil
	}
	run := &proxyRun{request: r}
	if r.DumpFile != "" {
		var err error
		if run.dump, err = c.openDump(r.DumpFile, r.Append); err != nil {
			return c.state, err
		}
	}
	if err := c.start(run); err != nil {
		run.dump.abandon()
		return c.state, err
	}
	return c.state, nil
}

// Check implements [mcptools.Capturer].
func (c *changer) Check(r mcptools.ProxyRequest) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run == nil {
		return nil
	}
	return c.fits(r)
}

// fits returns an error unless the running proxy does what a request asks for. The caller holds mu.
func (c *changer) fits(r mcptools.ProxyRequest) error {
	at := c.run.tap.listener.Addr().(*net.TCPAddr)
	running := func(what string) error {
		return fmt.Errorf("a proxy is already running at %s%s: call stop_proxy first", at, what)
	}
	ip := net.ParseIP(r.Host)
	switch now := c.run.request; {
	case r.Port != 0 && r.Port != at.Port, ip != nil && !ip.Equal(at.IP), r.Host == "localhost" && !at.IP.IsLoopback():
		return running("")
	case r.DumpFile != "" && (r.DumpFile != now.DumpFile || r.Append != now.Append):
		return running(", without this dump_file")
	case r.UpstreamProxy != nil && (now.UpstreamProxy == nil || r.UpstreamProxy.String() != now.UpstreamProxy.String()) &&
		(now.UpstreamProxy != nil || !c.KnowsUpstream(r.UpstreamProxy)):
		return running(", with another upstream_proxy")
	}
	return nil
}

// withSubdomains returns the rule that records a host, which may have a port. A name stands for its
// subdomains as well, an address for itself.
func withSubdomains(host string) string {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	if net.ParseIP(name) != nil {
		return host
	}
	return "." + host
}

// start starts a tap for a run. The caller holds mu.
func (c *changer) start(run *proxyRun) error {
	o := c.options
	o.listen, o.listenName = net.JoinHostPort(run.request.Host, strconv.Itoa(run.request.Port)), "host and port"
	o.dump = run.dump
	if u := run.request.UpstreamProxy; u != nil && !(u.User == nil && c.KnowsUpstream(u)) {
		o.upstreamProxy = u.String()
	}
	for _, d := range c.scope {
		o.include = append(o.include, withSubdomains(d))
	}
	err := c.lease.Suspend(func() (err error) {
		run.tap, err = c.p.startTap(&o)
		return err
	})
	if err != nil {
		return err
	}
	c.run = run
	c.state = mcptools.CaptureState{
		Running: true, Address: run.tap.listener.Addr().String(), Certificate: run.tap.ca.CertPath(), Scope: c.scope,
		DumpFile: run.request.DumpFile,
	}
	if u, err := url.Parse(o.upstreamProxy); err == nil && o.upstreamProxy != "" {
		c.state.UpstreamProxy = u.Scheme + "://" + u.Host
	}
	return nil
}

// Stop implements [mcptools.Capturer].
func (c *changer) Stop(context.Context) (mcptools.CaptureState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	run := c.run
	c.run, c.state = nil, mcptools.CaptureState{Scope: c.scope}
	if run == nil {
		return c.state, nil
	}
	err := run.stop()
	t := &mcptools.CaptureTotals{
		Recorded: run.losses.recorded, Skipped: run.losses.skipped, Unwanted: run.losses.unwanted, Lost: run.losses.flows,
	}
	t.Dumped, t.DumpError = run.dump.close()
	c.state.Totals = t
	c.last = run.losses
	return c.state, err
}

// stop stops the tap of a run and counts the flows that it lost.
func (r *proxyRun) stop() error {
	l, err := r.tap.stop()
	r.losses.add(l)
	return err
}

// end stops the proxy at the end of the program, and prints how many flows were recorded, skipped
// and lost.
func (c *changer) end(w io.Writer) {
	st, err := c.Stop(context.Background())
	if err != nil {
		fmt.Fprintf(w, "spectap: stop the proxy: %v\n", err)
	}
	if st.Totals == nil {
		return // none ran
	}
	fmt.Fprintf(w, "%s recorded in %s\n", plural(int(st.Totals.Recorded), "flow"), c.p.dbPath())
	c.last.report(c.p)
}

// SetScope implements [mcptools.Capturer]. A running proxy is restarted at the same address.
func (c *changer) SetScope(_ context.Context, domains []string) (mcptools.CaptureState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.scope = slices.Clone(domains)
	c.state.Scope = c.scope
	run := c.run
	if run == nil {
		return c.state, nil
	}
	run.request.Port = run.tap.listener.Addr().(*net.TCPAddr).Port
	c.run, c.state = nil, mcptools.CaptureState{Scope: c.scope}
	if err := run.stop(); err != nil {
		run.dump.abandon()
		return c.state, err
	}
	if err := c.start(run); err != nil {
		run.dump.abandon()
		return c.state, err
	}
	return c.state, nil
}
