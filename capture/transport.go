package capture

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	dialTimeout         = 10 * time.Second
	handshakeTimeout    = 10 * time.Second
	upstreamIdleTimeout = 90 * time.Second
	// maxResponseHeader bounds a response header, in bytes.
	maxResponseHeader = 1 << 20
)

// errLoop means that the upstream is the proxy itself.
var errLoop = errors.New("the request leads back to the proxy itself")

// newTransport returns a transport to upstreams. It does not decode bodies, and ignores proxies in
// the environment, one of which may be this proxy.
func (w *routes) newTransport(s transportKind) *http.Transport {
	t := &http.Transport{
		DialContext: w.dial,
		TLSClientConfig: &tls.Config{
			RootCAs:            w.p.cfg.Roots,
			MinVersion:         tls.VersionTLS12,
			ClientSessionCache: tls.NewLRUClientSessionCache(256),
		},
		TLSHandshakeTimeout:    w.p.cfg.timeouts.upstream,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    256,
		MaxIdleConns:           1024,
		IdleConnTimeout:        upstreamIdleTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxResponseHeader,
		ReadBufferSize:         16 << 10, // a complete TLS record
		Protocols:              new(http.Protocols),
		// A shared connection must not stay open for ever after its peer is gone.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
	}
	if w.own {
		t.IdleConnTimeout = 0 // they end with the client's connection
	}
	if w.p.cfg.Upstream.Proxy != nil {
		t.Proxy = w.transportProxy
	}
	t.Protocols.SetHTTP1(s != transportH2C)
	t.DialTLSContext = w.dialTLS(t)
	switch s {
	case transportHTTP1:
		t.TLSClientConfig.NextProtos = []string{"http/1.1"}
	case transportHTTP2:
		t.TLSClientConfig.NextProtos = []string{"h2", "http/1.1"}
		t.Protocols.SetHTTP2(true)
	case transportH2C:
		t.Protocols.SetUnencryptedHTTP2(true)
		t.Proxy = nil // the upstream proxy gets CONNECT instead; it would take the request for one to itself
		t.DialContext = func(ctx context.Context, _, addr string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, dialTimeout)
			defer cancel()
			return w.dialTarget(ctx, addr)
		}
	}
	return t
}

// localhost resolves names below .localhost to the loopback address (RFC 6761, section 6.3), which
// few resolvers do. Clients that bypass the proxy for localhost can use such a name for a local
// server.
func localhost(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || !strings.HasSuffix(strings.ToLower(strings.TrimSuffix(host, ".")), ".localhost") {
		return addr
	}
	return net.JoinHostPort("localhost", port)
}
