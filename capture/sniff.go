package capture

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strings"
	"time"
)

// firstBytes is how long a client that connected through CONNECT is left to speak first. TLS and HTTP clients
// do at once; in SMTP and its like the server speaks first.
const firstBytes = 300 * time.Millisecond

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
	upstream, err = p.dialAs(ctx, c)
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

// protocol tells TLS and HTTP by their first bytes, of which one is there.
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

// maxMethod is the longest method that is taken for one.
const maxMethod = 32

// protocolOf tells what begins with b, or that it is too early to say. HTTP begins with a method and a path, an
// absolute URL or "*"; HTTP/2 with "PRI * HTTP/2.0".
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

// dialAs connects to the host that c named, with TLS if c's has been taken off.
func (p *Proxy) dialAs(ctx context.Context, c *clientConn) (*clientConn, error) {
	upstream, err := p.dialTarget(ctx, c.authority)
	tc, ok := c.Conn.(*tls.Conn)
	if err != nil || !ok {
		return upstream, err
	}
	cfg := p.transportsTo("https", c.authority)[speaksOld].TLSClientConfig.Clone()
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

// secured returns the TLS of a client's connection and the connection below it; nil when it has none.
func secured(conn net.Conn) (*tls.Conn, *clientConn) {
	if c, ok := conn.(*clientConn); ok {
		conn = c.Conn
	}
	if tc, ok := conn.(*tls.Conn); ok {
		return tc, tc.NetConn().(*clientConn)
	}
	return nil, nil
}
