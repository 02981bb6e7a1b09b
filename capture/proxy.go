// Package capture is a proxy that records the HTTP exchanges that pass through it.
//
// The proxy accepts HTTP proxy requests and CONNECT. It decrypts TLS inside CONNECT with a
// certificate minted for the host, and net/http serves the decrypted connection. It also serves
// plain HTTP inside CONNECT. Anything else is tunnelled unchanged, also inside TLS. Requests leave
// through transports of the proxy, which verify the upstream's certificate.
//
// A client of HTTP/2 reaches its upstream by HTTP/2 if the upstream offers it. A client of HTTP/1.1
// reaches it by HTTP/1.1, unless the upstream's TLS refuses that. Without TLS, the upstream gets
// HTTP/2 if the client begins with HTTP/2.
//
// WebSockets are recorded message by message. Other upgraded connections are forwarded as bytes.
//
// The exchange records: it sees each request leave and each response or failure arrive, and does
// not affect how a response is framed. Bodies stream: the client gets each byte as it arrives, and
// the first bytes, up to a limit, are copied. Recording never breaks traffic: exchanges that cannot
// be recorded are counted.
//
// Messages that a [Changer] changes are recorded as their sender sent them, and marked. What
// redaction hides in them stays hidden through any change.
//
// With a [Guard], traffic that the proxy cannot read is denied instead of tunnelled, and requests
// are held back until the guard has decided on them. Only then may recording break traffic.
//
// Guarantees: the upstream is the host in CONNECT or in the absolute URL, regardless of the Host
// header is. A connection to an upstream on which a client signed in, as with NTLM, serves that
// client's connection only. Every upstream certificate is verified, except for the hosts in
// [Upstream.Insecure]. A response that the upstream cuts off is cut off for the client.
//
// Limits:
//   - What net/http normalizes is lost: reason phrases and sizes of chunks.
//   - The order of header names is recorded for HTTP/1 only. With HTTP/2 they are sorted.
//   - Requests of HTTP/2 that net/http refuses, such as one with a stray "%" in its path, get an
//     error of the stream and are not recorded.
//   - Names of header fields keep their case on HTTP/1.1, except those about the connection and
//     the length of the body.
//   - A client that closes its half of the connection before the response counts as gone, except in
//     tunnels and upgraded connections.
//   - An upstream that speaks only HTTP/2 but accepts connections of HTTP/1.1 is reached by clients
//     of HTTP/2 only.
//   - Clients are distinguished by address and TLS offers. If a program pins a certificate, others
//     on the machine with the same TLS library are tunnelled for a while too.
//   - HTTP/3 is not proxied. Informational responses are forwarded but not recorded.
//
// Read proxy.go first, then handler.go and exchange.go.
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
	"golang.org/x/sync/semaphore"

	"github.com/spectap/spectap/flow"
)

// Source is the Source of recorded flows.
const Source = flow.SourceProxy

// DefaultMaxBody is the default of Config.MaxBody, in bytes.
const DefaultMaxBody = 1 << 20

// Sink stores recorded flows.
type Sink interface {
	// Record is called with Done false when a request was sent, and again with the same ID and Done
	// true when its exchange has ended. The first call may be omitted if the exchange ends quickly.
	// For a response that streams, Record is also called in between, with the response so far.
	// Record may wait a bounded time for room, but must not wait because of an error or a full
	// disk. It keeps the flow, which must not change afterwards. It is called from many goroutines.
	Record(ctx context.Context, f flow.Flow) error
}

// Minter returns the certificate for a host, which is a DNS name or an IP address. It is called
// from many goroutines, for each connection.
type Minter interface {
	Certificate(host string) (*tls.Certificate, error)
}

// Config configures a Proxy. Sink and Certificates are required.
type Config struct {
	Sink         Sink
	Certificates Minter
	// MaxBody is the number of bytes of each body to record. 0 means DefaultMaxBody; a negative
	// number records none. The client always gets the whole body.
	MaxBody int64
	// Roots are the CAs that upstreams are verified with; nil means the system's.
	Roots *x509.CertPool
	// Scope selects the exchanges to record. Its zero value selects all.
	Scope scopeRules
	// Skip, unless nil, selects exchanges in scope that are forwarded unrecorded. It is called when
	// a request arrives, with answered false. If it does not decide then, nothing of the exchange
	// is stored yet, and it is called again, with answered true, when the head of the response has
	// arrived or the request has failed. The second call must decide. The flow has no bodies. The
	// size of the response body is the announced one, or 1 if the response has a body of unknown
	// size. Skip is called from many goroutines, and must not keep the flow.
	Skip func(f *flow.Flow, answered bool) (skip, decided bool)
	// Session and Tags are those of every flow.
	Session uint64
	Tags    []string
	// TagHeader, unless "", is the name of a request header that has further tags of the flow, see
	// [flow.AddTags]. It is for the proxy: it is neither forwarded nor recorded.
	TagHeader string
	// Upstream configures connections to upstreams. Its zero value connects directly.
	Upstream Upstream
	// Reverse, unless nil, is the http or https URL of an upstream for requests to the proxy
	// itself. Its path is prepended to theirs. Clients then need no CA. In responses, the domain
	// and path of cookies and Location headers that name the upstream name the proxy instead; they
	// are recorded as the upstream sent them. Cookies stay Secure.
	Reverse *url.URL
	// Passthrough is how long a client that repeatedly refused a host's certificate, as clients do
	// that pin the real one, is tunnelled to that host. 0 means DefaultPassthrough; a negative time
	// means never.
	Passthrough time.Duration
	// Admit, unless nil, reports who may use the proxy. Without it, serve loopback addresses only.
	Admit func(user, password string) bool
	// Unrecorded, unless nil, reports whose tunnels are passed on unread.
	Unrecorded func(user, password string) bool
	// RemotePrivate lets clients on other machines reach addresses that are not public: loopback,
	// private and link-local ones, and those of this machine. Without it only clients with a
	// loopback address can. It does not concern Reverse and Upstream.Proxy, which a person named.
	RemotePrivate bool
	// Changer, unless nil, changes requests in scope and their responses, also while the proxy is
	// paused.
	Changer Changer
	// Guard, unless nil, decides what may pass. The proxy then denies all traffic that it cannot
	// read, and forwards no informational responses and no trailers of requests. Passthrough has no
	// effect.
	Guard Guard
	// CA is the CA certificate in PEM, for download from the proxy's own page.
	CA []byte
	// timeouts are the constants below; tests use others.
	timeouts timeouts
	// Logger gets failures, and never header values, queries or bodies. Nil discards.
	Logger *slog.Logger
}

// Proxy is a recording proxy. It is safe for concurrent use.
type Proxy struct {
	cfg    Config
	log    *slog.Logger
	room   reserver // nil if the sink has no budget
	engine *goproxy.ProxyHttpServer
	tls    *tls.Config

	outer  *http.Server  // serves clients
	inner  *http.Server  // serves connections inside CONNECT
	opened *connListener // connections for inner
	// toProxy has connections for outer that were redirected here.
	toProxy *connListener

	anywhere, public *routes // for clients on this machine and on others
	http2Only        hostSet // hosts that speak only HTTP/2
	refusing         hostSet // refusals of the proxy's certificate that were told
	via              func(*url.URL) (*url.URL, error)
	buffers          *sync.Pool
	pins             *refusers

	stats  counters
	own    addrs   // the listening addresses, which the proxy must not dial
	conns  connSet // connections without an http.Server, and those that have not sent a request yet
	busy   sync.WaitGroup
	open   sync.Map // flow.ID to *exchange, of responses that may take long
	paused atomic.Bool

	fronted atomic.Pointer[frontedNote]
	denied  hostSet             // of connections that were denied or failed, with the second
	holding *semaphore.Weighted // bytes of bodies that wait for the guard
}

// timeouts bound the waits for clients and upstreams.
type timeouts struct {
	handshake time.Duration // a TLS handshake with a client
	header    time.Duration // a request header from a client
	idle      time.Duration // a client connection between requests
	half      time.Duration // bytes from one side of a tunnel or upgrade after the end of the other
	first     time.Duration // the first bytes of a client after CONNECT
	upstream  time.Duration // a TLS handshake with an upstream
	follow    time.Duration // the first record of a stream
	gather    time.Duration // the end of a body of unknown length that is to be changed
}

func (t timeouts) orDefaults() timeouts {
	return timeouts{
		handshake: cmp.Or(t.handshake, 10*time.Second),
		header:    cmp.Or(t.header, time.Minute),
		idle:      cmp.Or(t.idle, 5*time.Minute),
		half:      cmp.Or(t.half, 5*time.Minute),
		first:     cmp.Or(t.first, firstBytes),
		upstream:  cmp.Or(t.upstream, handshakeTimeout),
		follow:    cmp.Or(t.follow, firstFollow),
		gather:    cmp.Or(t.gather, gatherTime),
	}
}

const (
	// maxHeaderBytes bounds a request header; a larger one gets 431.
	maxHeaderBytes = 1 << 20
)

// Check returns the error that New would return for c, ignoring required fields that are missing.
func (c *Config) Check() error {
	if err := c.Upstream.check(); err != nil {
		return err
	}
	if u := c.Reverse; u != nil && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "") {
		return fmt.Errorf("reverse %s: must be an http or https URL, such as https://api.example.com, with nothing behind its path", u.Redacted())
	}
	if c.Reverse != nil && c.Admit != nil {
		return errors.New("a reverse proxy cannot ask its clients for proxy credentials")
	}
	return nil
}

// New returns a proxy. Serve starts it.
func New(cfg Config) (*Proxy, error) {
	if cfg.Sink == nil || cfg.Certificates == nil {
		return nil, errors.New("capture needs a sink and certificates")
	}
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	cfg.MaxBody = cmp.Or(cfg.MaxBody, DefaultMaxBody)
	cfg.Passthrough = cmp.Or(cfg.Passthrough, DefaultPassthrough)
	if cfg.Guard != nil {
		cfg.Passthrough = -1
	}
	cfg.timeouts = cfg.timeouts.orDefaults()
	p := &Proxy{cfg: cfg, log: cfg.Logger, opened: newConnListener(), toProxy: newConnListener(), buffers: newBuffers(),
		holding: semaphore.NewWeighted(maxHolding)}
	p.log = cmp.Or(p.log, slog.New(slog.DiscardHandler))
	p.room, _ = cfg.Sink.(reserver)
	p.tls = p.clientTLS()
	p.via = cfg.Upstream.proxyFor()
	p.anywhere, p.public = p.newRoutes(false, false), p.newRoutes(true, false)
	p.pins = newRefusers(cfg.Passthrough)
	p.engine = p.newEngine()
	p.outer = p.newServer(http.HandlerFunc(p.serveOuter))
	p.inner = p.newServer(http.HandlerFunc(p.serveInner))
	p.outer.ConnContext, p.inner.ConnContext = p.withTarget, p.withTarget
	p.inner.ConnState = p.innerState
	go p.inner.Serve(p.opened)
	go p.outer.Serve(p.toProxy)
	return p, nil
}

func (p *Proxy) newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:                      h,
		ReadHeaderTimeout:            p.cfg.timeouts.header,
		IdleTimeout:                  p.cfg.timeouts.idle,
		MaxHeaderBytes:               maxHeaderBytes,
		DisableGeneralOptionsHandler: true, // the upstream answers OPTIONS *
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

// clientTLS returns the only configuration for all clients. Session tickets therefore work on any
// connection, and crypto/tls rotates their keys.
func (p *Proxy) clientTLS() *tls.Config {
	return &tls.Config{
		NextProtos:         []string{"h2", "http/1.1", "http/1.0"},
		GetConfigForClient: p.peekHello,
		// Clients are on this machine or near it. Small first records and post-quantum keys, which
		// take a tenth of the time of a handshake, gain nothing here. Connections to upstreams keep
		// both.
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

// Serve accepts clients from l until Shutdown, then returns nil. It may be called for several
// listeners.
func (p *Proxy) Serve(l net.Listener) error {
	p.own.add(l.Addr())
	if err := p.outer.Serve(clientListener{l}); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Pause stops the recording of requests that begin from now on, or resumes it if on is false.
// Unrecorded requests are forwarded and count as unwanted.
func (p *Proxy) Pause(on bool) { p.paused.Store(on) }

// Paused reports whether the proxy is paused.
func (p *Proxy) Paused() bool { return p.paused.Load() }

// Shutdown stops accepting clients, ends tunnels and upgraded connections, and waits for the
// exchanges in progress. If ctx is done first, they are cut off and recorded as such, and Shutdown
// returns the context's error. Shutdown does not close the sink; no call of Record follows.
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
	p.anywhere.close()
	p.public.close()
	p.busy.Wait()
	return err
}
