package capture

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// TestUpstreamFailures checks that the proxy answers for an upstream that cannot be reached, gives
// the reason and records it. This holds inside CONNECT as well, where goproxy would only close the
// connection.
func TestUpstreamFailures(t *testing.T) {
	g := newRig(t)
	untrusted := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer untrusted.Close()
	plain := g.plain(func(http.ResponseWriter, *http.Request) {})
	dead := must(net.Listen("tcp", "127.0.0.1:0"))
	dead.Close()
	closing := listen(t, func(c net.Conn) { bufio.NewReader(c).ReadString('\n') })
	rude := listen(t, func(c net.Conn) {
		bufio.NewReader(c).ReadString('\n')
		io.WriteString(c, "secret=1 is not HTTP\r\n\r\n")
	})
	odd := listen(t, func(c net.Conn) {
		bufio.NewReader(c).ReadString('\n')
		io.WriteString(c, "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n")
	})
	large := g.plain(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X", strings.Repeat("x", 2<<20)) })
	for _, tt := range []struct{ name, url, code, want string }{
		{"large header", large.URL, "http_response_header_section_size", "too large"},
		{"refused", "https://" + dead.Addr().String(), "connection_refused", "connection refused"},
		{"refused without TLS", "http://" + dead.Addr().String(), "connection_refused", "connection refused"},
		{"no such host", "https://no-such-host.invalid", "dns_error", "cannot be resolved"},
		{"unknown authority", untrusted.URL, "tls_certificate_error", "unknown authority"},
		{"no TLS", "https://" + hostOf(plain), "tls_protocol_error", "TLS"},
		{"closed", "http://" + closing, "connection_terminated", "closed the connection"},
		{"not HTTP", "http://" + rude, "http_protocol_error", "not proper HTTP"},
		{"no status", "http://" + odd, "http_protocol_error", "a status that does not end the exchange"},
		{"loop to the proxy", "http://[::ffff:127.0.0.1]" + g.addr[strings.LastIndexByte(g.addr, ':'):], "proxy_loop_detected", "back to the proxy"},
		{"loop to the proxy over TLS", "https://" + g.addr, "proxy_loop_detected", "back to the proxy"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, h2 := range []bool{false, true} {
				path := fmt.Sprintf("/%s/%t", strings.ReplaceAll(tt.name, " ", "-"), h2)
				resp := must(g.client(h2).Get(tt.url + path))
				got := body(t, resp)
				if resp.StatusCode != 502 || !strings.Contains(got, tt.want) || strings.Contains(got, "secret") {
					t.Errorf("client got %d %q", resp.StatusCode, got)
				}
				if ps := resp.Header.Get("Proxy-Status"); ps != "spectap; error="+tt.code {
					t.Errorf("Proxy-Status: %s", ps)
				}
				f := g.sink.done(t, path)
				if f.Response != nil || !strings.Contains(f.Err, tt.want) || f.Request.Body.Truncated {
					t.Errorf("recorded %+v, %q, a truncated request: %t", f.Response, f.Err, f.Request.Body.Truncated)
				}
			}
		})
	}
}

// TestUpstreamAlert checks that the TLS alert of an upstream is given as the reason of the failure.
func TestUpstreamAlert(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(http.ResponseWriter, *http.Request) {})
	up.TLS.ClientAuth = tls.RequireAnyClientCert
	resp := must(g.client(false).Get(up.URL + "/alert"))
	got := body(t, resp)
	if resp.StatusCode != 502 || !strings.Contains(got, "certificate required") ||
		resp.Header.Get("Proxy-Status") != "spectap; error=tls_alert_received" {
		t.Errorf("%d %v %q", resp.StatusCode, resp.Header, got)
	}
	if f := g.sink.done(t, "/alert"); f.Response != nil || !strings.Contains(f.Err, "certificate required") {
		t.Errorf("recorded %+v, %q", f.Response, f.Err)
	}
}

// listen starts a server that calls serve for each connection and then closes the connection.
func listen(t *testing.T, serve func(net.Conn)) (addr string) {
	t.Helper()
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return l.Addr().String()
}

// TestUpstreamAborts checks that a truncated response ends with an error for the client and is
// recorded as truncated.
func TestUpstreamAborts(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("length") != "" {
			w.Header().Set("Content-Length", "100")
		}
		io.WriteString(w, "part")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	for i, h2 := range []bool{false, true} {
		for _, query := range []string{"", "?length=1"} {
			path := fmt.Sprintf("/abort/%d%s", i, strings.Trim(query, "?="))
			resp := must(g.client(h2).Get(up.URL + path + query))
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err == nil || string(b) != "part" {
				t.Errorf("%s: client read %q, %v", path, b, err)
			}
			f := g.sink.done(t, path)
			if !f.Response.Body.Truncated || string(f.Response.Body.Data) != "part" ||
				!strings.Contains(f.Err, "cut off") {
				t.Errorf("%s: recorded %+v, %q", path, f.Response.Body, f.Err)
			}
		}
	}
}

// TestClientAborts checks that the request upstream is cancelled when the client disconnects, and
// that the flow records the reason.
func TestClientAborts(t *testing.T) {
	g := newRig(t)
	entered, gone := make(chan struct{}, 3), make(chan struct{}, 3)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		entered <- struct{}{}
		if r.URL.Path == "/body" || r.URL.Path == "/ends" {
			io.WriteString(w, "part")
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
		gone <- struct{}{}
		if r.URL.Path != "/ends" {
			panic(http.ErrAbortHandler)
		}
	})
	t.Run("before the response", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		client := g.client(false)
		go func() {
			<-entered
			cancel()
		}()
		if _, err := client.Do(must(http.NewRequestWithContext(ctx, "GET", up.URL+"/wait", nil))); err == nil {
			t.Fatal("no error")
		}
		<-gone
		if f := g.sink.done(t, "/wait"); f.Response != nil || f.Err != errNoAnswer.Error() {
			t.Errorf("recorded %+v, %q", f.Response, f.Err)
		}
	})
	t.Run("with half of its connection", func(t *testing.T) { // what it still reads is no answer
		c := g.secure(hostOf(up))
		io.WriteString(c, "GET /half HTTP/1.1\r\nHost: x\r\n\r\n")
		<-entered
		c.CloseWrite()
		if b, err := io.ReadAll(c); len(b) > 0 {
			t.Errorf("%q, %v", b, err)
		}
		<-gone
		if f := g.sink.done(t, "/half"); f.Response != nil || f.Err != errNoAnswer.Error() {
			t.Errorf("recorded %+v, %q", f.Response, f.Err)
		}
	})
	t.Run("in the response body", func(t *testing.T) {
		resp := must(g.client(false).Get(up.URL + "/body"))
		io.ReadFull(resp.Body, make([]byte, 4))
		resp.Body.Close()
		<-gone
		if f := g.sink.done(t, "/body"); f.Err != errClosed.Error() || string(f.Response.Body.Data) != "part" {
			t.Errorf("recorded %+v, %q", f.Response, f.Err)
		}
	})
	// An upstream that ends its response when the client disconnects may deliver the end before the
	// connection is closed. The client did not receive it.
	t.Run("before the end of a complete response", func(t *testing.T) {
		resp := must(g.client(false).Get(up.URL + "/ends"))
		io.ReadFull(resp.Body, make([]byte, 4))
		resp.Body.Close()
		<-gone
		if f := g.sink.done(t, "/ends"); f.Err != errClosed.Error() || string(f.Response.Body.Data) != "part" {
			t.Errorf("recorded %+v, %q", f.Response, f.Err)
		}
	})
	t.Run("in the request body", func(t *testing.T) {
		c := g.secure(hostOf(up))
		io.WriteString(c, "POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this")
		c.Close()
		f := g.sink.done(t, "/upload")
		if string(f.Request.Body.Data) != "only this" || !f.Request.Body.Truncated || f.Err != errSending.Error() {
			t.Errorf("recorded %+v, %q", f.Request.Body, f.Err)
		}
	})
}

// failing is a sink that fails on every flow: it panics or returns an error.
type failing struct{ panics bool }

func (s failing) Record(context.Context, flow.Flow) error {
	if s.panics {
		panic("sink")
	}
	return io.ErrClosedPipe
}

// TestFailingSink checks that traffic continues when the sink returns an error, and that a sink
// that panics may fail its exchange but does not end the process.
func TestFailingSink(t *testing.T) {
	for _, panics := range []bool{false, true} {
		g := newRig(t, func(c *Config) { c.Sink = failing{panics} })
		up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
		resp, err := g.client(false).Get(up.URL)
		if panics {
			if err == nil {
				resp.Body.Close()
			}
			for range 2 { // the second shows that the first did no lasting damage
				g.client(false).Get(up.URL)
			}
			if n := g.proxy.Stats().Panics; n == 0 {
				t.Error("no panic counted")
			}
			noError(t, g.proxy.Shutdown(t.Context()))
			if n := g.proxy.Stats().Active; n != 0 {
				t.Errorf("%d exchanges are still in progress after the shutdown", n)
			}
			continue
		}
		noError(t, err)
		if got := body(t, resp); got != "ok" {
			t.Errorf("got %q", got)
		}
		if n := g.proxy.Stats().Lost; n != 1 {
			t.Errorf("%d lost flows counted", n)
		}
	}
}

// TestRefusals checks the responses to requests that the proxy refuses: unknown pages of its own,
// URL schemes other than HTTP, and headers over the limit.
func TestRefusals(t *testing.T) {
	g := newRig(t)
	for _, tt := range []struct {
		name, request string
		want          int
	}{
		{"unknown page", "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404},
		{"other URL scheme", "GET ftp://example.com/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		{"large header", "GET http://example.com/ HTTP/1.1\r\nHost: x\r\nX-Large: " + strings.Repeat("x", 2<<20) + "\r\n\r\n", 431},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := must(net.Dial("tcp", g.addr))
			defer c.Close()
			c.SetDeadline(time.Now().Add(time.Minute))
			go io.WriteString(c, tt.request)
			resp := must(http.ReadResponse(bufio.NewReader(c), nil))
			if resp.StatusCode != tt.want {
				t.Errorf("got %s, want %d", resp.Status, tt.want)
			}
		})
	}
}

// TestEnvironmentIsIgnored checks that the proxy ignores HTTP_PROXY and HTTPS_PROXY, which may name
// the proxy itself.
func TestEnvironmentIsIgnored(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	u, _ := url.Parse(up.URL)
	u.Host = "api.localhost:" + u.Port()
	_, err := g.proxy.anywhere.dial(context.Background(), "tcp", u.Host)
	if err != nil {
		t.Error(err)
	}
	resp, err := g.client(false).Get(up.URL)
	if err != nil || body(t, resp) != "ok" {
		t.Error(err)
	}
}
