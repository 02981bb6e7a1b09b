package capture

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// TestFailedHandshakesAreClosed checks that the connection to a server is closed whose TLS fails,
// however the proxy came to connect to it.
func TestFailedHandshakesAreClosed(t *testing.T) {
	for name, do := range map[string]func(t *testing.T, g *rig, addr string){
		"request": func(t *testing.T, g *rig, addr string) {
			resp := must(g.client(false).Get("https://" + addr))
			if got := body(t, resp); resp.StatusCode != http.StatusBadGateway || !strings.Contains(got, "TLS") {
				t.Errorf("%d %q", resp.StatusCode, got)
			}
		},
		"tunnel in TLS": func(t *testing.T, g *rig, addr string) {
			c := tls.Client(g.connect(addr, ""), &tls.Config{RootCAs: g.cas, ServerName: "127.0.0.1"})
			io.WriteString(c, "EHLO client.example\r\n")
			if b, err := io.ReadAll(c); len(b) > 0 || err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("the client reads %q, %v", b, err)
			}
		},
		"upstream proxy": func(t *testing.T, g *rig, addr string) {
			if c, err := g.proxy.anywhere.dialProxy(t.Context(), &url.URL{Scheme: "https", Host: addr}); err == nil {
				t.Errorf("connected to %v", c.RemoteAddr())
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			closed := make(chan struct{})
			addr := listen(t, func(c net.Conn) {
				c.Read(make([]byte, 1))
				io.WriteString(c, "220 this is not TLS\r\n")
				io.Copy(io.Discard, c)
				close(closed)
			})
			do(t, newRig(t), addr)
			select {
			case <-closed:
			case <-time.After(10 * time.Second):
				t.Error("the connection is open")
			}
		})
	}
}

// TestTunnelOfTLSToAddress checks that a client which names no server in TLS reaches one whose
// certificate is for the address that it connects to.
func TestTunnelOfTLSToAddress(t *testing.T) {
	g := newRig(t)
	up := g.echoTLS("")
	c := tls.Client(g.connect(up, ""), &tls.Config{RootCAs: g.cas, ServerName: "127.0.0.1"}) // an address is not sent
	io.WriteString(c, "\x10 QUIT")
	c.CloseWrite()
	if b, err := io.ReadAll(c); err != nil || string(b) != " you said \x10 QUIT" {
		t.Errorf("%q, %v", b, err)
	}
}

// TestDeadlineOfCONNECT checks that an upstream proxy is given up that does not answer in time, and
// that the time concerns its answer only.
func TestDeadlineOfCONNECT(t *testing.T) {
	g := newRig(t)
	silent := listen(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if c, err := g.proxy.anywhere.dialConnect(ctx, &url.URL{Scheme: "http", Host: silent}, "a.test:25"); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v, %v", c, err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	slow := listen(t, func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n220 ")
			<-ctx.Done()
			io.WriteString(c, "late\r\n")
		}
	})
	c, err := g.proxy.anywhere.dialConnect(ctx, &url.URL{Scheme: "http", Host: slow}, "a.test:25")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if b, err := io.ReadAll(c); err != nil || string(b) != "220 late\r\n" {
		t.Errorf("%q, %v", b, err)
	}
}

// TestAnnouncedSizes checks what Skip learns of a response's body before that has arrived.
func TestAnnouncedSizes(t *testing.T) {
	sizes := make(chan int64, 1)
	g := newRig(t, func(c *Config) {
		c.Skip = func(f *flow.Flow, answered bool) (skip, decided bool) {
			if answered {
				sizes <- f.Response.Body.Size
			}
			return false, answered
		}
	})
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/empty":
			w.WriteHeader(http.StatusNoContent)
		case "/same":
			w.Header().Set("Content-Length", "5")
			w.WriteHeader(http.StatusNotModified)
		case "/stream":
			w.(http.Flusher).Flush()
			fallthrough
		default:
			io.WriteString(w, "12345")
		}
	})
	for _, tt := range []struct {
		method, path string
		want         int64
	}{{"GET", "/sized", 5}, {"HEAD", "/sized", 0}, {"GET", "/empty", 0}, {"GET", "/same", 0}, {"GET", "/stream", 1}} {
		body(t, must(g.client(false).Do(must(http.NewRequest(tt.method, up.URL+tt.path, nil)))))
		if got := <-sizes; got != tt.want {
			t.Errorf("%s %s: %d, want %d", tt.method, tt.path, got, tt.want)
		}
	}
}

// TestPathOf checks that a path is recorded as the client wrote it, in each form of a request's
// target.
func TestPathOf(t *testing.T) {
	for target, want := range map[string]string{
		"/a%2Fb?c=/d": "/a%2Fb", "/": "/", "*": "*", "http://a.example": "/", "http://a.example?q": "/", "http://a.example/a%20b?q": "/a%20b",
		"http:opaque?q": "opaque", "//a/b": "//a/b", "/a\"b": `/a"b`,
	} {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(fmt.Sprintf("OPTIONS %s HTTP/1.1\r\nHost: a.example\r\n\r\n", target))))
		if err != nil {
			t.Fatal(err)
		}
		if got := pathOf(r); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

// TestResponseBeforeRequestEnds checks that a request is recorded when its response begins, although
// its body is still being sent.
func TestResponseBeforeRequestEnds(t *testing.T) {
	g := newRig(t, func(c *Config) { c.timeouts.follow = time.Hour })
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		io.WriteString(w, "early")
		w.(http.Flusher).Flush()
		io.Copy(io.Discard, r.Body)
	})
	sending, rest := io.Pipe()
	resp, err := g.client(false).Post(up.URL+"/upload", "text/plain", sending)
	if err != nil {
		t.Fatal(err)
	}
	f := g.sink.wait(t, func(f flow.Flow) bool { return f.Request.Path == "/upload" })
	if f.Done || f.Response != nil {
		t.Errorf("recorded first: %+v", f)
	}
	rest.Close()
	body(t, resp)
	if last := g.sink.done(t, "/upload"); last.ID != f.ID || last.Response.Status != 200 {
		t.Errorf("recorded at the end: %+v", last)
	}
}

// TestProxyToSpecialHosts checks that a remote client gets no private host by way of the upstream proxy,
// and that where there is no such proxy, the addresses of a host decide and not its name.
func TestProxyToSpecialHosts(t *testing.T) {
	via := must(url.Parse("http://proxy.example:3128"))
	for _, tt := range []struct {
		name, host string
		via        *url.URL
		public     bool
		want       *url.URL
		err        error
	}{
		{"a remote client", "api.example", via, true, via, nil},
		{"a remote client, a private host", "printer.localhost", via, true, nil, errPrivate},
		{"a remote client, a private address", "10.0.0.1", via, true, nil, errPrivate},
		{"a remote client, a private host, no proxy", "printer.localhost", nil, true, nil, nil},
		{"a local client, a private host", "printer.localhost", via, false, via, nil},
	} {
		p := newRig(t, func(c *Config) { c.Upstream.Proxy = tt.via }).proxy
		w := &routes{p: p, public: tt.public}
		got, err := w.proxyTo(&url.URL{Scheme: "http", Host: tt.host, Path: "/"})
		if err != tt.err || fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %v, %v, want %v, %v", tt.name, got, err, tt.want, tt.err)
		}
	}
}
