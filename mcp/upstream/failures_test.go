package upstream_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/upstream"
)

// remoteConn is a connection to a server by URL.
type remoteConn struct {
	t *testing.T
	jsonrpc.Conn
}

// connect connects to the server, with a credential or none.
func (u *origin) connect(c upstream.Credential) remoteConn {
	u.t.Helper()
	// The bounds of a call do not hold for those of an MCP server.
	client := must.Get(egress.New(egress.Config{Named: []string{u.url.String()}, Redirects: -1, Timeout: time.Nanosecond, MaxBody: 1}))
	conn := must.Get(upstream.ByURL(upstream.Remote{URL: u.url, Client: client, Credential: c, Log: slog.New(slog.DiscardHandler)})(u.t.Context()))
	u.t.Cleanup(func() { conn.Close() })
	return remoteConn{u.t, conn}
}

func (c remoteConn) send(text string) {
	c.t.Helper()
	m := must.Get(jsonrpc.Parse([]byte(text)))
	must.Do(c.t, c.Send(m, nil))
}

// lost fails unless the server does not answer the request with the id 1, for a reason.
func (c remoteConn) lost(why string) {
	c.t.Helper()
	p, err := c.Receive()
	if err != nil || p.Lost == nil || p.Stream != "1" || !strings.Contains(p.Lost.Error(), why) {
		c.t.Errorf("received %+v, %v; want a loss of 1 with %q", p, err, why)
	}
}

// answered fails unless the next message is an answer with the text.
func (c remoteConn) answered(text string) {
	c.t.Helper()
	p, err := c.Receive()
	if err != nil || p.Message == nil || string(p.Text) != text {
		c.t.Errorf("received %+v, %v; want %s", p, err, text)
	}
}

// begin makes the handshake, without the notification that ends it.
func (c remoteConn) begin() {
	c.t.Helper()
	c.send(gatewaytest.HelloText)
	if p, err := c.Receive(); err != nil || p.Message == nil || p.Result == nil {
		c.t.Fatalf("received %+v, %v", p, err)
	}
}

// TestAnswersAreNotHeldOpen checks that the connection of an answer is let go once its head says
// enough, though its body goes on.
func TestAnswersAreNotHeldOpen(t *testing.T) {
	const initialized = `{"jsonrpc":"2.0","method":"notifications/initialized"}`
	for name, x := range map[string]struct {
		is     func(r *http.Request, m *jsonrpc.Message) bool
		status int
		do     func(c remoteConn)
	}{
		"a stream that cannot be resumed": {func(r *http.Request, _ *jsonrpc.Message) bool { return r.Header.Get("Last-Event-ID") != "" }, 404, func(c remoteConn) {
			c.send(callText)
			c.lost("ended before the answer")
		}},
		"no standing stream":    {func(r *http.Request, _ *jsonrpc.Message) bool { return r.Method == http.MethodGet }, 405, func(c remoteConn) { c.send(initialized) }},
		"standing stream fails": {func(r *http.Request, _ *jsonrpc.Message) bool { return r.Method == http.MethodGet }, 500, func(c remoteConn) { c.send(initialized) }},
		"a failed call":         {func(_ *http.Request, m *jsonrpc.Message) bool { return m != nil && m.Method == "tools/call" }, 500, func(c remoteConn) { c.send(callText); c.lost("status 500") }},
		"a stream after its answer": {func(_ *http.Request, m *jsonrpc.Message) bool { return m != nil && m.Method == "tools/call" }, 200, func(c remoteConn) {
			c.send(callText)
			c.answered(`{"jsonrpc":"2.0","id":1,"result":{}}`)
		}},
		"a notification": {func(_ *http.Request, m *jsonrpc.Message) bool { return m != nil && m.IsNotification() }, 202, func(c remoteConn) { c.send(initialized) }},
		"the end":        {func(r *http.Request, _ *jsonrpc.Message) bool { return r.Method == http.MethodDelete }, 200, func(c remoteConn) { c.Close() }},
		"a refused credential": {func(r *http.Request, _ *jsonrpc.Message) bool {
			return r.Header.Get("Authorization") == "Bearer token-ii"
		}, 401, func(c remoteConn) { c.send(callText) }},
	} {
		t.Run(name, func(t *testing.T) {
			let := make(chan struct{})
			var once sync.Once
			u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
				switch {
				case x.is(r, m):
					if name == "a stream after its answer" {
						event(w, "", `{"jsonrpc":"2.0","id":1,"result":{}}`)
					} else {
						w.WriteHeader(x.status)
						w.(http.Flusher).Flush()
					}
					<-r.Context().Done()
					once.Do(func() { close(let) })
				case answerHello(w, r, m):
				case name == "a refused credential" && r.Header.Get("Authorization") == "Bearer token-i":
					w.WriteHeader(http.StatusUnauthorized)
				default:
					event(w, "e1", "") // and breaks
				}
			})
			c := u.connect(&renewing{last: 3})
			c.begin()
			x.do(c)
			if name == "a refused credential" { // the first one was refused, the second one is now
				if p, err := c.Receive(); err != nil || p.Lost == nil {
					t.Fatalf("received %+v, %v", p, err)
				}
				c.send(`{"jsonrpc":"2.0","id":2,"method":"ping"}`)
			}
			select {
			case <-let:
			case <-time.After(time.Minute):
				t.Error("the connection stays open")
			}
		})
	}
}

// TestResumesAreBounded checks how often the gateway asks for the rest of a stream that brings
// nothing, and that one which brings something is resumed as often as it takes.
func TestResumesAreBounded(t *testing.T) {
	resumes := atomic.Int32{}
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		switch last := r.Header.Get("Last-Event-ID"); {
		case last == "a":
			if resumes.Add(1)%2 == 0 {
				event(w, "", "") // and breaks
			} else {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		case last != "" && len(last) < 20:
			event(w, last+"b", "")
		case last != "":
			event(w, "", `{"jsonrpc":"2.0","id":1,"result":{"n":1}}`)
		case !answerHello(w, r, m) && strings.Contains(string(m.Params), "silent"):
			event(w, "a", "")
		case m != nil && m.Method == "tools/call":
			event(w, "b", "")
		}
	})
	c := u.connect(nil)
	c.begin()
	c.send(strings.Replace(callText, "read", "silent", 1))
	c.lost("ended before the answer")
	if n := resumes.Load(); n != 6 {
		t.Errorf("resumed %d times", n)
	}
	c.send(callText)
	c.answered(`{"jsonrpc":"2.0","id":1,"result":{"n":1}}`)
	if n := u.count("tools/call"); n != 2 {
		t.Errorf("two calls were sent %d times", n)
	}
}

// TestStatelessStreamIsNotResumed checks that a stateless call fails when its stream breaks: a
// server need not know it any more.
func TestStatelessStreamIsNotResumed(t *testing.T) {
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) { event(w, "e1", "") })
	c := u.connect(nil)
	body, _ := gatewaytest.Modern("1", "tools/call", "read", "")
	c.send(body)
	c.lost("ended before the answer")
	if n := u.count(http.MethodGet); n != 0 {
		t.Errorf("resumed %d times", n)
	}
}

// TestStandingStreamEndsSession checks that a server which no longer knows the session when it is
// asked for the standing stream ends the connection, which is then not said goodbye to.
func TestStandingStreamEndsSession(t *testing.T) {
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		if r.Method == http.MethodGet {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		answerHello(w, r, m)
	})
	c := u.connect(nil)
	c.begin()
	c.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	if p, err := c.Receive(); !errors.Is(err, jsonrpc.ErrSession) {
		t.Errorf("received %+v, %v", p, err)
	}
	c.Close()
	m, _ := jsonrpc.Parse([]byte(callText))
	if err := c.Send(m, nil); !errors.Is(err, jsonrpc.ErrEnded) {
		t.Errorf("a message after the end: %v", err)
	}
	if u.count(http.MethodDelete) != 0 || u.count("tools/call") != 0 {
		t.Errorf("the server got %q", u.seen)
	}
}

// TestInvalidMessageOfStandingStream checks that a message which two readers might read in different
// ways reaches nobody, and ends neither the session nor the stream.
func TestInvalidMessageOfStandingStream(t *testing.T) {
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		switch {
		case r.Method == http.MethodGet && r.Header.Get("Last-Event-ID") == "":
			event(w, "1", `{"jsonrpc":"2.0","id":9,"result":{"FORBIDDEN":1,"forbidden":2}}`)
		case r.Method == http.MethodGet:
			event(w, "2", `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
			<-r.Context().Done()
		case !answerHello(w, r, m):
			writeJSON(w, jsonrpc.Response(m.ID, []byte(`{"content":[]}`)))
		}
	})
	s := newSite(t, gatewaytest.ReadOnly, u.dialer(0), nil)
	h := s.BeginRemote()
	events := gatewaytest.ReadSSE(t, s.Request(t.Context(), http.MethodGet, "", h...))
	if _, data := events.Next(); !strings.Contains(data, "tools/list_changed") {
		t.Errorf("the client got %s", data)
	}
	if status, text := s.Post(callText, h...); status != http.StatusOK || !strings.Contains(text, `"content":[]`) {
		t.Errorf("a call afterwards: %d %s", status, text)
	}
	if n := u.count("initialize"); n != 1+1 { // one is notifications/initialized
		t.Errorf("%d greetings in %q", n, u.seen)
	}
}

// TestErrorsWithStatus checks that an error which the server explains in JSON-RPC is passed on, and
// that one which it does not explain says what the status means.
func TestErrorsWithStatus(t *testing.T) {
	for name, x := range map[string]struct {
		status int
		body   string
		answer string // "" if the call is lost
		why    string
	}{
		"explained":      {400, `{"jsonrpc":"2.0","id":1,"error":{"code":-5,"message":"no"}}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-5,"message":"no"}}`, ""},
		"without the id": {400, `{"jsonrpc":"2.0","id":null,"error":{"code":-5,"message":"no"}}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-5,"message":"no"}}`, ""},
		"of another":     {500, `{"jsonrpc":"2.0","id":2,"error":{"code":-5,"message":"no"}}`, "", "status 500"},
		"not found":      {404, `{"jsonrpc":"2.0","id":2,"result":{}}`, "", "status 404: the URL may not be that of an MCP endpoint"},
		"not allowed":    {405, `{"jsonrpc":"2.0","id":2,"result":{}}`, "", "status 405: the URL may not be that of an MCP endpoint"},
		"several":        {300, `{"jsonrpc":"2.0","id":1,"result":{}}`, "", "status 300: redirects are not followed"},
		"redirected":     {302, `{"jsonrpc":"2.0","id":1,"result":{}}`, "", "status 302: redirects are not followed"},
		"redirected too": {399, `{"jsonrpc":"2.0","id":1,"result":{}}`, "", "status 399: redirects are not followed"},
		"unauthorized":   {401, `{"jsonrpc":"2.0","id":2,"result":{}}`, "", "status 401: the credential is missing or refused"},
		"forbidden":      {403, `{"jsonrpc":"2.0","id":2,"result":{}}`, "", "status 403: the credential is missing or refused"},
	} {
		t.Run(name, func(t *testing.T) {
			u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
				if r.Header["Authorization"] != nil {
					t.Errorf("a gateway without a credential sends %v", r.Header["Authorization"])
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(x.status)
				io.WriteString(w, x.body)
			})
			c := u.connect(nil)
			if c.send(callText); x.answer != "" {
				c.answered(x.answer)
			} else {
				c.lost(x.why)
			}
		})
	}
}

// TestNotificationsAreInOrder checks that the server gets notifications and answers one after the
// other, and a request after those before it.
func TestNotificationsAreInOrder(t *testing.T) {
	var mu sync.Mutex
	var order []string
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		if m != nil {
			mu.Lock()
			order = append(order, m.Method+m.ID)
			mu.Unlock()
		}
		if !answerHello(w, r, m) {
			writeJSON(w, jsonrpc.Response(m.ID, []byte(`{}`)))
		}
	})
	c := u.connect(nil)
	c.begin()
	want := []string{"initialize0"}
	for i := range 50 {
		c.send(fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/n%d"}`, i))
		c.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":"q%d","result":{}}`, i))
		want = append(want, fmt.Sprintf("notifications/n%d", i), fmt.Sprintf(`"q%d"`, i))
	}
	c.send(callText)
	c.answered(`{"jsonrpc":"2.0","id":1,"result":{}}`)
	mu.Lock()
	defer mu.Unlock()
	if got := strings.Join(order, " "); got != strings.Join(append(want, "tools/call1"), " ") {
		t.Errorf("the server got %s", got)
	}
}
