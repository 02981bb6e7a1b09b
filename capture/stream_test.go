package capture

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// TestFirstByteBeforeTheLast checks that streams of every kind arrive as they are sent. The plain
// HTTP path of goproxy flushes event streams only.
func TestFirstByteBeforeTheLast(t *testing.T) {
	g := newRig(t)
	next := make(chan struct{})
	handler := func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		w.Header().Set("Content-Type", q.Get("type"))
		if q.Get("length") != "" {
			w.Header().Set("Content-Length", "12")
		}
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		for _, chunk := range []string{"first\n", "second"} {
			<-next
			io.WriteString(w, chunk)
			w.(http.Flusher).Flush()
		}
	}
	secure, plain := g.upstream(handler), g.plain(handler)
	for _, tt := range []struct {
		name, url string
		h2        bool
	}{
		{"events over http/1.1", secure.URL + "/1?type=text/event-stream", false},
		{"lines over http/1.1", secure.URL + "/2?type=application/x-ndjson", false},
		{"lines over http/2", secure.URL + "/3?type=application/x-ndjson", true},
		{"lines over plain http", plain.URL + "/4?type=application/x-ndjson", false},
		{"of known length", secure.URL + "/5?type=text/plain&length=12", false},
		{"of known length over http/2", secure.URL + "/6?type=text/plain&length=12", true},
		{"of known length over plain http", plain.URL + "/7?type=text/plain&length=12", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if strings.Contains(tt.url, "length") { // the header is sent with the first byte
				go func() { next <- struct{}{} }()
			}
			resp := must(g.client(tt.h2).Get(tt.url))
			defer resp.Body.Close()
			if !strings.Contains(tt.url, "length") {
				next <- struct{}{}
			}
			buf := make([]byte, 6)
			if _, err := io.ReadFull(resp.Body, buf); err != nil || string(buf) != "first\n" {
				t.Fatalf("first chunk: %q, %v", buf, err)
			}
			next <- struct{}{}
			rest, err := io.ReadAll(resp.Body)
			if err != nil || string(rest) != "second" {
				t.Errorf("second chunk: %q, %v", rest, err)
			}
			f := g.sink.done(t, resp.Request.URL.Path)
			if string(f.Response.Body.Data) != "first\nsecond" {
				t.Errorf("recorded %q", f.Response.Body.Data)
			}
		})
	}
}

// TestStreamsAreRecordedBeforeTheEnd checks that a stream is recorded as truncated while it is
// open, and completely when it ends.
func TestStreamsAreRecordedBeforeTheEnd(t *testing.T) {
	g := newRig(t, func(c *Config) { c.timeouts.follow = time.Millisecond })
	end := make(chan struct{})
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		<-end
	})
	resp := must(g.client(false).Get(up.URL + "/events"))
	f := g.sink.wait(t, func(f flow.Flow) bool { return f.Response != nil && f.Response.Body.Size > 0 })
	if f.Done || string(f.Response.Body.Data) != "first" || !f.Response.Body.Truncated {
		t.Errorf("recorded %+v", f.Response.Body)
	}
	close(end)
	body(t, resp)
	if last := g.sink.done(t, "/events"); last.ID != f.ID || last.Response.Body.Truncated {
		t.Errorf("recorded at the end: %+v", last.Response.Body)
	}
}

// TestBodiesOverTheCap checks that a body larger than MaxBody passes completely, and that only its
// first bytes are recorded, marked as truncated.
func TestBodiesOverTheCap(t *testing.T) {
	const max = 1000
	g := newRig(t, func(c *Config) { c.MaxBody = max })
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		io.Copy(w, r.Body)
	})
	for _, size := range []int{0, 1, max - 1, max, max + 1, 300_000} {
		for _, known := range []bool{true, false} {
			sent := make([]byte, size)
			rand.Read(sent)
			path := fmt.Sprintf("/%d/%t", size, known)
			var r io.Reader = bytes.NewReader(sent)
			if !known {
				r = struct{ io.Reader }{r}
			}
			resp := must(g.client(false).Post(up.URL+path, "application/octet-stream", r))
			if got := body(t, resp); got != string(sent) {
				t.Fatalf("%s: %d bytes came back", path, len(got))
			}
			f := g.sink.done(t, path)
			for name, b := range map[string]flow.Body{"request": f.Request.Body, "response": f.Response.Body} {
				if want := sent[:min(size, max)]; !bytes.Equal(b.Data, want) || b.Size != int64(size) ||
					b.Truncated != (size > max) {
					t.Errorf("%s: %s recorded: %d bytes of %d, truncated: %t", path, name, len(b.Data), b.Size,
						b.Truncated)
				}
			}
		}
	}
}

// TestContentEncodingIsKept checks that an encoded body stays encoded, for the client and in the
// record, and that Accept-Encoding passes unchanged.
func TestContentEncodingIsKept(t *testing.T) {
	g := newRig(t)
	var asked []string
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Length", "4")
		io.WriteString(w, "\x1f\x8b\x08\x00")
	})
	for i, accept := range []string{"", "br, gzip"} {
		req := must(http.NewRequest("GET", fmt.Sprintf("%s/%d", up.URL, i), nil))
		if accept != "" {
			req.Header.Set("Accept-Encoding", accept)
		}
		resp := must(g.client(false).Do(req))
		if got := body(t, resp); got != "\x1f\x8b\x08\x00" || resp.ContentLength != 4 ||
			resp.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("client got %q, length %d", got, resp.ContentLength)
		}
		if f := g.sink.done(t, req.URL.Path); string(f.Response.Body.Data) != "\x1f\x8b\x08\x00" {
			t.Errorf("recorded %q", f.Response.Body.Data)
		}
	}
	if !slices.Equal(asked, []string{"", "br, gzip"}) {
		t.Errorf("the upstream got Accept-Encoding %q", asked)
	}
}

// TestExpectContinue checks that a client which sends "Expect: 100-continue" over TLS gets the
// interim response when the upstream reads the body.
func TestExpectContinue(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "got %s", b)
	})
	c := g.secure(hostOf(up))
	io.WriteString(c, "POST /big HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
	r := textproto.NewReader(bufio.NewReader(c))
	if line, err := r.ReadLine(); err != nil || line != "HTTP/1.1 100 Continue" {
		t.Fatalf("%q, %v", line, err)
	}
	r.ReadLine()
	io.WriteString(c, "hello")
	resp := must(http.ReadResponse(r.R, nil))
	if got := body(t, resp); got != "got hello" {
		t.Errorf("got %q", got)
	}
	if f := g.sink.done(t, "/big"); string(f.Request.Body.Data) != "hello" || f.Response.Status != 200 {
		t.Errorf("recorded %+v", f)
	}
}

// TestEarlyHints checks that informational responses are forwarded.
func TestEarlyHints(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		io.WriteString(w, "page")
	})
	for _, h2 := range []bool{false, true} {
		var hints []string
		ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
			Got1xxResponse: func(status int, h textproto.MIMEHeader) error {
				hints = append(hints, fmt.Sprint(status, h.Get("Link")))
				return nil
			},
		})
		resp := must(g.client(h2).Do(must(http.NewRequestWithContext(ctx, "GET", up.URL+"/hints", nil))))
		if got := body(t, resp); got != "page" || resp.Header.Get("Link") != "" {
			t.Errorf("got %q, Link %q", got, resp.Header.Get("Link"))
		}
		if !slices.Equal(hints, []string{"103</style.css>; rel=preload"}) {
			t.Errorf("hints: %q", hints)
		}
	}
}

// TestTrailers checks that trailers pass in both directions, announced or not, over HTTP/1.1 and
// HTTP/2.
func TestTrailers(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Trailer", "X-Announced")
		w.Header().Set("X-Te", r.Header.Get("Te"))
		fmt.Fprintf(w, "sum %s", r.Trailer.Get("X-Sum"))
		w.Header().Set("X-Announced", "yes")
		w.Header().Set(http.TrailerPrefix+"X-Late", "too")
	})
	for _, h2 := range []bool{false, true} {
		path := fmt.Sprintf("/trailers/%t", h2)
		req := must(http.NewRequest("POST", up.URL+path, struct{ io.Reader }{strings.NewReader("body")}))
		req.Trailer = http.Header{"X-Sum": {"42"}}
		req.Header.Set("Te", "trailers")
		resp := must(g.client(h2).Do(req))
		if got := body(t, resp); got != "sum 42" || resp.Header.Get("X-Te") != "trailers" {
			t.Errorf("%s: got %q, upstream's TE %q", path, got, resp.Header.Get("X-Te"))
		}
		if resp.Trailer.Get("X-Announced") != "yes" || resp.Trailer.Get("X-Late") != "too" {
			t.Errorf("%s: trailers %v", path, resp.Trailer)
		}
		f := g.sink.done(t, path)
		if f.Request.Trailer.Get("X-Sum") != "42" || f.Response.Trailer.Get("X-Announced") != "yes" ||
			f.Response.Trailer.Get("X-Late") != "too" {
			t.Errorf("%s: recorded trailers %v and %v", path, f.Request.Trailer, f.Response.Trailer)
		}
	}
}

// TestHopByHopHeaders checks that hop-by-hop headers are removed in both directions, that
// end-to-end headers pass, and that no header is added.
func TestHopByHopHeaders(t *testing.T) {
	g := newRig(t)
	var seen http.Header
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header.Clone()
		h := w.Header()
		if r.URL.RawQuery == "0" { // net/http drops other options of Connection if "close" is one
			h.Set("Connection", "X-Hop")
			h.Set("X-Hop", "1")
		} else {
			h.Set("Connection", "close")
		}
		h.Set("Keep-Alive", "timeout=5")
		h.Set("Alt-Svc", `h3=":443"`)
		h.Set("X-End", "1")
		h["Content-Type"] = nil
		io.WriteString(w, "<html>")
	})
	c := g.secure(hostOf(up))
	br := bufio.NewReader(c)
	for i := range 3 { // the upstream closes its connection, the proxy does not
		fmt.Fprintf(c, "GET /hop?%d HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 5\r\nTE: gzip, trailers\r\nX-End: 1\r\nProxy-Connection: x\r\n\r\n", i)
		resp := must(http.ReadResponse(br, nil))
		body(t, resp)
		for _, name := range []string{"Connection", "X-Hop", "Keep-Alive", "Alt-Svc", "Content-Type"} {
			if v, ok := resp.Header[name]; ok {
				t.Errorf("the client got %s: %q", name, v)
			}
		}
		if resp.Header.Get("X-End") != "1" {
			t.Error("the client did not get X-End")
		}
	}
	if want := (http.Header{"Te": {"trailers"}, "X-End": {"1"}}); fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("the upstream saw %v, want %v", seen, want)
	}
}

// TestBodiless checks that responses to HEAD and with status 204 or 304 have no body, and that
// Content-Length of a HEAD response is kept.
func TestBodiless(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/204":
			w.WriteHeader(204)
		case "/304":
			w.Header().Set("ETag", `"x"`)
			w.WriteHeader(304)
		default:
			w.Header().Set("Content-Length", "1234")
		}
	})
	for _, h2 := range []bool{false, true} {
		client := g.client(h2)
		for path, want := range map[string]int{"/204": 204, "/304": 304, "/head": 200} {
			method := "GET"
			if path == "/head" {
				method = "HEAD"
			}
			resp := must(client.Do(must(http.NewRequest(method, up.URL+path, nil))))
			if got := body(t, resp); got != "" || resp.StatusCode != want {
				t.Errorf("%s: %d %q", path, resp.StatusCode, got)
			}
			if path == "/head" && resp.ContentLength != 1234 {
				t.Errorf("HEAD: length %d", resp.ContentLength)
			}
			if f := g.sink.done(t, path); f.Response.Status != want || f.Response.Body.Truncated || f.Err != "" {
				t.Errorf("%s recorded as %+v %q", path, f.Response, f.Err)
			}
		}
	}
}

// TestHTTP10 checks that a client of HTTP/1.0 gets a response without chunked encoding.
func TestHTTP10(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "one ")
		w.(http.Flusher).Flush()
		io.WriteString(w, "two")
	})
	c := g.secure(hostOf(up))
	io.WriteString(c, "GET /old HTTP/1.0\r\n\r\n")
	b, err := io.ReadAll(c)
	if err != nil || !strings.HasSuffix(string(b), "\r\n\r\none two") || strings.Contains(string(b), "chunked") {
		t.Errorf("%q, %v", b, err)
	}
}

// TestTunnels checks that connections which carry neither TLS nor HTTP are tunnelled, whichever
// side speaks first, and that each direction can be closed separately.
func TestTunnels(t *testing.T) {
	g := newRig(t)
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	defer l.Close()
	go func() {
		for greet := true; ; greet = !greet {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if greet {
					io.WriteString(c, "220 hello\r\n")
				}
				b, _ := io.ReadAll(c) // ends when the client closes its direction
				fmt.Fprintf(c, "you said %s", b)
			}()
		}
	}()
	for _, greeting := range []string{"220 hello\r\n", ""} {
		c := g.connect(l.Addr().String(), "")
		buf := make([]byte, len(greeting))
		if _, err := io.ReadFull(c, buf); err != nil || string(buf) != greeting {
			t.Fatalf("greeting %q, %v", buf, err)
		}
		io.WriteString(c, "\x00\x01 QUIT")
		c.(*net.TCPConn).CloseWrite()
		if b, err := io.ReadAll(c); err != nil || string(b) != "you said \x00\x01 QUIT" {
			t.Errorf("%q, %v", b, err)
		}
	}
	if n := g.proxy.Stats().Tunnels; n != 2 {
		t.Errorf("%d tunnels counted", n)
	}
}

// TestUpgrade checks that a protocol upgrade passes, including bytes sent right after the request,
// and that each direction can be closed separately.
func TestUpgrade(t *testing.T) {
	g := newRig(t)
	handler := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "chat" || r.Header.Get("Connection") != "Upgrade" {
			http.Error(w, "no", http.StatusUpgradeRequired)
			return
		}
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nwelcome ")
		b, _ := io.ReadAll(rw)
		fmt.Fprintf(c, "you said %s", b)
	}
	up := g.plain(handler)
	c := must(net.Dial("tcp", g.addr))
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(c, "GET %s/chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nhi ", up.URL)
	head := make([]byte, len("HTTP/1.1 101 "))
	io.ReadFull(c, head)
	io.WriteString(c, "there")
	c.(*net.TCPConn).CloseWrite()
	b, err := io.ReadAll(c)
	b = append(head, b...)
	if err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 101 ") ||
		!strings.HasSuffix(string(b), "\r\n\r\nwelcome you said hi there") {
		t.Errorf("%q, %v", b, err)
	}
	f := g.sink.done(t, "/chat")
	if f.Response.Status != 101 || string(f.Request.Body.Data) != "hi there" ||
		string(f.Response.Body.Data) != "welcome you said hi there" || f.Request.Body.Truncated || f.Response.Body.Truncated {
		t.Errorf("recorded %+v and %+v", f.Request.Body, f.Response.Body)
	}
	// An upstream that refuses the upgrade gets an ordinary exchange. Offers of h2c are removed.
	for _, to := range []string{"other", "h2c"} {
		req := must(http.NewRequest("GET", up.URL+"/"+to, nil))
		req.Header.Set("Connection", "Upgrade")
		req.Header.Set("Upgrade", to)
		resp := must(g.client(false).Do(req))
		if got := body(t, resp); resp.StatusCode != http.StatusUpgradeRequired || got != "no\n" {
			t.Errorf("%s: %d %q", to, resp.StatusCode, got)
		}
	}
}
