package capture

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestHeaderOrder checks that headers are recorded in the order and case in which they were sent,
// for each request and response of a connection: plain, in CONNECT and over TLS, with bodies of any
// kind before them, and after requests that are not forwarded.
func TestHeaderOrder(t *testing.T) {
	g := newRig(t, func(c *Config) { c.CA = []byte("ca") })
	const sent = "zeta: 1\r\nACCEPT: */*\r\nx-Multi: a\r\nHost: %s\r\nalpha-beta:  2 \r\nx-multi: b\r\nUser-Agent: t\r\n"
	want := flow.Header{{Name: "zeta", Value: "1"}, {Name: "ACCEPT", Value: "*/*"}, {Name: "x-Multi", Value: "a"},
		{Name: "alpha-beta", Value: "2"}, {Name: "x-multi", Value: "b"}, {Name: "User-Agent", Value: "t"}}
	const answered = "z-last: 1\r\ncontent-LENGTH: 2\r\nset-cookie: a=1\r\nB: 2\r\nSet-Cookie: b=1\r\nA: 3\r\n"
	wantAnswer := flow.Header{{Name: "z-last", Value: "1"}, {Name: "content-LENGTH", Value: "2"}, {Name: "set-cookie", Value: "a=1"},
		{Name: "B", Value: "2"}, {Name: "Set-Cookie", Value: "b=1"}, {Name: "A", Value: "3"}}
	serve := func(c net.Conn) {
		r := bufio.NewReader(c)
		for {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			io.Copy(io.Discard, req.Body)
			fmt.Fprint(c, "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n"+answered+"\r\nok")
		}
	}
	plain := listen(t, serve)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		io.CopyN(io.Discard, rw, r.ContentLength)
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\n"+answered+"\r\nok")
		serve(c)
	})
	bodies := []string{
		"\r\n", "content-length: 4\r\n\r\nbody", "\r\n", "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", "\r\n",
		fmt.Sprintf("content-length: %d\r\n\r\n%s", 100<<10, strings.Repeat("x\r\n\r\nyzzy", 100<<10/9+1)[:100<<10]), "\r\n",
	}
	for _, tt := range []struct {
		name, prefix, host string
		open               func() net.Conn
	}{
		{"proxy", "http://" + plain, plain, g.dial},
		{"connect", "", plain, func() net.Conn { return g.connect(plain, "") }},
		{"tls", "", hostOf(up), func() net.Conn { return g.secure(hostOf(up)) }},
		{"tls-proxy", "https://" + hostOf(up), hostOf(up), g.dial},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.open()
			r := bufio.NewReader(c)
			for i, body := range bodies {
				method := "GET"
				if len(body) > 2 {
					method = "POST"
				}
				path := fmt.Sprintf("/%s/%d", tt.name, i)
				if tt.prefix != "" { // a page of the proxy, which is not recorded
					fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
					page := must(http.ReadResponse(r, nil))
					io.Copy(io.Discard, page.Body)
				}
				fmt.Fprintf(c, "%s %s%s HTTP/1.1\r\n"+sent+"%s", method, tt.prefix, path, tt.host, body)
				resp, err := http.ReadResponse(r, nil)
				for err == nil && resp.StatusCode == 103 {
					resp, err = http.ReadResponse(r, nil)
				}
				noError(t, err)
				io.Copy(io.Discard, resp.Body)
				f := g.sink.done(t, path)
				wantHere := slices.Insert(slices.Clone(want), 3, flow.Field{Name: "Host", Value: tt.host})
				if name, value, ok := strings.Cut(body, ": "); ok && strings.HasPrefix(body, "content") {
					value, _, _ = strings.Cut(value, "\r")
					wantHere = append(wantHere, flow.Field{Name: name, Value: value})
				}
				if !slices.Equal(f.Request.Header, wantHere) {
					t.Errorf("%s: request %v, want %v", path, f.Request.Header, wantHere)
				}
				if f.Response == nil || !slices.Equal(f.Response.Header, wantAnswer) {
					t.Errorf("%s: response %+v, want %v", path, f.Response, wantAnswer)
				}
			}
		})
	}
}
