package capture

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/elazarl/goproxy"
)

// firstBytes is how long a client that connected through CONNECT is left to speak first. TLS and HTTP clients
// do at once; in SMTP and its like the server speaks first.
const firstBytes = 300 * time.Millisecond

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
	if p.pins.passes(c.refuser()) {
		p.stats.passed.Add(1)
		p.tunnel(c, nil)
		return
	}
	tc := tls.Server(c, p.tls)
	c.SetDeadline(time.Now().Add(p.cfg.timeouts.handshake))
	if err := tc.Handshake(); err != nil {
		if c.certified {
			p.refuse(c, err)
		} else {
			p.stats.handshakes.Add(1)
			p.log.Info("TLS handshake with a client", "host", c.authority, "err", err)
		}
		c.Close()
		return
	}
	c.SetDeadline(time.Time{})
	c.shaken = p.pins.now()
	p.conns.remove(c) // it is the inner server's from here on
	p.opened.offer(tc)
}

// protocol is what a client speaks inside CONNECT.
type protocol int

const (
	speaksOther protocol = iota
	speaksTLS
	speaksHTTP
)

// sniff finds out what the client speaks. A client that waits for the server to speak first gets a connection
// to it, which is returned.
func (p *Proxy) sniff(c *clientConn) (protocol, *clientConn, error) {
	c.SetReadDeadline(time.Now().Add(p.cfg.timeouts.first))
	err := c.fill(1)
	var upstream *clientConn
	if errors.Is(err, os.ErrDeadlineExceeded) {
		var spoke bool
		upstream, spoke, err = p.listenBothWays(c)
		if spoke {
			c.SetReadDeadline(time.Time{})
			return speaksOther, upstream, nil
		}
	}
	kind := speaksOther
	if err == nil {
		c.SetReadDeadline(time.Now().Add(p.cfg.timeouts.handshake))
		kind = c.protocol()
		c.SetReadDeadline(time.Time{})
	}
	if upstream != nil && (err != nil || kind != speaksOther) {
		upstream.Close()
		upstream = nil
	}
	return kind, upstream, err
}

// listenBothWays connects to the upstream and waits for whoever speaks first. spoke says that it was the upstream.
func (p *Proxy) listenBothWays(c *clientConn) (upstream *clientConn, spoke bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	upstream, err = p.dialTarget(ctx, c.authority)
	c.SetReadDeadline(time.Now().Add(p.cfg.timeouts.idle))
	if err != nil { // the client may speak all the same, and be told why in its own protocol
		return nil, false, c.fill(1)
	}
	heard := make(chan bool, 1)
	go func() {
		ok := upstream.fill(1) == nil
		if ok {
			c.SetReadDeadline(time.Now()) // ends the wait below
		}
		heard <- ok
	}()
	err = c.fill(1)
	upstream.SetReadDeadline(time.Now())
	spoke = <-heard
	upstream.SetReadDeadline(time.Time{})
	if spoke {
		return upstream, true, nil
	}
	if err != nil {
		upstream.Close()
		upstream = nil
	}
	return upstream, false, err
}

// protocol tells TLS and HTTP by their first bytes, of which one is there. HTTP/2 begins with "PRI * HTTP/2.0".
func (c *clientConn) protocol() protocol {
	const recordTypeHandshake = 22 // RFC 8446, section 5.1
	if c.early[0] == recordTypeHandshake {
		return speaksTLS
	}
	for n := 1; ; n++ {
		if c.fill(n) != nil {
			return speaksOther
		}
		line := c.early[:n]
		matches := false
		for _, m := range []string{"GET ", "HEAD ", "POST ", "PUT ", "PATCH ", "DELETE ", "OPTIONS ", "TRACE ", "PRI "} {
			if string(line) == m {
				return speaksHTTP
			}
			matches = matches || bytes.HasPrefix([]byte(m), line)
		}
		if !matches {
			return speaksOther
		}
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
