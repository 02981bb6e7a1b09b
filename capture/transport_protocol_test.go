package capture

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestUpstreamOfHTTP2Only checks that a client of HTTP/1.1 reaches an upstream that accepts only
// HTTP/2 and refuses other protocols with the TLS alert no_application_protocol.
func TestUpstreamOfHTTP2Only(t *testing.T) {
	g := newRig(t)
	var tries atomic.Int32
	echo := func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %v", r.Proto, b, err)
	}
	refusing := g.upstream(echo) // with the alert no_application_protocol
	refusing.TLS.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		tries.Add(1)
		if slices.Contains(hello.SupportedProtos, "h2") {
			return nil, nil
		}
		return &tls.Config{NextProtos: []string{"none"}, Certificates: refusing.TLS.Certificates}, nil
	}
	post := func(url string) (string, flow.Flow) {
		t.Helper()
		resp := must(g.client(false).Post(url, "text/plain", strings.NewReader("hello")))
		return body(t, resp), g.sink.done(t, url[strings.LastIndex(url, "/"):])
	}
	for _, path := range []string{"/1", "/2", "/3"} {
		got, f := post(refusing.URL + path)
		if got != "HTTP/2.0 hello <nil>" || f.Request.Proto != "HTTP/1.1" || f.Response.Proto != "HTTP/2.0" ||
			string(f.Request.Body.Data) != "hello" {
			t.Errorf("%s: %q, recorded %+v %+v", path, got, f.Request, f.Response)
		}
	}
	if n := tries.Load(); n != 2 {
		t.Errorf("%d handshakes, want 2: the refused one, and one connection for all later requests", n)
	}
}

// plain2 starts a server that speaks only HTTP/2 without TLS (h2c with prior knowledge).
func plain2(t *testing.T, h http.HandlerFunc) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// TestUnencryptedHTTP2 checks that HTTP/2 without TLS with prior knowledge is recorded: inside
// CONNECT, as gRPC clients use it, through a reverse proxy, and through an upstream proxy.
func TestUnencryptedHTTP2(t *testing.T) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Grpc-Status")
		io.Copy(w, r.Body)
		fmt.Fprint(w, " ", r.Proto, " ", r.Host, " ", r.TLS != nil)
		w.Header().Set("Grpc-Status", "0")
	}
	up := plain2(t, handler)
	second := newRig(t)
	for _, tt := range []struct {
		name    string
		change  func(*Config)
		connect bool
		host    string
	}{
		{"inside CONNECT", func(*Config) {}, true, hostOf(up)},
		{"reverse", func(c *Config) { c.Reverse = must(url.Parse(up.URL)) }, false, hostOf(up)},
		{"through an upstream proxy", func(c *Config) { c.Upstream.Proxy = &url.URL{Scheme: "http", Host: second.addr} }, true,
			strings.Replace(hostOf(up), "127.0.0.1", "up.localhost", 1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := newRig(t, tt.change)
			tr := &http.Transport{Protocols: new(http.Protocols)}
			tr.Protocols.SetUnencryptedHTTP2(true)
			base := "http://" + g.addr
			if tt.connect {
				base = "http://" + tt.host
				tr.DialContext = func(_ context.Context, _, addr string) (net.Conn, error) { return g.connect(addr, ""), nil }
			}
			t.Cleanup(tr.CloseIdleConnections)
			for _, path := range []string{"/a", "/b"} {
				resp := must((&http.Client{Transport: tr}).Post(base+path, "application/grpc",
					bytes.NewReader([]byte("hello"))))
				if got := body(t, resp); got != "hello HTTP/2.0 "+tt.host+" false" ||
					resp.Trailer.Get("Grpc-Status") != "0" {
					t.Errorf("got %q, trailer %v", got, resp.Trailer)
				}
				f := g.sink.done(t, path)
				if f.Request.Scheme != "http" || f.Request.Proto != "HTTP/2.0" || f.Request.Authority != tt.host ||
					string(f.Request.Body.Data) != "hello" ||
					f.Response.Trailer.Get("Grpc-Status") != "0" {
					t.Errorf("recorded %+v %+v", f.Request, f.Response)
				}
			}
		})
	}
	second.sink.done(t, "/b")
}
