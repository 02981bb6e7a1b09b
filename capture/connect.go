package capture

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/elazarl/goproxy"
)

// newEngine configures goproxy, which serves CONNECT requests.
func (p *Proxy) newEngine() *goproxy.ProxyHttpServer {
	g := goproxy.NewProxyHttpServer()
	g.Logger = engineLog{p.log}
	g.Tr = p.public.common.of[transportHTTP1] // not used: forward sends requests
	g.ConnectDial = nil                       // its default follows HTTPS_PROXY
	g.KeepAcceptEncoding = true
	g.NonproxyHandler = http.HandlerFunc(p.servePage)
	// goproxy's predefined actions sign with a CA whose key is published, so they are not used.
	hijack := &goproxy.ConnectAction{Action: goproxy.ConnectHijack, Hijack: p.connect}
	g.OnRequest().HandleConnectFunc(func(host string, _ *goproxy.ProxyCtx) (*goproxy.ConnectAction, string) {
		return hijack, host
	})
	return g
}

// connect answers a CONNECT and serves the traffic inside it.
func (p *Proxy) connect(r *http.Request, conn net.Conn, _ *goproxy.ProxyCtx) {
	c, ok := conn.(*clientConn)
	if !ok {
		conn.Close()
		return
	}
	c.authority = strings.ToLower(r.URL.Host)
	if _, _, err := net.SplitHostPort(c.authority); err != nil { // RFC 9110 requires a port, but some clients omit it
		c.authority = net.JoinHostPort(strings.Trim(c.authority, "[]"), "443")
	}
	p.conns.add(c)
	defer p.conns.remove(c)
	if _, err := io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		c.Close()
		return
	}
	if c.page = isPage(c.authority); c.page { // it needs no credentials, so its name must not lead anywhere else
		p.decrypt(c)
		return
	}
	if user, password, ok := proxyCredentials(r); ok && p.cfg.Unrecorded != nil && p.cfg.Unrecorded(user, password) {
		p.tunnel(c, nil)
		return
	}
	if !p.cfg.Scope.Host("https", c.authority) {
		p.stats.outOfScope.Add(1)
		p.tunnel(c, nil)
		return
	}
	kind, upstream, err := p.sniff(c)
	if err != nil {
		c.Close()
		return
	}
	p.serveInside(c, kind, upstream)
}

// serveInside serves a connection whose host and protocol are known. upstream is as for tunnel.
func (p *Proxy) serveInside(c *clientConn, kind protocol, upstream *clientConn) {
	switch kind {
	case speaksTLS:
		p.decrypt(c)
	case speaksHTTP:
		p.conns.remove(c)
		p.opened.offer(newServedConn(c))
	default:
		p.tunnel(c, upstream)
	}
}

// decrypt makes a TLS handshake with the client and passes the connection to the inner server.
func (p *Proxy) decrypt(c *clientConn) {
	tc := tls.Server(c, p.tls)
	c.SetDeadline(time.Now().Add(p.cfg.timeouts.handshake))
	c.hello = make([]byte, 0, helloSize)
	err := tc.Handshake()
	c.hello = nil
	if c.denied != nil {
		p.denyConn(c, c.denied)
		return
	}
	if c.discardWrites && !c.page { // see peekHello
		c.SetDeadline(time.Time{})
		p.tunnel(c, nil)
		return
	}
	if err != nil {
		p.refuse(c, err)
		c.Close()
		return
	}
	c.SetDeadline(time.Time{})
	c.handshakeDone = p.pins.now()
	if tc.ConnectionState().NegotiatedProtocol == "" && !c.page {
		p.serveWithoutALPN(c, tc)
		return
	}
	p.conns.remove(c) // the inner server owns it from here on
	if tc.ConnectionState().NegotiatedProtocol == "h2" {
		p.opened.offer(tc)
	} else {
		p.opened.offer(newServedConn(tc))
	}
}

// serveWithoutALPN serves a client that did not negotiate a protocol with TLS.
func (p *Proxy) serveWithoutALPN(c *clientConn, tc *tls.Conn) {
	plain := &clientConn{Conn: tc, authority: c.authority}
	kind, upstream, err := p.sniff(plain)
	switch {
	case err != nil:
		tc.Close()
		p.leftEarly(c, tc)
	case kind == speaksHTTP:
		p.conns.remove(c)
		p.opened.offer(newServedConn(plain))
	default:
		p.tunnel(plain, upstream)
	}
}

// engineLog forwards goproxy's warnings to slog.
type engineLog struct {
	log interface{ Debug(string, ...any) }
}

func (l engineLog) Printf(format string, _ ...any) {
	// The arguments are omitted because they contain URLs with queries.
	l.log.Debug("goproxy", "message", strings.TrimSpace(format))
}
