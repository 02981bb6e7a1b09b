//go:build unix

package directhttp_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/directhttp"
)

// world is a transport, and what it did.
type world struct {
	t       *directhttp.Transport
	own     atomic.Int64 // connections of its own
	of      atomic.Int64 // connections of its base
	plainTo net.Dialer
}

func newWorld(t *testing.T, change func(*http.Transport)) *world {
	w := &world{}
	base := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16}
	base.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		w.of.Add(1)
		return w.plainTo.DialContext(ctx, network, addr)
	}
	if change != nil {
		change(base)
	}
	w.t = directhttp.New(base, func(ctx context.Context, network, addr string) (net.Conn, error) {
		w.own.Add(1)
		return w.plainTo.DialContext(ctx, network, addr)
	}, nil)
	t.Cleanup(w.t.CloseIdleConnections)
	return w
}

// script is a server that reads requests and answers each connection's by a function of the test.
func script(t *testing.T, serve func(conn int, c net.Conn, br *bufio.Reader)) (url string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for n := 1; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				serve(n, c, bufio.NewReader(c))
			})
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return "http://" + l.Addr().String()
}

// request reads a request with its body, and returns its method, or "" at the end of the connection.
func request(br *bufio.Reader) string {
	r, err := http.ReadRequest(br)
	if err != nil {
		return ""
	}
	io.Copy(io.Discard, r.Body)
	return r.Method
}

func get(t *testing.T, rt http.RoundTripper, url string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := rt.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

// TestSameAsBase sends random requests by the transport and by its base. The bytes that the server
// gets and the responses are equal.
func TestSameAsBase(t *testing.T) {
	var got sync.Map // raw requests by the number in their path
	url := script(t, func(_ int, c net.Conn, br *bufio.Reader) {
		for {
			var raw bytes.Buffer
			r, err := http.ReadRequest(bufio.NewReaderSize(io.TeeReader(oneByOne{br}, &raw), 16))
			if err != nil {
				return
			}
			io.Copy(io.Discard, r.Body)
			got.Store(r.Header.Get("X-By")+r.URL.Path, strings.Replace(raw.String(), "X-By: "+r.Header.Get("X-By"), "", 1))
			var n uint64
			fmt.Sscanf(r.URL.Path, "/%d", &n)
			if respond(c, r, rand.New(rand.NewPCG(n, 7))) != nil {
				return
			}
		}
	})
	w := newWorld(t, nil)
	random := rand.New(rand.NewPCG(1, 1))
	for n := range 300 {
		method := []string{"GET", "HEAD", "POST", "DELETE", "PUT", "OPTIONS", "PURGE"}[random.IntN(7)]
		body := ""
		if random.IntN(3) == 0 {
			body = strings.Repeat("b", 1+random.IntN(9000))
		}
		var results [2]string
		for i, rt := range []http.RoundTripper{w.t, w.t.Base} {
			var in io.Reader
			if body != "" {
				in = strings.NewReader(body)
			}
			var informed []int
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
				informed = append(informed, code)
				return nil
			}})
			r, err := http.NewRequestWithContext(ctx, method, fmt.Sprintf("%s/%d?q=a+b%%20", url, n), in)
			if err != nil {
				t.Fatal(err)
			}
			r.Header["X-By"] = []string{[]string{"d", "b"}[i]}
			r.Header["x-lower"] = []string{"1", "2"}
			if n%3 == 0 {
				r.Header["User-Agent"] = []string{""}
			}
			resp, err := rt.RoundTrip(r)
			if err != nil {
				t.Fatalf("%s %d: %v", method, n, err)
			}
			text, err := io.ReadAll(resp.Body)
			results[i] = fmt.Sprint(resp.Status, resp.Proto, resp.Header, resp.ContentLength, resp.TransferEncoding, resp.Close, resp.Trailer, informed, string(text), err)
			resp.Body.Close()
		}
		if results[0] != results[1] {
			t.Errorf("%s %d: response\n%s\nof the base\n%s", method, n, results[0], results[1])
		}
		own, _ := got.Load(fmt.Sprintf("d/%d", n))
		base, _ := got.Load(fmt.Sprintf("b/%d", n))
		if !reflect.DeepEqual(own, base) || own == nil {
			t.Errorf("%s %d: request\n%v\nof the base\n%v", method, n, own, base)
		}
	}
	if w.own.Load() == 0 || w.own.Load() > 150 {
		t.Errorf("%d connections for 300 requests", w.own.Load())
	}
}

// oneByOne reads single bytes, so that a reader above takes no more than it needs.
type oneByOne struct{ io.Reader }

func (o oneByOne) Read(p []byte) (int, error) { return o.Reader.Read(p[:1]) }

// respond writes a random response.
func respond(w io.Writer, r *http.Request, random *rand.Rand) error {
	var b strings.Builder
	for range random.IntN(3) {
		b.WriteString("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
	}
	body := strings.Repeat("x", random.IntN(40_000))
	status, end := []string{"200 OK", "404 Not Found", "204 No Content", "304 Not Modified", "299 "}[random.IntN(5)], false
	if strings.HasPrefix(status, "204") || strings.HasPrefix(status, "304") || r.Method == "HEAD" {
		body = ""
	}
	fmt.Fprintf(&b, "HTTP/1.%d %s\r\nX-A: 1\r\nx-a: 2\r\n", min(1, random.IntN(6)), status)
	switch random.IntN(5) {
	case 0:
		end = true
		b.WriteString("Connection: close\r\n\r\n" + body)
	case 1, 2:
		b.WriteString("Transfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n")
		if body != "" {
			fmt.Fprintf(&b, "%x\r\n%s\r\n", len(body), body)
		}
		if status[0] != '3' && status[:3] != "204" && r.Method != "HEAD" {
			b.WriteString("0\r\nX-End: e\r\n\r\n")
		}
	default:
		if status[:3] != "204" {
			fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
		}
		b.WriteString("\r\n" + body)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	if end || strings.Contains(b.String(), "HTTP/1.0") {
		return io.EOF
	}
	return nil
}

// TestLeftToBase lists requests that another transport sends.
func TestLeftToBase(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	defer s.Close()
	for name, change := range map[string]func(r *http.Request){
		"stream": func(r *http.Request) {
			r.Method, r.Body, r.ContentLength = "POST", io.NopCloser(strings.NewReader("abc")), 3
		},
		"large": func(r *http.Request) {
			b, _ := http.NewRequest("POST", s.URL, strings.NewReader(strings.Repeat("a", 1<<20)))
			*r = *b
		},
		"upgrade": func(r *http.Request) { r.Header.Set("Connection", "Upgrade"); r.Header.Set("Upgrade", "x") },
		"expect":  func(r *http.Request) { r.Header.Set("Expect", "100-continue") },
		"close":   func(r *http.Request) { r.Close = true },
	} {
		w := newWorld(t, nil)
		r, err := http.NewRequest("GET", s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		change(r)
		resp, err := w.t.RoundTrip(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		resp.Body.Close()
		if w.own.Load() != 0 || w.of.Load() != 1 {
			t.Errorf("%s: %d connections of its own, %d of the base", name, w.own.Load(), w.of.Load())
		}
	}
	w := newWorld(t, nil)
	r, _ := http.NewRequest("GET", s.URL, nil)
	r.Header["X"] = []string{"a\r\nB: c"}
	if _, err := w.t.RoundTrip(r); err == nil {
		t.Error("a header with a line break was sent")
	}
}

// TestConnectionsThatEnd uses connections whose servers close them.
func TestConnectionsThatEnd(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	t.Run("idle", func(t *testing.T) {
		closed := make(chan struct{}, 8)
		url := script(t, func(_ int, c net.Conn, br *bufio.Reader) {
			request(br)
			io.WriteString(c, ok)
			c.Close()
			closed <- struct{}{}
		})
		w := newWorld(t, nil)
		for range 3 {
			if _, got := get(t, w.t, url); got != "ok" {
				t.Fatal(got)
			}
			<-closed
		}
	})
	t.Run("unasked", func(t *testing.T) {
		sent := make(chan struct{}, 8)
		url := script(t, func(_ int, c net.Conn, br *bufio.Reader) {
			request(br)
			io.WriteString(c, ok)
			io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
			sent <- struct{}{}
			request(br)
		})
		w := newWorld(t, nil)
		for range 3 {
			if _, got := get(t, w.t, url); got != "ok" {
				t.Fatal(got)
			}
			<-sent
		}
	})
	t.Run("with the request", func(t *testing.T) {
		var posts atomic.Int64
		url := script(t, func(n int, c net.Conn, br *bufio.Reader) {
			for i := 0; ; i++ {
				m := request(br)
				if m == "POST" {
					posts.Add(1)
				}
				if m == "" || i == 1 && n%2 == 1 { // the second request of each other connection
					return
				}
				io.WriteString(c, ok)
			}
		})
		w := newWorld(t, nil)
		get(t, w.t, url)
		if _, got := get(t, w.t, url); got != "ok" || w.own.Load() != 2 {
			t.Fatalf("%q after %d connections", got, w.own.Load())
		}
		w = newWorld(t, nil)
		get(t, w.t, url)
		r, _ := http.NewRequest("POST", url, strings.NewReader("x"))
		if resp, err := w.t.RoundTrip(r); err == nil {
			resp.Body.Close()
			t.Error("a POST was answered after its connection ended")
		}
		if posts.Load() != 1 {
			t.Errorf("%d POST requests arrived", posts.Load())
		}
	})
}

// TestContext ends requests at each of their steps.
func TestContext(t *testing.T) {
	cause := errors.New("the cause")
	began := make(chan struct{}, 1)
	url := script(t, func(_ int, c net.Conn, br *bufio.Reader) {
		r, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		if r.URL.Path == "/body" {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab")
		}
		began <- struct{}{}
		br.ReadByte() // until the client leaves
	})
	w := newWorld(t, nil)
	for _, path := range []string{"/header", "/body"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		r, _ := http.NewRequestWithContext(ctx, "GET", url+path, nil)
		go func() { <-began; cancel(cause) }()
		resp, err := w.t.RoundTrip(r)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if !errors.Is(err, cause) {
			t.Errorf("%s: %v", path, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, _ := http.NewRequestWithContext(ctx, "GET", url, nil)
	if _, err := w.t.RoundTrip(r); !errors.Is(err, context.Canceled) {
		t.Errorf("a request that had ended: %v", err)
	}
}

// closeCounter is a body that counts how often it is closed.
type closeCounter struct {
	io.Reader
	closed int
}

func (c *closeCounter) Close() error { c.closed++; return nil }

// TestDialFails checks that the error of a connection is returned, that a trace gets the address,
// and that the body of the request is closed.
func TestDialFails(t *testing.T) {
	refused := errors.New("refused")
	tr := directhttp.New(&http.Transport{DisableCompression: true}, func(context.Context, string, string) (net.Conn, error) { return nil, refused }, nil)
	asked := ""
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GetConn: func(addr string) { asked = addr }})
	r, err := http.NewRequestWithContext(ctx, "POST", "http://127.0.0.1:1/", strings.NewReader("text"))
	if err != nil {
		t.Fatal(err)
	}
	body := &closeCounter{Reader: r.Body}
	r.Body = body
	if _, err := tr.RoundTrip(r); !errors.Is(err, refused) {
		t.Errorf("error %v, want %v", err, refused)
	}
	if asked != "127.0.0.1:1" || body.closed == 0 {
		t.Errorf("the trace has %q, and the body was closed %d times", asked, body.closed)
	}
}

// TestCloseEarly closes a body that never ends, also while it is read.
func TestCloseEarly(t *testing.T) {
	left := make(chan struct{}, 2)
	url := script(t, func(_ int, c net.Conn, br *bufio.Reader) {
		request(br)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n")
		br.ReadByte()
		left <- struct{}{}
	})
	w := newWorld(t, nil)
	for _, waiting := range []bool{false, true} {
		r, _ := http.NewRequestWithContext(t.Context(), "GET", url, nil)
		resp, err := w.t.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(resp.Body, make([]byte, 9)); err != nil {
			t.Fatal(err)
		}
		failed := make(chan error, 1)
		if waiting {
			go func() {
				_, err := resp.Body.Read(make([]byte, 1))
				failed <- err
			}()
		}
		resp.Body.Close()
		<-left
		if waiting {
			if err := <-failed; err == nil {
				t.Error("a read of a closed body succeeded")
			}
		}
		if _, err := resp.Body.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Error(err)
		}
	}
}

// TestLimits sends what a server may not send.
func TestLimits(t *testing.T) {
	for name, answer := range map[string]string{
		"headers exceeded": "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20),
		"informational":    strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 100),
		"101":              "HTTP/1.1 101 Switching Protocols\r\n\r\n",
		"malformed":        "SSH-2.0-x\r\n\r\n",
		"EOF":              "",
	} {
		url := script(t, func(_ int, c net.Conn, br *bufio.Reader) {
			request(br)
			io.WriteString(c, answer)
		})
		w := newWorld(t, func(b *http.Transport) { b.MaxResponseHeaderBytes = 64 << 10 })
		r, _ := http.NewRequestWithContext(t.Context(), "GET", url, nil)
		resp, err := w.t.RoundTrip(r)
		if err == nil {
			resp.Body.Close()
		}
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestConcurrent sends many requests at once, each with an answer of its own.
func TestConcurrent(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(w, r.Body)
		io.WriteString(w, r.URL.Path)
	}))
	defer s.Close()
	w := newWorld(t, nil)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for j := range 50 {
				path := fmt.Sprintf("/%d/%d", i, j)
				r, _ := http.NewRequestWithContext(t.Context(), "POST", s.URL+path, strings.NewReader("b"))
				resp, err := w.t.RoundTrip(r)
				if err != nil {
					t.Error(err)
					return
				}
				b, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || string(b) != "b"+path {
					t.Errorf("%s: %q, %v", path, b, err)
				}
			}
		})
	}
	all.Wait()
	if n := w.own.Load(); n > 64 {
		t.Errorf("%d connections for 16 clients", n)
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 1000)) }))
	defer s.Close()
	base := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16}
	direct := directhttp.New(base, (&net.Dialer{Timeout: time.Second}).DialContext, nil)
	defer direct.CloseIdleConnections()
	for name, rt := range map[string]http.RoundTripper{"direct": direct, "base": base} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, _ := http.NewRequest("GET", s.URL, nil)
				resp, err := rt.RoundTrip(r)
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
}
