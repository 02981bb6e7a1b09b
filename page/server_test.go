package page_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/page"
	"github.com/spectap/spectap/page/wire"
)

type echoIn struct {
	Text string `json:"text"`
}

type echoOut struct {
	Text string   `json:"text"`
	List []string `json:"list"`
}

// testPanel has a call, a file and a feed that counts from where it was.
var testPanel = wire.Panel{
	Name: "test",
	Calls: []wire.Call{
		wire.NewCall("echo", func(_ context.Context, in echoIn) (echoOut, error) {
			if in.Text == "bad" {
				return echoOut{}, &wire.Error{Message: "bad text", Try: "another", Column: 3}
			}
			if in.Text == "secret" {
				return echoOut{}, io.ErrUnexpectedEOF
			}
			return echoOut{Text: in.Text}, nil
		}),
		wire.NewCall("save", func(context.Context, echoIn) (*wire.File, error) {
			return &wire.File{Name: "a.txt", Type: "text/plain", Write: func(w io.Writer) error {
				_, err := io.WriteString(w, "saved")
				return err
			}}, nil
		}),
	},
	Feeds: []wire.Feed{wire.NewFeed("count", func(_ context.Context, in echoIn, last string, send func(string, echoOut) error) error {
		for at := len(last) + 1; at <= 3; at++ {
			if err := send(strings.Repeat("i", at), echoOut{Text: in.Text}); err != nil {
				return err
			}
		}
		return nil
	})},
}

// start serves the test panel and returns the server and its address without a slash.
func start(t *testing.T) (s *page.Server, origin string) { return startPanels(t, testPanel) }

func startPanels(t *testing.T, panels ...wire.Panel) (s *page.Server, origin string) {
	t.Helper()
	return startConfig(t, page.Config{Panels: panels})
}

func startConfig(t *testing.T, c page.Config) (s *page.Server, origin string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.Addr = l.Addr()
	if s, err = page.New(c); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s, "http://" + l.Addr().String()
}

// send sends a request with header lines and returns the response with its body.
func send(t *testing.T, method, url, body string, header ...string) (*http.Response, string) {
	t.Helper()
	r := must.Get(http.NewRequest(method, url, strings.NewReader(body)))
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	resp := must.Get(http.DefaultTransport.RoundTrip(r))
	defer resp.Body.Close()
	data := must.Get(io.ReadAll(resp.Body))
	return resp, string(data)
}

const jsonType = "Content-Type: application/json"

// signIn begins a session with a link and returns its address and the cookie line.
func signIn(t *testing.T, link string) (base, cookie string, status int) {
	t.Helper()
	origin, token, _ := strings.Cut(link, "/#token=")
	resp, body := send(t, "POST", origin+"/session", `{"token":"`+token+`"}`, jsonType, "Origin: "+origin)
	if got := resp.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control of the session: %q", got)
	}
	if resp.StatusCode != 200 {
		return "", "", resp.StatusCode
	}
	var out struct{ Base string }
	must.Do(t, json.Unmarshal([]byte(body), &out))
	c := resp.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != out.Base || len(c.Path) < 20 {
		t.Errorf("cookie: %+v", c)
	}
	return origin + out.Base, "Cookie: " + c.Name + "=" + c.Value, 200
}

func TestAccess(t *testing.T) {
	s, origin := start(t)
	base, cookie, _ := signIn(t, s.URL())
	call := base + "api/test/echo"
	port := origin[strings.LastIndex(origin, ":"):]
	for _, x := range []struct {
		name, method, url string
		header            []string
		want              int
	}{
		{"the page", "POST", call, []string{jsonType, cookie, "Origin: " + origin, "Sec-Fetch-Site: same-origin"}, 200},
		{"a program with the cookie", "POST", call, []string{jsonType, cookie}, 200},
		{"no cookie", "POST", call, []string{jsonType}, 401},
		{"wrong cookie", "POST", call, []string{jsonType, cookie + "x"}, 401},
		{"two cookies", "POST", call, []string{jsonType, cookie + "; " + strings.TrimPrefix(cookie, "Cookie: ")}, 401},
		{"cookie at another path", "POST", origin + "/api/test/echo", []string{jsonType, cookie}, 401},
		{"cookie at a guessed path", "POST", origin + "/s-aaaaaaaaaaaaaaaaaaaaaaaaaa/api/test/echo", []string{jsonType, cookie}, 401},
		{"the page at a path of an earlier program", "GET", origin + "/s-aaaaaaaaaaaaaaaaaaaaaaaaaa/", nil, 200},
		{"a file at such a path", "GET", origin + "/s-aaaaaaaaaaaaaaaaaaaaaaaaaa/page.js", nil, 404},
		{"another origin", "POST", call, []string{jsonType, cookie, "Origin: https://evil.example"}, 403},
		{"another port", "POST", call, []string{jsonType, cookie, "Origin: http://127.0.0.1:1"}, 403},
		{"null origin", "POST", call, []string{jsonType, cookie, "Origin: null"}, 403},
		{"same site without an origin", "GET", base + "api/events?test.count=%7B%7D", []string{cookie, "Sec-Fetch-Site: same-site"}, 403},
		{"cross site without an origin", "GET", base + "api/events?test.count=%7B%7D", []string{cookie, "Sec-Fetch-Site: cross-site"}, 403},
		{"script tag of another port", "GET", origin + "/assets/page.js", []string{"Sec-Fetch-Site: same-site"}, 403},
		{"rebound name", "POST", call, []string{jsonType, cookie, "Host: evil.example" + port}, 403},
		{"rebound name with its origin", "POST", call, []string{jsonType, cookie, "Host: evil.example" + port, "Origin: http://evil.example" + port}, 403},
		{"longer name", "POST", call, []string{jsonType, cookie, "Host: 127.0.0.1.evil.example" + port}, 403},
		{"name that ends as ours", "POST", call, []string{jsonType, cookie, "Host: localhost.evil.example"}, 403},
		{"all addresses", "POST", call, []string{jsonType, cookie, "Host: 0.0.0.0" + port}, 403},
		{"short address", "POST", call, []string{jsonType, cookie, "Host: 127.1" + port}, 403},
		{"own address over TLS", "POST", call, []string{jsonType, cookie, "Origin: https" + strings.TrimPrefix(origin, "http")}, 403},
		{"cookie in other letters", "POST", call, []string{jsonType, strings.ToUpper(cookie)}, 401},
		{"path in capitals", "POST", origin + strings.ToUpper(strings.TrimPrefix(base, origin)) + "api/test/echo", []string{jsonType, cookie}, 404},
		{"another type of JSON", "POST", call, []string{"Content-Type: application/json2", cookie}, 405},
		{"put", "PUT", call, []string{jsonType, cookie, "X-HTTP-Method-Override: POST"}, 405},
		{"page at a rebound name", "GET", origin + "/", []string{"Host: evil.example" + port}, 403},
		{"form", "POST", call, []string{"Content-Type: application/x-www-form-urlencoded", cookie}, 405},
		{"text", "POST", call, []string{"Content-Type: text/plain", cookie}, 405},
		{"get", "GET", call, []string{jsonType, cookie}, 405},
		{"unknown call", "POST", base + "api/test/other", []string{jsonType, cookie}, 404},
		{"unknown feed", "GET", base + "api/events?test.other=%7B%7D", []string{cookie}, 404},
		{"no feed", "GET", base + "api/events", []string{cookie}, 400},
		{"the page itself", "GET", origin + "/", nil, 200},
		{"the head of the page", "HEAD", origin + "/", nil, 200},
		{"a change of the page", "PUT", origin + "/", nil, 404},
		{"a folder", "GET", origin + "/assets/", nil, 404},
		{"the frame of images", "GET", origin + "/drawing", []string{"Sec-Fetch-Site: same-origin"}, 200},
		{"that frame in a foreign page", "GET", origin + "/drawing", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"a link in a foreign page", "GET", origin + "/", []string{"Sec-Fetch-Site: cross-site"}, 200},
		{"a change of that frame", "PUT", origin + "/drawing", nil, 404},
		{"a session below a session", "POST", base + "session", []string{jsonType}, 404},
		{"a stream that continues at no place", "GET", base + "api/events?test.count=%7B%7D&last=%25zz", []string{cookie}, 400},
		{"a stream that is written to", "POST", base + "api/events?test.count=%7B%7D", []string{jsonType, cookie}, 404},
		{"an unknown call of an earlier program", "POST", origin + "/s-aaaaaaaaaaaaaaaaaaaaaaaaaa/api/test/other", []string{jsonType}, 401},
		{"that frame at a rebound name", "GET", origin + "/drawing", []string{"Host: evil.example" + port}, 403},
		{"a file above", "GET", origin + "/assets/..%2fassets.go", nil, 404},
	} {
		t.Run(x.name, func(t *testing.T) {
			resp, body := send(t, x.method, x.url, `{"text":"a"}`, x.header...)
			if resp.StatusCode != x.want {
				t.Errorf("status %d, want %d: %.200s", resp.StatusCode, x.want, body)
			}
			h := resp.Header
			if policy := h.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
				t.Errorf("policy %q", policy)
			}
			if h.Get("Access-Control-Allow-Origin") != "" || h.Get("Cross-Origin-Resource-Policy") != "same-origin" {
				t.Errorf("other origins may read: %v", h)
			}
			if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" ||
				h.Get("Cross-Origin-Opener-Policy") != "same-origin" {
				t.Errorf("no nosniff, a referrer, or an opener: %v", h)
			}
			if isPage := strings.Contains(body, `<script type="module"`); isPage != (x.want == 200 && x.method == "GET" && !strings.HasSuffix(x.url, "/drawing")) {
				t.Errorf("is the page: %t: %.200s", isPage, body)
			}
			if got := h.Get("Cache-Control"); x.want == 200 && (x.url == call || strings.HasSuffix(x.url, "/drawing")) && got != "no-store" {
				t.Errorf("Cache-Control %q", got)
			}
		})
	}
}

// The frame of images can access neither the session nor the page: its origin is opaque, also by
// the sandbox in its own policy, and no other page may embed it.
func TestDrawing(t *testing.T) {
	_, origin := startPanels(t)
	resp, body := send(t, "GET", origin+"/drawing", "")
	policy := resp.Header.Get("Content-Security-Policy")
	want := []string{"sandbox allow-scripts;", "default-src 'none'", "frame-ancestors 'self'"}
	for _, name := range []string{"script", "style"} {
		_, text, _ := strings.Cut(body, "<"+name+">")
		text, _, ok := strings.Cut(text, "</"+name+">")
		if !ok {
			t.Fatalf("no %s in %s", name, body)
		}
		sum := sha256.Sum256([]byte(text))
		want = append(want, name+"-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	for _, w := range want {
		if !strings.Contains(policy, w) {
			t.Errorf("no %s in the policy %q", w, policy)
		}
	}
	if got := resp.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("the type of the frame is %s", got)
	}
	if strings.Contains(policy, "allow-same-origin") {
		t.Errorf("the policy %q gives the frame the origin of the page", policy)
	}
}

// No call of any panel is answered without the cookie, the type and the origin of the page. The
// panels have nothing to answer with: a call that gets through fails.
func TestEveryCallIsGuarded(t *testing.T) {
	s, origin := startPanels(t, panels...)
	base, cookie, _ := signIn(t, s.URL())
	n := 0
	for _, p := range panels {
		for _, c := range p.Calls {
			n++
			for what, x := range map[string]struct {
				header []string
				want   int
			}{
				"another origin": {[]string{jsonType, cookie, "Origin: https://evil.example"}, 403},
				"another port":   {[]string{jsonType, cookie, "Origin: http://127.0.0.1:1"}, 403},
				"cross site":     {[]string{jsonType, cookie, "Sec-Fetch-Site: cross-site"}, 403},
				"no cookie":      {[]string{jsonType, "Origin: " + origin}, 401},
				"no type":        {[]string{cookie, "Origin: " + origin}, 405},
				"a form":         {[]string{"Content-Type: application/x-www-form-urlencoded", cookie}, 405},
				"text":           {[]string{"Content-Type: text/plain", cookie}, 405},
			} {
				if resp, body := send(t, "POST", base+"api/"+p.Name+"/"+c.Name, "{}", x.header...); resp.StatusCode != x.want {
					t.Errorf("%s/%s, %s: status %d, want %d: %s", p.Name, c.Name, what, resp.StatusCode, x.want, body)
				}
			}
		}
	}
	if n < 20 {
		t.Errorf("there are only %d calls", n)
	}
}

func TestSignIn(t *testing.T) {
	s, origin := start(t)
	for _, x := range []struct {
		name, link string
		want       int
	}{
		{"the link", s.URL(), 200},
		{"the link again", s.URL(), 200},
		{"another token", origin + "/#token=AAAAAAAAAAAAAAAAAAAAAAAAAA", 401},
		{"no token", origin + "/#token=", 401},
	} {
		if _, _, status := signIn(t, x.link); status != x.want {
			t.Errorf("%s: status %d, want %d", x.name, status, x.want)
		}
	}
	launch := s.LaunchURL()
	if _, _, status := signIn(t, launch); status != 200 {
		t.Errorf("launch: status %d", status)
	}
	if _, _, status := signIn(t, launch); status != 401 {
		t.Errorf("launch again: status %d", status)
	}
	token := strings.SplitN(s.URL(), "=", 2)[1]
	for _, header := range [][]string{
		{jsonType, "Origin: https://evil.example"}, {"Content-Type: text/plain"}, {jsonType, "Sec-Fetch-Site: same-site"},
	} {
		if resp, _ := send(t, "POST", origin+"/session", `{"token":"`+token+`"}`, header...); resp.StatusCode == 200 {
			t.Errorf("%v: a session began", header)
		}
	}
	for n, want := range map[int]int{1 << 10: 200, 1<<10 + 1: 401} {
		body := `{"token":"` + token + `"` + strings.Repeat(" ", n)
		if resp, _ := send(t, "POST", origin+"/session", body[:n-1]+"}", jsonType); resp.StatusCode != want {
			t.Errorf("a request of %d bytes: status %d, want %d", n, resp.StatusCode, want)
		}
	}
}

func TestCalls(t *testing.T) {
	s, _ := start(t)
	base, cookie, _ := signIn(t, s.URL())
	for _, x := range []struct {
		name, path, in string
		status         int
		want           string
	}{
		{"result", "test/echo", `{"text":"a</script>"}`, 200, `{"text":"a\u003c/script\u003e","list":[]}`},
		{"error", "test/echo", `{"text":"bad"}`, 400, `{"message":"bad text","try":"another","column":3}`},
		{"unknown error", "test/echo", `{"text":"secret"}`, 500, `{"message":"this failed; the terminal of spectap says why"}`},
		{"unknown member", "test/echo", `{"txt":"a"}`, 400, "not valid"},
		{"wrong type", "test/echo", `{"text":1}`, 400, "wrong value at /text"},
		{"no JSON", "test/echo", `{`, 400, "no JSON"},
		{"member twice", "test/echo", `{"text":"a","text":"b"}`, 400, ""},
		{"member in other letters", "test/echo", `{"Text":"a"}`, 400, "not valid"},
		{"two values", "test/echo", `{"text":"a"}{"text":"b"}`, 400, ""},
		{"list", "test/echo", `[{"text":"a"}]`, 400, ""},
		{"file", "test/save", `{"text":""}`, 200, "saved"},
		{"too large", "test/echo", `{"text":"` + strings.Repeat("a", 5<<20) + `"}`, 413, "too large"},
	} {
		t.Run(x.name, func(t *testing.T) {
			resp, body := send(t, "POST", base+"api/"+x.path, x.in, jsonType, cookie)
			if resp.StatusCode != x.status || !strings.Contains(body, x.want) {
				t.Errorf("%d %s, want %d %s", resp.StatusCode, body, x.status, x.want)
			}
			kind, disposition := "application/json", ""
			switch {
			case x.name == "file":
				kind, disposition = "text/plain", "attachment; filename=a.txt"
			case x.status == 413:
				kind = "text/plain; charset=utf-8"
			}
			if h := resp.Header; h.Get("Content-Type") != kind || h.Get("Content-Disposition") != disposition {
				t.Errorf("header %v", h)
			}
		})
	}
}

// recorder is a handler of a log that gives the records to a test.
type recorder struct{ records chan slog.Record }

func (recorder) Enabled(context.Context, slog.Level) bool        { return true }
func (h recorder) Handle(_ context.Context, r slog.Record) error { h.records <- r; return nil }
func (h recorder) WithAttrs([]slog.Attr) slog.Handler            { return h }
func (h recorder) WithGroup(string) slog.Handler                 { return h }

// TestEvents continues a feed after the last event that the page received.
func TestEvents(t *testing.T) {
	s, _ := start(t)
	base, cookie, _ := signIn(t, s.URL())
	for _, x := range []struct {
		name, query string
		header      []string
		want        []string // ids
	}{
		{"new", "test.count=%7B%22text%22%3A%22a%22%7D", nil, []string{"test.count=i", "test.count=ii", "test.count=iii"}},
		{"another stream", "test.count=%7B%22text%22%3A%22a%22%7D&last=test.count%3Dii", nil, []string{"test.count=iii"}},
		{"reconnected", "test.count=%7B%22text%22%3A%22a%22%7D&last=", []string{"Last-Event-ID: test.count=i"}, []string{"test.count=ii", "test.count=iii"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r := httptest.NewRequestWithContext(ctx, "GET", base+"api/events?"+x.query, nil)
			r.RequestURI = ""
			for _, line := range append(x.header, cookie) {
				name, value, _ := strings.Cut(line, ": ")
				r.Header.Set(name, value)
			}
			resp := must.Get(http.DefaultTransport.RoundTrip(r))
			defer resp.Body.Close()
			var ids []string
			for lines := bufio.NewScanner(resp.Body); len(ids) < len(x.want) && lines.Scan(); {
				if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
					ids = append(ids, id)
				}
			}
			if strings.Join(ids, " ") != strings.Join(x.want, " ") {
				t.Errorf("ids %q, want %q", ids, x.want)
			}
		})
	}
}
