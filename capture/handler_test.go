package capture

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/capture/scope"
)

// TestNormalize checks the form of authorities: lower case, ASCII, without a default port.
func TestNormalize(t *testing.T) {
	for _, tt := range []struct{ name, scheme, in, want string }{
		{"plain", "https", "api.example.com", "api.example.com"},
		{"case", "https", "API.Example.COM:8443", "api.example.com:8443"},
		{"default port of https", "https", "a.example:443", "a.example"},
		{"default port of http", "http", "a.example:80", "a.example"},
		{"port of the other scheme", "http", "a.example:443", "a.example:443"},
		{"port of the other scheme, https", "https", "a.example:80", "a.example:80"},
		{"empty port", "https", "a.example:", "a.example"},
		{"international name", "https", "Bücher.example", "xn--bcher-kva.example"},
		{"international name with a port", "https", "bücher.example:8443", "xn--bcher-kva.example:8443"},
		{"international name with the default port", "https", "bücher.example:443", "xn--bcher-kva.example"},
		{"international name without ASCII", "https", "日本", "xn--wgv71a"},
		{"international name that is longer than in ASCII", "https", strings.Repeat("あ", 20) + ".example:8443", "xn--l8jaaaaaaaaaaaaaaaaaaa.example:8443"},
		{"not a name", "https", "\xff\xfe:8443", "\ufffd\ufffd:8443"},
		{"a name of which nothing is left", "https", "\u00ad:8443", "\u00ad:8443"},
		{"IPv6", "http", "[::1]:80", "[::1]"},
		{"IPv6 with a port", "http", "[::1]:8080", "[::1]:8080"},
		{"IPv6 that ends like a port", "http", "::80", "::80"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := normalize(tt.scheme, tt.in)
			if got != tt.want {
				t.Errorf("normalize(%q, %q) = %q, want %q", tt.scheme, tt.in, got, tt.want)
			}
			if again := normalize(tt.scheme, got); again != got {
				t.Errorf("the second time: %q", again)
			}
		})
	}
}

// TestDeadTunnel checks that the client's connection is closed if the host of its tunnel cannot be
// reached.
func TestDeadTunnel(t *testing.T) {
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead.Close()
	g := newRig(t, func(cfg *Config) { cfg.Scope.Exclude = []scope.Rule{must(scope.ParseRule("127.0.0.1"))} })
	c := g.connect(dead.Addr().String(), "")
	if _, err := io.ReadAll(c); err != nil {
		t.Errorf("the connection is not closed: %v", err)
	}
}

// TestSendAsCame checks that a path is sent as the client wrote it, and that one that begins like
// an authority stays a path.
func TestSendAsCame(t *testing.T) {
	for _, tt := range []struct{ method, uri, want string }{
		{"GET", `/a"b?c"d`, `/a"b?c"d`},
		{"GET", `/a%2fb|c`, `/a%2fb|c`},
		{"GET", `/a%20b`, `/a%20b`},
		{"GET", `//other.example/a"b`, `//other.example/a%22b`},
		{"GET", `http://a.example/a"b`, `/a%22b`},
		{"OPTIONS", `*`, `*`},
	} {
		t.Run(tt.method+" "+tt.uri, func(t *testing.T) {
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(tt.method + " " + tt.uri + " HTTP/1.1\r\nHost: a.example\r\n\r\n")))
			if err != nil {
				t.Fatal(err)
			}
			r.URL.Scheme, r.URL.Host = "https", "a.example"
			sendAsCame(r)
			if got := r.URL.RequestURI(); got != tt.want {
				t.Errorf("sent as %s, want %s", got, tt.want)
			}
		})
	}
}

// TestFailuresAreCounted checks that an exchange whose upstream cannot be reached counts as failed.
func TestFailuresAreCounted(t *testing.T) {
	g := newRig(t)
	up := g.plain(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	dead := g.plain(nil)
	dead.Close()
	for i, url := range []string{up.URL, dead.URL} {
		body(t, must(g.client(false).Get(url+"/x"+strconv.Itoa(i))))
		g.sink.done(t, "/x"+strconv.Itoa(i))
		if got := g.proxy.Stats().Failed; got != int64(i) {
			t.Errorf("%d failed, want %d", got, i)
		}
	}
}

// TestNothingInformationalToHTTP10 checks that a client of HTTP/1.0 gets no response of the class
// 1xx, which it would take for the only one (RFC 9110, section 15.2).
func TestNothingInformationalToHTTP10(t *testing.T) {
	g := newRig(t)
	up := g.plain(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		io.WriteString(w, "page")
	})
	c := must(net.Dial("tcp", g.addr))
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(c, "GET %s/hints HTTP/1.0\r\n\r\n", up.URL)
	if b, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(b), "HTTP/1.0 200 ") {
		t.Errorf("%q, %v", b, err)
	}
}

// TestInform checks which informational responses are forwarded, with their header and without a trace
// in that of the response that follows: none of those that net/http handles itself, and none once the
// response has begun.
func TestInform(t *testing.T) {
	for _, tt := range []struct {
		status   int
		answered bool
		want     bool
	}{{103, false, true}, {102, false, true}, {103, true, false}, {100, false, false}, {101, false, false}} {
		w := httptest.NewRecorder()
		if tt.answered {
			w.Header().Set("Link", "</b>")
		}
		x := &exchange{answered: tt.answered}
		if err := x.inform(w)(tt.status, textproto.MIMEHeader{"Link": {"</a>"}}); err != nil {
			t.Error(err)
		}
		got := w.Code == tt.status && w.Result().Header.Get("Link") == "</a>" && len(w.Header()) == 0
		if got != tt.want || tt.answered && w.Header().Get("Link") != "</b>" {
			t.Errorf("%d, answered %t: forwarded %d with %v, %v is left", tt.status, tt.answered, w.Code, w.Result().Header, w.Header())
		}
	}
}

// TestTrailersOfRefusedUpgrade checks that the answer of an upstream that does not switch protocols
// keeps its trailers.
func TestTrailersOfRefusedUpgrade(t *testing.T) {
	g := newRig(t)
	up := g.plain(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Announced")
		io.WriteString(w, "no")
		w.Header().Set("X-Announced", "yes")
		w.Header().Set(http.TrailerPrefix+"X-Late", "too")
	})
	req := must(http.NewRequest("GET", up.URL+"/refused", nil))
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "chat")
	resp, err := g.client(false).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if got := body(t, resp); got != "no" || resp.Trailer.Get("X-Announced") != "yes" || resp.Trailer.Get("X-Late") != "too" {
		t.Errorf("%q with the trailers %v", got, resp.Trailer)
	}
}
