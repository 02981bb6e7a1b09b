package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
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
