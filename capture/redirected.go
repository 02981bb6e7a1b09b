package capture

import (
	"bytes"
	"net"
	"net/netip"
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
	// Name returns the host of the flows, to which requests go. claimed is the host that the client
	// names: in TLS (SNI) if secure, else in the field Host, or "". ok is false if the claim cannot
	// be believed.
	Name func(to netip.AddrPort, claimed string, secure bool) (host string, ok bool)
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
	c := &clientConn{Conn: r.Conn, authority: r.To.String()}
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
		host, ok := p.claimedHost(c)
		if !ok {
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
