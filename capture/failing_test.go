package capture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

var errDisk = errors.New("write failed")

// failingConn writes room bytes, then fails. Its reads end at once.
type failingConn struct {
	net.Conn
	room    int
	written bytes.Buffer
	closed  bool

	deadlines []time.Time // of reads
}

func (c *failingConn) Write(p []byte) (int, error) {
	n := min(len(p), c.room-c.written.Len())
	c.written.Write(p[:n])
	if n < len(p) {
		return n, errDisk
	}
	return n, nil
}

func (c *failingConn) Read([]byte) (int, error) { return 0, io.EOF }
func (c *failingConn) Close() error             { c.closed = true; return nil }
func (c *failingConn) SetReadDeadline(t time.Time) error {
	c.deadlines = append(c.deadlines, t)
	return nil
}

// TestTunnelWriteErrors checks that a failed write ends both directions of a tunnel, and counts the
// bytes that were written.
func TestTunnelWriteErrors(t *testing.T) {
	for _, tt := range []struct {
		name, early, data string
		room              int
		want              int64
		closed            bool
	}{
		{"all", "early ", "data", 100, 10, false},
		{"early bytes", "early ", "data", 3, 3, true},
		{"later bytes", "early ", "data", 8, 8, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dst := &failingConn{room: tt.room}
			from := &readerConn{failingConn{}, strings.NewReader(tt.data)}
			n := pass(dst, &clientConn{Conn: from, early: []byte(tt.early)}, time.Minute)
			if n != tt.want || from.closed != tt.closed || !dst.closed { // without halves, the end closes dst as well
				t.Errorf("%d bytes, source closed %v, destination closed %v", n, from.closed, dst.closed)
			}
		})
	}
}

// TestHalfClosedWaits checks that a direction of a tunnel whose other one has ended goes on as long
// as bytes come, and then ends both.
func TestHalfClosedWaits(t *testing.T) {
	late := func(text string) io.Reader {
		return io.MultiReader(strings.NewReader(text), iotest.ErrReader(os.ErrDeadlineExceeded))
	}
	dst := &failingConn{room: 100}
	from := &readerConn{failingConn{}, &inTurn{[]io.Reader{late("a"), late("bc"), late("")}}}
	began := time.Now()
	n := pass(dst, &clientConn{Conn: from}, time.Hour)
	if n != 3 || dst.written.String() != "abc" || !dst.closed || !from.closed {
		t.Errorf("%d bytes, %q, closed %v and %v", n, dst.written.String(), dst.closed, from.closed)
	}
	if len(from.deadlines) != 2 || from.deadlines[0].Before(began.Add(time.Hour)) || len(dst.deadlines) != 0 {
		t.Errorf("deadlines %v and %v", from.deadlines, dst.deadlines)
	}
	if pass(dst, &clientConn{Conn: &readerConn{failingConn{}, strings.NewReader("")}}, time.Hour); len(dst.deadlines) != 1 {
		t.Errorf("after the end of the other direction, deadlines %v", dst.deadlines)
	}
}

// inTurn reads from each reader until that fails.
type inTurn struct{ list []io.Reader }

func (r *inTurn) Read(p []byte) (int, error) {
	n, err := r.list[0].Read(p)
	if err != nil {
		r.list = r.list[1:]
	}
	return n, err
}

// TestHalfClosedEnds checks that a client which has ended holds no connection to an upstream that
// never ends. What the upstream has sent until then arrives.
func TestHalfClosedEnds(t *testing.T) {
	g := newRig(t, func(c *Config) { c.timeouts.half = 250 * time.Millisecond })
	upgrade := "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n"
	for _, tt := range []struct{ name, first, answer string }{
		{"tunnel", "", "\x00hello"},
		{"upgrade", "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n", upgrade + "hello"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address := listen(t, func(c net.Conn) {
				if tt.first != "" {
					c.Read(make([]byte, 1))
				}
				io.WriteString(c, tt.answer)
				io.Copy(io.Discard, c) // and the connection stays open
				<-t.Context().Done()
			})
			var c net.Conn
			if tt.first == "" {
				c = g.connect(address, "\x00")
			} else {
				c = g.dial()
				fmt.Fprint(c, strings.Replace(tt.first, "/chat", "http://"+address+"/chat", 1))
				io.ReadFull(c, make([]byte, len("HTTP/1.1 101 ")))
			}
			c.(*net.TCPConn).CloseWrite()
			if b, err := io.ReadAll(c); !strings.HasSuffix(string(b), "hello") || err != nil {
				t.Errorf("%q, %v", b, err)
			}
			if tt.first != "" {
				g.sink.done(t, "/chat")
			}
		})
	}
}

// TestHalfClosedByUpstream checks that a client which never ends does not hold an upstream which has
// ended, and that the client gets all that the upstream sent.
func TestHalfClosedByUpstream(t *testing.T) {
	g := newRig(t, func(c *Config) { c.timeouts.half = 250 * time.Millisecond })
	upgrade := "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n"
	for _, tt := range []struct{ name, first, answer string }{
		{"tunnel", "\x00", "hello"},
		{"upgrade", "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n", upgrade + "hello"},
	} {
		released := make(chan error, 1)
		address := listen(t, func(c net.Conn) {
			c.Read(make([]byte, 1))
			io.WriteString(c, tt.answer)
			c.(*net.TCPConn).CloseWrite()
			c.SetReadDeadline(time.Now().Add(time.Minute))
			_, err := io.Copy(io.Discard, c)
			released <- err
		})
		c := g.connect(address, tt.first)
		if b, err := io.ReadAll(c); !strings.HasSuffix(string(b), "hello") || err != nil {
			t.Errorf("%s: %q, %v", tt.name, b, err)
		}
		if err := <-released; errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the upstream is held", tt.name)
		}
	}
	g.sink.done(t, "/chat")
}

// readerConn reads from a reader.
type readerConn struct {
	failingConn
	r io.Reader
}

func (c *readerConn) Read(p []byte) (int, error) { return c.r.Read(p) }

// TestConnectWriteError checks that the connection of a client that cannot be answered is closed.
func TestConnectWriteError(t *testing.T) {
	g := newRig(t)
	below := &failingConn{room: 10}
	g.proxy.connect(&http.Request{Method: "CONNECT", URL: &url.URL{Host: "a.example:443"}}, &clientConn{Conn: below}, nil)
	if !below.closed {
		t.Error("the connection is open")
	}
}

// TestPortOfConnect checks to which host and port a CONNECT leads that lacks the port.
func TestPortOfConnect(t *testing.T) {
	g := newRig(t)
	for authority, want := range map[string]string{
		"A.Example": "a.example:443", "a.example:25": "a.example:25", "[::1]": "[::1]:443", "[::1]:80": "[::1]:80", "127.0.0.1": "127.0.0.1:443",
	} {
		c := &clientConn{Conn: &failingConn{room: 10}}
		if g.proxy.connect(&http.Request{Method: "CONNECT", URL: &url.URL{Host: authority}}, c, nil); c.authority != want {
			t.Errorf("%s: %s, want %s", authority, c.authority, want)
		} else if host, _, _ := net.SplitHostPort(want); c.host() != host {
			t.Errorf("%s: the host is %s", authority, c.host())
		}
	}
}

// TestURLForUpstreamProxy checks that an upstream proxy gets the absolute URL of a plain request,
// also where an upstream would get a path as the client wrote it.
func TestURLForUpstreamProxy(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.RequestURI) }
	for _, isProxy := range []bool{false, true} {
		up := newRig(t).plain(echo)
		host, want := hostOf(up), `/a"b?c="d`
		g := newRig(t, func(c *Config) {
			if isProxy {
				c.Upstream.Proxy = must(url.Parse(up.URL))
				host, want = "api.test:80", `http://api.test/a%22b?c="d`
			}
		})
		c := g.connect(host, "GET /a\"b?c=\"d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := body(t, resp); got != want {
			t.Errorf("proxy %t: %s, want %s", isProxy, got, want)
		}
	}
}

// TestUpstreamProxyRefuses checks that a refusal of the upstream proxy is an error that names its
// status, and that its connection is closed.
func TestUpstreamProxyRefuses(t *testing.T) {
	for _, tt := range []struct{ name, answer, want string }{
		{"status", "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", "the upstream proxy refused the connection: 403"},
		{"not HTTP", "220 hello\r\n\r\n", "malformed HTTP"},
		{"nothing", "", "EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			closed := make(chan struct{})
			addr := listen(t, func(c net.Conn) {
				buf := make([]byte, 1000)
				c.Read(buf)
				if tt.answer == "" {
					return
				}
				io.WriteString(c, tt.answer)
				io.Copy(io.Discard, c)
				close(closed)
			})
			g := newRig(t)
			c, err := g.proxy.anywhere.dialConnect(t.Context(), &url.URL{Scheme: "http", Host: addr}, "a.test:25")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, %v", c, err)
			}
			if tt.answer != "" {
				<-closed
			}
		})
	}
	gone := listen(t, func(net.Conn) {})
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	l.Close()
	for addr, want := range map[string]string{l.Addr().String(): "connection refused", gone: ""} {
		c, err := newRig(t).proxy.anywhere.dialConnect(t.Context(), &url.URL{Scheme: "http", Host: addr}, "a.test:25")
		if err == nil || c != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("an upstream proxy that is gone: %v, %v", c, err)
		}
		if _, err := newRig(t).proxy.anywhere.dialSOCKS(t.Context(), &url.URL{Scheme: "socks5", Host: addr}, "a.test:25"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a SOCKS proxy that is gone: %v", err)
		}
	}
}

// TestHostSetBound checks that a full set of hosts is emptied.
func TestHostSetBound(t *testing.T) {
	var s hostSet
	for i := range maxHosts {
		s.add(fmt.Sprint(i))
	}
	if len(s.all) != maxHosts || !s.has("0") {
		t.Fatalf("%d hosts", len(s.all))
	}
	s.add("more")
	if len(s.all) != 1 || !s.has("more") || s.has("0") {
		t.Errorf("%d hosts", len(s.all))
	}
}

// TestCollectLimits checks at which size, and why, a body is not collected as a whole. It can be
// read in any case.
func TestCollectLimits(t *testing.T) {
	for _, tt := range []struct {
		name  string
		body  string
		end   error
		whole bool
	}{
		{"at the limit", "0123456789", io.EOF, true},
		{"above the limit", "0123456789a", io.EOF, false},
		{"empty", "", io.EOF, true},
		{"cut off", "01234", io.ErrUnexpectedEOF, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := &chunkReader{err: tt.end}
			for _, c := range tt.body {
				src.list = append(src.list, []byte(string(c)))
			}
			g := gather(src)
			defer g.Close()
			if got, whole := g.collect(10, time.Hour); whole != tt.whole || whole && string(got) != tt.body {
				t.Errorf("collected %q, %v", got, whole)
			}
			if got, err := io.ReadAll(g); string(got) != tt.body || err != nil && err != tt.end || err == nil && tt.end != io.EOF {
				t.Errorf("read %q, %v", got, err)
			}
		})
	}
}
