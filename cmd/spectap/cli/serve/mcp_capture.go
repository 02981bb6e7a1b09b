package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/capture"
	"github.com/spectap/spectap/flow/mitmdump"
	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/mcptools"
)

// proxyRun is the proxy of a changer while it runs, possibly restarted with another scope.
type proxyRun struct {
	request mcptools.ProxyRequest
	tap     *capture.Tap
	dump    *capture.FlowDump // or nil
	losses  capture.Losses    // of earlier taps
}

// DefaultAddress implements [mcptools.Capturer].
func (c *changer) DefaultAddress() (host string, port int) {
	host, digits, _ := net.SplitHostPort(c.options.Listen) // checked at the start
	port, _ = strconv.Atoi(digits)
	return cmp.Or(host, capture.DefaultProxyHost), port
}

// AllowsRemote implements [mcptools.Capturer].
func (c *changer) AllowsRemote() bool { return c.options.AllowRemote }

// KnowsUpstream implements [mcptools.Capturer].
func (c *changer) KnowsUpstream(u *url.URL) bool {
	own, err := url.Parse(c.options.UpstreamProxy)
	return err == nil && c.options.UpstreamProxy != "" && u.Scheme == own.Scheme && u.Host == own.Host &&
		(u.User == nil || own.User != nil && *u.User == *own.User)
}

// Start implements [mcptools.Capturer].
func (c *changer) Start(_ context.Context, r mcptools.ProxyRequest) (mcptools.CaptureState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run != nil {
		return c.state, c.fits(r)
	}
	run := &proxyRun{request: r}
	if r.DumpFile != "" {
		var err error
		if run.dump, err = c.openDump(r.DumpFile, r.Append); err != nil {
			return c.state, err
		}
	}
	err := c.start(run)
	return c.state, err
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

// fits returns an error unless the running proxy meets a request. The caller holds mu.
func (c *changer) fits(r mcptools.ProxyRequest) error {
	at := c.run.tap.Listener.Addr().(*net.TCPAddr)
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

// withSubdomains returns the rule that records a host, which may have a port. A name includes its
// subdomains, an address does not.
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

// start starts a tap for a run. On an error it abandons the dump of the run. The caller holds mu.
func (c *changer) start(run *proxyRun) error {
	o := c.options
	o.Listen, o.ListenName = net.JoinHostPort(run.request.Host, strconv.Itoa(run.request.Port)), "host and port"
	o.Dump = run.dump
	if u := run.request.UpstreamProxy; u != nil && !(u.User == nil && c.KnowsUpstream(u)) {
		o.UpstreamProxy = u.String()
	}
	for _, d := range c.scope {
		o.Include = append(o.Include, withSubdomains(d))
	}
	err := c.lease.Suspend(func() (err error) {
		run.tap, err = capture.StartTap(c.p, &o)
		return err
	})
	if err != nil {
		run.dump.Abandon()
		return err
	}
	c.run = run
	c.state = mcptools.CaptureState{
		Running: true, Address: run.tap.Listener.Addr().String(), Certificate: run.tap.CA.CertPath(), Scope: c.scope,
		DumpFile: run.request.DumpFile,
	}
	if u, err := url.Parse(o.UpstreamProxy); err == nil && o.UpstreamProxy != "" {
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
		Recorded: run.losses.Recorded, Skipped: run.losses.Skipped, Unwanted: run.losses.Unwanted, Lost: run.losses.Flows,
	}
	t.Dumped, t.DumpError = run.dump.Close()
	c.state.Totals = t
	c.last = run.losses
	return c.state, err
}

// stop stops the tap of a run and counts the flows that it lost.
func (r *proxyRun) stop() error {
	l, err := r.tap.Stop()
	r.losses.Add(l)
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
	fmt.Fprintf(w, "%s recorded in %s\n", cli.Plural(int(st.Totals.Recorded), "flow"), c.p.DBPath())
	c.last.Report(c.p)
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
	run.request.Port = run.tap.Listener.Addr().(*net.TCPAddr).Port
	c.run, c.state = nil, mcptools.CaptureState{Scope: c.scope}
	if err := run.stop(); err != nil {
		run.dump.Abandon()
		return c.state, err
	}
	err := c.start(run)
	return c.state, err
}

// openDump opens a file of the folder that a person allowed: a new one, or one with flows to add
// to. An existing file is never replaced. Links and .. do not lead out of the folder.
func (c *changer) openDump(name string, add bool) (*capture.FlowDump, error) {
	if c.files == nil {
		return nil, errors.New("dump_file: a person allows files by starting the server with --files FOLDER")
	}
	name = safefile.Below(c.files, name)
	d := &capture.FlowDump{Root: c.files, Name: name, Made: true}
	info, err := c.files.Stat(name) // opening a FIFO would wait for a reader
	switch {
	case err == nil && !info.Mode().IsRegular():
		err = errors.New("not a regular file")
	case err == nil && !add:
		err = errors.New("the file exists: name another, or add to it with + before its name")
	case err == nil:
		d.Made = false
		d.File, err = c.files.OpenFile(name, os.O_RDWR|os.O_APPEND, 0)
	case errors.Is(err, fs.ErrNotExist):
		d.File, err = c.files.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	}
	if err == nil && !d.Made {
		if _, err = mitmdump.Count(d.File); err != nil {
			d.File.Close()
			err = fmt.Errorf("flows can be added to a whole mitmproxy flow file only: %w", err)
		} else {
			d.Size, err = d.File.Seek(0, io.SeekEnd)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("dump_file: %w; name a new file below the folder of --files, or + and a file of flows", cli.PlainPathError(err))
	}
	d.W = mitmdump.NewWriter(d)
	return d, nil
}
