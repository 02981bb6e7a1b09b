package capture

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// redirect returns a dialer whose connections, wherever they go, are redirected to the proxy.
// names has the addresses of names.
func (g *rig) redirect(names map[string]string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		host, port, _ := net.SplitHostPort(addr)
		if a, ok := names[host]; ok {
			addr = net.JoinHostPort(a, port)
		}
		to, err := netip.ParseAddrPort(addr)
		if err != nil {
			return nil, err
		}
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return nil, err
		}
		server, err := l.Accept()
		if err != nil {
			return nil, err
		}
		name := func(to netip.AddrPort, claimed string, secure bool) (string, bool) {
			if claimed == "" {
				return to.Addr().String(), true
			}
			return claimed, claimed == to.Addr().String() || names[claimed] == to.Addr().String()
		}
		var upstream net.Conn
		if to.Addr().IsLoopback() {
			if upstream, err = g.proxy.ConnectRedirected(to, name); err != nil {
				return nil, err
			}
		}
		go g.proxy.ServeRedirected(Redirected{Conn: server, To: to, Upstream: upstream, Name: name})
		return c, nil
	}
}

// TestRedirected checks where the requests of redirected connections go, and by which host they are
// recorded.
func TestRedirected(t *testing.T) {
	g := newRig(t, func(c *Config) {
		c.Scope.Exclude = []ScopeRule{must(ParseScopeRule("out.localhost"))}
	})
	handler := func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) }
	secure, plain := g.upstream(handler), g.plain(handler)
	_, sport, _ := net.SplitHostPort(hostOf(secure))
	_, pport, _ := net.SplitHostPort(hostOf(plain))
	pool := g.cas.Clone()
	pool.AddCert(secure.Certificate()) // of tunnels
	names := map[string]string{"api.localhost": "127.0.0.1", "out.localhost": "127.0.0.1", "example.com": "192.0.2.1"}
	for _, tt := range []struct {
		name, url, host, sni string
		proxy                string
		recorded             string // the authority, or "" for a tunnel
	}{
		{"an address", "https://127.0.0.1:" + sport, "", "", "", "127.0.0.1:" + sport},
		{"a name without TLS", "http://api.localhost:" + pport, "", "", "", "api.localhost:" + pport},
		{"a name of another address in Host", "http://127.0.0.1:" + pport, "example.com", "", "", "127.0.0.1:" + pport},
		{"a name of another address in TLS", "https://127.0.0.1:" + sport, "", "example.com", "", ""},
		{"out of scope without TLS", "http://out.localhost:" + pport, "", "", "", ""},
		{"the proxy", "https://127.0.0.1:" + sport, "", "", "http://" + g.addr, "127.0.0.1:" + sport},
		{"another proxy", "http://192.0.2.1", "", "", plain.URL, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := &http.Transport{DialContext: g.redirect(names), TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: tt.sni}}
			defer tr.CloseIdleConnections()
			if tt.proxy != "" {
				tr.Proxy = http.ProxyURL(must(url.Parse(tt.proxy)))
			}
			req := must(http.NewRequest("GET", tt.url+"/"+url.PathEscape(tt.name), nil))
			req.Host = tt.host
			before := g.proxy.Stats()
			resp := must(tr.RoundTrip(req))
			want := tt.host
			if want == "" {
				want = req.URL.Host
			}
			if got := body(t, resp); got != want {
				t.Errorf("the server was asked for %q, want %q", got, want)
			}
			if tt.recorded == "" {
				if s := g.proxy.Stats(); s.Tunnels != before.Tunnels+1 {
					t.Errorf("no tunnel: %+v", s)
				}
				return
			}
			if f := g.sink.done(t, "/"+url.PathEscape(tt.name)); f.Request.Authority != tt.recorded {
				t.Errorf("recorded for %q, want %q", f.Request.Authority, tt.recorded)
			}
		})
	}
}

// TestRedirectedOwnTrust checks that a client which trusts only the CA of its server reaches it as
// it is, unless the proxy trusts the server too: then the client's connection has one upstream.
func TestRedirectedOwnTrust(t *testing.T) {
	for _, insecure := range [][]string{nil, {"127.0.0.1"}} {
		g := newRig(t, func(c *Config) { c.Upstream.Insecure = insecure })
		up := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") }))
		up.EnableHTTP2 = true
		var conns atomic.Int64
		up.Config.ConnState = func(_ net.Conn, s http.ConnState) {
			if s == http.StateNew {
				conns.Add(1)
			}
		}
		up.StartTLS()
		defer up.Close()
		pool, path, failure, want := g.cas, "/mine", "", int64(1)
		if insecure == nil {
			pool, path, failure, want = x509.NewCertPool(), "/", Untrusted, 2
			pool.AddCert(up.Certificate())
		}
		for _, h2 := range []bool{false, true} {
			conns.Store(0)
			tr := &http.Transport{DialContext: g.redirect(nil), TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: h2}
			defer tr.CloseIdleConnections()
			resp := must(tr.RoundTrip(must(http.NewRequest("GET", up.URL+"/mine", nil))))
			if got := body(t, resp); got != "ok" || (resp.ProtoMajor == 2) != h2 || conns.Load() != want {
				t.Errorf("%q in %s by %d connections", got, resp.Proto, conns.Load())
			}
		}
		if f := g.sink.done(t, path); f.Request.Authority != hostOf(up) || !strings.HasPrefix(f.Err, failure) || (f.Err == "") != (failure == "") {
			t.Errorf("%+v", f)
		}
	}
}
