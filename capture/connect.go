package capture

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/elazarl/goproxy"
)

// newEngine sets goproxy up: it reads proxy requests, and all that follows is ours.
func (p *Proxy) newEngine() *goproxy.ProxyHttpServer {
	g := goproxy.NewProxyHttpServer()
	g.Logger = engineLog{p.log}
	g.Tr = p.most[speaksOld]
	g.ConnectDial = nil // its default follows HTTPS_PROXY
	g.KeepAcceptEncoding = true
	g.NonproxyHandler = http.HandlerFunc(p.servePage)
	// Never its ready-made actions: they sign with a CA whose key is published.
	hijack := &goproxy.ConnectAction{Action: goproxy.ConnectHijack, Hijack: p.connect}
	g.OnRequest().HandleConnectFunc(func(host string, _ *goproxy.ProxyCtx) (*goproxy.ConnectAction, string) {
		return hijack, host
	})
	g.OnRequest().DoFunc(func(r *http.Request, ctx *goproxy.ProxyCtx) (*http.Request, *http.Response) {
		if x := exchangeOf(r.Context()); x != nil {
			ctx.RoundTripper = x
		}
		stripHop(r.Header) // before goproxy takes the Connection header away
		return r, nil
	})
	return g
}

// connect answers a CONNECT and serves what the client sends through it.
func (p *Proxy) connect(r *http.Request, conn net.Conn, _ *goproxy.ProxyCtx) {
	c, ok := conn.(*clientConn)
	if !ok {
		conn.Close()
		return
	}
	c.authority = strings.ToLower(r.URL.Host)
	if _, _, err := net.SplitHostPort(c.authority); err != nil { // RFC 9110 wants a port, some clients do not know
		c.authority = net.JoinHostPort(strings.Trim(c.authority, "[]"), "443")
	}
	p.conns.add(c)
	defer p.conns.remove(c)
	if _, err := io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		c.Close()
		return
	}
	if !p.cfg.Scope.Host("https", c.authority) {
		p.stats.unwantedTunnels.Add(1)
		p.tunnel(c, nil)
		return
	}
	kind, upstream, err := p.sniff(c)
	if err != nil {
		c.Close()
		return
	}
	switch kind {
	case speaksTLS:
		p.decrypt(c)
	case speaksHTTP:
		p.conns.remove(c)
		p.opened.offer(c)
	default:
		p.tunnel(c, upstream)
	}
}

// decrypt shakes hands with the client and hands the connection to the inner server.
func (p *Proxy) decrypt(c *clientConn) {
	tc := tls.Server(c, p.tls)
	c.SetDeadline(time.Now().Add(p.cfg.timeouts.handshake))
	c.hello = make([]byte, 0, helloSize)
	err := tc.Handshake()
	c.hello = nil
	pinned := errors.Is(err, errPinned)
	if pinned {
		p.stats.passed.Add(1)
	}
	if pinned || errors.Is(err, errNotHTTP) {
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
	c.shaken = p.pins.now()
	if tc.ConnectionState().NegotiatedProtocol == "" {
		p.decrypted(c, tc)
		return
	}
	p.conns.remove(c) // it is the inner server's from here on
	p.opened.offer(tc)
}

// decrypted serves a client that has not said what it will speak with TLS.
func (p *Proxy) decrypted(c *clientConn, tc *tls.Conn) {
	plain := &clientConn{Conn: tc, authority: c.authority}
	kind, upstream, err := p.sniff(plain)
	switch {
	case err != nil:
		tc.Close()
		p.leftEarly(c, tc)
	case kind == speaksHTTP:
		p.conns.remove(c)
		p.opened.offer(plain)
	default:
		p.tunnel(plain, upstream)
	}
}

// engineLog gives goproxy's warnings to slog.
type engineLog struct {
	log interface{ Debug(string, ...any) }
}

func (l engineLog) Printf(format string, _ ...any) {
	// Without the arguments: they hold URLs, and with them queries.
	l.log.Debug("goproxy", "message", strings.TrimSpace(format))
}
