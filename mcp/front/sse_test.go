package front

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/mcp/front/fronttest"
)

// oldClient returns an initialized client of the library over HTTP+SSE.
func oldClient(t *testing.T, url, token string) *client.Client {
	t.Helper()
	tr := must(transport.NewSSE(url+"/sse", transport.WithHeaders(map[string]string{"Authorization": "Bearer " + token, "X-API-Key": "k-1"})))
	c := client.NewClient(tr, client.WithProtocolVersion("2024-11-05"))
	t.Cleanup(func() { c.Close() })
	noError(t, c.Start(t.Context()))
	must(c.Initialize(t.Context(), mcp.InitializeRequest{}))
	return c
}

// TestSSE calls tools with a client of the old transport. Tools see the caller's name and header.
func TestSSE(t *testing.T) {
	token := NewToken()
	url := start(t, Config{Token: token, SSE: true})
	c := oldClient(t, url, token)
	if got := callText(t, c, "who"); !strings.HasPrefix(got, "token-") || strings.Contains(got, token) {
		t.Errorf("caller %q", got)
	}
	if got := callText(t, c, "key"); got != "k-1" {
		t.Errorf("header %q", got)
	}
	var r mcp.CallToolRequest
	r.Params.Name = "panic"
	if _, err := c.CallTool(t.Context(), r); err == nil || !strings.Contains(err.Error(), "because of a defect") {
		t.Errorf("a call that panics: %v", err)
	}
	if got := callText(t, c, "key"); got != "k-1" {
		t.Errorf("after the panic: %q", got)
	}
}

// TestSSERefused checks that the old transport stands behind the same checks, and is off by default.
func TestSSERefused(t *testing.T) {
	const token = "0123456789abcdef"
	url := start(t, Config{Token: token, SSE: true, MaxBody: 1000})
	plain := start(t, Config{Token: token})
	for _, x := range []struct {
		name, method, url, body string
		header                  []string // name, value
		want                    int
	}{
		{"off", "GET", plain + "/sse", "", nil, 404},
		{"off", "POST", plain + "/message", "{}", nil, 404},
		{"no token", "GET", url + "/sse", "", []string{"Authorization", ""}, 401},
		{"no token", "POST", url + "/message", initialize, []string{"Authorization", ""}, 401},
		{"wrong token", "GET", url + "/sse", "", []string{"Authorization", "Bearer x"}, 401},
		{"token in the URL", "GET", url + "/sse?token=" + token, "", []string{"Authorization", ""}, 401},
		{"rebound name", "GET", url + "/sse", "", []string{"Host", "evil.example"}, 403},
		{"rebound name", "POST", url + "/message", initialize, []string{"Host", "evil.example"}, 403},
		{"foreign page", "GET", url + "/sse", "", []string{"Origin", "http://evil.example"}, 403},
		{"foreign page", "POST", url + "/message", initialize, []string{"Origin", "null"}, 403},
		{"preflight", "OPTIONS", url + "/sse", "", nil, 405},
		{"no session", "POST", url + "/message", initialize, nil, 404},
		{"unknown session", "POST", url + "/message?sessionId=x", initialize, nil, 404},
		{"too large", "POST", url + "/message?sessionId=x", strings.Repeat(" ", 1001), nil, 413},
		{"duplicate name", "POST", url + "/message?sessionId=x", `{"id":1,"id":2}`, nil, 400},
		{"POST to the stream", "POST", url + "/sse", initialize, nil, 405},
		{"GET of messages", "GET", url + "/message", "", nil, 405},
	} {
		r := must(http.NewRequest(x.method, x.url, strings.NewReader(x.body)))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		if len(x.header) > 0 {
			r.Header.Set(x.header[0], x.header[1])
			if x.header[0] == "Host" {
				r.Host = x.header[1]
			}
		}
		resp := must(http.DefaultClient.Do(r))
		resp.Body.Close()
		if resp.StatusCode != x.want {
			t.Errorf("%s: %s %s: status %d, want %d", x.name, x.method, x.url, resp.StatusCode, x.want)
		}
	}
}

// rawStream is a stream of events that a test reads itself.
type rawStream struct {
	t       *testing.T
	resp    *http.Response
	lines   *bufio.Scanner
	message string // URL for messages
}

func openStream(t *testing.T, url string) *rawStream {
	t.Helper()
	resp := must(http.Get(url + "/sse"))
	t.Cleanup(func() { resp.Body.Close() })
	s := &rawStream{t: t, resp: resp, lines: bufio.NewScanner(resp.Body)}
	if resp.StatusCode == http.StatusOK {
		path := s.next("endpoint")
		s.message = strings.TrimSuffix(url, DefaultPath) + path
	}
	return s
}

// next returns the data of the next event, which must have the given name.
func (s *rawStream) next(name string) string {
	s.t.Helper()
	for s.lines.Scan() {
		if line := s.lines.Text(); line == "event: "+name {
			s.lines.Scan()
			return strings.TrimPrefix(s.lines.Text(), "data: ")
		} else if line != "" && line[0] != ':' {
			s.t.Fatalf("line %q, want event %s", line, name)
		}
	}
	s.t.Fatalf("the stream ended: %v", s.lines.Err())
	return ""
}

func (s *rawStream) post(body string) int {
	s.t.Helper()
	resp := must(http.Post(s.message, "application/json", strings.NewReader(body)))
	resp.Body.Close()
	return resp.StatusCode
}

// TestSSEHeader checks that no page of another origin may read a stream, and that proxies neither
// keep nor hold back its events.
func TestSSEHeader(t *testing.T) {
	s := openStream(t, start(t, Config{NoToken: true, SSE: true}))
	for name := range s.resp.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("%s: %s", name, s.resp.Header.Get(name))
		}
	}
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
	} {
		if got := s.resp.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, x := range []struct {
		body string
		want int
	}{
		{"{", 400}, {"[" + initialize + "]", 400}, {`{"jsonrpc":"2.0","id":9,"result":{}}`, 202}, {`{}`, 400},
		{`{"jsonrpc":"2.0","method":"notifications/initialized"}`, 202},
	} {
		if got := s.post(x.body); got != x.want {
			t.Errorf("%s: status %d, want %d", x.body, got, x.want)
		}
	}
}

// TestSSEAsks checks that the user can be asked over a stream, that the first answer counts, and that
// another session cannot answer. The library's client of this transport answers no requests.
func TestSSEAsks(t *testing.T) {
	url := start(t, Config{NoToken: true, SSE: true})
	s, other := openStream(t, url), openStream(t, url)
	s.post(initialize)
	s.next("message")
	cases := []struct{ answer, want string }{
		{`"result":{"action":"accept","content":{}}`, `"text":"accept"`},
		{`"result":{"action":"decline"}`, `"text":"decline"`},
		{`"error":{"code":-1,"message":"no window"}`, `no window`},
		{`"result":null`, `has no result`},
		{`"result":7`, `read the answer of the client`},
	}
	for i := range 3 * len(cases) { // so that numbers of questions have several digits
		x := cases[i%len(cases)]
		s.post(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"ask"}}`, 5+i))
		var question struct {
			ID     int
			Method string
		}
		if err := json.Unmarshal([]byte(s.next("message")), &question); err != nil || question.Method != "elicitation/create" {
			t.Fatalf("question %+v, %v", question, err)
		}
		other.post(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"action":"cancel"}}`, question.ID))
		s.post(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,%s}`, question.ID, x.answer))
		s.post(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"action":"cancel"}}`, question.ID))
		if got := s.next("message"); !strings.Contains(got, x.want) {
			t.Errorf("%s: %s", x.answer, got)
		}
	}
}

// TestSSECallsEndWithTheStream checks that no call goes on for a client that has gone.
func TestSSECallsEndWithTheStream(t *testing.T) {
	started, ended := make(chan struct{}), make(chan error, 1)
	m := newServer()
	m.AddTool(mcp.NewTool("wait"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		close(started)
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	})
	s := openStream(t, startServer(t, Config{NoToken: true, SSE: true}, fronttest.Unguarded(m)))
	s.post(initialize)
	s.next("message")
	s.post(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"wait"}}`)
	<-started
	s.resp.Body.Close()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the call ended with %v", err)
	}
}

// TestSSESessionsAreApart checks that a session's id is needed, and that a message reaches no other
// session.
func TestSSESessionsAreApart(t *testing.T) {
	url := start(t, Config{NoToken: true, SSE: true})
	a, b := openStream(t, url), openStream(t, url)
	if a.message == b.message {
		t.Fatal("equal sessions")
	}
	a.post(initialize)
	b.post(strings.Replace(initialize, `"id":1`, `"id":7`, 1))
	if got := a.next("message"); !strings.Contains(got, `"id":1,`) {
		t.Errorf("a got %s", got)
	}
	if got := b.next("message"); !strings.Contains(got, `"id":7,`) {
		t.Errorf("b got %s", got)
	}
	b.resp.Body.Close()
	for b.post(initialize) != http.StatusNotFound { // once the server has noticed
	}
}

// TestSSEShutdown checks that open streams of both transports end with the server, at once.
func TestSSEShutdown(t *testing.T) {
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	f := must(New(Config{Addr: l.Addr(), NoToken: true, SSE: true}, map[string]Server{DefaultPath: fronttest.Unguarded(newServer())}))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- f.Serve(ctx, l) }()
	url := "http://" + l.Addr().String() + DefaultPath
	req := must(http.NewRequest("POST", url, strings.NewReader(initialize)))
	req.Header.Set("Content-Type", "application/json")
	begun := must(http.DefaultClient.Do(req))
	begun.Body.Close()
	req = &http.Request{Method: "GET", URL: req.URL, Header: http.Header{
		"Accept": {"text/event-stream"}, "Mcp-Session-Id": {begun.Header.Get("Mcp-Session-Id")},
	}}
	newer, err := http.DefaultClient.Do(req)
	if err != nil || newer.StatusCode != http.StatusOK {
		t.Fatal(newer, err)
	}
	defer newer.Body.Close()
	s := openStream(t, url)
	cancel()
	// A stream that does not end by itself is cut off after five seconds.
	for name, body := range map[string]io.Reader{"older": s.resp.Body, "newer": newer.Body} {
		if _, err := io.ReadAll(body); err != nil {
			t.Errorf("the stream of the %s transport ended with %v", name, err)
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
