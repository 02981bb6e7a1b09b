package capture

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestUpstreamConnectionsAreReused checks that idle connections to an upstream are kept and reused,
// as many as there were concurrent requests. The default of net/http keeps two per host.
func TestUpstreamConnectionsAreReused(t *testing.T) {
	const count = 16
	g := newRig(t)
	var opened atomic.Int32
	entered, gate := make(chan struct{}), make(chan struct{})
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		<-gate
	}))
	s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
		if st == http.StateNew {
			opened.Add(1)
		}
	}
	s.StartTLS()
	defer s.Close()
	g.trusts.AddCert(s.Certificate())
	client := g.client(false)
	for round := range 3 {
		var all sync.WaitGroup
		for i := range count {
			all.Go(func() {
				resp, err := client.Get(fmt.Sprintf("%s/%d/%d", s.URL, round, i))
				if err != nil {
					t.Error(err)
					return
				}
				body(t, resp)
			})
		}
		for range count { // all requests are concurrent
			<-entered
		}
		for range count {
			gate <- struct{}{}
		}
		all.Wait()
		for i := range count {
			g.sink.done(t, fmt.Sprintf("/%d/%d", round, i))
		}
	}
	// A connection may not be idle yet when the next request starts. With two that are kept, 44 are
	// opened.
	if n := opened.Load(); n > 2*count {
		t.Errorf("%d connections for %d concurrent requests", n, count)
	}
}

// TestSilentUpstream checks that an upstream which accepts connections and sends nothing times out
// with status 504.
func TestSilentUpstream(t *testing.T) {
	g := newRig(t, func(c *Config) { c.timeouts.upstream = 50 * time.Millisecond })
	silent := listen(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	resp := must(g.client(false).Get("https://" + silent + "/silent"))
	if body(t, resp); resp.StatusCode != http.StatusGatewayTimeout ||
		resp.Header.Get("Proxy-Status") != "spectap; error=connection_timeout" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	if f := g.sink.done(t, "/silent"); !strings.Contains(f.Err, "no answer in time") {
		t.Errorf("recorded %q", f.Err)
	}
}

// TestConnectionClose checks that "Connection: close" closes the connection after the response, and
// that malformed requests get status 400.
func TestConnectionClose(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Close) })
	for _, tt := range []struct{ name, request, want string }{
		{"close", "GET /close HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK"},
		{"malformed header", "GET /bad HTTP/1.1\r\nHost: x\r\nno header\r\n\r\n", "HTTP/1.1 400 Bad Request"},
		{"no protocol version", "GET /bad?and-long\r\n\r\n", "HTTP/1.1 400 Bad Request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := g.secure(hostOf(up))
			io.WriteString(c, tt.request)
			b, err := io.ReadAll(c)
			if err != nil || !strings.HasPrefix(string(b), tt.want) {
				t.Errorf("got %q, %v", b, err)
			}
			if strings.Contains(tt.request, "close") && !strings.HasSuffix(string(b), "\r\n\r\nfalse") {
				t.Errorf("the upstream's connection is closed as well: %q", b)
			}
		})
	}
}

// TestLargeHeaders checks that a header of nearly a megabyte passes in both directions and is
// recorded, and that a larger one is refused with status 431.
func TestLargeHeaders(t *testing.T) {
	large := strings.Repeat("x", 900<<10)
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Large", r.Header.Get("X-Large")) })
	c := g.secure(hostOf(up))
	br := bufio.NewReader(c)
	fmt.Fprintf(c, "GET /large HTTP/1.1\r\nHost: x\r\nX-Large: %s\r\n\r\n", large)
	resp, err := http.ReadResponse(br, nil)
	noError(t, err)
	if body(t, resp); resp.Header.Get("X-Large") != large {
		t.Errorf("%s, and X-Large came back with %d bytes", resp.Status, len(resp.Header.Get("X-Large")))
	}
	f := g.sink.done(t, "/large")
	if f.Request.Header.Get("X-Large") != large || f.Response.Header.Get("X-Large") != large {
		t.Error("the large headers were not recorded")
	}
	go fmt.Fprintf(c, "GET /larger HTTP/1.1\r\nHost: x\r\nX-Large: %s%s\r\n\r\n", large, large)
	if resp, err = http.ReadResponse(br, nil); err != nil || resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("larger header: %v, %v", resp, err)
	}
}

// TestManyOnOneConnection checks that concurrent requests on one HTTP/2 connection are recorded as
// separate flows with their own bodies.
func TestManyOnOneConnection(t *testing.T) {
	const count = 100
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	client := g.client(true)
	var all sync.WaitGroup
	for i := range count {
		all.Go(func() {
			resp, err := client.Post(fmt.Sprintf("%s/%d", up.URL, i), "text/plain",
				strings.NewReader(fmt.Sprint("body ", i)))
			if err != nil {
				t.Error(err)
				return
			}
			body(t, resp)
		})
	}
	all.Wait()
	for i := range count {
		f := g.sink.done(t, fmt.Sprintf("/%d", i))
		if want := fmt.Sprint("body ", i); string(f.Request.Body.Data) != want || string(f.Response.Body.Data) != want {
			t.Errorf("%d: recorded %q and %q", i, f.Request.Body.Data, f.Response.Body.Data)
		}
	}
}

// TestLogHoldsNoSecrets checks that the log contains no part of queries, headers or bodies,
// whichever part of an exchange fails.
func TestLogHoldsNoSecrets(t *testing.T) {
	var log syncBuffer
	g := newRig(t, func(c *Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("s3cr3t"))
		panic(http.ErrAbortHandler)
	})
	rude := listen(t, func(c net.Conn) { io.WriteString(c, "s3cr3t is not HTTP\r\n\r\n") })
	for _, url := range []string{up.URL + "/", "http://" + rude + "/", "https://127.0.0.1:1/",
		"http://no-such-host.invalid/"} {
		req := must(http.NewRequest("POST", url+"?token=s3cr3t", strings.NewReader("s3cr3t")))
		req.Header.Set("Authorization", "Bearer s3cr3t")
		if resp, err := g.client(false).Do(req); err == nil {
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	}
	c := must(net.Dial("tcp", g.addr))
	defer c.Close()
	io.WriteString(c, "GET http://x/?token=s3cr3t HTTP/1.1\r\nHost: s3cr3t\r\ns3cr3t\r\n\r\n")
	io.Copy(io.Discard, c)
	io.Copy(io.Discard, g.connect("127.0.0.1:1", "\x00s3cr3t")) // a tunnel that cannot be opened
	g.proxy.Shutdown(t.Context())
	if s := log.String(); s == "" || strings.Contains(s, "s3cr3t") {
		t.Errorf("the log is empty or contains a secret:\n%s", s)
	}
}

// syncBuffer is a buffer that several goroutines may write to.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
