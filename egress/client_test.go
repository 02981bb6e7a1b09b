package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

func parse(t testing.TB, s string) *url.URL {
	t.Helper()
	return must.Get(url.Parse(s))
}

func newClient(t testing.TB, c Config) *Client {
	t.Helper()
	cl := must.Get(New(c))
	t.Cleanup(cl.Close)
	return cl
}

// get sends a call and returns the status and the body.
func get(t testing.TB, cl *Client, c Call) (int, string) {
	t.Helper()
	if c.Method == "" {
		c.Method = "GET"
	}
	resp := must.Get(cl.Do(context.Background(), c))
	data, _, err := ReadBody(resp)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// TestRedirects: redirects of GET are followed within the origin of the call. Another origin, also
// an allowed one, is not called: the URL may have what the call sent.
func TestRedirects(t *testing.T) {
	var home, away *httptest.Server
	var seen []string
	h := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = append(seen, fmt.Sprintf("%s %s %s key=%q auth=%q cookie=%q x=%q trace=%q accept=%q", name, r.Method, r.URL.Path,
				r.URL.Query().Get("key"), r.Header.Get("Authorization"), r.Header.Get("Cookie"), r.Header.Get("X-Key"), r.Header.Get("X-Trace"), r.Header.Get("Accept")))
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
	call := func(t *testing.T, method, to string) int {
		seen = nil
		resp := must.Get(cl.Do(context.Background(), Call{
			Method: method, URL: parse(t, home.URL+"/a?to="+url.QueryEscape(to)),
			Header: []Pair{{"X-Trace", "1"}, {"accept", "text/x"}}, Cookies: []Pair{{"c", "1"}},
			Credentials: []Credential{{InHeader, "Authorization", "Bearer s"}, {InHeader, "X-Key", "s"}, {InQuery, "key", "s"}, {InCookie, "sid", "s"}},
		}))
		resp.Body.Close()
		return resp.StatusCode
	}
	const full = `key="s" auth="Bearer s" cookie="c=1; sid=s" x="s" trace="1" accept="text/x"`
	for _, x := range []struct {
		name, method, to string
		status           int
		last             string
	}{
		{"same origin", "GET", "/b", 200, "home GET /b " + full},
		{"other origin", "GET", away.URL + "/b", 307, "home GET /a " + full},
		{"other origin with a user", "GET", strings.Replace(away.URL, "://", "://"+parse(t, home.URL).Host+"@", 1) + "/b", 307, "home GET /a " + full},
		{"other origin without a scheme", "GET", strings.TrimPrefix(away.URL, "http:") + "/b", 307, "home GET /a " + full},
		{"own origin in capitals", "GET", strings.Replace(home.URL, "http", "HTTP", 1) + "/b", 200, "home GET /b " + full},
		{"origin that is not allowed", "GET", "http://169.254.169.254/", 307, "home GET /a " + full},
		{"other scheme", "GET", "file:///etc/passwd", 307, "home GET /a " + full},
		{"post", "POST", "/b", 307, "home POST /a " + full},
		{"delete", "DELETE", "/b", 307, "home DELETE /a " + full},
		{"invalid target", "GET", "http://%zz/", 307, "home GET /a " + full},
		{"write in disguise", "GET", "/b?_method=DELETE", 307, "home GET /a " + full},
		{"write in disguise at another origin", "GET", away.URL + "/b?x=1;%5Fmethod%5B%5D=PUT", 307, "home GET /a " + full},
		{"read in disguise", "GET", "/b?_method=HEAD", 200, "home GET /b " + full},
		{"redirect to itself", "GET", "/a?to=/a?to=/a", 200, "home GET /a " + full},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := call(t, x.method, x.to); got != x.status || seen[len(seen)-1] != x.last {
				t.Errorf("got %d, %q", got, seen)
			}
		})
	}
}

func TestRedirectBounds(t *testing.T) {
	for _, x := range []struct {
		name      string
		status    int
		location  string
		redirects int
		requests  int
	}{
		{"default", 302, "/", 0, 6},
		{"two", 302, "/", 2, 3},
		{"none", 302, "/", -1, 1},
		{"moved permanently", 301, "/", 1, 2},
		{"see other", 303, "/", 1, 2},
		{"permanent redirect", 308, "/", 1, 2},
		{"not modified", 304, "/", 1, 1},
		{"no location", 302, "", 1, 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			n := 0
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n++
				if x.location != "" {
					w.Header().Set("Location", x.location)
				}
				w.WriteHeader(x.status)
			}))
			defer srv.Close()
			cl := newClient(t, Config{Named: []string{srv.URL}, Redirects: x.redirects})
			if status, _ := get(t, cl, Call{URL: parse(t, srv.URL)}); status != x.status || n != x.requests {
				t.Errorf("status %d after %d requests, want %d after %d", status, n, x.status, x.requests)
			}
		})
	}
}

func TestRequestAsBuilt(t *testing.T) {
	var got []string
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		got = []string{r.Method, r.RequestURI, string(data), r.UserAgent(), strings.Join(r.Header["X"], "|"), r.Header.Get("Cookie")}
	}))
	defer srv.Close()
	for _, x := range []struct {
		name   string
		config Config
		call   Call
		path   string
		want   []string
	}{
		{"escapes and body", Config{}, Call{Method: "POST", Body: []byte("a\x00b"), Header: []Pair{{"X", "1"}, {"x", "2"}}}, "/a%2Fb;c?q=%41&r",
			[]string{"POST", "/a%2Fb;c?q=%41&r", "a\x00b", "spectap", "1|2", ""}},
		{"cookies", Config{}, Call{Method: "GET", Cookies: []Pair{{"a", "1 2"}, {"b", `"`}}}, "/", []string{"GET", "/", "", "spectap", "", `a=1 2; b="`}},
		{"own user agent", Config{UserAgent: "mine"}, Call{Method: "GET"}, "/", []string{"GET", "/", "", "mine", "", ""}},
		{"user agent of the call", Config{UserAgent: "mine"}, Call{Method: "GET", Header: []Pair{{"user-agent", "its"}}}, "/",
			[]string{"GET", "/", "", "its", "", ""}},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.config.Named = []string{srv.URL}
			x.call.URL = parse(t, srv.URL+x.path)
			get(t, newClient(t, x.config), x.call)
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", x.want) {
				t.Errorf("got  %q\nwant %q", got, x.want)
			}
		})
	}
	cl := newClient(t, Config{Named: []string{srv.URL}})
	for _, x := range []struct {
		name string
		call Call
		want error
	}{
		{"no URL", Call{Method: "GET"}, ErrOrigin},
		{"no method", Call{URL: parse(t, srv.URL)}, ErrMethod},
		{"method with a space", Call{Method: "GET /", URL: parse(t, srv.URL)}, ErrMethod},
	} {
		t.Run(x.name, func(t *testing.T) {
			if _, err := cl.Do(t.Context(), x.call); !errors.Is(err, x.want) {
				t.Errorf("got %v, want %v", err, x.want)
			}
		})
	}
}

func TestFailedCallFreesItsSlot(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			panic(http.ErrAbortHandler)
		}
	}))
	defer srv.Close()
	cl := newClient(t, Config{Named: []string{srv.URL}, Limit: Limit{Concurrent: 1}})
	if _, err := cl.Do(t.Context(), Call{Method: "GET", URL: parse(t, srv.URL+"/broken"), Once: true}); err == nil {
		t.Fatal("no error")
	}
	resp := must.Get(cl.Do(t.Context(), Call{Method: "GET", URL: parse(t, srv.URL)}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := cl.Do(ctx, Call{Method: "GET", URL: parse(t, srv.URL)}); !errors.Is(err, context.Canceled) {
		t.Errorf("a second call while the body of the first is open: %v", err)
	}
	resp.Body.Close()
	must.Do(t, resp.Body.Close())
	get(t, cl, Call{URL: parse(t, srv.URL)})
}

// TestHeaders: header lines that could make another request are refused, and credentials replace
// what the call has under their names.
func TestHeaders(t *testing.T) {
	var got *http.Request
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r }))
	defer srv.Close()
	cl := newClient(t, Config{Named: []string{srv.URL}})
	for _, p := range []Pair{
		{"X", "a\r\nY: b"}, {"X", "a\nb"}, {"X", "a\x00b"}, {"X Y", "a"}, {"", "a"}, {"X:", "a"}, {"Host", "evil.example"},
		{"Transfer-Encoding", "chunked"}, {"content-length", "5"}, {"Connection", "x"}, {"Cookie", "a=b"}, {"Upgrade", "h2c"},
	} {
		t.Run(fmt.Sprintf("header %q", p), func(t *testing.T) {
			_, err := cl.Do(t.Context(), Call{Method: "GET", URL: parse(t, srv.URL), Header: []Pair{p}})
			if !errors.Is(err, ErrHeader) {
				t.Errorf("got %v", err)
			}
		})
	}
	for _, p := range []Pair{{"a", "x;b=y"}, {"a", "x\r\nX: y"}, {"a b", "x"}, {"", "x"}, {"a", "\x1f"}, {"a", "\x7f"}} {
		t.Run(fmt.Sprintf("cookie %q", p), func(t *testing.T) {
			_, err := cl.Do(t.Context(), Call{Method: "GET", URL: parse(t, srv.URL), Cookies: []Pair{p}})
			if !errors.Is(err, ErrHeader) {
				t.Errorf("got %v", err)
			}
		})
	}
	if got != nil {
		t.Fatal("a request arrived")
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
		if !strings.Contains(s, "header X-Key") {
			t.Errorf("%s does not name the credential", s)
		}
	}
	cl := newClient(t, Config{Named: []string{"http://127.0.0.1:1"}})
	_, err := cl.Do(context.Background(), Call{Method: "GET", URL: parse(t, "http://127.0.0.1:1/"), Credentials: []Credential{{InQuery, "key", "hunter2"}}})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

// What follows the scheme of a credential is secret without it, and so are its parts.
func TestSecretsOfCredentials(t *testing.T) {
	for value, want := range map[string]string{
		"hunter2":                 "[hunter2]",
		"Bearer hunter2":          "[Bearer hunter2 hunter2]",
		"basic dXNlcjpodW50ZXIy":  "[basic dXNlcjpodW50ZXIy dXNlcjpodW50ZXIy user:hunter2 hunter2]",
		"Basic not base64":        "[Basic not base64 not base64]",
		"Digest dXNlcjpodW50ZXIy": "[Digest dXNlcjpodW50ZXIy dXNlcjpodW50ZXIy]",
	} {
		if got := fmt.Sprint(Credential{InHeader, "Authorization", value}.Secrets()); got != want {
			t.Errorf("%s: got %s, want %s", value, got, want)
		}
	}
}

// A call to an origin that is not allowed waits for no other, and none waits for it.
func TestForbiddenCallsDoNotWait(t *testing.T) {
	cl := newClient(t, Config{Named: []string{"http://127.0.0.1:1"}, Limit: Limit{PerSecond: 0.001}, Timeout: time.Second})
	for range 3 {
		_, err := cl.Do(t.Context(), Call{Method: "GET", URL: parse(t, "http://127.0.0.1:2/")})
		if !errors.Is(err, ErrOrigin) {
			t.Error(err)
		}
	}
	if n := len(cl.limits.origins); n != 0 {
		t.Errorf("limits are kept of %d origins", n)
	}
}

// TestSize: responses are cut at MaxBody, and one that just fits is not truncated.
func TestSize(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, strings.Repeat("x", len(r.URL.Path)-1))
	}))
	defer srv.Close()
	cl := newClient(t, Config{Named: []string{srv.URL}, MaxBody: 10})
	for n, want := range map[int]bool{0: false, 9: false, 10: false, 11: true, 5000: true} {
		t.Run(fmt.Sprintf("%d bytes", n), func(t *testing.T) {
			resp := must.Get(cl.Do(t.Context(), Call{Method: "GET", URL: parse(t, srv.URL+"/"+strings.Repeat("p", n))}))
			data, truncated, err := ReadBody(resp)
			if err != nil || truncated != want || len(data) != min(n, 10) {
				t.Errorf("got %d bytes, truncated %v, %v", len(data), truncated, err)
			}
		})
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
		t.Errorf("no response: %v", err)
	}
	var resp *http.Response
	for err, timeout := context.DeadlineExceeded, 50*time.Millisecond; err != nil; timeout *= 4 { // until the response begins in time
		cl = newClient(t, Config{Named: []string{srv.URL}, Timeout: timeout})
		if resp, err = cl.Do(context.Background(), Call{Method: "GET", URL: parse(t, srv.URL+"/slow")}); err != nil && timeout > time.Minute {
			t.Fatal(err)
		}
	}
	if data, _, err := ReadBody(resp); err == nil || string(data) != "begun" {
		t.Errorf("half a response: %q, %v", data, err)
	}
}

// TestEnvironment: the proxy variables of the environment are ignored.
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
	for _, origin := range private.config.Origins {
		proxied = ""
		if _, err := private.Do(context.Background(), Call{Method: "GET", URL: parse(t, origin+"/")}); !errors.Is(err, ErrAddress) || proxied != "" {
			t.Errorf("%s: %v, proxied %q", origin, err, proxied)
		}
	}
	if get(t, private, Call{URL: parse(t, "http://10.1.1.1/x")}); proxied != "http://10.1.1.1/x" {
		t.Errorf("named: proxied %q", proxied)
	}
	if _, err := New(Config{Proxy: parse(t, "socks5://127.0.0.1:1")}); err == nil {
		t.Error("a SOCKS proxy was accepted")
	}
}
