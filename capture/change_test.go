package capture

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// belowC is a Changer that makes one change to every request whose path begins with /c.
type belowC struct{ c *Change }

func (belowC) Idle() bool { return false }

func (b belowC) Change(url string, _ *flow.Flow) *Change {
	if !strings.Contains(url, "/c") {
		return nil
	}
	return b.c
}

// newChangingRig returns a rig whose proxy makes the changes c to every request below /c.
func newChangingRig(t *testing.T, c *Change, more ...func(*Config)) *rig {
	return newRig(t, append(more, func(cfg *Config) { cfg.Changer = belowC{c} })...)
}

// upperBody is a body change: it converts the body to upper case and appends "!".
func upperBody(_ http.Header, b []byte) ([]byte, bool) {
	up := bytes.ToUpper(b)
	return append(up, '!'), !bytes.Equal(up, b)
}

// TestChanged checks that changes apply to the request that the upstream receives and to the
// response that the client receives, while the record holds both as they were sent, and marks them.
func TestChanged(t *testing.T) {
	c := &Change{
		Request:  Side{Header: func(h http.Header) bool { h.Set("X-Added", "out"); return true }, Body: upperBody},
		Response: Side{Header: func(h http.Header) bool { h.Set("X-Added", "back"); return true }, Body: upperBody},
		MaxBody:  1000,
		Skipped:  func() { t.Error("a change was skipped") },
	}
	g := newChangingRig(t, c)
	s := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Digest", "sha-256=:x:")
		if strings.HasSuffix(r.URL.Path, "chunked") {
			w.(http.Flusher).Flush()
		}
		fmt.Fprintf(w, "you said %s, %d, %s", b, r.ContentLength, r.Header.Get("X-Added"))
	})
	for _, h2 := range []bool{false, true} {
		for _, path := range []string{"/c", "/c/chunked"} {
			path += fmt.Sprint(h2)
			if strings.Contains(path, "chunked") {
				path = "/c/" + fmt.Sprint(h2) + "chunked"
			}
			req := must(http.NewRequest("POST", s.URL+path+"?q=1", strings.NewReader("hello")))
			resp := must(g.client(h2).Do(req))
			got := body(t, resp)
			if want := "YOU SAID HELLO!, 6, OUT!"; got != want || resp.ContentLength != int64(len(want)) ||
				resp.Header.Get("X-Added") != "back" || resp.Header.Get("Content-Digest") != "" {
				t.Errorf("%s: client got %q, length %d, header %v", path, got, resp.ContentLength, resp.Header)
			}
			f := g.sink.done(t, path)
			const both = flow.HeaderChanged | flow.BodyChanged
			if b := f.Request.Body; string(b.Data) != "hello" || b.Size != 5 || b.Truncated || f.Request.Header.Has("X-Added") ||
				f.Request.Header.Get("Content-Length") != "5" && f.Request.Header.Has("Content-Length") || f.Request.Changed != both {
				t.Errorf("%s: recorded request %v %+v %s", path, f.Request.Header, b, f.Request.Changed)
			}
			if string(f.Response.Body.Data) != "you said HELLO!, 6, out" ||
				f.Response.Header.Get("X-Added") != "" || f.Err != "" || f.Response.Changed != both {
				t.Errorf("%s: recorded response %v %q %s %s", path, f.Response.Header, f.Response.Body.Data, f.Response.Changed, f.Err)
			}
		}
	}
	resp := must(g.client(true).Post(s.URL+"/other", "text/plain", strings.NewReader("x")))
	if got := body(t, resp); got != "you said x, 1, " {
		t.Errorf("a request outside /c got %q", got)
	}
}

// TestUnchangeableBodies checks that bodies which are too large, partial, event streams or endless
// are passed on unchanged as they arrive, and that the skipped changes of large and partial bodies
// are counted.
func TestUnchangeableBodies(t *testing.T) {
	var skipped atomic.Int64
	c := &Change{Request: Side{Body: upperBody}, Response: Side{Body: upperBody}, MaxBody: 1000, Skipped: func() { skipped.Add(1) }}
	g := newChangingRig(t, c, func(cfg *Config) { cfg.timeouts.gather = 50 * time.Millisecond })
	large := strings.Repeat("x", 100<<10)
	release := make(chan struct{})
	s := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		switch strings.TrimPrefix(r.URL.Path, "/c/") {
		case "large":
			io.WriteString(w, large)
		case "large-chunked":
			w.(http.Flusher).Flush()
			io.WriteString(w, large)
		case "part":
			w.Header().Set("Content-Range", "bytes 0-2/9")
			w.WriteHeader(http.StatusPartialContent)
			io.WriteString(w, "abc")
		case "events":
			w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
			io.WriteString(w, "data: one\n\n")
			w.(http.Flusher).Flush()
			<-release
		case "endless":
			io.WriteString(w, "first")
			w.(http.Flusher).Flush()
			<-release
			io.WriteString(w, " last")
		case "echo":
			io.Copy(w, r.Body)
		case "nothing":
			w.WriteHeader(http.StatusNoContent)
		}
	})
	cl := g.client(false)
	for _, x := range []struct{ path, want string }{{"large", large}, {"large-chunked", large}, {"part", "abc"}} {
		before := skipped.Load()
		if got := body(t, must(cl.Get(s.URL+"/c/"+x.path))); got != x.want {
			t.Errorf("%s: client got %d bytes, want %d", x.path, len(got), len(x.want))
		}
		if skipped.Load() != before+1 {
			t.Errorf("%s: the skipped change was not counted once", x.path)
		}
	}
	for _, path := range []string{"events", "endless"} {
		resp := must(cl.Get(s.URL + "/c/" + path))
		buf := make([]byte, 5)
		want := map[string]string{"events": "data:", "endless": "first"}[path]
		if _, err := io.ReadFull(resp.Body, buf); err != nil || string(buf) != want {
			t.Errorf("%s: client read %q, %v", path, buf, err)
		}
		release <- struct{}{}
		if rest := body(t, resp); path == "endless" && rest != " last" {
			t.Errorf("%s ends with %q", path, rest)
		}
		if f := g.sink.done(t, "/c/"+path); f.Err != "" || f.Response.Body.Truncated {
			t.Errorf("%s: recorded %+v", path, f)
		}
	}
	// The request has no length. Its response is changed.
	resp := must(cl.Post(s.URL+"/c/echo", "text/plain", io.MultiReader(strings.NewReader("ab"))))
	if got := body(t, resp); got != "AB!" {
		t.Errorf("chunked request: %q", got)
	}
	if f := g.sink.done(t, "/c/echo"); string(f.Request.Body.Data) != "ab" {
		t.Errorf("chunked request: recorded %q", f.Request.Body.Data)
	}
	for _, method := range []string{"HEAD", "GET"} {
		resp := must(cl.Do(must(http.NewRequest(method, s.URL+"/c/nothing", nil))))
		if resp.StatusCode != 204 || body(t, resp) != "" {
			t.Errorf("%s: %d", method, resp.StatusCode)
		}
	}
}

// TestBlocked checks that a blocked request is not sent upstream, and that the body of a withheld
// response does not reach the client.
func TestBlocked(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		var hits atomic.Int64
		c := &Change{Request: Side{Refuse: "blocked by the rule x"}}
		g := newChangingRig(t, c)
		s := g.upstream(func(w http.ResponseWriter, r *http.Request) { hits.Add(1); io.WriteString(w, "secret") })
		for _, x := range []struct {
			c    Change
			hits int64
		}{{Change{Request: Side{Refuse: "blocked by the rule x"}}, 0}, {Change{Response: Side{Refuse: "withheld by the rule y"}}, 1}} {
			*c = x.c
			path := fmt.Sprintf("/c/%v/%d", h2, x.hits)
			resp := must(g.client(h2).Post(s.URL+path, "text/plain", strings.NewReader("hello")))
			got := body(t, resp)
			if resp.StatusCode != 403 || strings.Contains(got, "secret") ||
				!strings.Contains(got, x.c.Request.Refuse+x.c.Response.Refuse) || hits.Load() != x.hits {
				t.Errorf("%s: %d %q, %d hits", path, resp.StatusCode, got, hits.Load())
			}
			f := g.sink.done(t, path)
			if f.Err != x.c.Request.Refuse+x.c.Response.Refuse || (f.Response == nil) != (x.hits == 0) ||
				f.Response != nil && (len(f.Response.Body.Data) > 0 || f.Response.Status != 200) {
				t.Errorf("%s: recorded %+v", path, f)
			}
		}
		if a := g.proxy.Stats().Active; a != 0 {
			t.Errorf("%d exchanges are still active", a)
		}
	}
}

// TestChangePanics checks that a change that panics is skipped and counted, and that no change is
// requested for URLs outside the scope.
func TestChangePanics(t *testing.T) {
	var skipped atomic.Int64
	boom := func(http.Header) bool { panic("boom") }
	boomBody := func(http.Header, []byte) ([]byte, bool) { panic("boom") }
	c := &Change{
		Request: Side{Header: boom, Body: boomBody}, Response: Side{Header: boom, Body: boomBody}, MaxBody: 1000,
		Skipped: func() { skipped.Add(1) },
	}
	logged := make(logLines, 10)
	g := newChangingRig(t, c, func(cfg *Config) {
		cfg.Scope.Exclude = []ScopeRule{must(ParseScopeRule("127.0.0.1/c/out"))}
		cfg.Logger = slog.New(slog.NewTextHandler(logged, nil))
	})
	s := g.plain(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	resp := must(g.client(false).Post(s.URL+"/c", "text/plain", strings.NewReader("hello")))
	if got := body(t, resp); got != "hello" || skipped.Load() != 4 {
		t.Errorf("in scope: got %q, %d changes skipped", got, skipped.Load())
	}
	if line := <-logged; !strings.Contains(line, "panic=boom") || len(logged) != 3 || g.proxy.Stats().Panics != 4 {
		t.Errorf("%d panics, logged %s and %d more", g.proxy.Stats().Panics, line, len(logged))
	}
	resp = must(g.client(false).Post(s.URL+"/c/out", "text/plain", strings.NewReader("hello")))
	if got := body(t, resp); got != "hello" || skipped.Load() != 4 {
		t.Errorf("out of scope: got %q, %d changes skipped", got, skipped.Load())
	}
}

// TestChangeOfTruncatedResponse checks that a response which is cut off while the proxy buffers it
// is cut off for the client as well.
func TestChangeOfTruncatedResponse(t *testing.T) {
	c := &Change{Response: Side{Body: upperBody}, MaxBody: 1000}
	g := newChangingRig(t, c)
	s := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	for _, h2 := range []bool{false, true} {
		resp, err := g.client(h2).Get(s.URL + "/c")
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if err == nil {
			t.Error("the client got no error for a truncated body")
		}
	}
	if f := g.sink.done(t, "/c"); !strings.Contains(f.Err, "cut off") {
		t.Errorf("recorded %+v", f)
	}
}

// TestChangeOfUpgrade checks that body changes skip an upgraded connection, while the change of the
// request header applies.
func TestChangeOfUpgrade(t *testing.T) {
	var skipped atomic.Int64
	c := &Change{
		Request:  Side{Header: func(h http.Header) bool { h.Set("X-Added", "out"); return true }, Body: upperBody},
		Response: Side{Body: upperBody},
		MaxBody:  1000,
		Skipped:  func() { skipped.Add(1) },
	}
	g := newChangingRig(t, c)
	s := g.plain(func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprintf(rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhi %s",
			r.Header.Get("X-Added"))
		rw.Flush()
	})
	conn := g.connect(hostOf(s), "")
	io.WriteString(conn, "GET /c HTTP/1.1\r\nHost: "+hostOf(s)+"\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	got, err := io.ReadAll(conn)
	if err != nil && !errors.Is(err, io.EOF) || !bytes.HasPrefix(got, []byte("HTTP/1.1 101")) ||
		!bytes.HasSuffix(got, []byte("hi out")) {
		t.Errorf("got %q, %v", got, err)
	}
	if n := skipped.Load(); n != 1 {
		t.Errorf("body changes were skipped %d times, want 1", n)
	}
}

// TestChangeOfEncodedBody checks that a changed response body loses its Content-Encoding, and that
// an encoded body which the change returns unmodified is passed on as it arrived.
func TestChangeOfEncodedBody(t *testing.T) {
	yes := true
	c := &Change{MaxBody: 1000, Response: Side{Body: func(h http.Header, b []byte) ([]byte, bool) {
		if h.Get("Content-Encoding") != "gzip" {
			t.Error("the change was called without Content-Encoding: gzip")
		}
		return []byte("plain"), yes
	}}}
	g := newChangingRig(t, c)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	io.WriteString(w, "original")
	w.Close()
	s := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Trailer", "X-Sum")
		w.Write(packed.Bytes())
		w.Header().Set("X-Sum", "1")
	})
	for _, yes = range []bool{true, false} {
		want, encoding := "plain", ""
		if !yes {
			want, encoding = packed.String(), "gzip"
		}
		resp := must(g.client(false).Get(s.URL + "/c"))
		if got := body(t, resp); got != want || resp.Header.Get("Content-Encoding") != encoding ||
			resp.Trailer.Get("X-Sum") != "1" {
			t.Errorf("got %q, %v, %v", got, resp.Header, resp.Trailer)
		}
	}
}
