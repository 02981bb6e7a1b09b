package exchange_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/exchange"
)

// show writes a body with the size that it should have, if it is not whole.
func show(b flow.Body) string {
	s := fmt.Sprintf("%q", b.Data)
	if b.Truncated || b.Size != int64(len(b.Data)) {
		s += fmt.Sprint(" of ", b.Size, b.Truncated)
	}
	return s
}

// TestReadRequest reads requests from a connection, and what follows them.
func TestReadRequest(t *testing.T) {
	for _, tt := range []struct{ name, raw, want, rest string }{
		{"a request", "GET /a%2F?b=1 HTTP/1.1\r\nHost: x\r\nX-b:  1 \r\nx-B:\r\n\r\nnext", `GET /a%2F b=1 HTTP/1.1 [{Host x} {X-b 1} {x-B }] ""`, "next"},
		{"empty lines before it", "\r\n\n\r\nGET / HTTP/1.0\n\nnext", `GET /  HTTP/1.0 [] ""`, "next"}, {"all of the server", "OPTIONS * HTTP/1.1\r\n\r\n", `OPTIONS *  HTTP/1.1 [] ""`, ""},
		{"to a proxy", "GET http://A.example:80/b?c#d HTTP/1.1\r\n\r\n", `GET http://a.example/b c HTTP/1.1 [] ""`, ""}, {"a fragment", "GET /a?b#c HTTP/1.1\r\n\r\n", `GET /a b HTTP/1.1 [] ""`, ""},
		{"a quote in a path", "GET /a\"é?\" HTTP/1.1\r\n\r\n", `GET /a%22%C3%A9 %22 HTTP/1.1 [] ""`, ""}, {"a protocol that is not known", "GET / HTTP/7\r\n\r\n", `GET /   [] ""`, ""},
		{"a length", "PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcnext", `PUT /  HTTP/1.1 [{Content-Length 3}] "abc"`, "next"},
		{"a length of 0", "PUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\nnext", `PUT /  HTTP/1.1 [{Content-Length 0}] ""`, "next"},
		{"chunks", "PUT / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked \r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nX-Sum: 1\r\n\r\nnext", `PUT /  HTTP/1.1 [{Transfer-Encoding gzip, Chunked}] "abc" [{X-Sum 1}]`, "next"},
		{"another coding", "PUT / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nabcnext", `PUT /  HTTP/1.1 [{Transfer-Encoding gzip}] "abcne" of 7 true`, ""},
		{"a long body", "PUT / HTTP/1.1\r\nContent-Length: 7\r\n\r\nabcdefgnext", `PUT /  HTTP/1.1 [{Content-Length 7}] "abcde" of 7 true`, "next"},
		{"a body as long as the limit", "PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcdenext", `PUT /  HTTP/1.1 [{Content-Length 5}] "abcde"`, "next"},
		{"nothing", "", "EOF", ""}, {"empty lines", "\r\n\r\n", "EOF", ""}, {"a part of a line", "GET /", "unexpected EOF of ", ""},
		{"a part of a header", "GET / HTTP/1.1\r\nA: b\r\nX", "unexpected EOF of GET", ""}, {"a part of a body", "PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc", `unexpected EOF of PUT "abc" of 9 true`, ""},
		{"a part of a chunk", "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", `unexpected EOF of PUT "ab" of 2 true`, ""},
		{"no protocol", "GET /\r\n\r\n", `not a request line: "GET /"`, ""}, {"another protocol", "GET / RTSP/1.0\r\n\r\n", `not a request line: "GET / RTSP/1.0"`, ""},
		{"no method", "G(T / HTTP/1.1\r\n\r\n", `not a request line: "G(T / HTTP/1.1"`, ""}, {"a tunnel", "CONNECT a:1 HTTP/1.1\r\n\r\n", `request target "a:1": not HTTP`, ""},
		{"a target that is none", "GET a HTTP/1.1\r\n\r\n", `request target "a": not absolute`, ""}, {"a length that is none", "PUT / HTTP/1.1\r\nContent-Length: x\r\n\r\n", `Content-Length "x": not a length`, ""},
		{"a negative length", "PUT / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", `Content-Length "-1": not a length`, ""}, {"no field", "GET / HTTP/1.1\r\nab\r\n\r\n", `not a header field: "ab"`, ""},
		{"a folded line before all", "GET / HTTP/1.1\r\n a: b\r\n\r\n", `not a header field: " a: b"`, ""}, {"a tab before a folded line", "GET / HTTP/1.1\r\nA: b\r\n\tc:d \r\n\r\n", `GET /  HTTP/1.1 [{A b c:d}] ""`, ""},
		{"as many fields as may be", "GET / HTTP/1.1\r\n" + strings.Repeat("A:\r\n", 1000) + "\r\n", `GET /  HTTP/1.1 [` + strings.TrimSpace(strings.Repeat("{A } ", 1000)) + `] ""`, ""},
		{"one more", "GET / HTTP/1.1\r\n" + strings.Repeat("A:\r\n", 1001) + "\r\n", "header: too large (1000 fields)", ""},
		{"a line that is as long as may be", "GET /" + strings.Repeat("a", 64<<10-16) + " HTTP/1.1\r\n\r\n", "GET /" + strings.Repeat("a", 64<<10-16) + `  HTTP/1.1 [] ""`, ""},
		{"a longer line", "GET /" + strings.Repeat("a", 64<<10-15) + " HTTP/1.1\r\n\r\n", "a line of the head: too large (65536 bytes)", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := bufio.NewReader(strings.NewReader(tt.raw))
			r, err := exchange.ReadRequest(b, 5)
			got := fmt.Sprintf("%s %s %s %s %v %s", r.Method, strings.TrimPrefix(r.Scheme+"://"+r.Authority, "://")+r.Path, r.RawQuery, r.Proto, r.Header, show(r.Body))
			if len(r.Trailer) > 0 {
				got += fmt.Sprint(" ", r.Trailer)
			}
			switch {
			case errors.Is(err, io.ErrUnexpectedEOF):
				got = strings.TrimSuffix("unexpected EOF of "+r.Method+" "+show(r.Body), ` ""`)
			case err != nil:
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got  %.300s\nwant %.300s", got, tt.want)
			}
			if rest, _ := io.ReadAll(b); err == nil && string(rest) != tt.rest {
				t.Errorf("%.30q follows, want %q", rest, tt.rest)
			}
		})
	}
}

// TestReadResponse reads responses to requests with a method.
func TestReadResponse(t *testing.T) {
	for _, tt := range []struct{ name, method, raw, want, rest string }{
		{"until the end", "GET", "HTTP/1.1 200 OK\r\nA: b\r\n\r\nabc", `200 HTTP/1.1 [{A b}] "abc"`, ""}, {"no reason", "GET", "HTTP/2 404\r\n\r\n", `404 HTTP/2.0 [] ""`, ""},
		{"after interim ones", "GET", "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\n\r\nHTTP/1.1 201 OK\r\nContent-Length: 1\r\n\r\nxnext", `201 HTTP/1.1 [{Content-Length 1}] "x"`, "next"},
		{"after the last interim one", "GET", "HTTP/1.1 199 X\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx", `200 HTTP/1.1 [] "x"`, ""},
		{"a WebSocket", "GET", "HTTP/1.1 101 S\r\n\r\nnext", `101 HTTP/1.1 [] ""`, "next"}, {"without content", "GET", "HTTP/1.1 204 N\r\n\r\nnext", `204 HTTP/1.1 [] ""`, "next"},
		{"not modified", "GET", "HTTP/1.1 304 N\r\nContent-Length: 4\r\n\r\nnext", `304 HTTP/1.1 [{Content-Length 4}] ""`, "next"},
		{"to HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext", `200 HTTP/1.1 [{Content-Length 4}] ""`, "next"}, {"the largest status", "GET", "HTTP/1.1 999 X\r\n\r\n", `999 HTTP/1.1 [] ""`, ""},
		{"a larger status", "GET", "HTTP/1.1 1000 X\r\n\r\n", `not a status line: "HTTP/1.1 1000 X"`, ""}, {"a small status", "GET", "HTTP/1.1 99 X\r\n\r\n", `not a status line: "HTTP/1.1 99 X"`, ""},
		{"no status", "GET", "HTTP/1.1 OK\r\n\r\n", `not a status line: "HTTP/1.1 OK"`, ""}, {"another protocol", "GET", "RTSP/1.0 200 OK\r\n\r\n", `not a status line: "RTSP/1.0 200 OK"`, ""},
		{"nothing", "GET", "", "EOF", ""}, {"an interim one only", "GET", "HTTP/1.1 100 C\r\n\r\n", "EOF", ""}, {"a bad field", "GET", "HTTP/1.1 200 OK\r\nx\r\n\r\n", `not a header field: "x"`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := bufio.NewReader(strings.NewReader(tt.raw))
			r, err := exchange.ReadResponse(b, tt.method, 5)
			got := fmt.Sprint(err)
			if err == nil {
				got = fmt.Sprint(r.Status, " ", r.Proto, " ", r.Header, " ", show(r.Body))
			}
			rest, _ := io.ReadAll(b)
			if got != tt.want || err == nil && string(rest) != tt.rest {
				t.Errorf("got %s, before %q, want %s", got, rest, tt.want)
			}
		})
	}
}
