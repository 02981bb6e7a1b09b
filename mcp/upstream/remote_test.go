package upstream_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/egress/token"
	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/mirror"
	"github.com/spectap/spectap/mcp/upstream"
)

// origin is an MCP server that a test plays over HTTP. It notes what it was sent.
type origin struct {
	t    *testing.T
	url  *url.URL
	mu   sync.Mutex
	seen []string // method of HTTP and JSON-RPC, session, version
	body []string
}

// newOrigin serves the handler. The body of a request was read, and is in r.Form as "body".
func newOrigin(t *testing.T, handle func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message)) *origin {
	t.Helper()
	u := &origin{t: t}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		var m *jsonrpc.Message
		method := ""
		if len(text) > 0 {
			var err error
			if m, err = jsonrpc.Parse(text); err != nil {
				t.Errorf("the server got %s: %v", text, err)
			}
			method = m.Method
		}
		kind := ""
		if r.Method == http.MethodPost {
			kind = "application/json"
		}
		if h := r.Header; h.Get("Content-Type") != kind || h.Get("Accept") != "application/json, text/event-stream" || h.Get("Accept-Encoding") != "identity" {
			t.Errorf("%s of %q has the headers %v", r.Method, method, h)
		}
		if r.Method == http.MethodPost && strings.Contains(string(text), jsonrpc.MetaOperations) { // of the relay itself
			writeJSON(w, jsonrpc.Response(m.ID, []byte(`{"tools":[{"name":"read"},{"name":"routed","inputSchema":{"properties":{"where":{"properties":{"region":{"type":"string","x-mcp-header":"Region"}}}}}}]}`)))
			return
		}
		u.mu.Lock()
		u.seen = append(u.seen, strings.TrimSpace(strings.Join([]string{r.Method, method, r.Header.Get(mirror.HeaderSession), r.Header.Get(mirror.HeaderVersion)}, " ")))
		u.body = append(u.body, string(text))
		u.mu.Unlock()
		handle(w, r, m)
	}))
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	u.url, _ = url.Parse(srv.URL + "/mcp")
	return u
}

func (u *origin) count(what string) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	n := 0
	for _, s := range u.seen {
		if strings.Contains(s, what) {
			n++
		}
	}
	return n
}

// dialer returns a dial to the server.
func (u *origin) dialer(maxMessage int) jsonrpc.Dial {
	u.t.Helper()
	client := must.Get(egress.New(egress.Config{Named: []string{u.url.String()}, Redirects: -1}))
	return upstream.ByURL(upstream.Remote{
		URL: u.url, Client: client, MaxMessage: maxMessage, Log: slog.New(slog.DiscardHandler),
		Credential: token.New(token.Text("of-the-gateway"), ""),
	})
}

// answerHello answers initialize with a session. It reports whether it has answered.
func answerHello(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) bool {
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case m.Method == "initialize":
		w.Header().Set(mirror.HeaderSession, "of-upstream")
		writeJSON(w, jsonrpc.Response(m.ID, []byte(`{"protocolVersion":"2025-06-18"}`)))
	case !m.IsRequest():
		w.WriteHeader(http.StatusAccepted)
	default:
		return false
	}
	return true
}

func writeJSON(w http.ResponseWriter, m *jsonrpc.Message) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(m.Text)
}

// event writes a server-sent event.
func event(w http.ResponseWriter, id, data string) {
	w.Header().Set("Content-Type", "text/event-stream")
	if id != "" {
		fmt.Fprintf(w, "id: %s\n", id)
	}
	fmt.Fprintf(w, "retry: 1\ndata: %s\n\n", data)
	w.(http.Flusher).Flush()
}

const callText = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}`

// TestRemote reaches a server by URL: with its session, its version and the gateway's credential.
func TestRemote(t *testing.T) {
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		if got := r.Header.Values("Authorization"); len(got) != 1 || got[0] != "Bearer of-the-gateway" {
			t.Errorf("the server sees the credentials %q", got)
		}
		if !answerHello(w, r, m) {
			event(w, "", `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1}}`)
			event(w, "", string(jsonrpc.Response(m.ID, []byte(`{"n":1.50}`)).Text))
		}
	})
	s := newSite(t, gatewaytest.ReadOnly, u.dialer(0), nil)
	h := s.BeginRemote()
	if status, text := s.Post(callText, h...); status != 200 || !strings.Contains(text, "notifications/progress") || !strings.Contains(text, `"result":{"n":1.50}`) {
		t.Errorf("%d %s", status, text)
	}
	if status, text := s.Post(strings.Replace(callText, "read", "FORBIDDEN", 1), h...); !strings.Contains(text, "unknown tool") {
		t.Errorf("%d %s", status, text)
	}
	s.Handler.Close()
	for what, want := range map[string]int{
		"POST initialize": 1, "POST notifications/initialized of-upstream 2025-06-18": 1, "POST tools/call of-upstream 2025-06-18": 1, "DELETE  of-upstream": 1,
	} {
		if n := u.count(what); n != want {
			t.Errorf("%d of %q in %q", n, what, u.seen)
		}
	}
}

// TestRemoteRepeatsCredential hides the credential of the gateway where the server repeats it.
func TestRemoteRepeatsCredential(t *testing.T) {
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		if !answerHello(w, r, m) {
			token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
			event(w, "", `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"message":"`+token+`"}}`)
			event(w, "", string(jsonrpc.Response(m.ID, jsonvalue.Encode("its base64 is "+base64.StdEncoding.EncodeToString([]byte(token)))).Text))
		}
	})
	s := newSite(t, gatewaytest.ReadOnly, u.dialer(0), nil)
	_, text := s.Post(callText, s.BeginRemote()...)
	if strings.Contains(text, "of-the-gateway") || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte("of-the-gateway"))) || strings.Count(text, "[credential of the gateway]") != 2 {
		t.Errorf("the client sees %s", text)
	}
}

// TestRemoteStateless sends stateless requests by themselves, with the headers that the body says,
// and ends one when its client goes away.
func TestRemoteStateless(t *testing.T) {
	ended := make(chan struct{})
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		name, has := mirror.NameOf(m)
		if r.Header.Get(mirror.HeaderMethod) != m.Method || has && r.Header.Get(mirror.HeaderName) != mirror.Encode(name) || r.Header.Get("Mcp-Param-Region") != "" != (name == "routed") {
			t.Errorf("%s has the headers %v", m.Text, r.Header)
		}
		switch {
		case m.Method == "tools/list":
			writeJSON(w, jsonrpc.Response(m.ID, []byte(`{"tools":[{"name":"routed","inputSchema":{"properties":{"where":{"properties":{"region":{"type":"string","x-mcp-header":"Region"}}}}}}]}`)))
		case name == "slow":
			event(w, "", `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info"}}`)
			<-r.Context().Done()
			close(ended)
		default:
			writeJSON(w, jsonrpc.Response(m.ID, []byte(`{}`)))
		}
	})
	s := newSite(t, "version: 1\ndefault: allow\nupstream: {logging: allow}", u.dialer(0), nil)
	body, header := gatewaytest.Modern("1", "tools/call", "räksmörgås", "")
	header[5] = mirror.Encode("räksmörgås")
	if status, text := s.Post(body, header...); status != 200 || text != `{"jsonrpc":"2.0","id":1,"result":{}}` {
		t.Errorf("%d %s", status, text)
	}
	body, header = gatewaytest.Modern("1", "tools/call", "routed", `,"arguments":{"where":{"region":"eu"}}`)
	if status, text := s.Post(body, append(header, "Mcp-Param-Region", "eu")...); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	for _, bad := range [][]string{{"us"}, {"eu", "us"}, {"=?base64?dXM=?="}} {
		h := header[:len(header):len(header)]
		for _, v := range bad {
			h = append(h, "Mcp-Param-Region", v)
		}
		if status, text := s.Post(body, h...); status != http.StatusBadRequest || !strings.Contains(text, "-32020") {
			t.Errorf("the header %q: %d %s", bad, status, text)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	body, header = gatewaytest.Modern("1", "tools/call", "slow", "")
	events := gatewaytest.ReadSSE(t, s.Request(ctx, http.MethodPost, body, header...))
	if _, data := events.Next(); !strings.Contains(data, "notifications/message") {
		t.Errorf("got %s", data)
	}
	cancel()
	<-ended
	if n := u.count("notifications/cancelled"); n != 0 {
		t.Error("a notification was sent as well")
	}
}

// TestRemoteSessionEnds passes the end of a server's session on as that of the client's.
func TestRemoteSessionEnds(t *testing.T) {
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		if !answerHello(w, r, m) {
			w.WriteHeader(http.StatusNotFound)
		}
	})
	s := newSite(t, gatewaytest.ReadOnly, u.dialer(0), nil)
	h := s.BeginRemote()
	if status, text := s.Post(callText, h...); status != http.StatusNotFound || !strings.Contains(text, "initialize") {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := s.Post(callText, h...); status != http.StatusNotFound {
		t.Errorf("the second call: %d", status)
	}
	s.BeginRemote()
	if n := u.count("tools/call"); n != 1 {
		t.Errorf("the call was sent %d times", n)
	}
}

// TestRemoteSessionEndsOnStdio begins a new session with the client's handshake: stdio has none.
func TestRemoteSessionEndsOnStdio(t *testing.T) {
	calls := 0
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		if answerHello(w, r, m) {
			return
		}
		if calls++; calls == 1 {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		writeJSON(w, jsonrpc.Response(m.ID, []byte(`{}`)))
	})
	b := gatewaytest.New(t, gatewaytest.ReadOnly, nil)
	client, down := gatewaytest.NewWires()
	b.Client = client
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	r := gateway.NewRelay(gateway.Server{Guard: b.Guard, Dial: u.dialer(0)}, nil, "session", down.Conn(), slog.New(slog.DiscardHandler))
	go func() { done <- r.Run(ctx) }()
	b.Send(client, gatewaytest.HelloText)
	b.Expect(client, `"id":0`)
	b.Send(client, callText)
	b.Expect(client, "ended before it answered")
	for {
		b.Send(client, callText)
		if text := b.Receive(client); strings.Contains(text, `"result":{}`) {
			break
		} else if !strings.Contains(text, "being started again") && !strings.Contains(text, "ended before it answered") {
			t.Fatal(text)
		}
	}
	cancel()
	client.Close()
	<-done
	if calls != 2 || u.count("POST initialize") != 2 {
		t.Errorf("%d calls: %q", calls, u.seen)
	}
}

// TestRemoteGreetsByStream answers the handshake with a stream of events, as most servers do. What
// follows has the session and the version of that answer.
func TestRemoteGreetsByStream(t *testing.T) {
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		switch {
		case m != nil && m.Method == "initialize":
			w.Header().Set(mirror.HeaderSession, "of-upstream")
			event(w, "a", string(jsonrpc.Response(m.ID, []byte(`{"protocolVersion":"2025-06-18"}`)).Text))
		case !answerHello(w, r, m):
			writeJSON(w, jsonrpc.Response(m.ID, fmt.Appendf(nil, `{"at":"%s %s"}`, r.Header.Get(mirror.HeaderSession), r.Header.Get(mirror.HeaderVersion))))
		}
	})
	s := newSite(t, gatewaytest.ReadOnly, u.dialer(0), nil)
	if _, text := s.Post(callText, s.BeginRemote()...); !strings.Contains(text, `{"at":"of-upstream 2025-06-18"}`) {
		t.Errorf("got %s", text)
	}
}

// TestRemoteResumes asks for the rest of a stream that broke. The call is sent once.
func TestRemoteResumes(t *testing.T) {
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		switch {
		case r.Header.Get("Last-Event-ID") == "a":
			event(w, "b", `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":2}}`)
		case r.Header.Get("Last-Event-ID") == "b":
			event(w, "c", `{"jsonrpc":"2.0","id":1,"result":{"n":3}}`)
		case !answerHello(w, r, m):
			event(w, "a", `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1}}`)
		}
	})
	s := newSite(t, gatewaytest.ReadOnly, u.dialer(0), nil)
	if _, text := s.Post(callText, s.BeginRemote()...); !strings.Contains(text, `"progressToken":1`) || !strings.Contains(text, `"progressToken":2`) || !strings.Contains(text, `"n":3`) {
		t.Errorf("got %s", text)
	}
	if n := u.count("tools/call"); n != 1 {
		t.Errorf("the call was sent %d times", n)
	}
}

// TestRemoteEndsRefusals checks that the gateway ends the answer of a server that cannot resume a
// stream now before it asks again, though the body of the answer goes on.
func TestRemoteEndsRefusals(t *testing.T) {
	refused := make(chan struct{})
	var refuse sync.Once
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		switch {
		case r.Header.Get("Last-Event-ID") == "a":
			first := false
			refuse.Do(func() {
				first = true
				w.WriteHeader(http.StatusServiceUnavailable)
				http.NewResponseController(w).Flush()
				<-r.Context().Done()
				close(refused)
			})
			if first {
				return
			}
			<-refused
			event(w, "b", `{"jsonrpc":"2.0","id":1,"result":{"n":3}}`)
		case !answerHello(w, r, m):
			event(w, "a", `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1}}`)
		}
	})
	s := newSite(t, gatewaytest.ReadOnly, u.dialer(0), nil)
	if _, text := s.Post(callText, s.BeginRemote()...); !strings.Contains(text, `"n":3`) {
		t.Errorf("got %s", text)
	}
}

// TestRemoteListens passes on what the server sends on its standing stream, also after it broke.
func TestRemoteListens(t *testing.T) {
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		switch {
		case r.Method == http.MethodGet && r.Header.Get("Last-Event-ID") == "":
			event(w, "1", `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
		case r.Method == http.MethodGet:
			event(w, "2", `{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}`)
			<-r.Context().Done()
		default:
			answerHello(w, r, m)
		}
	})
	s := newSite(t, gatewaytest.ReadOnly, u.dialer(0), nil)
	events := gatewaytest.ReadSSE(t, s.Request(t.Context(), http.MethodGet, "", s.BeginRemote()...))
	for _, want := range []string{"tools/list_changed", "prompts/list_changed"} {
		if _, data := events.Next(); !strings.Contains(data, want) {
			t.Errorf("got %s, want %s", data, want)
		}
	}
}

// TestHostileRemote answers calls whose server misbehaves, and sends none twice.
func TestHostileRemote(t *testing.T) {
	stolen := ""
	other := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		stolen = r.Header.Get("Authorization")
	})
	long := strings.Repeat("x", 3<<20)
	for name, x := range map[string]struct {
		handle func(w http.ResponseWriter, m *jsonrpc.Message)
		want   string
	}{
		"redirect": {func(w http.ResponseWriter, m *jsonrpc.Message) {
			w.Header().Set("Location", other.url.String())
			w.WriteHeader(307)
		}, "redirects are not followed"},
		"credential": {func(w http.ResponseWriter, m *jsonrpc.Message) { w.WriteHeader(401) }, "the credential is missing or refused"},
		"failure":    {func(w http.ResponseWriter, m *jsonrpc.Message) { w.WriteHeader(500) }, "status 500"},
		"no answer":  {func(w http.ResponseWriter, m *jsonrpc.Message) { w.WriteHeader(202) }, "status 202"},
		"page": {func(w http.ResponseWriter, m *jsonrpc.Message) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<p>")
		}, `the type \"text/html\"`},
		"junk": {func(w http.ResponseWriter, m *jsonrpc.Message) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, "{]")
		}, "not valid"},
		"batch": {func(w http.ResponseWriter, m *jsonrpc.Message) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, "["+string(jsonrpc.Response(m.ID, []byte("{}")).Text)+"]")
		}, "not valid"},
		"two readings": {func(w http.ResponseWriter, m *jsonrpc.Message) {
			writeJSON(w, &jsonrpc.Message{Text: []byte(`{"jsonrpc":"2.0","id":1,"result":{},"Result":{"FORBIDDEN":1}}`)})
		}, "not valid"},
		"another id": {func(w http.ResponseWriter, m *jsonrpc.Message) {
			writeJSON(w, jsonrpc.Response("99", []byte(`{"FORBIDDEN":1}`)))
		}, "no answer to the call"},
		"a request": {func(w http.ResponseWriter, m *jsonrpc.Message) {
			writeJSON(w, jsonrpc.Request("1", "ping", []byte(`{"FORBIDDEN":1}`)))
		}, "no answer to the call"},
		"large": {func(w http.ResponseWriter, m *jsonrpc.Message) {
			writeJSON(w, jsonrpc.Response(m.ID, []byte(`"`+long+`"`)))
		}, "larger than 1048576 bytes"},
		"large event": {func(w http.ResponseWriter, m *jsonrpc.Message) {
			event(w, "", string(jsonrpc.Response(m.ID, []byte(`"`+long+`"`)).Text))
		}, "larger than 1048576 bytes"},
		"long line": {func(w http.ResponseWriter, m *jsonrpc.Message) { event(w, "", ""); io.WriteString(w, "junk"+long) }, "larger than 1048576 bytes"},
		"many lines": {func(w http.ResponseWriter, m *jsonrpc.Message) {
			event(w, "", "")
			io.WriteString(w, strings.Repeat("data: x\n", 1<<19))
		}, "larger than 1048576 bytes"},
		"event of junk": {func(w http.ResponseWriter, m *jsonrpc.Message) { event(w, "", "{]") }, "not valid"},
		"wrong stream": {func(w http.ResponseWriter, m *jsonrpc.Message) {
			event(w, "", `{"jsonrpc":"2.0","id":99,"result":{"FORBIDDEN":1}}`)
		}, "answers another call"},
		"cut stream": {func(w http.ResponseWriter, m *jsonrpc.Message) { event(w, "", "") }, "ended before the answer"},
		"cut":        {func(w http.ResponseWriter, m *jsonrpc.Message) { panic(http.ErrAbortHandler) }, "cannot be reached"},
		"cut body": {func(w http.ResponseWriter, m *jsonrpc.Message) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"jsonrpc"`)
		}, "ends in the middle"},
		"no resumption": {func(w http.ResponseWriter, m *jsonrpc.Message) { event(w, "a", "") }, "ended before the answer"},
	} {
		t.Run(name, func(t *testing.T) {
			u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
				if !answerHello(w, r, m) {
					x.handle(w, m)
				}
			})
			s := newSite(t, gatewaytest.ReadOnly, u.dialer(1<<20), nil)
			_, text := s.Post(callText, s.BeginRemote()...)
			if i := strings.Index(text, "data: {"); i >= 0 {
				text = text[i+6:]
			}
			var answer struct {
				ID    int
				Error struct{ Message string }
			}
			if json.Unmarshal([]byte(text), &answer) != nil || answer.ID != 1 || !strings.Contains(text, x.want) || strings.Contains(text, "FORBIDDEN") {
				t.Errorf("got %.300s, want %s", text, x.want)
			}
			if n := u.count("tools/call"); n != 1 {
				t.Errorf("the call was sent %d times", n)
			}
		})
	}
	if stolen != "" || other.count("") != 0 {
		t.Error("the redirect was followed")
	}
}

// TestRemoteHandshakeIsFirst sends what follows the handshake with its session, though the client
// did not wait for the answer.
func TestRemoteHandshakeIsFirst(t *testing.T) {
	early := make(chan struct{}, 2)
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		if m != nil && m.Method == "initialize" {
			select {
			case <-early:
			case <-time.After(100 * time.Millisecond): // nothing comes
			}
		} else if m != nil && r.Header.Get(mirror.HeaderSession) == "" {
			t.Errorf("%s came without a session", m.Method)
			early <- struct{}{}
		}
		if !answerHello(w, r, m) {
			writeJSON(w, jsonrpc.Response(m.ID, []byte(`{}`)))
		}
	})
	b := gatewaytest.New(t, gatewaytest.ReadOnly, nil)
	client, down := gatewaytest.NewWires()
	b.Client = client
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	r := gateway.NewRelay(gateway.Server{Guard: b.Guard, Dial: u.dialer(0)}, nil, "session", down.Conn(), slog.New(slog.DiscardHandler))
	go func() { done <- r.Run(ctx) }()
	b.Send(client, gatewaytest.HelloText)
	b.Send(client, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	b.Send(client, callText)
	b.Expect(client, `"id":0`)
	b.Expect(client, `"id":1,"result"`)
	cancel()
	client.Close()
	<-done
}
