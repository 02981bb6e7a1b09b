package capture

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestConnectionAfterUnreadBody checks that a client can send further requests on its connection
// after a response that came before the proxy had read the body of the request.
func TestConnectionAfterUnreadBody(t *testing.T) {
	dead := must(net.Listen("tcp", "127.0.0.1:0"))
	dead.Close()
	g := newChangingRig(t, &Change{Request: Side{Refuse: "no"}})
	eager := g.plain(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	const fixed = "Content-Length: 4\r\n\r\nbody"
	const chunked = "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
	for _, tt := range []struct {
		name, host, path, body string
		want                   int
	}{
		{"refused", dead.Addr().String(), "/a", fixed, 502},
		{"refused, chunked", dead.Addr().String(), "/a", chunked, 502},
		{"no such host", "no-such-host.invalid", "/a", fixed, 502},
		{"blocked by a rule", hostOf(eager), "/c", fixed, 403},
		{"blocked by a rule, chunked", hostOf(eager), "/c", chunked, 403},
		{"answered early", hostOf(eager), "/a", fixed, 204},
	} {
		for _, way := range []struct {
			name   string
			open   func() net.Conn
			prefix string
		}{
			{"proxy request", func() net.Conn { return g.dial() }, "http://" + tt.host},
			{"in CONNECT", func() net.Conn { return g.connect(tt.host+portUnless(tt.host), "") }, ""},
		} {
			t.Run(tt.name+", "+way.name, func(t *testing.T) {
				c := way.open()
				r := bufio.NewReader(c)
				for i := range 4 {
					fmt.Fprintf(c, "POST %s%s HTTP/1.1\r\nHost: %s\r\n%s", way.prefix, tt.path, tt.host, tt.body)
					resp, err := http.ReadResponse(r, nil)
					if err != nil {
						t.Fatalf("request %d: %v", i+1, err)
					}
					io.Copy(io.Discard, resp.Body)
					if resp.StatusCode != tt.want {
						t.Fatalf("request %d: status %d, want %d", i+1, resp.StatusCode, tt.want)
					}
				}
			})
		}
	}
}

// portUnless returns ":80" unless host has a port.
func portUnless(host string) string {
	if strings.Contains(host, ":") {
		return ""
	}
	return ":80"
}

// TestAnswerBeforeBody checks that a client which sends its body only after the response gets that
// response.
func TestAnswerBeforeBody(t *testing.T) {
	g := newChangingRig(t, &Change{Request: Side{Refuse: "no"}})
	c := g.dial()
	r := bufio.NewReader(c)
	for range 2 {
		io.WriteString(c, "POST http://host.test/c HTTP/1.1\r\nHost: host.test\r\nContent-Length: 4\r\n\r\n")
		resp, err := http.ReadResponse(r, nil)
		if err != nil || resp.StatusCode != http.StatusForbidden {
			t.Fatalf("%+v, %v", resp, err)
		}
		io.Copy(io.Discard, resp.Body)
		io.WriteString(c, "body")
	}
}
