//go:build unix

package capture

import (
	"bufio"
	"bytes"
	"context"
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
)

// world is a transport, and what it did.
type world struct {
	t       *directTransport
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
	w.t = newDirectTransport(base, func(ctx context.Context, network, addr string) (net.Conn, error) {
		w.own.Add(1)
		return w.plainTo.DialContext(ctx, network, addr)
	}, nil)
	t.Cleanup(w.t.CloseIdleConnections)
	return w
}

// script is a server that reads requests and answers each connection's by a function of the test.
func script(t *testing.T, serve func(conn int, c net.Conn, br *bufio.Reader)) (url string) {
	l := must(net.Listen("tcp", "127.0.0.1:0"))
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
			r := must(http.NewRequestWithContext(ctx, method, fmt.Sprintf("%s/%d?q=a+b%%20", url, n), in))
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
