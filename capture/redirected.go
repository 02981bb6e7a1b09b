package capture

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Redirected is a connection that a client opened to another host and that was redirected to the
// proxy, without the client's knowledge.
type Redirected struct {
	net.Conn
	// To is the address that the client connected to.
	To netip.AddrPort
	// Upstream, unless nil, is the connection of [Proxy.ConnectRedirected] to it.
	Upstream net.Conn
	// Name returns the host of the flows, to which requests go. claimed is the host that the client
	// names: in TLS (SNI) if secure, else in the field Host, or "". ok is false if the claim cannot
	// be believed.
	Name func(to netip.AddrPort, claimed string, secure bool) (host string, ok bool)
}

// takeUpstream returns the connection to the address of a redirected one, once, or nil.
func (c *clientConn) takeUpstream() net.Conn {
	select {
	case upstream := <-c.upstream:
		return upstream
	default:
		return nil
	}
}

// ConnectRedirected connects to the address that a client is about to connect to, for
// [Redirected.Upstream]. It records a failure. Connections to the proxy itself, by an upstream
// proxy, and those that a guard judges are opened later: for them it returns nil without an error.
// name is as for [Redirected].
func (p *Proxy) ConnectRedirected(to netip.AddrPort, name func(netip.AddrPort, string, bool) (string, bool)) (net.Conn, error) {
	addr := to.String()
	if via, err := p.via(&url.URL{Scheme: "https", Host: addr}); p.cfg.Guard != nil || p.own.has(to) || via != nil || err != nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	c, err := p.dialAddr(ctx, addr, false)
	if err != nil {
		host, _ := name(to, "", false)
		p.recordConnect(net.JoinHostPort(host, strconv.Itoa(int(to.Port()))), classifyError(err).text, nil)
	}
	return c, err
}

// shaken is a connection of a transport whose TLS handshake was made before it was asked for.
type shaken struct{ net.Conn }

// meet makes the TLS handshake with the upstream of a redirected connection before the client gets
// a certificate. If it fails, the client may know better, by a CA or a certificate of its own, so
// that its connection has to reach the upstream as it is. meet then records why, and returns false.
func (p *Proxy) meet(c *clientConn, offers []string) bool {
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), targetKey{}, &target{conn: c}), dialTimeout)
	defer cancel()
	kind := transportHTTP1
	if slices.Contains(offers, "h2") {
		kind = transportHTTP2
	}
	transports := p.routesOf(c.RemoteAddr().String()).transportsTo("https", c.authority)
	upstream, err := transports.of[kind].DialTLSContext(ctx, "tcp", c.authority)
	if err == nil {
		c.upstream <- shaken{upstream}
		return true
	}
	p.recordConnect(c.authority, classifyError(err).text+"; the connection passed through unrecorded", nil)
	return false
}

// ServeRedirected serves a redirected connection until it ends, as Serve serves the content of
// CONNECT: HTTP with and without TLS is recorded, and anything else is tunnelled to the address.
// TLS for a name that cannot be believed is tunnelled too; HTTP without TLS goes to the address
// then. A connection to the proxy itself is served as such, and may outlast the call. The client
// counts as one on the machine of its address.
func (p *Proxy) ServeRedirected(r Redirected) {
	if p.own.has(r.To) {
		p.toProxy.offer(newServedConn(&clientConn{Conn: r.Conn}))
		return
	}
	c := &clientConn{Conn: r.Conn, authority: r.To.String(), to: r.To.String()}
	if r.Upstream != nil {
		c.upstream = make(chan net.Conn, 1)
		c.upstream <- r.Upstream
	}
	c.redirected = func(claimed string, secure bool) bool {
		host, ok := r.Name(r.To, claimed, secure)
		if ok {
			c.authority = net.JoinHostPort(host, strconv.Itoa(int(r.To.Port())))
		}
		return ok
	}
	p.conns.add(c)
	defer p.conns.remove(c)
	kind, upstream, err := p.sniff(c)
	if err != nil {
		c.Close()
		return
	}
	if kind == speaksHTTP {
		if host, ok := p.claimedHost(c); !ok {
			kind = speaksOther
		} else {
			c.redirected(host, false)
		}
		if !p.cfg.Scope.Host("http", c.authority) {
			p.stats.outOfScope.Add(1)
			kind = speaksOther
		}
	}
	p.serveInside(c, kind, upstream)
}

// claimedHost returns the field Host of the first request of HTTP/1 without its port, or "". ok is
// false if the request is one to a proxy, which has an absolute URL.
func (p *Proxy) claimedHost(c *clientConn) (host string, ok bool) {
	c.SetReadDeadline(time.Now().Add(p.cfg.timeouts.header))
	defer c.SetReadDeadline(time.Time{})
	end := []byte("\r\n\r\n")
	for !bytes.Contains(c.early, end) && len(c.early) < maxHeaderBytes && !bytes.HasPrefix(c.early, []byte("PRI * ")) {
		if c.fill(len(c.early)+1) != nil {
			break
		}
	}
	head, _, _ := bytes.Cut(c.early, end)
	line, fields, _ := strings.Cut(string(head), "\n")
	if _, target, _ := strings.Cut(line, " "); !strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "*") {
		return "", false
	}
	for line := range strings.Lines(fields) {
		name, value, _ := strings.Cut(line, ":")
		if isName(name, "Host") {
			host = strings.TrimSpace(value)
			if h, _, err := net.SplitHostPort(host); err == nil {
				host = h
			}
			return strings.Trim(host, "[]"), true
		}
	}
	return "", true
}
