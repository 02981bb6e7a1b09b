package egress

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"
)

// TestOrigins: calls reach the origins of the configuration and no other.
func TestOrigins(t *testing.T) {
	var hits atomic.Int32
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hits.Add(1) })
	named, other := httptest.NewServer(h), httptest.NewServer(h)
	defer named.Close()
	defer other.Close()
	port := parse(t, named.URL).Port()
	cl := newClient(t, Config{Named: []string{named.URL}, Origins: []string{other.URL, "https://api.example.com"}})
	if status, _ := get(t, cl, Call{URL: parse(t, named.URL+"/x")}); status != 200 {
		t.Errorf("named: %d", status)
	}
	for _, x := range []struct {
		url  string
		want error
	}{
		{other.URL, ErrAddress}, // allowed as an origin, but private
		{"http://localhost:" + port, ErrOrigin},
		{"http://127.0.0.2:" + port, ErrOrigin},
		{"https://127.0.0.1:" + port, ErrOrigin},
		{"http://user@127.0.0.1:" + port, ErrOrigin},
		{"http://api.example.com", ErrOrigin},
		{"https://api.example.com.evil.example", ErrOrigin},
		{"file:///etc/passwd", ErrOrigin},
		{"gopher://127.0.0.1", ErrOrigin},
		{"//127.0.0.1", ErrOrigin},
	} {
		t.Run(x.url, func(t *testing.T) {
			if _, err := cl.Do(t.Context(), Call{Method: "GET", URL: parse(t, x.url)}); !errors.Is(err, x.want) {
				t.Errorf("got %v, want %v", err, x.want)
			}
		})
	}
	if _, err := cl.Do(context.Background(), Call{Method: "CONNECT", URL: parse(t, named.URL)}); !errors.Is(err, ErrMethod) {
		t.Errorf("CONNECT: %v", err)
	}
	if n := hits.Load(); n != 1 {
		t.Errorf("%d requests arrived", n)
	}
	open := newClient(t, Config{Origins: []string{other.URL}, AllowPrivate: true})
	if status, _ := get(t, open, Call{URL: parse(t, other.URL)}); status != 200 {
		t.Errorf("private and allowed: %d", status)
	}
}

// fixed resolves every name to the first set of addresses, then to the next, and at last always to
// the last.
type fixed struct {
	sets [][]netip.Addr
	n    atomic.Int32
}

func (f *fixed) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	n := int(f.n.Add(1)) - 1
	return f.sets[min(n, len(f.sets)-1)], nil
}

// TestRebinding: a name with a private address, alone or among public ones, is not dialled.
func TestRebinding(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Error("reached") }))
	defer srv.Close()
	port := parse(t, srv.URL).Port()
	public, private := netip.MustParseAddr("8.8.8.8"), netip.MustParseAddr("127.0.0.1")
	for _, sets := range [][][]netip.Addr{{{private}}, {{public, private}}, {{netip.MustParseAddr("::ffff:127.0.0.1")}}} {
		t.Run(fmt.Sprint(sets), func(t *testing.T) {
			cl := newClient(t, Config{Origins: []string{"http://api.example.com:" + port}, Resolver: &fixed{sets: sets}})
			_, err := cl.Do(t.Context(), Call{Method: "GET", URL: parse(t, "http://api.example.com:"+port)})
			if !errors.Is(err, ErrAddress) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestLocalhost: names below localhost are this machine, without a look-up, and private like other
// addresses of it.
func TestLocalhost(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()
	port := parse(t, srv.URL).Port()
	elsewhere := &fixed{sets: [][]netip.Addr{{netip.MustParseAddr("8.8.8.8")}}}
	for _, host := range []string{"localhost", "shop.localhost", "Shop.LOCALHOST."} {
		t.Run(host, func(t *testing.T) {
			origin := "http://" + host + ":" + port
			named := newClient(t, Config{Named: []string{origin}, Resolver: elsewhere})
			if status, _ := get(t, named, Call{URL: parse(t, origin)}); status != 200 {
				t.Errorf("named: status %d", status)
			}
			other := newClient(t, Config{Origins: []string{origin}, Resolver: elsewhere})
			_, err := other.Do(t.Context(), Call{Method: "GET", URL: parse(t, origin)})
			if !errors.Is(err, ErrAddress) {
				t.Errorf("not named: %v", err)
			}
		})
	}
	if n := elsewhere.n.Load(); n != 0 {
		t.Errorf("%d look-ups, want none", n)
	}
}
