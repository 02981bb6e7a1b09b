package capture

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/http2"
)

// requestLog is an upstream of HTTP/1.1 that notes what arrives.
type requestLog struct {
	mu   sync.Mutex
	seen []string
}

func (l *requestLog) note(s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, s)
}

// take returns what has arrived since the last call.
func (l *requestLog) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := l.seen
	l.seen = nil
	return seen
}

func (l *requestLog) serve(c net.Conn) {
	b := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(b)
		if err != nil {
			if strings.Contains(err.Error(), "malformed") {
				l.note(err.Error())
			}
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // no server acts on the half of a request
		}
		names := []string{}
		for name := range r.Header {
			names = append(names, name)
		}
		slices.Sort(names)
		l.note(fmt.Sprintf("%s %s %s %v %q, then %d bytes", r.Method, r.RequestURI, r.Host, names, body, b.Buffered()))
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	}
}

// TestNoRequestInAField sends what HTTP/2 can put into a field, and HTTP/1.1 would read as the end
// of a line, of a request or of a body. Either the request is refused, or one arrives that says the
// same.
func TestNoRequestInAField(t *testing.T) {
	g, log := newRig(t), new(requestLog)
	config := g.upstream(nil).TLS.Clone()
	config.NextProtos = []string{"http/1.1"}
	up := listen(t, func(c net.Conn) { log.serve(tls.Server(c, config)) })
	const smuggled = " HTTP/1.1\r\nHost: x\r\n\r\nGET /b"
	for _, x := range []struct {
		fields []string // pseudo-headers that differ from the usual ones, and others
		body   string
		want   string // what arrives; else nothing may
	}{
		{[]string{"x-a", "1"}, "", `GET /a UP [X-A] "", then 0 bytes`},
		{[]string{":method", "POST", "cookie", "a=1", "cookie", "b=2"}, "hello", `POST /a UP [Cookie] "hello", then 0 bytes`},
		{[]string{":method", "POST", "content-length", "3"}, "hello", ""},
		{[]string{":method", "POST", "content-length", "9"}, "hello", ""},
		{[]string{":method", "POST", "content-length", "5", "content-length", "0"}, "hello", `POST /a UP [Content-Length] "hello", then 0 bytes`},
		{[]string{":method", "POST", "content-length", "+5"}, "hello", ""},
		{[]string{":method", "POST", "transfer-encoding", "chunked"}, "0\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n", ""},
		{[]string{":method", "GET /b" + smuggled}, "", ""},
		{[]string{":method", "GET\t"}, "", ""},
		{[]string{":path", "/a" + smuggled}, "", ""},
		{[]string{":path", "/a b"}, "", `GET /a%20b UP [] "", then 0 bytes`},
		{[]string{":path", "/a\x00b"}, "", ""},
		{[]string{":path", "a"}, "", ""},
		{[]string{":path", ""}, "", ""},
		{[]string{":path", "/a#b"}, "", `GET /a#b UP [] "", then 0 bytes`},
		{[]string{":path", "//x/b"}, "", `GET //x/b UP [] "", then 0 bytes`},
		{[]string{":path", "http://x/b"}, "", `GET /b UP [] "", then 0 bytes`},
		{[]string{":scheme", "http://x/b?"}, "", ""},
		{[]string{":authority", "x\r\nX-B: 1"}, "", ""},
		{[]string{":authority", "x/b"}, "", `GET /a  [] "", then 0 bytes`},
		{[]string{":authority", "ann@x"}, "", ""},
		{[]string{"x-a", "1\r\nX-B: 1"}, "", ""},
		{[]string{"x-a", "1\nX-B: 1"}, "", ""},
		{[]string{"x-a", "1\rX-B: 1"}, "", ""},
		{[]string{"x-a", "1\x00"}, "", ""},
		{[]string{"x-a\r\nx-b", "1"}, "", ""},
		{[]string{"x-a: 1\r\nx-b", "1"}, "", ""},
		{[]string{"x a", "1"}, "", ""},
		{[]string{"x-a:", "1"}, "", ""},
		{[]string{"X-A", "1"}, "", ""},
		{[]string{"", "1"}, "", ""},
		{[]string{"connection", "x-a", "x-a", "1"}, "", ""},
		{[]string{"upgrade", "websocket"}, "", ""},
		{[]string{"proxy-connection", "keep-alive"}, "", ""},
		{[]string{"host", "x"}, "", `GET /a UP [] "", then 0 bytes`},
	} {
		status := sendFields(t, g.connect(up, ""), g, up, x.fields, x.body)
		for _, got := range log.take() {
			got = strings.ReplaceAll(got, up, "UP")
			if got != x.want {
				t.Errorf("%q: arrived %s; the client got %s", x.fields, got, status)
			}
			x.want = ""
		}
		if x.want != "" {
			t.Errorf("%q: nothing arrived; the client got %s", x.fields, status)
		}
	}
}

// sendFields sends a request by HTTP/2 over a connection to a host, and returns how it is answered.
func sendFields(t *testing.T, conn net.Conn, g *rig, host string, replace []string, body string) string {
	t.Helper()
	name, _, _ := net.SplitHostPort(host)
	c := tls.Client(conn, &tls.Config{RootCAs: g.cas, ServerName: name, NextProtos: []string{"h2"}})
	defer c.Close()
	io.WriteString(c, http2.ClientPreface)
	f := http2.NewFramer(c, c)
	f.AllowIllegalWrites = true
	f.WriteSettings()
	pairs := []string{":method", "GET", ":scheme", "https", ":path", "/a", ":authority", host}
	for i := 0; i < len(replace); i += 2 {
		if at := slices.Index(pairs, replace[i]); at >= 0 && strings.HasPrefix(replace[i], ":") {
			pairs[at+1] = replace[i+1]
		} else {
			pairs = append(pairs, replace[i], replace[i+1])
		}
	}
	f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, EndStream: body == "", BlockFragment: fields(pairs...)})
	if body != "" {
		f.WriteData(1, true, []byte(body))
	}
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return err.Error()
		}
		switch h := frame.Header(); {
		case h.Type == http2.FrameGoAway, h.Type == http2.FrameRSTStream && h.StreamID == 1:
			return h.Type.String()
		case h.StreamID == 1 && h.Flags.Has(http2.FlagDataEndStream) && (h.Type == http2.FrameData || h.Type == http2.FrameHeaders):
			return "an answer"
		}
	}
}
