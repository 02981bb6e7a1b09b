package capture

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/spectap/spectap/flow"
)

// testGuard allows requests below /ok but for one upgrade, and is its own judgement. Its functions
// may be nil.
type testGuard struct {
	max    int64  // of MaxBody
	host   string // the beginning of the authorities that it allows
	send   func(context.Context, *http.Request, []byte) *Denial
	answer func(*http.Response) *Denial
	ended  chan int

	mu    sync.Mutex // guards the fields below
	asked []string   // authorities
	sent  []string   // methods, targets and hosts of what may leave
}

func (g *testGuard) Host(authority string) *Denial {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.asked = append(g.asked, authority); strings.HasPrefix(authority, g.host) {
		return nil
	}
	return &Denial{Reason: "not this one"}
}

func (g *testGuard) Request(r *http.Request, _ *flow.Flow) (Judgement, *Denial) {
	switch {
	case r.URL.Path == "/panic":
		panic("in Request")
	case strings.HasPrefix(r.URL.Path, "/ok") && r.Header.Get("Upgrade") != "other":
		return g, nil
	}
	return nil, &Denial{Reason: `no "operation"`, Allowed: "GET /ok", Pending: "p1", RetryAfter: 1500 * time.Millisecond}
}

func (g *testGuard) MaxBody() int64 { return g.max }

func (g *testGuard) Send(ctx context.Context, r *http.Request, body []byte) *Denial {
	if g.send != nil {
		return g.send(ctx, r, body)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sent = append(g.sent, fmt.Sprintf("%s %s %s map[]", r.Method, r.URL.RequestURI(), r.URL.Host))
	return nil
}

func (g *testGuard) Answer(resp *http.Response) *Denial {
	if g.answer != nil {
		return g.answer(resp)
	}
	return nil
}

func (g *testGuard) End(status int, _ error) {
	if g.ended != nil {
		g.ended <- status
	}
}

func (g *testGuard) set(c *Config) { c.Guard = g }

// TestGuardedHosts checks that the guard is asked for one spelling of each host, and that others are
// denied without being asked for.
func TestGuardedHosts(t *testing.T) {
	guard := &testGuard{host: "none"}
	g := newRig(t, guard.set)
	for _, tt := range []struct{ authority, want string }{
		{"API.Example.com:443", "api.example.com:443"},
		{"api.example.com.:0443", "api.example.com:443"},
		{"bücher.example:8443", "xn--bcher-kva.example:8443"},
		{"１２７.0.0.1:80", "127.0.0.1:80"},
		{"[0:0::1]:80", "[::1]:80"},
		{"[::ffff:127.0.0.1]:80", "127.0.0.1:80"},
		{"spectap.test.:443", "spectap.test:443"}, // not the proxy's own page
		{"127.1:80", ""}, {"2130706433:80", ""}, {"0x7f000001:80", ""}, {"0177.0.0.1:80", ""},
		{"[fe80::1%25lo]:80", ""}, {"a..example:80", ""}, {"a.example:0", ""}, {"a.example:65536", ""},
	} {
		for _, request := range []string{"CONNECT " + tt.authority, "GET http://" + tt.authority + "/ok"} {
			guard.asked = nil
			c := g.dial()
			fmt.Fprintf(c, "%s HTTP/1.1\r\nHost: x\r\n\r\n", request)
			resp := must(http.ReadResponse(bufio.NewReader(c), nil))
			got := strings.Join(guard.asked, " ")
			if got != tt.want || resp.StatusCode != 403 && (resp.StatusCode != 400 || tt.want != "") {
				t.Errorf("%s: status %d, the guard was asked for %q, want %q", request, resp.StatusCode, got, tt.want)
			}
		}
	}
	f := g.sink.wait(t, func(f flow.Flow) bool { return f.Request.Method == "CONNECT" })
	if f.Err != "denied by the proxy: not this one" || f.Request.Authority != "api.example.com" || f.Response.Status != 403 {
		t.Errorf("recorded %+v", f)
	}
	before := len(g.sink.flows)
	for range 50 {
		g.proxy.recordConnect("loop.example:443", "again", nil)
	}
	if n := len(g.sink.flows) - before; n > 2 { // the second may have changed
		t.Errorf("%d rows of a loop", n)
	}
}

// TestGuardedBytes sends hostile bytes to an upstream that notes the requests that arrive. None
// arrives that was not judged, or in another form.
func TestGuardedBytes(t *testing.T) {
	guard := &testGuard{max: 100}
	var arrived []string
	up := listen(t, func(c net.Conn) {
		br := bufio.NewReader(c)
		for {
			r, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			io.Copy(io.Discard, r.Body)
			guard.mu.Lock()
			arrived = append(arrived, fmt.Sprintf("%s %s %s %v", r.Method, r.RequestURI, r.Host, r.Trailer))
			guard.mu.Unlock()
			io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	})
	g := newRig(t, guard.set)
	const ok, post, evil = "GET /ok HTTP/1.1\r\nHost: UP\r\n", "POST /ok HTTP/1.1\r\nHost: UP\r\n", "GET /evil HTTP/1.1\r\nHost: UP\r\n\r\n"
	const chunked = "Transfer-Encoding: chunked\r\n"
	for _, tt := range []struct {
		name, bytes string
		want        string // the statuses of the answers
	}{
		{"pipelined", ok + "\r\n" + evil + ok + "\r\n", "200 403 200"},
		{"pipelined after a body", post + "Content-Length: 2\r\n\r\nhi" + evil, "200 403"},
		{"pipelined after chunks", post + chunked + "\r\n0\r\n\r\n" + evil, "200 400"},
		{"in the body of a denied request", "POST /no HTTP/1.1\r\nHost: UP\r\nContent-Length: 36\r\n\r\n" + evil + evil, "403"},
		{"two lengths", post + "Content-Length: 5\r\n" + chunked + "\r\n0\r\n\r\n" + evil, "400"},
		{"equal lengths", post + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", "400"},
		{"chunked twice", post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + evil, "400"},
		{"chunks of HTTP/1.0", "POST /ok HTTP/1.0\r\nHost: UP\r\n" + chunked + "\r\n0\r\n\r\n" + evil, "400"},
		{"a chunk extension", post + chunked + "\r\n2;x=\"\r\nhi\r\n0\r\n\r\n", "200"},
		{"a trailer", post + "Trailer: X-A\r\n" + chunked + "\r\n2\r\nhi\r\n0\r\nX-A: 1\r\n\r\n", "200"},
		{"too long", post + "Content-Length: 101\r\n\r\n" + strings.Repeat("x", 101), "413"},
		{"chunks that are too long", post + chunked + "\r\n65\r\n" + strings.Repeat("x", 101) + "\r\n0\r\n\r\n", "413"},
		{"judged before the body", "POST /no HTTP/1.1\r\nHost: UP\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", "403"},
		{"asked for the body", post + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", "100"},
		{"a folded line", ok + "X: a\r\n b\r\n\r\n", "400"},
		{"bare LF", "GET /ok HTTP/1.1\nHost: UP\n\n", "400"},
		{"a bare CR", ok + "X: a\rHost: b\r\n\r\n", "400"},
		{"two media types", post + "Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 2\r\n\r\nhi", "400"},
		{"two hosts", ok + "Host: other\r\n\r\n", "400"},
		{"another host", "GET /ok HTTP/1.1\r\nHost: other.example\r\n\r\n", "403"},
		{"another port", "GET /ok HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "403"},
		{"the host in another spelling", "GET /ok HTTP/1.1\r\nHost: [::ffff:UP\r\n\r\n", "200"},
		{"an absolute URL of another host", "GET http://other.example/ok HTTP/1.1\r\nHost: UP\r\n\r\n", "403"},
		{"an absolute URL with another Host", "GET http://UP/ok HTTP/1.1\r\nHost: other.example\r\n\r\n", "403"},
		{"an absolute URL with a user", "GET http://me:pw@UP/ok HTTP/1.1\r\nHost: UP\r\n\r\n", "200"},
		{"a host in the path", "GET //other.example/ok HTTP/1.1\r\nHost: UP\r\n\r\n", "400"},
		{"dots", "GET /ok/../evil HTTP/1.1\r\nHost: UP\r\n\r\n", "400"},
		{"escaped dots", "GET /ok/%2e%2E%2fevil HTTP/1.1\r\nHost: UP\r\n\r\n", "400"},
		{"a backslash", "GET /ok\\..\\evil HTTP/1.1\r\nHost: UP\r\n\r\n", "400"},
		{"a fragment", "GET /ok#/evil HTTP/1.1\r\nHost: UP\r\n\r\n", "400"},
		{"escapes that stay", "GET /ok/a%2Fb%7e'| HTTP/1.1\r\nHost: UP\r\n\r\n", "200"},
		{"no escape", "GET /ok/100% HTTP/1.1\r\nHost: UP\r\n\r\n", "400"},
		{"a proxy inside", "CONNECT other.example:443 HTTP/1.1\r\nHost: UP\r\n\r\n", ""},
		{"an upgrade", ok + "Connection: Upgrade\r\nUpgrade: other\r\n\r\n", "403"},
		{"h2c", ok + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n\r\n", "200"},
		{"a panic of the guard", "GET /panic HTTP/1.1\r\nHost: UP\r\n\r\n", "500"},
		{"another protocol", "SSH-2.0-x\r\n" + evil, ""},
	} {
		guard.sent, arrived = nil, nil
		c := g.connect(up, strings.ReplaceAll(strings.ReplaceAll(tt.bytes, "[::ffff:UP", "[::ffff:"+strings.Replace(up, ":", "]:", 1)), "UP", up))
		var got []string
		for br := bufio.NewReader(c); len(got) < len(strings.Fields(tt.want)); {
			resp, err := http.ReadResponse(br, nil)
			if err != nil {
				break
			}
			io.Copy(io.Discard, resp.Body)
			got = append(got, fmt.Sprint(resp.StatusCode))
		}
		c.Close()
		guard.mu.Lock()
		if s := strings.Join(got, " "); s != tt.want || !slices.Equal(arrived, guard.sent) {
			t.Errorf("%s: answers %q, want %q; sent %q, arrived %q", tt.name, s, tt.want, guard.sent, arrived)
		}
		guard.mu.Unlock()
	}
}

// TestGuardedTunnels checks that connections that would pass unread are denied, and recorded.
func TestGuardedTunnels(t *testing.T) {
	g := newRig(t, (&testGuard{}).set, func(c *Config) {
		c.timeouts.first, c.timeouts.header = time.Millisecond, 2*time.Second
		c.Unrecorded = func(user, _ string) bool { return user == "secret" }
	})
	hello := func(name string, protos ...string) func(net.Conn) {
		return func(c net.Conn) {
			tc := tls.Client(c, &tls.Config{RootCAs: g.cas, ServerName: name, NextProtos: protos})
			io.WriteString(tc, "SSH-2.0-x\r\n")
		}
	}
	for _, tt := range []struct {
		name, header, reason string
		speak                func(net.Conn)
	}{
		{"not HTTP", "", "neither HTTP nor TLS", func(c net.Conn) { io.WriteString(c, "\x00\x01\x02") }},
		{"the server speaks first", "", "neither HTTP nor TLS", func(net.Conn) {}},
		{"another name", "", "another host", hello("other.example")},
		{"another protocol in TLS", "", "does not offer HTTP", hello("127.0.0.1", "imap")},
		{"not HTTP in TLS", "", "neither HTTP nor TLS", hello("127.0.0.1")},
		{"credentials for unread tunnels", "Proxy-Authorization: Basic c2VjcmV0Og==\r\n", "not to be recorded", func(net.Conn) {}},
	} {
		up := listen(t, func(c net.Conn) { t.Error("a connection to the upstream") })
		c := g.dial()
		fmt.Fprintf(c, "CONNECT %s HTTP/1.1\r\nHost: x\r\n%s\r\n", up, tt.header)
		io.ReadFull(c, make([]byte, len("HTTP/1.1 200 Connection established\r\n\r\n")))
		tt.speak(c)
		io.Copy(io.Discard, c)
		f := g.sink.wait(t, func(f flow.Flow) bool { return f.Request.Authority == up })
		if f.Request.Method != "CONNECT" || !strings.Contains(f.Err, tt.reason) {
			t.Errorf("%s: recorded %+v", tt.name, f)
		}
	}
	up := listen(t, func(c net.Conn) { t.Error("a connection for a client that pins") })
	for range 5 {
		tc := tls.Client(g.connect(up, ""), &tls.Config{ServerName: "127.0.0.1"})
		if err := tc.Handshake(); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Error(err)
		}
		tc.Close()
	}
}

// TestGuardedRedirects checks that a redirected connection is judged by a name that can be believed.
func TestGuardedRedirects(t *testing.T) {
	g := newRig(t, (&testGuard{host: "api.localhost:"}).set)
	up := g.plain(func(http.ResponseWriter, *http.Request) {})
	for _, tt := range []struct {
		url, host string
		ok        bool
	}{
		{"http://api.localhost:", "", true},
		{"http://api.localhost:", "example.com", false},
		{"http://127.0.0.1:", "example.com", false},
		{"http://127.0.0.1:", "", false},
		{"https://127.0.0.1:", "", false},
		{"https://example.com:", "", false},
	} {
		tr := &http.Transport{DisableKeepAlives: true, DialContext: g.redirect(map[string]string{"api.localhost": "127.0.0.1", "example.com": "192.0.2.1"})}
		req := must(http.NewRequest("GET", tt.url+must(url.Parse(up.URL)).Port()+"/ok", nil))
		req.Host = tt.host
		resp, err := tr.RoundTrip(req)
		if ok := err == nil && resp.StatusCode == 200; ok != tt.ok {
			t.Errorf("%+v: passed: %t, %v", tt, ok, err)
		}
	}
}

// TestGuardedExchange checks what a judgement sees of a request that a rule has changed, what it may
// change, and that nothing of that is recorded.
func TestGuardedExchange(t *testing.T) {
	entered := make(chan bool, 1)
	guard := &testGuard{max: 10, ended: make(chan int, 20)}
	guard.send = func(ctx context.Context, r *http.Request, body []byte) *Denial {
		switch r.URL.RawQuery {
		case "wait":
			entered <- true
			<-ctx.Done()
			return &Denial{Reason: "gone"}
		case "send":
			panic("token-1")
		}
		r.Header.Set("Authorization", "Bearer token-1")
		r.Header.Set("X-Saw", string(body))
		return nil
	}
	guard.answer = func(resp *http.Response) *Denial {
		switch resp.Request.URL.RawQuery {
		case "answer":
			panic("token-1")
		case "secret":
			return &Denial{Status: 502, Reason: "the answer has a secret"}
		}
		resp.Header.Del("X-Token")
		return nil
	}
	var log bytes.Buffer
	g := newChangingRig(t, &Change{Request: Side{Hold: func(_ context.Context, m *Held) (flow.Change, bool) {
		if m.Target == "/cpanic" {
			panic("in a rule")
		}
		m.Target = "/" + strings.TrimPrefix(m.Target, "/c")
		return flow.StartChanged, false
	}}}, guard.set, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Token", r.Header.Get("Authorization"))
		fmt.Fprintf(w, "%s %s %d", r.Header.Get("X-Saw"), b, r.ContentLength)
	})
	for _, tt := range []struct{ method, target, want, ended string }{
		{"POST", "/ok", "200   hi hi 2", "200"},
		{"POST", "/ok?answer", `500  spectap; error=http_request_denied; details="the proxy failed while it judged this" {`, "0"},
		{"POST", "/ok?secret", `502  spectap; error=http_request_denied; details="the answer has a secret" {`, "0"},
		{"POST", "/ok?send", `500 `, ""},
		{"GET", "/cok", "200 ", "200"}, // as a rule has changed it
		{"GET", "/cno", "403 ", ""},
		{"GET", "/cpanic", "500 ", ""},
		{"HEAD", "/no", "403 ", ""},
		{"GET", "/no", `403 2 spectap; error=http_request_denied; details="no 'operation'" ` +
			`{"type":"about:blank","title":"Forbidden","status":403,"detail":"no \"operation\"","allowed":"GET /ok","pending":"p1"}`, ""},
	} {
		for _, h2 := range []bool{false, true} {
			req := must(http.NewRequest(tt.method, up.URL+tt.target, io.MultiReader(strings.NewReader("hi"))))
			req.Header.Set("Authorization", "Bearer stand-in")
			resp := must(g.client(h2).Do(req))
			h := resp.Header
			got := fmt.Sprintf("%d %s %s %s", resp.StatusCode, h.Get("Retry-After"), h.Get("Proxy-Status"), body(t, resp))
			if !strings.HasPrefix(got, tt.want) || h.Get("X-Token") != "" {
				t.Errorf("%s: %q %v", tt.target, got, h)
			}
			if tt.ended != "" && fmt.Sprint(<-guard.ended) != tt.ended {
				t.Errorf("%s did not end with %s", tt.target, tt.ended)
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-entered; cancel() }()
	req := must(http.NewRequestWithContext(ctx, "POST", up.URL+"/ok?wait", strings.NewReader("hi")))
	if _, err := g.client(false).Do(req); err == nil {
		t.Error("a client that left got an answer")
	}
	f := g.sink.wait(t, func(f flow.Flow) bool { return f.Request.RawQuery == "wait" })
	if f.Err != "denied by the proxy: gone" || string(f.Request.Body.Data) != "hi" || f.Request.Body.Truncated {
		t.Errorf("recorded %q, %+v", f.Err, f.Request.Body)
	}
	g.proxy.Shutdown(context.Background())
	if all := fmt.Sprintf("%+v %s", g.sink.flows, log.String()); strings.Contains(all, "token-1") || len(guard.ended) > 0 {
		t.Error("what the guard knows was recorded or logged, or an exchange ended twice")
	}
}

// TestGuardRoom holds bodies for which there is room, and denies others until it is free again.
func TestGuardRoom(t *testing.T) {
	guard := &testGuard{max: 100, ended: make(chan int, 20)}
	guard.answer = func(resp *http.Response) *Denial {
		if resp.Request.URL.RawQuery != "stream" {
			body, _ := io.ReadAll(resp.Body)
			resp.Body = io.NopCloser(bytes.NewReader(body))
		}
		return nil
	}
	g := newChangingRig(t, nil, guard.set)
	g.proxy.holding = semaphore.NewWeighted(10)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "12345678") })
	for _, tt := range []struct {
		query, body string
		want        int
	}{
		{"", "12", 200},
		{"", "123", 503}, // for the answer
		{"stream", "1234567890", 200},
		{"stream", "12345678901", 503},
		{"", "", 200},
	} {
		resp := must(g.client(false).Post(up.URL+"/ok?"+tt.query, "text/plain", strings.NewReader(tt.body)))
		got := body(t, resp)
		if resp.StatusCode != tt.want || (tt.want == 503) != (resp.Header.Get("Retry-After") != "") {
			t.Errorf("%q %s: %d %s", tt.query, tt.body, resp.StatusCode, got)
		}
	}
	g.proxy.Shutdown(context.Background())
	if !g.proxy.holding.TryAcquire(10) {
		t.Error("bodies are held after their exchanges")
	}
}
