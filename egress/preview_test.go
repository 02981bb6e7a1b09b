package egress

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// received returns the address of a server that answers one request at a time, and a channel with
// the bytes of each up to the end of its body.
func received(t *testing.T) (url string, requests chan string) {
	t.Helper()
	l := must.Get(net.Listen("tcp", "127.0.0.1:0"))
	t.Cleanup(func() { l.Close() })
	requests = make(chan string, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				var raw bytes.Buffer
				r := bufio.NewReader(io.TeeReader(c, &raw))
				req, err := http.ReadRequest(r)
				if err != nil {
					return
				}
				io.Copy(io.Discard, req.Body)
				requests <- raw.String()
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			}()
		}
	}()
	return "http://" + l.Addr().String(), requests
}

// A preview is what leaves, byte for byte but for the order of the header: people agree to it.
func TestPreviewIsWhatLeaves(t *testing.T) {
	url, requests := received(t)
	cl := newClient(t, Config{Named: []string{url}})
	sorted := func(s string) string {
		head, body, _ := strings.Cut(s, "\r\n\r\n")
		lines := strings.Split(head, "\r\n")
		slices.Sort(lines[1:])
		return strings.Join(lines, "\n") + "\n\n" + body
	}
	for name, c := range map[string]Call{
		"get":   {Method: "GET", URL: parse(t, url+"/a%2Fb?x=1&y=%20")},
		"head":  {Method: "HEAD", URL: parse(t, url)},
		"once":  {Method: "GET", URL: parse(t, url), Once: true},
		"range": {Method: "GET", URL: parse(t, url), Header: []Pair{{"Range", "bytes=0-1"}, {"User-Agent", "mine"}}},
		"coded": {Method: "GET", URL: parse(t, url), Header: []Pair{{"Accept-Encoding", "br"}}},
		"post": {
			Method: "POST", URL: parse(t, url+"/p?key=old&z=1"), Body: []byte("the body"), Header: []Pair{{"Content-Type", "text/plain"}, {"Idempotency-Key", "i"}},
			Cookies: []Pair{{"a", "1"}, {"s", "old"}}, Credentials: []Credential{{InQuery, "key", "n&w"}, {InHeader, "X-Key", "k"}, {InCookie, "s", "new"}},
		},
		"empty": {Method: "PUT", URL: parse(t, url), Body: []byte{}},
	} {
		preview, err := cl.Preview(c)
		if err != nil {
			t.Fatal(name, err)
		}
		resp, err := cl.Do(t.Context(), c)
		if err != nil {
			t.Fatal(name, err)
		}
		resp.Body.Close()
		if got, want := sorted(string(preview)), sorted(<-requests); got != want {
			t.Errorf("%s:\npreview %s\nsent    %s", name, got, want)
		}
	}
}

// A call that may not leave has no preview either, and for the same reason.
func TestNoPreview(t *testing.T) {
	cl := newClient(t, Config{Named: []string{"http://127.0.0.1:1"}})
	u := parse(t, "http://127.0.0.1:1/")
	for name, tt := range map[string]struct {
		c    Call
		want error
		text string
	}{
		"method":         {Call{Method: "CONNECT", URL: u}, ErrMethod, "method is not allowed"},
		"origin":         {Call{Method: "GET", URL: parse(t, "http://127.0.0.1:2/")}, ErrOrigin, "origin is not allowed: http://127.0.0.1:2"},
		"no URL":         {Call{Method: "GET"}, ErrOrigin, "there is no URL"},
		"scheme":         {Call{Method: "GET", URL: parse(t, "ftp://127.0.0.1:1/")}, ErrOrigin, "the scheme must be http or https"},
		"no host":        {Call{Method: "GET", URL: parse(t, "http:///x")}, ErrOrigin, "there is no host"},
		"user":           {Call{Method: "GET", URL: parse(t, "http://u:p@127.0.0.1:1/")}, ErrOrigin, "the URL has user information"},
		"header":         {Call{Method: "GET", URL: u, Header: []Pair{{"A", "b\nc"}}}, ErrHeader, "header is not allowed"},
		"cookie header":  {Call{Method: "GET", URL: u, Header: []Pair{{"cookie", "a=b"}}}, ErrHeader, "a call has its cookies apart from its header"},
		"cookie name":    {Call{Method: "GET", URL: u, Cookies: []Pair{{"a b", "c"}}}, ErrHeader, "the name of a cookie is not a token"},
		"cookie":         {Call{Method: "GET", URL: u, Cookies: []Pair{{"a", "b;c"}}}, ErrHeader, "the cookie a has a character that would end it"},
		"cookie control": {Call{Method: "GET", URL: u, Cookies: []Pair{{"a", "b\x1fc"}}}, ErrHeader, "the cookie a has a character that would end it"},
		"cookie delete":  {Call{Method: "GET", URL: u, Cookies: []Pair{{"a", "b\x7fc"}}}, ErrHeader, "the cookie a has a character that would end it"},
		"credential":     {Call{Method: "GET", URL: u, Credentials: []Credential{{InHeader, "A", "b\nc"}}}, ErrHeader, "header is not allowed"},
	} {
		data, err := cl.Preview(tt.c)
		if data != nil || !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %s, %v", name, data, err)
		}
		if _, again := cl.Do(t.Context(), tt.c); again == nil || again.Error() != err.Error() {
			t.Errorf("%s: Do says %v, Preview %v", name, again, err)
		}
	}
	if _, err := cl.Preview(Call{Method: "GET", URL: u, Cookies: []Pair{{"a", "b ,c\xff"}}}); err != nil {
		t.Errorf("a cookie with a space and a comma: %v", err)
	}
}

// Any difference in the request makes another digest, also where a part moves into another one.
func TestDigest(t *testing.T) {
	base := func() Call {
		return Call{
			Method: "POST", URL: parse(t, "https://a.example/p?q=1"), Header: []Pair{{"A", "1"}, {"B", "2"}}, Cookies: []Pair{{"C", "3"}}, Body: []byte("body"),
			Credentials: []Credential{{InHeader, "K", "v"}},
		}
	}
	one, two := base(), base()
	if one.Digest() != two.Digest() {
		t.Fatal("equal calls have different digests")
	}
	seen := map[string]string{fmt.Sprint(one.Digest()): "nothing"}
	for name, change := range map[string]func(*Call){
		"method": func(c *Call) { c.Method = "PUT" }, "URL": func(c *Call) { c.URL = parse(t, "https://a.example/p?q=2") },
		"header name": func(c *Call) { c.Header[0].Name = "X" }, "header value": func(c *Call) { c.Header[0].Value = "9" },
		"header order": func(c *Call) { slices.Reverse(c.Header) }, "one header less": func(c *Call) { c.Header = c.Header[1:] },
		"cookie": func(c *Call) { c.Cookies[0].Value = "9" }, "cookie as header": func(c *Call) { c.Header, c.Cookies = append(c.Header, c.Cookies...), nil },
		"body": func(c *Call) { c.Body = []byte("other") }, "credential": func(c *Call) { c.Credentials[0].Value = "w" },
		"its name": func(c *Call) { c.Credentials[0].Name = "L" }, "its place": func(c *Call) { c.Credentials[0].In = InCookie },
		"no credential": func(c *Call) { c.Credentials = nil },
	} {
		c := base()
		change(&c)
		digest := fmt.Sprint(c.Digest())
		if other, ok := seen[digest]; ok {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[digest] = name
	}
}

// A link-local address of IPv6 has a zone, which is for this machine alone: the server does not see
// it.
func TestZone(t *testing.T) {
	const origin = "http://[fe80::1%25eth0]:8080"
	cl := newClient(t, Config{Named: []string{origin}})
	got := must.Get(cl.Preview(Call{Method: http.MethodGet, URL: parse(t, origin+"/a%2Fb?c=d")}))
	want := "GET /a%2Fb?c=d HTTP/1.1\r\nHost: [fe80::1]:8080\r\n"
	if !strings.HasPrefix(string(got), want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
