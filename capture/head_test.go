package capture

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestMend checks which heads are repaired, and that ambiguous ones are not.
func TestMend(t *testing.T) {
	const response, request = "HTTP/1.1 200 OK\r\n", "POST /x HTTP/1.1\r\nHost: a\r\n"
	for _, tt := range []struct{ name, head, want string }{
		{"a space before the colon", response + "X-Foo : bar\r\nA: b c : d\r\n", response + "X-Foo: bar\r\nA: b c : d\r\n"},
		{"a framing field with a space", response + "Content-Length\t: 2\r\nX : y\r\n", response + "Content-Length: 2\r\nX: y\r\n"},
		{"lines without a name", response + "Garbage\r\n: a\r\nX [Foo]: b\r\n c\r\nX: d\r\n e\r\n", response + "X: d\r\n e\r\n"},
		{"lines that end in LF", "HTTP/1.1 200 OK\nX : y\nTransfer-Encoding: identity\n", "HTTP/1.1 200 OK\nX: y\n"},
		{"identity", response + "Transfer-Encoding: identity\r\nContent-Length: 2\r\n", response + "Content-Length: 2\r\n"},
		{"identity to the end of the connection", response + "Transfer-encoding: Identity\r\nX: y\r\n", response + "X: y\r\n"},
		{"chunked twice", response + "Transfer-Encoding: chunked\r\ntransfer-encoding: Chunked\r\nX: y\r\n", response + "X: y\r\nTransfer-Encoding: chunked\r\n"},
		{"a list", response + "Transfer-Encoding: chunked, chunked\r\n", response + "Transfer-Encoding: chunked\r\n"},
		{"equal lengths", response + "Content-Length: 2, 2\r\nContent-Length: 2\r\n", response + "Content-Length: 2\r\n"},
		{"differing lengths", response + "Content-Length: 2, 3\r\n", ""},
		{"a length that is none", response + "Content-Length: +2, +2\r\n", ""},
		{"chunks and a length", response + "Transfer-Encoding: chunked, chunked\r\nContent-Length: 2\r\n", ""},
		{"another coding", response + "Transfer-Encoding: gzip, chunked\r\n", ""},
		{"not ASCII", response + "Transfer-Encoding: chun\u212aed, chunked\r\n", ""},
		{"a folded coding", response + "Transfer-Encoding: chunked,\r\n chunked\r\n", ""},
		{"nothing", response + "Transfer-Encoding: chunked\r\nX: y : z\r\n", ""},

		{"identity in a request", request + "Transfer-Encoding: identity\r\nContent-Length: 2\r\n", request + "Content-Length: 2\r\n"},
		{"chunked twice in a request", request + "Transfer-Encoding: chunked, chunked\r\n", request + "Transfer-Encoding: chunked\r\n"},
		{"identity without a length", request + "Transfer-Encoding: identity\r\n", ""},
		{"chunks and a length in a request", request + "Transfer-Encoding: chunked, chunked\r\nContent-Length: 2\r\n", ""},
		{"differing lengths in a request", request + "Content-Length: 2\r\nContent-Length: 3\r\n", ""},
		{"a space in a request", request + "Content-Length : 2\r\nNo colon\r\n", ""},
		{"a stray percent sign", "GET http://a/5%?q=% HTTP/1.1\r\nA: %\r\n", "GET http://a/5%25?q=% HTTP/1.1\r\nA: %\r\n"},
		{"percent signs", "GET /%41%%zz%4%e2 HTTP/1.1\r\n", "GET /%41%25%25zz%254%e2 HTTP/1.1\r\n"},
		{"escapes", "GET /%41%e2 HTTP/1.1\r\n", ""},
		{"too many", "GET /" + strings.Repeat("%", 40) + " HTTP/1.1\r\n", ""},
		{"HTTP/2", "PRI * HTTP/2.0\r\n", ""},
	} {
		end := "\r\n"
		if !strings.Contains(tt.head, end) {
			end = "\n"
		}
		b := append(make([]byte, 0, 1024), tt.head+end+"the body : of it"...)
		want := tt.want
		if want == "" {
			want = tt.head
		}
		if got := string(mend(b, tt.head[0] == 'H')); got != want+end+"the body : of it" {
			t.Errorf("%s: %q, want %q", tt.name, got, want)
		}
	}
	if b := []byte("GET /% HTTP/1.1\r\n\r\n"); string(mend(b[:len(b):len(b)], false)) != string(b) {
		t.Error("mended without room")
	}
}

// TestMendedMessages sends messages that net/http refuses through the proxy, in all ways to an
// upstream and in single bytes. They arrive unambiguous, and are recorded as they were sent.
func TestMendedMessages(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nX-Foo : bar\r\nno colon\r\nX-[a]: b\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
	serve := func(seen chan<- string) func(net.Conn) {
		return func(c net.Conn) {
			br := bufio.NewReader(c)
			for {
				r, err := readRaw(br)
				if err != nil {
					return
				}
				seen <- r
				for i := range len(answer) {
					io.WriteString(c, answer[i:i+1])
				}
			}
		}
	}
	requests := []struct{ path, head, body, want string }{
		{"/5%", "", "", ""},
		{"/identity", "Transfer-Encoding: identity\r\nContent-Length: 2\r\n", "ok", "Content-Length: 2\r\n"},
		{"/twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "2\r\nok\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n"},
	}
	for _, way := range []string{"directly", "a proxy", "reverse"} {
		seen := make(chan string, 1)
		up := listen(t, serve(seen))
		g := newRig(t, func(c *Config) {
			switch way {
			case "a proxy":
				c.Upstream.Proxy, c.Upstream.ProxyLoopback = must(url.Parse("http://"+up)), true
			case "reverse":
				c.Reverse = must(url.Parse("http://" + up + "/base"))
			}
		})
		c := g.dial()
		br := bufio.NewReader(c)
		for _, tt := range requests {
			target, base := "http://"+up+tt.path, ""
			if way == "reverse" {
				target, base = tt.path, "/base"
			}
			io.WriteString(c, "POST "+target+" HTTP/1.1\r\nHost: "+up+"\r\n"+tt.head+"\r\n"+tt.body)
			resp, err := http.ReadResponse(br, nil)
			if err != nil {
				t.Fatal(way, err)
			}
			if got := body(t, resp); got != "ok" || resp.Header.Get("X-Foo") != "bar" || len(resp.TransferEncoding) != 1 {
				t.Fatalf("%s, %s: %d %q %v", way, tt.path, resp.StatusCode, got, resp.Header)
			}
			got, path := <-seen, strings.ReplaceAll(base+tt.path, "%", map[bool]string{true: "%25", false: "%"}[way == "a proxy"])
			if !strings.Contains(got, path+" HTTP/1.1\r\n") || !strings.Contains(got, tt.want) || strings.Count(got, "Transfer-Encoding:") > 1 {
				t.Errorf("%s: the upstream got %q", way, got)
			}
			f := g.sink.done(t, base+tt.path)
			if f.Response.Header.Get("X-Foo") != "bar" || f.Response.Header.Get("X-[a]") != "b" {
				t.Errorf("%s: recorded %v", way, f.Response.Header)
			}
		}
	}
}

// TestRefusedHeads checks that what stays refused is recorded with the field as the reason, which the
// client gets too, and without values.
func TestRefusedHeads(t *testing.T) {
	g := newRig(t, func(c *Config) { c.Scope.Exclude = []ScopeRule{must(ParseScopeRule("hidden.test"))} })
	answers := make(chan string, 1)
	up := listen(t, func(c net.Conn) {
		readRaw(bufio.NewReader(c))
		io.WriteString(c, "HTTP/1.1 200 OK\r\n"+<-answers+"\r\n\r\nok")
	})
	exchange := func(c net.Conn, request string) (int, string) {
		io.WriteString(c, request)
		resp := must(http.ReadResponse(bufio.NewReader(c), nil))
		return resp.StatusCode, body(t, resp)
	}
	for i, tt := range []struct{ head, want string }{
		{"Transfer-Encoding: gzip, chunked", "Transfer-Encoding has a coding"},
		{"Content-Length: 2\r\nContent-Length: 3", "Content-Length has different"},
		{"Content-Length: -2", "Content-Length is not a number"},
		{"Transfer-Encoding: chunked, chunked\r\nContent-Length: 2", "Transfer-Encoding comes beside"},
		{"X-A: s3cr3t\x01", "X-A has a control character"},
	} {
		path := fmt.Sprint("/", i)
		status, text := exchange(g.connect(up, ""), "GET "+path+" HTTP/1.1\r\nHost: "+up+"\r\nProxy-Authorization: s3cr3t\r\n"+tt.head+"\r\n\r\n")
		f := g.sink.done(t, path)
		if status/100 < 4 || !strings.Contains(text, tt.want) || !strings.Contains(f.Err, tt.want) || f.Request.Method != "GET" || f.Response != nil ||
			f.Request.Authority != up || f.Request.Header.Has("Proxy-Authorization") || strings.Contains(text+f.Err, "s3cr3t") {
			t.Errorf("request with %q: %d %q, recorded %+v", tt.head, status, text, f)
		}
		path += "/answer"
		answers <- tt.head
		status, text = exchange(g.dial(), "GET http://"+up+path+" HTTP/1.1\r\nHost: "+up+"\r\n\r\n")
		if f = g.sink.done(t, path); status != 502 || !strings.Contains(text, tt.want) || !strings.Contains(f.Err, tt.want) {
			t.Errorf("answer with %q: %d %q, recorded %q", tt.head, status, text, f.Err)
		}
	}
	for request, want := range map[string]string{
		"GET http://hidden.test/x HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n": "a space before its colon",
		"GET http://seen.test/x HTTP/1.1\r\n\r\n":                       "missing required Host header",
		"GET http://seen.test/y HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n": "Host comes twice",
	} {
		if status, text := exchange(g.dial(), request); status != 400 || !strings.Contains(text, want) {
			t.Errorf("%q: %d %q", request, status, text)
		}
	}
	g.sink.done(t, "/y")
	if s := g.proxy.Stats(); s.Unwanted != 1 || s.Active != 0 {
		t.Errorf("%+v", s)
	}
}

// TestNamesKeepTheirCase checks that names of HTTP/1.1 arrive as they were sent, once each, also with
// an upgrade, and that HTTP/2 does not change the case for a client of HTTP/1.1.
func TestNamesKeepTheirCase(t *testing.T) {
	seen := make(chan string, 1)
	up := listen(t, func(c net.Conn) {
		head, _ := readRaw(bufio.NewReader(c))
		seen <- head
		status := "200 OK\r\nContent-Length: 0"
		if strings.Contains(head, "Upgrade") {
			status = "101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket"
		}
		io.WriteString(c, "HTTP/1.1 "+status+"\r\nETag: 1\r\ndate: now\r\ndate: later\r\nX-Jenkins-JNLP-Port: 1\r\ncontent-type: a/b\r\n\r\n")
	})
	for _, more := range []string{"", "Connection: Upgrade\r\nUpgrade: websocket\r\n"} {
		g := newRig(t)
		c := g.connect(up, "")
		io.WriteString(c, "GET /h HTTP/1.1\r\nHost: "+up+"\r\nx-CUSTOM: 1\r\nX-Custom: 2\r\nuser-agent: me\r\nSec-WebSocket-Key: k\r\n"+more+"\r\n")
		for got, names := range map[string]string{
			<-seen:                            "x-CUSTOM: 1|x-CUSTOM: 2|user-agent: me|Sec-WebSocket-Key: k",
			must(readRaw(bufio.NewReader(c))): "ETag: 1|date: now|date: later|X-Jenkins-JNLP-Port: 1|content-type: a/b",
		} {
			fields := strings.ToLower(got)
			for line := range strings.SplitSeq(names, "|") {
				name, _, _ := strings.Cut(strings.ToLower(line), ":")
				if !strings.Contains(got, "\r\n"+line+"\r\n") || strings.Count(fields, "\n"+name+":") > strings.Count(strings.ToLower(names), name+":") {
					t.Errorf("%q not once in %q", line, got)
				}
			}
		}
	}
}

// readRaw reads a request up to its body, which it skips.
func readRaw(br *bufio.Reader) (head string, err error) {
	for !strings.HasSuffix(head, "\r\n\r\n") {
		line, err := br.ReadString('\n')
		if err != nil {
			return "", err
		}
		head += line
	}
	switch {
	case strings.Contains(head, "Content-Length: 2\r\n"):
		br.Discard(len("ok"))
	case strings.Contains(head, "Transfer-Encoding"):
		br.Discard(len("2\r\nok\r\n0\r\n\r\n"))
	}
	return head, nil
}
