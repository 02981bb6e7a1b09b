package capture

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/certs"
)

// TestConfig checks which configurations New and Check refuse, and with which reason. The reason
// has no password.
func TestConfig(t *testing.T) {
	ca, _, err := certs.LoadOrCreate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	reverse := func(s string) func(*Config) { return func(c *Config) { c.Reverse = must(url.Parse(s)) } }
	via := func(s string) func(*Config) { return func(c *Config) { c.Upstream.Proxy = must(url.Parse(s)) } }
	insecure := func(s string) func(*Config) { return func(c *Config) { c.Upstream.Insecure = []string{s} } }
	for _, tt := range []struct {
		name   string
		change func(*Config)
		want   string // part of the error, "" for none
	}{
		{"least", func(*Config) {}, ""},
		{"no sink", func(c *Config) { c.Sink = nil }, "a sink and certificates"},
		{"no certificates", func(c *Config) { c.Certificates = nil }, "a sink and certificates"},
		{"reverse", reverse("http://a.example"), ""},
		{"reverse over TLS, with a path", reverse("https://a.example:8443/v1/"), ""},
		{"reverse of another scheme", reverse("ftp://a.example"), "reverse ftp://a.example: must be"},
		{"reverse without a host", reverse("http:///v1"), "must be an http or https URL"},
		{"reverse with a user", reverse("https://me:hunter2@a.example"), "reverse https://me:xxxxx@a.example: must be"},
		{"reverse with a query", reverse("https://a.example?a=b"), "nothing behind its path"},
		{"reverse with credentials", func(c *Config) {
			reverse("http://a.example")(c)
			c.Admit = func(string, string) bool { return true }
		}, "cannot ask its clients"},
		{"insecure host", insecure("a.example:8443"), ""},
		{"insecure path", insecure("a.example/v1"), `upstream "a.example/v1": must be HOST or HOST:PORT`},
		{"insecure domain", insecure(".example"), `upstream ".example": must be`},
		{"insecure port", insecure(":443"), `upstream ":443": must be`},
		{"insecure nothing", insecure(""), `upstream "": must be`},
		{"certificate for no host", func(c *Config) {
			c.Upstream.Certificates = map[string]tls.Certificate{"a.example/": {}}
		}, `upstream "a.example/": must be`},
		{"upstream proxy over HTTP", via("http://p.example"), ""},
		{"upstream proxy over TLS", via("https://p.example:8443"), ""},
		{"upstream proxy by SOCKS", via("socks5://p.example"), ""},
		{"upstream proxy of another scheme", via("socks4://me:hunter2@p.example"), "upstream proxy socks4://me:xxxxx@p.example: must be"},
		{"upstream proxy without a host", via("http://:8080"), "names no host"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Config{Sink: newMemory(), Certificates: ca}
			tt.change(&c)
			p, err := New(c)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New: %v, want %q", err, tt.want)
			}
			if c.Sink != nil && c.Certificates != nil {
				if got := c.Check(); (got == nil) != (err == nil) || err != nil && got.Error() != err.Error() {
					t.Errorf("Check: %v, but New: %v", got, err)
				}
			}
			if err != nil {
				return
			}
			if err := p.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := NewQueue(QueueConfig{}); err == nil || !strings.Contains(err.Error(), "needs a store") {
		t.Errorf("a queue without a store: %v", err)
	}
}

// TestTLSToOrigins checks the settings of TLS for one origin: those of its host, and those of its
// host and port, which prevail. The proxy uses the same.
func TestTLSToOrigins(t *testing.T) {
	cert := func(name string) tls.Certificate { return tls.Certificate{Certificate: [][]byte{[]byte(name)}} }
	up := Upstream{
		Certificates: map[string]tls.Certificate{"a.example": cert("host"), "A.Example:8443": cert("port"), "d.example:443": cert("default")},
		Insecure:     []string{"a.example", "b.example:444", "Bücher.example", "::1"},
	}
	g := newRig(t, func(c *Config) { c.Upstream = up })
	roots := x509.NewCertPool()
	for _, tt := range []struct {
		origin, cert string
		insecure     bool
	}{
		{"https://a.example", "host", true},
		{"https://a.example:444", "host", true},
		{"https://a.example:8443", "port", true},
		{"https://b.example", "", false},
		{"https://b.example:444", "", true},
		{"https://c.example", "", false},
		{"https://sub.a.example", "", false},
		{"https://d.example", "default", false},
		{"https://d.example:444", "", false},
		{"https://xn--bcher-kva.example:8443", "", true},
		{"https://[::1]:8443", "", true},
	} {
		t.Run(tt.origin, func(t *testing.T) {
			origin := must(url.Parse(tt.origin))
			check := func(by string, c *tls.Config) {
				t.Helper()
				got := ""
				if len(c.Certificates) > 0 {
					got = string(c.Certificates[0].Certificate[0])
				}
				if got != tt.cert || c.InsecureSkipVerify != tt.insecure || c.MinVersion != tls.VersionTLS12 {
					t.Errorf("%s: certificate %q, insecure %t, from version %x", by, got, c.InsecureSkipVerify, c.MinVersion)
				}
			}
			c := up.TLSTo(origin, roots)
			if check("TLSTo", c); c.RootCAs != roots {
				t.Error("other roots")
			}
			for _, w := range []*routes{g.proxy.anywhere, g.proxy.public} {
				for kind, tr := range w.transportsTo(origin.Scheme, origin.Host).of {
					if transportKind(kind) != transportH2C {
						check("the proxy", tr.TLSClientConfig)
					}
				}
			}
		})
	}
}

// TestPortOfUpstreamProxy checks the default ports of upstream proxies.
func TestPortOfUpstreamProxy(t *testing.T) {
	g := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // the error names the address
	for via, want := range map[string]string{
		"http://127.0.0.1": "127.0.0.1:80", "https://127.0.0.1": "127.0.0.1:443", "socks5://127.0.0.1": "127.0.0.1:1080",
		"http://127.0.0.1:3128": "127.0.0.1:3128", "https://[::1]": "[::1]:443",
	} {
		c, err := g.proxy.anywhere.dialProxy(ctx, must(url.Parse(via)))
		var op *net.OpError
		if !errors.As(err, &op) || op.Addr == nil || op.Addr.String() != want {
			t.Errorf("%s: %v, %v, want a failure at %s", via, c, err, want)
		}
	}
}

// TestBounds checks that no wait for a client or an upstream is endless, as far as nothing else is
// configured, and how much a header may have.
func TestBounds(t *testing.T) {
	p := newRig(t).proxy
	const second = time.Second
	if want := (timeouts{10 * second, 60 * second, 300 * second, 300 * second, 300 * time.Millisecond, 10 * second, 2 * second, 3 * second}); p.cfg.timeouts != want {
		t.Errorf("%v, want %v", p.cfg.timeouts, want)
	}
	for _, s := range []*http.Server{p.outer, p.inner} {
		if s.ReadHeaderTimeout != 60*second || s.IdleTimeout != 300*second || s.ReadTimeout != 0 || s.WriteTimeout != 0 || s.MaxHeaderBytes != 1<<20 {
			t.Errorf("a server: %+v", s)
		}
	}
	for _, tr := range p.public.common.of {
		if tr.TLSHandshakeTimeout != 10*second || tr.IdleConnTimeout != 90*second || tr.MaxResponseHeaderBytes != 1<<20 || tr.ExpectContinueTimeout != second ||
			tr.HTTP2.SendPingTimeout != 30*second || tr.HTTP2.PingTimeout != 15*second || tr.MaxIdleConns != 1024 || tr.MaxIdleConnsPerHost != 256 {
			t.Errorf("a transport: %+v", tr)
		}
	}
	if q := queue(t, QueueConfig{Store: &slowStore{}}); q.patience() != 2*second || !q.room.TryAcquire(64<<20) || q.room.TryAcquire(1) {
		t.Errorf("a queue waits for %v, or has another budget", q.patience())
	}
}

// TestServeFails checks that Serve returns the failure of its listener, and nothing after Shutdown.
func TestServeFails(t *testing.T) {
	g := newRig(t)
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	l.Close()
	if err := g.proxy.Serve(l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed listener: %v", err)
	}
	if err := g.proxy.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := g.proxy.Serve(must(net.Listen("tcp", "127.0.0.1:0"))); err != nil {
		t.Errorf("after Shutdown: %v", err)
	}
}

// TestTagsOfRequests checks that the tags of the tag header are added to those of the session, and
// that the header is neither forwarded nor recorded.
func TestTagsOfRequests(t *testing.T) {
	g := newRig(t, func(c *Config) { c.Tags, c.TagHeader = []string{"session"}, "X-Tags" })
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header["X-Tags"]) > 0 || r.Header.Get("X-Other") != "kept" {
			t.Errorf("the upstream gets %v", r.Header)
		}
	})
	for path, tt := range map[string]struct{ sent, want []string }{
		"/none":    {nil, []string{"session"}},
		"/one":     {[]string{"a"}, []string{"session", "a"}},
		"/several": {[]string{"a, b", "c,session"}, []string{"session", "a", "b", "c"}},
		"/empty":   {[]string{""}, []string{"session"}},
	} {
		for _, h2 := range []bool{false, true} {
			r := must(http.NewRequest(http.MethodGet, up.URL+path, nil))
			if h2 {
				r.URL.Path += "2"
			}
			r.Header["X-Other"] = []string{"kept"}
			if tt.sent != nil {
				r.Header["X-Tags"] = tt.sent
			}
			body(t, must(g.client(h2).Do(r)))
			f := g.sink.done(t, r.URL.Path)
			if !slices.Equal(f.Tags, tt.want) || f.Request.Header.Has("X-Tags") || f.Request.Header.Get("X-Other") != "kept" {
				t.Errorf("%s: tags %q, want %q; header %v", r.URL.Path, f.Tags, tt.want, f.Request.Header)
			}
		}
	}
}
