package egress

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// flaky starts a server that answers the first request of each connection and closes the connection
// after reading the second.
func flaky(t *testing.T) (url string, requests *atomic.Int32) {
	l := must.Get(net.Listen("tcp", "127.0.0.1:0"))
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

// TestNotSentTwice: when a connection breaks, net/http sends a request again by itself. Here it
// does so for reads only.
func TestNotSentTwice(t *testing.T) {
	for _, x := range []struct {
		name string
		call Call
		want int32 // requests for the second call
	}{
		{"read", Call{Method: "GET"}, 2},
		{"read with an idempotency key", Call{Method: "GET", Header: []Pair{{"Idempotency-Key", "1"}}}, 2},
		{"read with Once", Call{Method: "GET", Once: true}, 1},
		{"write with an idempotency key", Call{Method: "POST", Body: []byte("x"), Header: []Pair{{"Idempotency-Key", "1"}}}, 1},
		{"write without a body", Call{Method: "DELETE", Header: []Pair{{"x-idempotency-key", "1"}}}, 1},
		{"write with Once", Call{Method: "DELETE", Once: true}, 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			url, requests := flaky(t)
			cl := newClient(t, Config{Named: []string{url}})
			get(t, cl, Call{URL: parse(t, url)})
			before := requests.Load()
			x.call.URL = parse(t, url)
			if resp, err := cl.Do(t.Context(), x.call); err == nil {
				resp.Body.Close()
			}
			if n := requests.Load() - before; n != x.want {
				t.Errorf("%d requests, want %d", n, x.want)
			}
		})
	}
}

// TestIdempotencyKeyArrives: servers find the idempotency key of a write, however it is spelled in
// the call and sent.
func TestIdempotencyKeyArrives(t *testing.T) {
	url, requests := received(t)
	cl := newClient(t, Config{Named: []string{url}})
	for _, name := range []string{"Idempotency-Key", "idempotency-key", "X-Idempotency-Key", "x-idempotency-Key"} {
		resp := must.Get(cl.Do(t.Context(), Call{Method: "POST", URL: parse(t, url), Header: []Pair{{name, "k-1"}}}))
		resp.Body.Close()
		r := must.Get(http.ReadRequest(bufio.NewReader(strings.NewReader(string(<-requests)))))
		if got := r.Header.Get(name); got != "k-1" {
			t.Errorf("%s: the server reads %q", name, got)
		}
	}
}

// TestOnce: a call with Once is neither retried nor redirected.
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

// A call with Once has a connection of its own: on one that was used before, net/http sends a
// request again by itself. So has one that signs in its connection. Other calls share one.
func TestOnceConnects(t *testing.T) {
	var connections atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	with := func(authorization string) []Credential {
		return []Credential{{In: InHeader, Name: "Authorization", Value: authorization}}
	}
	for _, x := range []struct {
		name string
		call Call
		want int32
	}{
		{"once", Call{Once: true}, 3},
		{"shared", Call{}, 1},
		{"a token", Call{Credentials: with("Bearer a")}, 1},
		{"Negotiate", Call{Credentials: with("negotiate YII=")}, 3},
		{"NTLM", Call{Header: []Pair{{Name: "authorization", Value: "NTLM TlRM"}}}, 3},
	} {
		connections.Store(0)
		cl := newClient(t, Config{Named: []string{srv.URL}})
		for range 3 {
			x.call.URL = parse(t, srv.URL)
			get(t, cl, x.call)
		}
		if got := connections.Load(); got != x.want {
			t.Errorf("%s: %d connections", x.name, got)
		}
	}
}
