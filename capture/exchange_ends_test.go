package capture

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/websocket"

	"github.com/spectap/spectap/capture/scope"
	"github.com/spectap/spectap/flow"
)

// TestFollowTimes checks when a stream is recorded: after two seconds, then at intervals that double
// up to a minute, while it grows, and not after its end.
func TestFollowTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink, begin := newMemory(), time.Now()
		p := &Proxy{cfg: Config{Sink: sink, timeouts: timeouts{}.orDefaults()}, log: slog.New(slog.DiscardHandler)}
		x := &exchange{p: p, recorded: true, res: tee{max: 1 << 20}, f: flow.Flow{ID: flow.NewID(), Started: begin, Response: &flow.Response{}}}
		grow := func() { x.res.write([]byte("x")) }
		x.follow()
		for range 310 {
			time.Sleep(time.Second)
			if since := time.Since(begin); since < 200*time.Second {
				grow()
			}
		}
		x.finish(nil)
		time.Sleep(time.Hour)
		var got []int
		for _, f := range sink.flows {
			got = append(got, int(f.Took.Seconds()))
			if f.Done == (len(got) < len(sink.flows)) || !f.Done && f.Response == x.f.Response {
				t.Errorf("record %d: done %t", len(got), f.Done)
			}
		}
		if want := []int{2, 6, 14, 30, 62, 122, 182, 242, 310}; !slices.Equal(got, want) {
			t.Errorf("recorded after %v seconds, want %v", got, want)
		}
		if x.follow(); p.RecordProgress(x.f.ID) {
			t.Error("followed after the end")
		}
		unrecorded := &exchange{p: p, f: flow.Flow{ID: flow.NewID(), Response: &flow.Response{}}}
		if unrecorded.follow(); unrecorded.stream != nil || p.RecordProgress(unrecorded.f.ID) {
			t.Error("an unrecorded exchange is followed")
		}
	})
}

// TestUnusableAnswersAreClosed checks that the connection of an answer is closed that does not reach
// the client: one that switches protocols unasked, and one that is withheld while it goes on.
func TestUnusableAnswersAreClosed(t *testing.T) {
	for name, tt := range map[string]struct {
		answer, change string
		status         int
	}{
		"101 unasked": {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", "", http.StatusBadGateway},
		"withheld":    {"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsecret", "not this", http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			closed := make(chan struct{})
			up := listen(t, func(c net.Conn) {
				r := bufio.NewReader(c)
				http.ReadRequest(r)
				io.WriteString(c, tt.answer)
				io.Copy(io.Discard, r)
				close(closed)
			})
			g := newChangingRig(t, &Change{Withhold: tt.change})
			resp := must(g.client(false).Get("http://" + up + "/c"))
			if got := body(t, resp); resp.StatusCode != tt.status || strings.Contains(got, "secret") {
				t.Errorf("%d %q", resp.StatusCode, got)
			}
			select {
			case <-closed:
			case <-time.After(10 * time.Second):
				t.Error("the connection is open")
			}
		})
	}
}

// TestChangeToNothing checks that a request whose body is changed to an empty one has no body, and
// that a body that breaks off still does so after the part that arrived.
func TestChangeToNothing(t *testing.T) {
	c := &Change{RequestBody: func(http.Header, []byte) ([]byte, bool) { return nil, true }, MaxBody: 1000}
	g := newChangingRig(t, c)
	s := g.plain(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		fmt.Fprint(w, r.ContentLength, r.TransferEncoding, string(b), err)
	})
	if got := body(t, must(g.client(false).Post(s.URL+"/c", "text/plain", strings.NewReader("hello")))); got != "0 []<nil>" {
		t.Errorf("the upstream gets %s", got)
	}
	if f := g.sink.done(t, "/c"); string(f.Request.Body.Data) != "hello" || f.Request.Body.Truncated || f.Request.Changed != flow.BodyChanged {
		t.Errorf("recorded %+v, %s", f.Request.Body, f.Request.Changed)
	}
	cut := errors.New("cut off")
	src := &closes{Reader: &chunkReader{list: [][]byte{[]byte("hel"), []byte("lo")}, err: cut}}
	r := httptest.NewRequest(http.MethodPost, "http://a.example/c", src)
	r.ContentLength = 10
	x := &exchange{p: g.proxy}
	x.changeRequestBody(r, c)
	if b, err := io.ReadAll(r.Body); string(b) != "hello" || !errors.Is(err, cut) || x.f.Request.Changed != 0 {
		t.Errorf("read %q, %v; changed %s", b, err, x.f.Request.Changed)
	}
	if r.Body.Close(); !src.closed.Load() {
		t.Error("the body of the client is open")
	}
}

// closes is a body that knows whether it was closed.
type closes struct {
	io.Reader
	closed atomic.Bool
}

func (c *closes) Close() error { c.closed.Store(true); return nil }

// closesWriter is one that can be written to, until a number of bytes.
type closesWriter struct {
	closes
	room    int
	written bytes.Buffer
}

func (c *closesWriter) Write(p []byte) (int, error) {
	if c.written.Len()+len(p) > c.room {
		return 0, errDisk
	}
	return c.written.Write(p)
}

// TestUpgradeWriteErrors checks that a failed write or read ends that direction of an upgraded
// connection and closes both, and that the recorded part is complete only without one.
func TestUpgradeWriteErrors(t *testing.T) {
	p := newRig(t).proxy
	for _, tt := range []struct {
		name     string
		end      error
		room     int
		whole    bool
		recorded string
	}{
		{"end", io.EOF, 100, true, "one two"},
		{"failed read", io.ErrUnexpectedEOF, 100, false, "one two"},
		{"failed write", io.EOF, 3, false, "one two"},
		{"failed first write", io.EOF, 0, false, "one "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var record bytes.Buffer
			src := &closes{Reader: &chunkReader{list: [][]byte{[]byte("one "), []byte("two")}, err: tt.end}}
			if tt.room == 3 {
				src.Reader = &chunkReader{list: [][]byte{[]byte("one"), []byte(" two")}, err: tt.end}
			}
			dst := &closesWriter{room: tt.room}
			x := &exchange{p: p}
			if got := x.copyRecorded(dst, src, &record, &halfClosed{}); got != tt.whole || record.String() != tt.recorded {
				t.Errorf("whole: %t, recorded %q", got, record.String())
			}
			if !dst.closed.Load() || src.closed.Load() == tt.whole { // dst has no halves
				t.Errorf("closed: %t and %t", dst.closed.Load(), src.closed.Load())
			}
		})
	}
}

// TestUpgradeWithoutConnection checks that an upgrade whose client's connection cannot be taken over
// ends the exchange and the connection to the upstream.
func TestUpgradeWithoutConnection(t *testing.T) {
	closed := make(chan struct{})
	up := listen(t, func(c net.Conn) {
		r := bufio.NewReader(c)
		http.ReadRequest(r)
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n")
		io.Copy(io.Discard, r)
		close(closed)
	})
	g := newRig(t)
	r := httptest.NewRequest(http.MethodGet, "http://"+up+"/chat", nil)
	r.Header["Connection"], r.Header["Upgrade"] = []string{"Upgrade"}, []string{"chat"}
	g.proxy.serve(httptest.NewRecorder(), r, target{scheme: "http", authority: up, routes: g.proxy.anywhere})
	if f := g.sink.done(t, "/chat"); f.Err != errClosed.Error() || f.Response.Status != http.StatusSwitchingProtocols {
		t.Errorf("recorded %+v, %q", f.Response, f.Err)
	}
	<-closed
}

// TestConnectionsAreForgotten checks that the proxy remembers no connection, exchange or stream that
// has ended.
func TestConnectionsAreForgotten(t *testing.T) {
	g := newRig(t, func(c *Config) { c.Scope.Exclude = []scope.Rule{must(scope.ParseRule("localhost"))} })
	handler := func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		io.WriteString(w, "ok")
	}
	secure, plain := g.upstream(handler), g.plain(handler)
	_, port, _ := net.SplitHostPort(hostOf(plain))
	for _, c := range []net.Conn{
		g.dial(), g.connect(hostOf(plain), ""), g.connect("localhost:"+port, ""), g.connect("127.0.0.1:1", "EHLO x"),
		g.connect(hostOf(secure), "\x16\x03\x01"), g.secure(hostOf(secure)),
	} {
		c.Close()
	}
	echo := g.plain(websocket.Handler(func(c *websocket.Conn) { io.Copy(c, c) }).ServeHTTP)
	ws, err := websocket.NewClient(must(websocket.NewConfig("ws://"+hostOf(echo), "http://x")), g.connect(hostOf(echo), ""))
	if err != nil {
		t.Fatal(err)
	}
	ws.Close()
	for _, h2 := range []bool{false, true} {
		for _, u := range []string{secure.URL, plain.URL} {
			client := g.client(h2 && u == secure.URL)
			body(t, must(client.Get(u)))
			client.CloseIdleConnections()
		}
	}
	left := func() (conns, exchanges int) {
		g.proxy.open.Range(func(any, any) bool { exchanges++; return true })
		g.proxy.conns.mu.Lock()
		defer g.proxy.conns.mu.Unlock()
		return len(g.proxy.conns.conns), exchanges
	}
	for begin := time.Now(); ; runtime.Gosched() {
		conns, exchanges := left()
		if conns+exchanges == 0 {
			break
		}
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("%d connections and %d exchanges are left", conns, exchanges)
		}
	}
}

// TestQueueKeepsNothing checks that a queue holds nothing of flows that are stored, that it does not
// keep the memory of a burst, and that it releases its buffers when no flows come.
func TestQueueKeepsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, st := context.Background(), &slowStore{gate: make(chan struct{})}
		q := queue(t, QueueConfig{Store: st})
		q.Record(ctx, flowOf(0, true, 0))
		synctest.Wait()
		for i := range 20 * maxGroup {
			f := flowOf(0, i%2 == 0, 0)
			f.ID = flow.ID{byte(i / 2), byte(i >> 9)}
			q.Record(ctx, f)
		}
		close(st.gate)
		time.Sleep(time.Second)
		q.mu.Lock()
		if len(q.byID)+len(q.unanswered)+len(q.done)+int(q.bytes) != 0 || cap(q.done) != 0 || len(q.spare) > maxGroup {
			t.Errorf("%d by ID, %d requests, %d flows of %d bytes, room for %d, %d spare",
				len(q.byID), len(q.unanswered), len(q.done), q.bytes, cap(q.done), len(q.spare))
		}
		for _, e := range q.spare {
			if e.f.ID != (flow.ID{}) {
				t.Error("an unused record has a flow")
				break
			}
		}
		q.mu.Unlock()
		q.Record(ctx, flowOf(1, true, 0))
		time.Sleep(time.Second)
		q.mu.Lock()
		if room := q.done[:cap(q.done)]; len(room) == 0 || room[0].f.Request.Path != "" {
			t.Errorf("room for %d flows is kept, or what was in it", len(room))
		}
		q.mu.Unlock()
		q.buffers.put(make([]byte, 0, minPooled))
		time.Sleep(idle / 2)
		if b := q.buffers.take(0); b == nil {
			t.Fatal("a buffer is released too early")
		} else {
			q.buffers.put(b)
		}
		time.Sleep(2 * idle)
		if q.buffers.take(0) != nil || q.buffers.bytes != 0 {
			t.Error("a buffer is kept")
		}
		q.Close(ctx)
	})
}
