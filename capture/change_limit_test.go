package capture

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// TestChangeUpToLimit checks that bodies up to the limit are changed, with a length and without,
// and that larger ones pass unchanged and are counted.
func TestChangeUpToLimit(t *testing.T) {
	const limit = 1000
	var skipped atomic.Int64
	g := newChangingRig(t, &Change{RequestBody: upperBody, ResponseBody: upperBody, MaxBody: limit, Skipped: func() { skipped.Add(1) }})
	s := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		got, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Got", string(got[:1]))
		if r.URL.Path == "/c/chunked" {
			w.(http.Flusher).Flush()
		}
		io.WriteString(w, strings.Repeat("y", len(bytes.TrimSuffix(got, []byte("!")))))
	})
	cl := g.client(false)
	for _, path := range []string{"/c/sized", "/c/chunked"} {
		for size, isChanged := range map[int]bool{limit - 1: true, limit: true, limit + 1: false} {
			before := skipped.Load()
			resp := must(cl.Post(s.URL+path, "text/plain", strings.NewReader(strings.Repeat("x", size))))
			sent, got := resp.Header.Get("X-Got"), body(t, resp)
			want, wantSent, wantSkipped := strings.Repeat("y", size), "x", int64(2)
			if isChanged {
				want, wantSent, wantSkipped = strings.ToUpper(want)+"!", "X", 0
			}
			if sent != wantSent || got != want || skipped.Load()-before != wantSkipped {
				t.Errorf("%s of %d bytes: the server got %s, the client %d bytes %.1s; %d skipped", path, size, sent, len(got), got, skipped.Load()-before)
			}
		}
	}
}

// endless is a body that goes on.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
func (endless) Close() error               { return nil }

// TestReadAheadCloses checks that a body that was closed before its end returns an error, so that
// it does not look complete.
func TestReadAheadCloses(t *testing.T) {
	g := gather(endless{})
	g.Close()
	for range 1000 { // what was read before, at random
		if n, err := g.Read(make([]byte, copySize)); err != nil {
			if !errors.Is(err, errClosed) {
				t.Errorf("got %v", err)
			}
			return
		} else if n == 0 {
			t.Fatal("nothing and no error")
		}
	}
	t.Error("the body goes on")
}

// asked is a Changer that changes nothing and knows what it was asked.
type asked struct {
	idle atomic.Bool
	seen chan string
}

func (a *asked) Idle() bool { return a.idle.Load() }

func (a *asked) Change(method, url string) *Change {
	a.seen <- method + " " + url
	return nil
}

// TestChangerIsAsked checks by which method and URL a change is chosen, and that an idle Changer is
// not asked.
func TestChangerIsAsked(t *testing.T) {
	a := &asked{seen: make(chan string, 10)}
	g := newRig(t, func(c *Config) { c.Changer = a })
	up := g.upstream(func(http.ResponseWriter, *http.Request) {})
	for _, tt := range []struct{ method, path string }{{"GET", "/a%2Fb?c=d%20e"}, {"DELETE", "/"}, {"POST", "/a?"}} {
		r := must(http.NewRequest(tt.method, up.URL+tt.path, nil))
		r.Host = "other.example"
		body(t, must(g.client(true).Do(r)))
		if got, want := <-a.seen, tt.method+" "+up.URL+strings.TrimSuffix(tt.path, "?"); got != want {
			t.Errorf("asked for %s, want %s", got, want)
		}
	}
	a.idle.Store(true)
	body(t, must(g.client(true).Get(up.URL)))
	if len(a.seen) > 0 {
		t.Errorf("an idle one is asked for %s", <-a.seen)
	}
}

// TestChangeKeepsTrailers checks that the trailers of a response whose body is changed arrive.
func TestChangeKeepsTrailers(t *testing.T) {
	g := newChangingRig(t, &Change{ResponseBody: upperBody, MaxBody: 1000})
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-End")
		io.WriteString(w, "hello")
		w.Header().Set("X-End", "1")
	})
	for _, h2 := range []bool{false, true} {
		resp := must(g.client(h2).Get(up.URL + "/c"))
		if got := body(t, resp); got != "HELLO!" || resp.Trailer.Get("X-End") != "1" {
			t.Errorf("HTTP/2 %t: %q with the trailers %v", h2, got, resp.Trailer)
		}
	}
}

// TestStreams checks which messages are streams, whose readers do not wait for the end.
func TestStreams(t *testing.T) {
	for media, want := range map[string]bool{
		"text/event-stream": true, "text/event-stream; charset=utf-8": true, "application/x-ndjson": true, "application/jsonl": true,
		"application/json-seq": true, "multipart/x-mixed-replace; boundary=a": true,
		"application/grpc": true, "application/grpc-web+proto": true, "application/connect+json": true,
		"": false, "application/json": false, "text/plain": false, "multipart/form-data; boundary=a": false, "application/connect": false,
	} {
		if got := streams(http.Header{"Content-Type": {media}}); got != want {
			t.Errorf("%q: %t", media, got)
		}
	}
}
