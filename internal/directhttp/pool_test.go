//go:build unix

package directhttp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"testing"
	"time"
)

// TestIdleConnections checks how many idle connections are kept, of one server and of all, and that
// the others are closed.
func TestIdleConnections(t *testing.T) {
	for _, tt := range []struct {
		name              string
		perHost, all      int
		first, then, both int // connections that are kept of one server, of two, in all
	}{
		{"by default", 0, 0, 2, 2, 4},
		{"of one server", 3, 0, 3, 3, 6},
		{"in all", 3, 4, 3, 1, 4},
		{"fewer in all", 3, 1, 1, 0, 1},
		{"none", -1, 0, 0, 0, 0},
	} {
		tr := New(&http.Transport{MaxIdleConnsPerHost: tt.perHost, MaxIdleConns: tt.all}, nil, nil)
		var open []net.Conn
		for _, addr := range []string{"a:80", "b:80"} {
			for range 4 {
				client, _ := pipe(t)
				open = append(open, client)
				tr.pool.put(newConn(client, key{"http", addr}, &tr.pool, 4096))
			}
		}
		a, b := len(tr.pool.idle[key{"http", "a:80"}]), len(tr.pool.idle[key{"http", "b:80"}])
		if a != tt.first || b != tt.then || tr.pool.n != tt.both {
			t.Errorf("%s: %d and %d are kept, %d counted", tt.name, a, b, tr.pool.n)
		}
		if left := stillOpen(open); left != tt.both {
			t.Errorf("%s: %d are open", tt.name, left)
		}
		tr.CloseIdleConnections()
		if left := stillOpen(open); left != 0 || tr.pool.n != 0 || tr.pool.take(key{"http", "a:80"}) != nil {
			t.Errorf("%s: %d are open at the end", tt.name, left)
		}
	}
}

// stillOpen counts the connections that were not closed at this end.
func stillOpen(all []net.Conn) (n int) {
	for _, c := range all {
		if !errors.Is(c.SetDeadline(time.Time{}), net.ErrClosed) {
			n++
		}
	}
	return n
}

// TestIdleTime takes no connection that was idle for too long, and closes it.
func TestIdleTime(t *testing.T) {
	for timeout, want := range map[time.Duration]bool{0: true, time.Hour: true, time.Minute: false} {
		tr := New(&http.Transport{IdleConnTimeout: timeout}, nil, nil)
		client, _ := pipe(t)
		c := newConn(client, key{"http", "a:80"}, &tr.pool, 4096)
		tr.pool.put(c)
		c.idleSince = time.Now().Add(-2 * time.Minute)
		if got := tr.pool.take(c.key) == c; got != want || stillOpen([]net.Conn{client}) == 1 != want {
			t.Errorf("with a bound of %v: taken %t", timeout, got)
		}
	}
}

// TestBases checks with which settings of its base a transport sends requests itself.
func TestBases(t *testing.T) {
	dial := func(context.Context, string, string) (net.Conn, error) { return nil, nil }
	for name, tt := range map[string]struct {
		base *http.Transport
		own  bool
	}{
		"none but compression": {&http.Transport{DisableCompression: true}, true},
		"compression":          {&http.Transport{}, false},
		"a proxy":              {&http.Transport{DisableCompression: true, Proxy: http.ProxyFromEnvironment}, false},
		"no keep-alive":        {&http.Transport{DisableCompression: true, DisableKeepAlives: true}, false},
		"a time for headers":   {&http.Transport{DisableCompression: true, ResponseHeaderTimeout: 1}, false},
	} {
		tr := New(tt.base, dial, dial)
		for _, url := range []string{"http://a.example/", "https://a.example/"} {
			r := httptest.NewRequest("GET", url, nil)
			if got := tr.dialFor(r) != nil; got != (tt.own && canCheck) {
				t.Errorf("%s, %s: sends itself %t", name, url, got)
			}
			r.Header = nil
			if tr.dialFor(r) != nil {
				t.Errorf("%s: sends a request without a map of headers", name)
			}
		}
	}
}

// TestTrace reports the events of a request in their order.
func TestTrace(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	var events []string
	note := func(what string) { events = append(events, what) }
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		GetConn:              func(addr string) { note("connect to " + addr) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { note("wrote") },
		GotFirstResponseByte: func() { note("first byte") },
	})
	r, err := http.NewRequestWithContext(ctx, "GET", s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := New(&http.Transport{DisableCompression: true}, new(net.Dialer).DialContext, nil)
	defer tr.CloseIdleConnections()
	resp, err := tr.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if want := []string{"connect to " + s.Listener.Addr().String(), "wrote", "first byte"}; !slices.Equal(events, want) {
		t.Errorf("events %q, want %q", events, want)
	}
}
