package capture

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strings"
	"time"
)

// firstBytes is how long the proxy waits for the first bytes of a client after CONNECT. TLS and
// HTTP clients send at once; in SMTP and similar protocols the server sends first.
const firstBytes = 300 * time.Millisecond

// protocol is the protocol of a client inside CONNECT.
type protocol int

const (
	speaksOther protocol = iota
	speaksTLS
	speaksHTTP
)

// sniff determines the client's protocol. If the client waits for the server to send first, sniff
// connects to the server and returns that connection.
func (p *Proxy) sniff(c *clientConn) (protocol, *clientConn, error) {
	err := os.ErrDeadlineExceeded // with a connection to the server, both may send at once
	wait := p.cfg.timeouts.first
	if c.upstream == nil {
		c.SetReadDeadline(time.Now().Add(wait))
		err, wait = c.fill(1), p.cfg.timeouts.handshake
	}
	var upstream *clientConn
	if errors.Is(err, os.ErrDeadlineExceeded) && p.cfg.Guard != nil {
		c.SetReadDeadline(time.Now().Add(p.cfg.timeouts.header))
		if err = c.fill(1); errors.Is(err, os.ErrDeadlineExceeded) {
			return speaksOther, nil, nil
		}
	} else if errors.Is(err, os.ErrDeadlineExceeded) {
		var spoke bool
		upstream, spoke, err = p.listenBothWays(c)
		if spoke {
			c.SetReadDeadline(time.Time{})
			return speaksOther, upstream, nil
		}
	}
	kind := speaksOther
	if err == nil {
		c.SetReadDeadline(time.Now().Add(wait))
		kind = c.protocol()
		c.SetReadDeadline(time.Time{})
	}
	if upstream != nil && (err != nil || kind != speaksOther) {
		if c.upstream != nil {
			upstream.SetDeadline(time.Time{}) // now, since another type reads it
			c.upstream <- upstream.Conn
		} else {
			upstream.Close()
		}
		upstream = nil
	}
	return kind, upstream, err
}

// listenBothWays connects to the upstream and waits for the first byte of either side. spoke
// reports that it came from the upstream.
func (p *Proxy) listenBothWays(c *clientConn) (upstream *clientConn, spoke bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	upstream, err = p.dialAs(ctx, c)
	c.SetReadDeadline(time.Now().Add(p.cfg.timeouts.idle))
	if err != nil { // the client may still send, and gets the error in its own protocol
		return nil, false, c.fill(1)
	}
	heard := make(chan bool, 1)
	go func() {
		err := upstream.fill(1)
		ok := err == nil || c.upstream != nil && !errors.Is(err, os.ErrDeadlineExceeded)
		if ok {
			c.SetReadDeadline(time.Now()) // ends the wait below
		}
		heard <- ok
	}()
	err = c.fill(1)
	upstream.SetReadDeadline(time.Now())
	spoke = <-heard
	upstream.SetReadDeadline(time.Time{})
	if spoke || err != nil && c.upstream != nil { // an end is passed on too
		return upstream, true, nil
	}
	if err != nil {
		upstream.Close()
		upstream = nil
	}
	return upstream, false, err
}

// protocol recognizes TLS and HTTP by their first bytes, of which at least one was read.
func (c *clientConn) protocol() protocol {
	for n := 1; ; n++ {
		if c.fill(n) != nil {
			return speaksOther
		}
		if kind, sure := protocolOf(c.early[:n]); sure {
			return kind
		}
	}
}

// maxMethod is the length of the longest accepted method.
const maxMethod = 32

// protocolOf returns the protocol of a connection that begins with b. sure is false if more bytes
// are needed. HTTP begins with a method and a path, an absolute URL or "*"; HTTP/2 with "PRI *
// HTTP/2.0".
func protocolOf(b []byte) (kind protocol, sure bool) {
	const recordTypeHandshake = 22 // RFC 8446, section 5.1
	if b[0] == recordTypeHandshake {
		return speaksTLS, true
	}
	method, target, spaced := bytes.Cut(b, []byte(" "))
	odd := bytes.ContainsFunc(method, func(c rune) bool { return (c < 'A' || c > 'Z') && c != '-' && c != '_' })
	switch {
	case odd || len(method) == 0 || len(method) > maxMethod || string(method) == "CONNECT" && spaced:
		return speaksOther, true
	case len(target) == 0:
		return speaksOther, false
	case target[0] == '/' || target[0] == '*':
		return speaksHTTP, true
	}
	const scheme = "http"
	n := min(len(target), len(scheme))
	if !strings.EqualFold(string(target[:n]), scheme[:n]) {
		return speaksOther, true
	}
	return speaksHTTP, n == len(scheme)
}

// dialAs connects to the host of c, with TLS if TLS was removed from c.
func (p *Proxy) dialAs(ctx context.Context, c *clientConn) (*clientConn, error) {
	w := p.routesOf(c.RemoteAddr().String())
	tc, below := secured(c)
	upstream, err := w.dialTarget(context.WithValue(ctx, targetKey{}, &target{conn: cmp.Or(below, c)}), c.authority)
	if err != nil || tc == nil {
		return upstream, err
	}
	if done, ok := upstream.Conn.(shaken); ok {
		return &clientConn{Conn: done.Conn}, nil
	}
	cfg := w.transportsTo("https", c.authority).of[transportHTTP1].TLSClientConfig.Clone()
	cfg.NextProtos = nil
	if cfg.ServerName = tc.ConnectionState().ServerName; cfg.ServerName == "" {
		cfg.ServerName = c.host()
	}
	secure := tls.Client(upstream, cfg)
	if err := secure.HandshakeContext(ctx); err != nil {
		upstream.Close()
		return nil, err
	}
	return &clientConn{Conn: secure}, nil
}

// secured returns the TLS layer of a client connection and the connection below it, or nil without
// TLS.
func secured(conn net.Conn) (*tls.Conn, *clientConn) {
	conn = belowServed(conn)
	if c, ok := conn.(*clientConn); ok {
		conn = c.Conn
	}
	if tc, ok := conn.(*tls.Conn); ok {
		return tc, tc.NetConn().(*clientConn)
	}
	return nil, nil
}
