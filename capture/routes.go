package capture

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"

	"github.com/spectap/spectap/internal/address"
)

// errPrivate means that a client of another machine asked for an address that is not public.
var errPrivate = errors.New("its address is not public, and clients on other machines may not reach it " +
	"(a person can allow that with --allow-private)")

// routes are the ways to upstreams for some clients. Those of clients on other machines share no
// connection with the others: a connection to a private address must not be used again for them.
type routes struct {
	p      *Proxy
	public bool // only to public addresses
	own    bool // of one client's connection
	common transports
	byHost map[string]*transports // for hosts with settings of their own, by HOST or HOST:PORT
}

func (p *Proxy) newRoutes(public, own bool) *routes {
	w := &routes{p: p, public: public, own: own, byHost: make(map[string]*transports)}
	w.common = w.newTransports()
	for _, own := range p.cfg.Upstream.hosts() {
		ts, key := w.newTransports(), hostKey(own)
		host, _, err := net.SplitHostPort(key)
		for _, t := range ts.of {
			if err == nil { // the properties of its host, then its own
				p.cfg.Upstream.configure(t.TLSClientConfig, host)
			}
			p.cfg.Upstream.configure(t.TLSClientConfig, key)
		}
		w.byHost[key] = &ts
	}
	return w
}

// routesOf returns the routes for a client, given its address.
func (p *Proxy) routesOf(client string) *routes {
	if p.cfg.RemotePrivate {
		return p.anywhere
	}
	if a, err := netip.ParseAddrPort(client); err != nil || !a.Addr().IsLoopback() {
		return p.public
	}
	return p.anywhere
}

// transportsTo returns the transports to an authority.
func (w *routes) transportsTo(scheme, authority string) *transports {
	if len(w.byHost) > 0 {
		host, port := hostAndPort(scheme, authority)
		if t, ok := w.byHost[net.JoinHostPort(host, port)]; ok {
			return t
		}
		if t, ok := w.byHost[host]; ok {
			return t
		}
	}
	return &w.common
}

func (w *routes) close() {
	w.common.close()
	for _, t := range w.byHost {
		t.close()
	}
}

// dial is the DialContext of transports.
func (w *routes) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	if via := w.p.cfg.Upstream.Proxy; addr == proxyAddr && via != nil {
		c, err := w.dialProxy(ctx, via)
		if err != nil {
			return nil, err
		}
		return newResponseConn(c), nil
	}
	c, err := w.p.dialAddr(ctx, addr, w.public)
	if err != nil {
		return nil, err
	}
	return newResponseConn(c), nil
}

// dialTLS returns the DialTLSContext of a transport, also for upstreams behind a proxy. The
// transport itself would not show the bytes inside TLS.
func (w *routes) dialTLS(t *http.Transport) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, _, addr string) (net.Conn, error) {
		dialing, cancel := context.WithTimeout(ctx, dialTimeout)
		c, err := w.dialTarget(dialing, addr)
		cancel()
		if err != nil {
			return nil, err
		}
		if done, ok := c.Conn.(shaken); ok {
			return done.Conn, nil
		}
		cfg := t.TLSClientConfig.Clone()
		if cfg.ServerName, _, err = net.SplitHostPort(addr); err != nil {
			c.Close()
			return nil, err
		}
		below := net.Conn(c)
		if len(c.early) == 0 {
			below = c.Conn // see newConn
		}
		tc := tls.Client(below, cfg)
		ctx, cancel = context.WithTimeout(ctx, w.p.cfg.timeouts.upstream)
		defer cancel()
		if err := tc.HandshakeContext(ctx); err != nil {
			c.Close()
			return nil, err
		}
		if tc.ConnectionState().NegotiatedProtocol == "h2" {
			return tc, nil // the transport recognizes it by its type
		}
		return newResponseConn(tc), nil
	}
}

// dialAddr connects to a host:port, and never to the proxy itself. With public, it checks the very
// address that it connects to: a name may have several, and others the next time.
func (p *Proxy) dialAddr(ctx context.Context, addr string, public bool) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	dial := d.DialContext
	if public {
		d.Control = checkPublic
	} else if p.cfg.Upstream.Dial != nil {
		dial = p.cfg.Upstream.Dial
	}
	addr = localhost(addr)
	if t, ok := ctx.Value(targetKey{}).(*target); ok && t.conn.upstream != nil && addr == localhost(t.conn.authority) {
		if c := t.conn.takeUpstream(); c != nil {
			return c, nil
		}
		addr = t.conn.to
	}
	c, err := dial(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if p.own.leadsBack(c) {
		c.Close()
		return nil, errLoop
	}
	return c, nil
}

// checkPublic is the Control of a net.Dialer.
func checkPublic(_, addr string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(addr)
	if err != nil || address.Check(a.Addr()) != nil {
		return errPrivate
	}
	return nil
}
