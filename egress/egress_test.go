package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func parse(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func newClient(t testing.TB, c Config) *Client {
	t.Helper()
	cl, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// get calls and returns status and body.
func get(t testing.TB, cl *Client, c Call) (int, string) {
	t.Helper()
	if c.Method == "" {
		c.Method = "GET"
	}
	resp, err := cl.Do(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := ReadBody(resp)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// TestOrigins lets out what is named and nothing else.
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
		if _, err := cl.Do(context.Background(), Call{Method: "GET", URL: parse(t, x.url)}); !errors.Is(err, x.want) {
			t.Errorf("%s: %v, want %v", x.url, err, x.want)
		}
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

// fixed resolves every name to the same addresses, another set each time.
type fixed struct {
	sets [][]netip.Addr
	n    atomic.Int32
}

func (f *fixed) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	n := int(f.n.Add(1)) - 1
	return f.sets[min(n, len(f.sets)-1)], nil
}

// TestRebinding resolves a name to a public address first and to a private one next: what is dialled was checked.
func TestRebinding(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Error("reached") }))
	defer srv.Close()
	port := parse(t, srv.URL).Port()
	public, private := netip.MustParseAddr("8.8.8.8"), netip.MustParseAddr("127.0.0.1")
	for _, sets := range [][][]netip.Addr{{{private}}, {{public, private}}, {{netip.MustParseAddr("::ffff:127.0.0.1")}}} {
		cl := newClient(t, Config{Origins: []string{"http://api.example.com:" + port}, Resolver: &fixed{sets: sets}})
		_, err := cl.Do(context.Background(), Call{Method: "GET", URL: parse(t, "http://api.example.com:"+port)})
		if !errors.Is(err, ErrAddress) {
			t.Errorf("%v: %v", sets, err)
		}
	}
}

// TestLocalhost takes names below localhost to this machine without asking, and no further than other private addresses.
func TestLocalhost(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()
	port := parse(t, srv.URL).Port()
	elsewhere := &fixed{sets: [][]netip.Addr{{netip.MustParseAddr("8.8.8.8")}}}
	for _, host := range []string{"localhost", "shop.localhost", "Shop.LOCALHOST."} {
		origin := "http://" + host + ":" + port
		if status, _ := get(t, newClient(t, Config{Named: []string{origin}, Resolver: elsewhere}), Call{URL: parse(t, origin)}); status != 200 {
			t.Errorf("%s: %d", host, status)
		}
		if _, err := newClient(t, Config{Origins: []string{origin}, Resolver: elsewhere}).Do(context.Background(), Call{Method: "GET", URL: parse(t, origin)}); !errors.Is(err, ErrAddress) {
			t.Errorf("%s, not named: %v", host, err)
		}
	}
	if n := elsewhere.n.Load(); n != 0 {
		t.Errorf("the resolver was asked %d times", n)
	}
}

func TestPublic(t *testing.T) {
	for a, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true, "127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "0.0.0.0": false, "255.255.255.255": false, "224.0.0.1": false, "198.18.0.1": false,
		"240.0.0.1": false, "192.0.2.1": false, "::1": false, "::": false, "fe80::1": false, "fc00::1": false, "fec0::1": false,
		"::ffff:10.0.0.1": false, "64:ff9b::a00:1": false, "2002:7f00:1::": false, "2001::1": false, "2001:db8::1": false, "ff02::1": false,
		"fe80::1%eth0": false, "::7f00:1": false, "::ffff:0:127.0.0.1": false, "64:ff9b:1::7f00:1": false, "5f00::1": false, "100::1": false,
		"4000::1": false, "fd00:ec2::254": false, "3fff::1": false, "2a00:1450:4001::200e": true, "100.100.100.200": false, "192.0.0.192": false,
	} {
		if got := Public(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s: %v", a, got)
		}
	}
}

// TestRedirects follows those of GET within what is allowed; another origin sees no credential.
func TestRedirects(t *testing.T) {
	var home, away *httptest.Server
	var seen []string
	h := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = append(seen, fmt.Sprintf("%s %s %s key=%q auth=%q cookie=%q x=%q", name, r.Method, r.URL.Path,
				r.URL.Query().Get("key"), r.Header.Get("Authorization"), r.Header.Get("Cookie"), r.Header.Get("X-Key")))
			if to := r.URL.Query().Get("to"); to != "" {
				w.Header().Set("Location", to)
				w.WriteHeader(http.StatusTemporaryRedirect)
			}
		})
	}
	home, away = httptest.NewServer(h("home")), httptest.NewServer(h("away"))
	defer home.Close()
	defer away.Close()
	cl := newClient(t, Config{Named: []string{home.URL, away.URL}})
	call := func(method, to string) int {
		seen = nil
		resp, err := cl.Do(context.Background(), Call{
			Method: method, URL: parse(t, home.URL+"/a?to="+url.QueryEscape(to)),
			Header: []Pair{{"X-Trace", "1"}}, Cookies: []Pair{{"c", "1"}},
			Credentials: []Credential{{InHeader, "Authorization", "Bearer s"}, {InHeader, "X-Key", "s"}, {InQuery, "key", "s"}, {InCookie, "sid", "s"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	const full = `key="s" auth="Bearer s" cookie="c=1; sid=s" x="s"`
	const bare = `key="" auth="" cookie="" x=""`
	for _, x := range []struct {
		name, method, to string
		status           int
		last             string
	}{
		{"same origin", "GET", "/b", 200, "home GET /b " + full},
		{"other origin", "GET", away.URL + "/b", 200, "away GET /b " + bare},
		{"origin that is not allowed", "GET", "http://169.254.169.254/", 307, "home GET /a " + full},
		{"other scheme", "GET", "file:///etc/passwd", 307, "home GET /a " + full},
		{"post", "POST", "/b", 307, "home POST /a " + full},
		{"delete", "DELETE", "/b", 307, "home DELETE /a " + full},
		{"round and round", "GET", "/a?to=/a?to=/a", 200, "home GET /a " + full},
	} {
		if got := call(x.method, x.to); got != x.status || seen[len(seen)-1] != x.last {
			t.Errorf("%s: %d, %q", x.name, got, seen)
		}
	}
}

// TestHeaders refuses what could make another request, and sees credentials replace what a call brought.
func TestHeaders(t *testing.T) {
	var got *http.Request
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r }))
	defer srv.Close()
	cl := newClient(t, Config{Named: []string{srv.URL}})
	for _, p := range []Pair{
		{"X", "a\r\nY: b"}, {"X", "a\nb"}, {"X", "a\x00b"}, {"X Y", "a"}, {"", "a"}, {"X:", "a"}, {"Host", "evil.example"},
		{"Transfer-Encoding", "chunked"}, {"content-length", "5"}, {"Connection", "x"}, {"Cookie", "a=b"}, {"Upgrade", "h2c"},
	} {
		if _, err := cl.Do(context.Background(), Call{Method: "GET", URL: parse(t, srv.URL), Header: []Pair{p}}); !errors.Is(err, ErrHeader) {
			t.Errorf("%q: %v", p, err)
		}
	}
	for _, p := range []Pair{{"a", "x;b=y"}, {"a", "x\r\nX: y"}, {"a b", "x"}, {"", "x"}} {
		if _, err := cl.Do(context.Background(), Call{Method: "GET", URL: parse(t, srv.URL), Cookies: []Pair{p}}); !errors.Is(err, ErrHeader) {
			t.Errorf("cookie %q: %v", p, err)
		}
	}
	if got != nil {
		t.Fatal("something arrived")
	}
	get(t, cl, Call{
		URL:    parse(t, srv.URL+"/?key=mine&a=1&k%65y=too"),
		Header: []Pair{{"authorization", "mine"}, {"X-Api-Key", "mine"}}, Cookies: []Pair{{"sid", "mine"}, {"other", "1"}},
		Credentials: []Credential{{InHeader, "Authorization", "theirs"}, {InHeader, "X-API-Key", "theirs"}, {InQuery, "key", "the&irs"}, {InCookie, "sid", "theirs"}},
	})
	if got.Header.Get("Authorization") != "theirs" || got.Header.Get("X-Api-Key") != "theirs" ||
		got.Header.Get("Cookie") != "other=1; sid=theirs" || got.URL.RawQuery != "a=1&key=the%26irs" {
		t.Errorf("%v %v", got.URL, got.Header)
	}
}

func TestCredentialsDoNotPrint(t *testing.T) {
	c := Credential{InHeader, "X-Key", "hunter2"}
	for _, s := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), fmt.Sprintf("%v", []Credential{c})} {
		if strings.Contains(s, "hunter2") {
			t.Error(s)
		}
	}
	cl := newClient(t, Config{Named: []string{"http://127.0.0.1:1"}})
	_, err := cl.Do(context.Background(), Call{Method: "GET", URL: parse(t, "http://127.0.0.1:1/"), Credentials: []Credential{{InQuery, "key", "hunter2"}}})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

// TestSize cuts answers, and tells those that just fit from those that do not.
func TestSize(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, strings.Repeat("x", len(r.URL.Path)-1))
	}))
	defer srv.Close()
	cl := newClient(t, Config{Named: []string{srv.URL}, MaxBody: 10})
	for n, want := range map[int]bool{0: false, 9: false, 10: false, 11: true, 5000: true} {
		resp, err := cl.Do(context.Background(), Call{Method: "GET", URL: parse(t, srv.URL+"/"+strings.Repeat("p", n))})
		if err != nil {
			t.Fatal(err)
		}
		data, truncated, err := ReadBody(resp)
		if err != nil || truncated != want || len(data) != min(n, 10) {
			t.Errorf("%d bytes: %d, %v, %v", n, len(data), truncated, err)
		}
	}
}

func TestTimeout(t *testing.T) {
	stop := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			io.WriteString(w, "begun")
			w.(http.Flusher).Flush()
		}
		<-stop
	}))
	defer srv.Close()
	defer close(stop)
	cl := newClient(t, Config{Named: []string{srv.URL}, Timeout: 50 * time.Millisecond})
	if _, err := cl.Do(context.Background(), Call{Method: "GET", URL: parse(t, srv.URL)}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no answer: %v", err)
	}
	cl = newClient(t, Config{Named: []string{srv.URL}, Timeout: 2 * time.Second}) // long enough for what begins at once
	resp, err := cl.Do(context.Background(), Call{Method: "GET", URL: parse(t, srv.URL+"/slow")})
	if err != nil {
		t.Fatal(err)
	}
	if data, _, err := ReadBody(resp); err == nil || string(data) != "begun" {
		t.Errorf("half an answer: %q, %v", data, err)
	}
}

// TestRetry tries GET again and nothing else.
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

// TestLimit keeps calls to a host apart.
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
		release <- struct{}{} // one in work ends, the next may start
	}
	for range 10 {
		<-done
	}
	if most.Load() > 2 {
		t.Errorf("%d at once", most.Load())
	}
	if d := time.Since(start); d < 18*time.Millisecond {
		t.Errorf("10 calls within %v, 500 a second were allowed", d)
	}
}

// TestEnvironment does not look at the environment's proxy.
func TestEnvironment(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()
	if status, _ := get(t, newClient(t, Config{Named: []string{srv.URL}}), Call{URL: parse(t, srv.URL)}); status != 200 {
		t.Error(status)
	}
}

func TestProxy(t *testing.T) {
	proxied := ""
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { proxied = r.URL.String() }))
	defer proxy.Close()
	cl := newClient(t, Config{Origins: []string{"http://api.example.com"}, Proxy: parse(t, proxy.URL)})
	get(t, cl, Call{URL: parse(t, "http://api.example.com/x")})
	if proxied != "http://api.example.com/x" {
		t.Errorf("proxied %q", proxied)
	}
	private := newClient(t, Config{Proxy: parse(t, proxy.URL), Origins: []string{
		"http://127.0.0.1", "http://[::ffff:10.0.0.1]", "http://169.254.169.254", "http://localhost", "http://x.localhost.", "http://127.1", "http://2130706433", "http://0x7f000001",
	}, Named: []string{"http://10.1.1.1"}})
	for _, origin := range private.c.Origins {
		proxied = ""
		if _, err := private.Do(context.Background(), Call{Method: "GET", URL: parse(t, origin+"/")}); !errors.Is(err, ErrAddress) || proxied != "" {
			t.Errorf("%s: %v, proxied %q", origin, err, proxied)
		}
	}
	if get(t, private, Call{URL: parse(t, "http://10.1.1.1/x")}); proxied != "http://10.1.1.1/x" {
		t.Errorf("named: proxied %q", proxied)
	}
	if _, err := New(Config{Proxy: parse(t, "socks5://127.0.0.1:1")}); err == nil {
		t.Error("a proxy of another kind was taken")
	}
}
