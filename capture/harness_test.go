package capture

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/flow"
)

// memory is a sink that keeps every flow.
type memory struct {
	mu    sync.Mutex
	flows []flow.Flow
	news  chan struct{}
}

func newMemory() *memory { return &memory{news: make(chan struct{}, 1)} }

func (m *memory) Record(_ context.Context, f flow.Flow) error {
	m.mu.Lock()
	m.flows = append(m.flows, f)
	m.mu.Unlock()
	select {
	case m.news <- struct{}{}:
	default:
	}
	return nil
}

// wait returns the first recorded flow that ok accepts, and fails the test after a minute.
func (m *memory) wait(t *testing.T, ok func(flow.Flow) bool) flow.Flow {
	t.Helper()
	timeout := time.After(time.Minute)
	for {
		m.mu.Lock()
		for _, f := range m.flows {
			if ok(f) {
				m.mu.Unlock()
				return f
			}
		}
		m.mu.Unlock()
		select {
		case <-m.news:
		case <-timeout:
			t.Fatal("the flow was not recorded within a minute")
		}
	}
}

// done waits for the finished flow of path.
func (m *memory) done(t *testing.T, path string) flow.Flow {
	t.Helper()
	return m.wait(t, func(f flow.Flow) bool { return f.Done && f.Request.Path == path })
}

// rig is a proxy between clients and upstreams, all on loopback addresses.
type rig struct {
	t      *testing.T
	proxy  *Proxy
	addr   string
	sink   *memory
	ca     *certs.Authority
	cas    *x509.CertPool // the proxy's CA
	trusts *x509.CertPool // certificates of the upstreams
}

// newRig starts a proxy whose configuration is modified by change.
func newRig(t *testing.T, change ...func(*Config)) *rig {
	t.Helper()
	ca, _, err := certs.LoadOrCreate(t.TempDir())
	noError(t, err)
	g := &rig{t: t, sink: newMemory(), ca: ca, cas: x509.NewCertPool(), trusts: x509.NewCertPool()}
	g.cas.AddCert(ca.Root())
	cfg := Config{Sink: g.sink, Certificates: ca, Roots: g.trusts}
	for _, c := range change {
		c(&cfg)
	}
	g.proxy = must(New(cfg))
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	g.addr = l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- g.proxy.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := g.proxy.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return g
}

// upstream starts a TLS server that the proxy trusts. It speaks HTTP/1.1 and HTTP/2.
func (g *rig) upstream(h http.HandlerFunc) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = true
	s.StartTLS()
	g.t.Cleanup(s.Close)
	g.trusts.AddCert(s.Certificate())
	return s
}

// plain starts a server without TLS.
func (g *rig) plain(h http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(h)
	g.t.Cleanup(s.Close)
	return s
}

// client returns a client that uses the proxy and trusts its CA.
func (g *rig) client(h2 bool) *http.Client {
	tr := &http.Transport{
		Proxy:              http.ProxyURL(&url.URL{Scheme: "http", Host: g.addr}),
		TLSClientConfig:    &tls.Config{RootCAs: g.cas},
		DisableCompression: true,
		Protocols:          new(http.Protocols),
	}
	tr.Protocols.SetHTTP1(!h2)
	tr.Protocols.SetHTTP2(h2)
	g.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

// dial opens a connection to the proxy.
func (g *rig) dial() net.Conn {
	g.t.Helper()
	c, err := net.Dial("tcp", g.addr)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	return c
}

// connect opens a connection to host through CONNECT. It sends early right after the request, in
// the same write.
func (g *rig) connect(host, early string) net.Conn {
	g.t.Helper()
	c := g.dial()
	io.WriteString(c, "CONNECT "+host+" HTTP/1.1\r\nHost: "+host+"\r\n\r\n"+early)
	const want = "HTTP/1.1 200 Connection established\r\n\r\n"
	buf := make([]byte, len(want))
	if _, err := io.ReadFull(c, buf); err != nil || string(buf) != want {
		g.t.Fatalf("CONNECT: %q, %v", buf, err)
	}
	return c
}

// secure opens a TLS connection to host through CONNECT and negotiates HTTP/1.1.
func (g *rig) secure(host string) *tls.Conn {
	g.t.Helper()
	name, _, _ := net.SplitHostPort(host)
	c := tls.Client(g.connect(host, ""), &tls.Config{RootCAs: g.cas, ServerName: name,
		NextProtos: []string{"http/1.1"}})
	if err := c.Handshake(); err != nil {
		g.t.Fatal(err)
	}
	return c
}

// innerStates returns the states of the connections within tunnels, as they change.
func (g *rig) innerStates() <-chan http.ConnState {
	states := make(chan http.ConnState, 100)
	watch := g.proxy.inner.ConnState
	g.proxy.inner.ConnState = func(c net.Conn, s http.ConnState) {
		watch(c, s)
		states <- s
	}
	return states
}

// hostOf returns the host and port of a server.
func hostOf(s *httptest.Server) string {
	u, _ := url.Parse(s.URL)
	return u.Host
}

// must returns v and panics if err is not nil.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// body reads and closes the body of a response.
func body(t *testing.T, r *http.Response) string {
	t.Helper()
	defer r.Body.Close()
	b := must(io.ReadAll(r.Body))
	return string(b)
}
