package egress

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// flaky answers the first request of each connection and breaks off at the second, once it has read it.
func flaky(t *testing.T) (url string, requests *atomic.Int32) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	requests = new(atomic.Int32)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				r := bufio.NewReader(c)
				for n := range 2 {
					req, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					req.Body.Close()
					requests.Add(1)
					if n == 0 {
						c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
					}
				}
			}()
		}
	}()
	return "http://" + l.Addr().String(), requests
}

// TestNotSentTwice breaks a connection under a request that the library would send again by itself.
func TestNotSentTwice(t *testing.T) {
	for _, x := range []struct {
		name string
		call Call
		want int32 // requests for the second call
	}{
		{"a read may be", Call{Method: "GET"}, 2},
		{"a read that was agreed to once", Call{Method: "GET", Once: true}, 1},
		{"a key does not make a write a read", Call{Method: "POST", Body: []byte("x"), Header: []Pair{{"Idempotency-Key", "1"}}}, 1},
		{"nor without a body", Call{Method: "DELETE", Header: []Pair{{"x-idempotency-key", "1"}}}, 1},
		{"a write that was agreed to once", Call{Method: "DELETE", Once: true}, 1},
	} {
		url, requests := flaky(t)
		cl := newClient(t, Config{Named: []string{url}})
		get(t, cl, Call{URL: parse(t, url)})
		before := requests.Load()
		x.call.URL = parse(t, url)
		if resp, err := cl.Do(context.Background(), x.call); err == nil {
			resp.Body.Close()
		}
		if n := requests.Load() - before; n != x.want {
			t.Errorf("%s: %d requests, want %d", x.name, n, x.want)
		}
	}
}

// TestOnce follows no redirect and tries nothing again.
func TestOnce(t *testing.T) {
	var n atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		if r.URL.Path == "/busy" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusFound)
	}))
	defer srv.Close()
	cl := newClient(t, Config{Named: []string{srv.URL}, Retry: Retry{Times: 3, Wait: time.Millisecond}})
	for path, want := range map[string]int{"/busy": 503, "/moved": 302} {
		n.Store(0)
		if status, _ := get(t, cl, Call{URL: parse(t, srv.URL+path), Once: true}); status != want || n.Load() != 1 {
			t.Errorf("%s: %d after %d requests", path, status, n.Load())
		}
	}
}
