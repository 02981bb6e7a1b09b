package capture

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestSlowClientsTimeOut checks that the proxy closes the connections of clients that stop sending.
// goproxy waits without a timeout.
func TestSlowClientsTimeOut(t *testing.T) {
	// A busy machine may take seconds for a handshake, so only its own test limits it.
	limits := timeouts{handshake: time.Minute, header: time.Second, idle: time.Second, first: 5 * time.Millisecond}
	g := newRig(t, func(c *Config) { c.timeouts = limits })
	hasty := newRig(t, func(c *Config) {
		c.timeouts = limits
		c.timeouts.handshake = time.Second
	})
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	silent := listen(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	for name, open := range map[string]func() net.Conn{
		"half a request to the proxy": func() net.Conn {
			c := must(net.Dial("tcp", g.addr))
			io.WriteString(c, "GET http://x/ HTTP/1.1\r\nHost:")
			return c
		},
		"half a request inside CONNECT": func() net.Conn {
			c := g.secure(hostOf(up))
			io.WriteString(c, "GET / HTTP/1.1\r\nHost:")
			return c
		},
		"half a ClientHello":                      func() net.Conn { return hasty.connect(hostOf(up), "\x16\x03\x01\x02") },
		"nothing after the handshake":             func() net.Conn { return g.secure(hostOf(up)) },
		"nothing, to a server that waits as well": func() net.Conn { return g.connect(silent, "") },
		"nothing, to a closed port":               func() net.Conn { return g.connect("127.0.0.1:1", "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open()
			defer c.Close()
			c.SetReadDeadline(time.Now().Add(time.Minute))
			_, err := io.Copy(io.Discard, c)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the connection is still open after a minute")
			}
		})
	}
}

// TestUnreadUploads checks that the proxy does not read the rest of a request body when the
// upstream responds without reading it.
func TestUnreadUploads(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
	})
	for _, h2 := range []bool{false, true} {
		const size = 1 << 30
		sent := &countingZeros{left: size}
		resp, err := g.client(h2).Post(up.URL+"/upload", "application/octet-stream", sent)
		if err == nil {
			if got := body(t, resp); resp.StatusCode != 413 || got != "too large\n" {
				t.Errorf("%d %q", resp.StatusCode, got)
			}
		} // else the connection was closed while the client still wrote, which HTTP/1.1 allows
		if n := size - sent.remaining(); n > size/10 {
			t.Errorf("the proxy read %d bytes", n)
		}
	}
}

// countingZeros is a body of zeros that counts the bytes left to read.
type countingZeros struct {
	mu   sync.Mutex
	left int64
}

func (z *countingZeros) Read(p []byte) (int, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.left)
	clear(p[:n])
	z.left -= n
	return int(n), nil
}

func (z *countingZeros) remaining() int64 {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.left
}

// TestLargeBodiesUseBoundedMemory checks that memory stays bounded while large bodies pass in both
// directions.
func TestLargeBodiesUseBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 128 MB")
	}
	const size = 64 << 20
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		io.Copy(w, &countingZeros{left: n})
	})
	var peak uint64
	resp, err := g.client(false).Post(up.URL+"/large", "application/octet-stream", &countingZeros{left: size})
	noError(t, err)
	defer resp.Body.Close()
	buf := make([]byte, 1<<20)
	var n int64
	for err = nil; err == nil; {
		var k int
		k, err = io.ReadFull(resp.Body, buf)
		if n += int64(k); n%(16<<20) == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
		}
	}
	if n != size || peak > 64<<20 {
		t.Errorf("%d bytes came back, heap at most %d", n, peak)
	}
	f := g.sink.done(t, "/large")
	if f.Request.Body.Size != size || f.Response.Body.Size != size || len(f.Response.Body.Data) != DefaultMaxBody {
		t.Errorf("recorded sizes %d and %d", f.Request.Body.Size, f.Response.Body.Size)
	}
}

// TestHTTP2 checks that HTTP/2 streams in both directions at once, as gRPC does, and that the limit
// on headers applies to it.
func TestHTTP2(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Grpc-Status")
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		buf := make([]byte, 4)
		for {
			if _, err := io.ReadFull(r.Body, buf); err != nil {
				break
			}
			w.Write(bytes.ToUpper(buf))
			w.(http.Flusher).Flush()
		}
		w.Header().Set("Grpc-Status", "0")
	})
	in, out := io.Pipe()
	req := must(http.NewRequest("POST", up.URL+"/bidi", in))
	req.Header.Set("Te", "trailers")
	client := g.client(true)
	resp := must(client.Do(req))
	for _, word := range []string{"ping", "pong"} {
		io.WriteString(out, word)
		buf := make([]byte, 4)
		if _, err := io.ReadFull(resp.Body, buf); err != nil || string(buf) != strings.ToUpper(word) {
			t.Fatalf("%q, %v", buf, err)
		}
	}
	out.Close()
	body(t, resp)
	if resp.Trailer.Get("Grpc-Status") != "0" {
		t.Errorf("trailer %v", resp.Trailer)
	}
	f := g.sink.done(t, "/bidi")
	if string(f.Request.Body.Data) != "pingpong" || string(f.Response.Body.Data) != "PINGPONG" ||
		f.Response.Trailer.Get("Grpc-Status") != "0" {
		t.Errorf("recorded %q, %q, %v", f.Request.Body.Data, f.Response.Body.Data, f.Response.Trailer)
	}
	large := must(http.NewRequest("GET", up.URL+"/large", nil))
	large.Header.Set("X-Large", strings.Repeat("x", 2<<20))
	if resp, err := client.Do(large); err == nil {
		resp.Body.Close()
		if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("large header: %s", resp.Status)
		}
	}
}
