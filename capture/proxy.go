// Package capture is a proxy that records the HTTP exchanges that pass through it.
//
// It takes HTTP proxy requests and CONNECT. What comes through CONNECT is decrypted with a certificate minted
// for the host and served by net/http; plain HTTP inside CONNECT is served too, and anything else is tunnelled
// as it is, also when it turns up inside TLS. Requests leave through transports of its own, which verify the upstream's certificate. A client
// that speaks HTTP/2 reaches its upstream by HTTP/2 where that offers it, one that speaks HTTP/1.1 by HTTP/1.1 unless
// the upstream's TLS refuses that. Without TLS, HTTP/2 is what a client begins with, and its upstream gets the same.
//
// WebSockets are recorded message by message, other protocols that a connection is switched to as bytes.
//
// Recording happens where a request leaves and its answer arrives, in the round tripper: there it sees failures
// and does not touch how an answer is framed. Bodies stream: the client gets each byte as it comes, and a copy
// of the first ones, up to a cap, is kept. Recording never breaks traffic: what cannot be recorded is counted.
//
// What a Change changes is recorded as the upstream saw it: a request after the change, an answer before it. So a
// document made of the flows describes the upstream, not the changes.
//
// Promises: an upstream is the host that CONNECT or the absolute URL names, whatever the Host header says; no
// certificate is accepted that does not verify, but for the hosts that Upstream.Insecure names; an answer cut off
// upstream is cut off for the client as well.
//
// Limits: what net/http normalizes is lost: the order and the case of header names, reason phrases, the size
// of chunks. Requests that net/http refuses (a stray "%" in a path, say) are answered by 400 and not passed on.
// A client that closes its half of the connection before the answer is taken to have gone away, except in
// tunnels and upgraded connections. An upstream that speaks HTTP/2 only and takes connections of HTTP/1.1 all the same
// is reached by clients of HTTP/2 only. Clients are told apart by their addresses and what they offer with TLS: where
// one program on a machine pins a host's certificate, others that use the same library pass as well for a while. HTTP/3 is not proxied. Informational answers are passed on
// but not recorded.
package capture

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/elazarl/goproxy"

	"github.com/spectap/spectap/flow"
)

// Source is what recorded flows have as their Source.
const Source = "proxy"

// DefaultMaxBody is how many bytes of a body are recorded unless Config says otherwise.
const DefaultMaxBody = 1 << 20

// Sink takes what is recorded.
type Sink interface {
	// Record is called when a request has gone out, with Done false, and again with the same ID when its
	// exchange is over, with Done true; for an exchange that is over at once the first call may be left out.
	// In between it is called now and then for an answer that streams, with what has come so far.
	// It may wait a bounded time for room; an error or a full disk never makes it wait. It keeps the flow,
	// which must not be changed afterwards. It is called from many goroutines.
	Record(ctx context.Context, f flow.Flow) error
}

// Minter gives the certificate that stands for a host, a DNS name or an IP address. It is called from many
// goroutines, for each connection.
type Minter interface {
	Certificate(host string) (*tls.Certificate, error)
}

// Config says how to capture. Sink and Certificates are required.
type Config struct {
	Sink         Sink
	Certificates Minter
	// MaxBody is how many bytes of each body are recorded: 0 means DefaultMaxBody, a negative number none.
	// The client gets all of them either way.
	MaxBody int64
	// Roots are the CAs that upstreams are verified against, nil the system's.
	Roots *x509.CertPool
	// Scope says what to record. Its zero value is everything.
	Scope Scope
	// Upstream says how upstreams are reached. Its zero value is directly.
	Upstream Upstream
	// Reverse, unless nil, is an http or https URL that requests to the proxy itself go to, its path before
	// theirs. Such clients need no CA. Location headers and cookies of answers are left as they are.
	Reverse *url.URL
	// Passthrough is how long a host is passed through undecrypted for a client that refused its certificate
	// repeatedly, as clients do that know the real one. 0 means DefaultPassthrough, a negative time never.
	Passthrough time.Duration
	// Admit, unless nil, says who may use the proxy. Without it, serve loopback addresses only.
	Admit func(user, password string) bool
	// Changer, unless nil, says what is to be changed of requests in scope and their answers, also while the proxy is
	// paused.
	Changer Changer
	// CA is the certificate, in PEM, that the proxy's own page offers for download.
	CA []byte
	// timeouts are the constants below unless tests want others.
	timeouts timeouts
	// Logger, nil discards. It is told of failures, never of header values, queries or bodies.
	Logger *slog.Logger
}

// Proxy is a capturing proxy. All methods may be called at once from any goroutine.
type Proxy struct {
	cfg    Config
	log    *slog.Logger
	room   reserver // nil when the sink has no budget
	engine *goproxy.ProxyHttpServer
	tls    *tls.Config

	outer  *http.Server  // talks to clients
	inner  *http.Server  // talks to clients inside CONNECT
	opened *connListener // feeds inner

	most    transports             // for most hosts
	apart   map[string]*transports // for those that are treated apart, by name
	modern  hostSet                // that speak HTTP/2 only
	via     func(*url.URL) (*url.URL, error)
	buffers *sync.Pool
	pins    *refusers

	stats  counters
	own    addrs   // the addresses served, so as not to dial them
	conns  connSet // connections that no http.Server tracks, and those that have not sent a request yet
	busy   sync.WaitGroup
	paused atomic.Bool

	fronted atomic.Pointer[frontedNote]
}

// timeouts bound what clients may keep us waiting for.
type timeouts struct {
	handshake time.Duration // a TLS handshake with a client
	header    time.Duration // the time a client takes to send a request's header
	idle      time.Duration // the time a client's connection stays open between requests
	first     time.Duration // how long a client that connected through CONNECT is left to speak first
	upstream  time.Duration // a TLS handshake with an upstream
	follow    time.Duration // when a stream is recorded for the first time
	gather    time.Duration // how long a body of unknown length is held up to be changed
}

func (t timeouts) orDefaults() timeouts {
	return timeouts{
		handshake: cmp.Or(t.handshake, 10*time.Second),
		header:    cmp.Or(t.header, time.Minute),
		idle:      cmp.Or(t.idle, 5*time.Minute),
		first:     cmp.Or(t.first, firstBytes),
		upstream:  cmp.Or(t.upstream, handshakeTimeout),
		follow:    cmp.Or(t.follow, firstFollow),
		gather:    cmp.Or(t.gather, gatherTime),
	}
}

const (
	// maxHeaderBytes bounds a request's header; above it the client gets 431.
	maxHeaderBytes = 1 << 20
)

// Check says what would keep New from using c, but for what is missing in it.
func (c *Config) Check() error {
	if err := c.Upstream.check(); err != nil {
		return err
	}
	if u := c.Reverse; u != nil && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "") {
		return fmt.Errorf("reverse %s: must be an http or https URL with nothing behind its path", u.Redacted())
	}
	if c.Reverse != nil && c.Admit != nil {
		return errors.New("a reverse proxy cannot ask its clients for proxy credentials")
	}
	return nil
}

// New returns a proxy that serves nothing yet.
func New(cfg Config) (*Proxy, error) {
	if cfg.Sink == nil || cfg.Certificates == nil {
		return nil, errors.New("capture needs a sink and certificates")
	}
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if cfg.MaxBody == 0 {
		cfg.MaxBody = DefaultMaxBody
	}
	if cfg.Passthrough == 0 {
		cfg.Passthrough = DefaultPassthrough
	}
	cfg.timeouts = cfg.timeouts.orDefaults()
	p := &Proxy{cfg: cfg, log: cfg.Logger, opened: newConnListener(), buffers: newBuffers()}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.room, _ = cfg.Sink.(reserver)
	p.tls = p.clientTLS()
	p.via = cfg.Upstream.proxyFor()
	p.makeTransports()
	p.pins = newRefusers(cfg.Passthrough)
	p.engine = p.newEngine()
	p.outer = p.newServer(http.HandlerFunc(p.serveOuter))
	p.inner = p.newServer(http.HandlerFunc(p.serveInner))
	p.inner.ConnContext, p.inner.ConnState = withTarget, p.innerState
	go p.inner.Serve(p.opened)
	return p, nil
}

func (p *Proxy) newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:                      h,
		ReadHeaderTimeout:            p.cfg.timeouts.header,
		IdleTimeout:                  p.cfg.timeouts.idle,
		MaxHeaderBytes:               maxHeaderBytes,
		DisableGeneralOptionsHandler: true, // OPTIONS * is the upstream's to answer
		Protocols:                    allProtocols(),
		ErrorLog:                     slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
		ConnState:                    p.conns.state,
	}
}

func allProtocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetHTTP2(true)
	p.SetUnencryptedHTTP2(true) // inside CONNECT, and to a reverse proxy
	return p
}

// clientTLS is the one configuration for all clients. Being one, its session tickets work on any connection,
// and crypto/tls rotates their keys.
func (p *Proxy) clientTLS() *tls.Config {
	return &tls.Config{
		NextProtos:         []string{"h2", "http/1.1", "http/1.0"},
		GetConfigForClient: p.peekHello,
		// Clients are on this machine or near it: small first records and post-quantum keys, which take a tenth of
		// the time of a handshake, gain nothing here. Towards upstreams both are left as they are.
		DynamicRecordSizingDisabled: true,
		CurvePreferences:            []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			c := hello.Conn.(*clientConn)
			c.certified = true
			host := hello.ServerName
			if host == "" { // a client that connects to an address sends no name
				host = c.host()
			}
			return p.cfg.Certificates.Certificate(host)
		},
	}
}

// Serve takes clients from l until Shutdown, then returns nil. It may be called for several listeners.
func (p *Proxy) Serve(l net.Listener) error {
	p.own.add(l.Addr())
	if err := p.outer.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Pause makes the proxy pass requests on unrecorded that begin from now on, and with false record them again.
// They count as unwanted.
func (p *Proxy) Pause(on bool) { p.paused.Store(on) }

// Paused says whether the proxy is paused.
func (p *Proxy) Paused() bool { return p.paused.Load() }

// Shutdown stops taking clients, waits for the exchanges under way and ends tunnels and upgraded connections.
// When ctx is done first, what is still under way is cut off, recorded as such, and the context's error
// returned. The sink is not closed, but no Record follows.
func (p *Proxy) Shutdown(ctx context.Context) error {
	p.conns.closeAll()
	done := make(chan error, 2)
	for _, s := range []*http.Server{p.outer, p.inner} {
		go func() { done <- s.Shutdown(ctx) }()
	}
	err := errors.Join(<-done, <-done)
	if err != nil {
		p.outer.Close()
		p.inner.Close()
		p.conns.closeAll()
	}
	p.most.close()
	for _, t := range p.apart {
		t.close()
	}
	p.busy.Wait()
	return err
}
