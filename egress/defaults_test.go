package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// The zero configuration looks up names with the resolver of the system.
func TestDefaultResolver(t *testing.T) {
	system := net.DefaultResolver
	defer func() { net.DefaultResolver = system }()
	asked := errors.New("the resolver was asked")
	net.DefaultResolver = &net.Resolver{
		PreferGo: true,
		Dial:     func(context.Context, string, string) (net.Conn, error) { return nil, asked },
	}
	cl := newClient(t, Config{Origins: []string{"http://api.invalid"}})
	_, err := cl.Do(t.Context(), Call{Method: "GET", URL: parse(t, "http://api.invalid/")})
	var dns *net.DNSError
	if !errors.As(err, &dns) || dns.Name != "api.invalid" {
		t.Errorf("got %v, want an error of the look-up", err)
	}
}

// A server that speaks HTTP/2 is spoken to in it, though the client dials and verifies in its own
// way.
func TestHTTP2(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	for name, c := range map[string]Call{"call": {}, "once": {Once: true}} {
		t.Run(name, func(t *testing.T) {
			cl := newClient(t, Config{Named: []string{srv.URL}, TLS: &tls.Config{RootCAs: roots}})
			c.Method, c.URL = "GET", parse(t, srv.URL)
			resp, err := cl.Do(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.ProtoMajor != 2 {
				t.Errorf("got %s", resp.Proto)
			}
		})
	}
}

// Connections of calls at the same time are kept, and carry the next calls.
func TestConnectionsAreKept(t *testing.T) {
	const together = 8
	var begun sync.WaitGroup
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		begun.Done()
		begun.Wait()
	}))
	var conns atomic.Int32
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	cl := newClient(t, Config{Named: []string{srv.URL}})
	for range 2 {
		begun.Add(together)
		var calls sync.WaitGroup
		var open [together]*http.Response
		for i := range together {
			calls.Go(func() {
				resp, err := cl.Do(t.Context(), Call{Method: "GET", URL: parse(t, srv.URL)})
				if err != nil {
					t.Error(err)
					begun.Done()
					return
				}
				open[i] = resp
			})
		}
		calls.Wait()
		for _, resp := range open {
			if resp != nil {
				if _, _, err := ReadBody(resp); err != nil {
					t.Error(err)
				}
			}
		}
	}
	if n := conns.Load(); n != together {
		t.Errorf("%d connections for two rounds of %d calls", n, together)
	}
}

// An origin that a person named without a port may have any address at the port of its scheme.
func TestDefaultPorts(t *testing.T) {
	refused := errors.New("refused")
	private := resolverFunc(func() ([]netip.Addr, error) { return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil })
	for origin, want := range map[string]string{
		"http://a.example": "10.0.0.1:80", "https://a.example": "10.0.0.1:443", "http://a.example:81": "10.0.0.1:81",
	} {
		cl := newClient(t, Config{Named: []string{origin}, Resolver: private})
		var dialed []string
		cl.dialer.dial = func(_ context.Context, _, address string) (net.Conn, error) {
			dialed = append(dialed, address)
			return nil, refused
		}
		_, err := cl.Do(t.Context(), Call{Method: "GET", URL: parse(t, origin+"/")})
		if !errors.Is(err, refused) || !slices.Equal(dialed, []string{want}) {
			t.Errorf("%s: dialed %q, %v; want %s", origin, dialed, err, want)
		}
	}
}

// By default a call ends after 30 seconds, and earlier if a server does not even agree on TLS.
func TestDefaultTimeouts(t *testing.T) {
	for origin, want := range map[string]time.Duration{
		"http://10.0.0.1": 30 * time.Second, "https://10.0.0.1": 10 * time.Second,
	} {
		t.Run(origin, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cl, err := New(Config{Named: []string{origin}})
				if err != nil {
					t.Fatal(err)
				}
				defer cl.Close()
				near, far := net.Pipe() // a server that reads nothing
				defer far.Close()
				cl.dialer.dial = func(context.Context, string, string) (net.Conn, error) { return near, nil }
				begin := time.Now()
				if _, err := cl.Do(t.Context(), Call{Method: "GET", URL: parse(t, origin)}); err == nil {
					t.Fatal("there is a response")
				}
				if d := time.Since(begin); d != want {
					t.Errorf("ended after %s, want %s", d, want)
				}
			})
		})
	}
}
