package egress

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// TestRetry: GET and HEAD are retried, other methods are not.
func TestRetry(t *testing.T) {
	var n atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if after := r.URL.Query().Get("after"); after != "" {
			w.Header().Set("Retry-After", after)
		}
		if n.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer srv.Close()
	cl := newClient(t, Config{Named: []string{srv.URL}, Retry: Retry{Times: 3, Wait: time.Millisecond, MaxWait: time.Second}})
	for _, x := range []struct {
		method, query string
		status        int
		requests      int32
	}{{"GET", "", 200, 3}, {"HEAD", "", 200, 3}, {"POST", "", 503, 1}, {"DELETE", "", 503, 1}, {"GET", "?after=3600", 503, 1}} {
		n.Store(0)
		if status, _ := get(t, cl, Call{Method: x.method, URL: parse(t, srv.URL+"/"+x.query)}); status != x.status || n.Load() != x.requests {
			t.Errorf("%s %s: %d after %d requests", x.method, x.query, status, n.Load())
		}
	}
}

// TestLimit: calls to one origin are limited in number at once and per second.
func TestLimit(t *testing.T) {
	var now, most atomic.Int32
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		<-release
		now.Add(-1)
	}))
	defer srv.Close()
	cl := newClient(t, Config{Named: []string{srv.URL}, Limit: Limit{Concurrent: 2, PerSecond: 500}})
	done := make(chan struct{})
	start := time.Now()
	for range 10 {
		go func() {
			get(t, cl, Call{URL: parse(t, srv.URL)})
			done <- struct{}{}
		}()
	}
	for range 10 {
		release <- struct{}{} // one call ends, the next may start
	}
	for range 10 {
		<-done
	}
	if most.Load() > 2 {
		t.Errorf("%d calls at once", most.Load())
	}
	if d := time.Since(start); d < 18*time.Millisecond {
		t.Errorf("10 calls within %v, want at most 500 per second", d)
	}
}
