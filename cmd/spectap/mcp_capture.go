package main

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"

	"github.com/spectap/spectap/mcptools"
)

// Start implements [mcptools.Capturer].
func (c *changer) Start(_ context.Context, port int) (mcptools.CaptureState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tap != nil {
		return c.state, fmt.Errorf("a proxy is already running at %s", c.state.Address)
	}
	return c.start(port)
}

// start starts a proxy. The caller holds mu.
func (c *changer) start(port int) (mcptools.CaptureState, error) {
	o := c.options
	o.listen = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for _, d := range c.scope {
		if host, _, err := net.SplitHostPort(d); net.ParseIP(d) == nil && (err != nil || net.ParseIP(host) == nil) {
			d = "." + d // includes subdomains
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
	c.state = mcptools.CaptureState{
		Running: true, Address: c.tap.listener.Addr().String(), Certificate: c.tap.ca.CertPath(), Scope: c.scope,
	}
	return c.state, nil
}

// Stop implements [mcptools.Capturer].
func (c *changer) Stop(context.Context) (mcptools.CaptureState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stop()
}

// stop stops the proxy if it runs. The caller holds mu.
func (c *changer) stop() (mcptools.CaptureState, error) {
	c.state = mcptools.CaptureState{Scope: c.scope}
	if c.tap == nil {
		return c.state, nil
	}
	_, err := c.tap.stop()
	c.tap = nil
	return c.state, err
}

// SetScope implements [mcptools.Capturer]. A running proxy is restarted at the same address.
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
