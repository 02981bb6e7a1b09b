package gateway

import (
	"bytes"
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

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// upstream is an MCP server that a test plays over HTTP. It notes what it was sent.
type upstream struct {
	t    *testing.T
	url  *url.URL
	mu   sync.Mutex
	seen []string // method of HTTP and JSON-RPC, session, version
	body []string
}

// newUpstream serves the handler. The body of a request was read, and is in r.Form as "body".
func newUpstream(t *testing.T, handle func(w http.ResponseWriter, r *http.Request, m *message)) *upstream {
	t.Helper()
	u := &upstream{t: t}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		var m *message
		method := ""
		if len(text) > 0 {
			var err error
			if m, err = parse(text); err != nil {
				t.Errorf("the server got %s: %v", text, err)
			}
			method = m.method
		}
		u.mu.Lock()
		u.seen = append(u.seen, strings.TrimSpace(strings.Join([]string{r.Method, method, r.Header.Get(headerSession), r.Header.Get(headerVersion)}, " ")))
		u.body = append(u.body, string(text))
		u.mu.Unlock()
		handle(w, r, m)
	}))
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	u.url, _ = url.Parse(srv.URL + "/mcp")
	return u
}

func (u *upstream) count(what string) int {
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
func (u *upstream) dialer(maxMessage int) Dial {
	u.t.Helper()
	client, err := egress.New(egress.Config{Named: []string{u.url.String()}, Redirects: -1})
	if err != nil {
		u.t.Fatal(err)
	}
	return Upstream(Remote{
		URL: u.url, Client: client, MaxMessage: maxMessage, Log: slog.New(slog.DiscardHandler),
		Credentials: []egress.Credential{{In: egress.InHeader, Name: "Authorization", Value: "Bearer of-the-gateway"}},
	})
}

// answerHello answers initialize with a session. It reports whether it has answered.
func answerHello(w http.ResponseWriter, r *http.Request, m *message) bool {
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case m.method == "initialize":
		w.Header().Set(headerSession, "of-upstream")
		writeJSON(w, response(m.id, []byte(`{"protocolVersion":"2025-06-18"}`)))
	case !m.isRequest():
		w.WriteHeader(http.StatusAccepted)
	default:
		return false
	}
	return true
}

func writeJSON(w http.ResponseWriter, m *message) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(m.text)
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

// beginRemote begins a session whose server is remote, and returns its headers.
func (s *site) beginRemote() []string {
	s.t.Helper()
	resp := s.request(s.t.Context(), http.MethodPost, helloText, "Authorization", "Bearer of-the-client")
	if resp.StatusCode != http.StatusOK || resp.Header.Get(headerSession) == "of-upstream" {
		s.t.Fatalf("status %d, session %s", resp.StatusCode, resp.Header.Get(headerSession))
	}
	h := []string{headerSession, resp.Header.Get(headerSession), "Authorization", "Bearer of-the-client"}
	if status, _ := s.post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`, h...); status != http.StatusAccepted {
		s.t.Fatalf("status %d", status)
	}
	return h
}

// TestRemote reaches a server by URL: with its session, its version and the gateway's credential.
func TestRemote(t *testing.T) {
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request, m *message) {
		if got := r.Header.Values("Authorization"); len(got) != 1 || got[0] != "Bearer of-the-gateway" {
			t.Errorf("the server sees the credentials %q", got)
		}
		if !answerHello(w, r, m) {
			event(w, "", `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1}}`)
			event(w, "", string(response(m.id, []byte(`{"n":1.50}`)).text))
		}
	})
	s := newSite(t, readOnly, u.dialer(0), nil)
	h := s.beginRemote()
	if status, text := s.post(callText, h...); status != 200 || !strings.Contains(text, "notifications/progress") || !strings.Contains(text, `"result":{"n":1.50}`) {
		t.Errorf("%d %s", status, text)
	}
	if status, text := s.post(strings.Replace(callText, "read", "FORBIDDEN", 1), h...); !strings.Contains(text, "unknown tool") {
		t.Errorf("%d %s", status, text)
	}
	s.handler.Close()
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
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request, m *message) {
		if !answerHello(w, r, m) {
			token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
			event(w, "", `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"message":"`+token+`"}}`)
			event(w, "", string(response(m.id, jsonvalue.Encode("its base64 is "+base64.StdEncoding.EncodeToString([]byte(token)))).text))
		}
	})
	s := newSite(t, readOnly, u.dialer(0), nil)
	_, text := s.post(callText, s.beginRemote()...)
	if strings.Contains(text, "of-the-gateway") || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte("of-the-gateway"))) || strings.Count(text, "[credential of the gateway]") != 2 {
		t.Errorf("the client sees %s", text)
	}
}

// TestRemoteStateless sends stateless requests by themselves, with the headers that the body says,
// and ends one when its client goes away.
func TestRemoteStateless(t *testing.T) {
	ended := make(chan struct{})
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request, m *message) {
		name, has := nameOf(m)
		if r.Header.Get(headerMethod) != m.method || has && r.Header.Get(headerName) != encodeHeader(name) || r.Header.Get("Mcp-Param-Region") != "" != (name == "routed") {
			t.Errorf("%s has the headers %v", m.text, r.Header)
		}
		switch {
		case m.method == "tools/list":
			writeJSON(w, response(m.id, []byte(`{"tools":[{"name":"routed","inputSchema":{"properties":{"where":{"properties":{"region":{"type":"string","x-mcp-header":"Region"}}}}}}]}`)))
		case name == "slow":
			event(w, "", `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info"}}`)
			<-r.Context().Done()
			close(ended)
		default:
			writeJSON(w, response(m.id, []byte(`{}`)))
		}
	})
	s := newSite(t, "version: 1\ndefault: allow\nupstream: {logging: allow}", u.dialer(0), nil)
	body, header := modern("1", "tools/call", "räksmörgås", "")
	header[5] = encodeHeader("räksmörgås")
	if status, text := s.post(body, header...); status != 200 || text != `{"jsonrpc":"2.0","id":1,"result":{}}` {
		t.Errorf("%d %s", status, text)
	}
	body, header = modern("1", "tools/call", "routed", `,"arguments":{"where":{"region":"eu"}}`)
	if status, text := s.post(body, append(header, "Mcp-Param-Region", "eu")...); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	for _, bad := range [][]string{{"us"}, {"eu", "us"}, {"=?base64?dXM=?="}} {
		h := header[:len(header):len(header)]
		for _, v := range bad {
			h = append(h, "Mcp-Param-Region", v)
		}
		if status, text := s.post(body, h...); status != http.StatusBadRequest || !strings.Contains(text, "-32020") {
			t.Errorf("the header %q: %d %s", bad, status, text)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	body, header = modern("1", "tools/call", "slow", "")
	events := readSSE(t, s.request(ctx, http.MethodPost, body, header...))
	if _, data := events.next(); !strings.Contains(data, "notifications/message") {
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
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request, m *message) {
		if !answerHello(w, r, m) {
			w.WriteHeader(http.StatusNotFound)
		}
	})
	s := newSite(t, readOnly, u.dialer(0), nil)
	h := s.beginRemote()
	if status, text := s.post(callText, h...); status != http.StatusNotFound || !strings.Contains(text, "initialize") {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := s.post(callText, h...); status != http.StatusNotFound {
		t.Errorf("the second call: %d", status)
	}
	s.beginRemote()
	if n := u.count("tools/call"); n != 1 {
		t.Errorf("the call was sent %d times", n)
	}
}

// TestRemoteSessionEndsOnStdio begins a new session with the client's handshake: stdio has none.
func TestRemoteSessionEndsOnStdio(t *testing.T) {
	calls := 0
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request, m *message) {
		if answerHello(w, r, m) {
			return
		}
		if calls++; calls == 1 {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		writeJSON(w, response(m.id, []byte(`{}`)))
	})
	b := newParts(t, readOnly, nil)
	client, down := newWires()
	b.client = client
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	r := NewRelay(Server{Guard: b.guard, Dial: u.dialer(0)}, nil, "session", wireConn{down}, slog.New(slog.DiscardHandler))
	go func() { done <- r.Run(ctx) }()
	b.send(client, helloText)
	b.expect(client, `"id":0`)
	b.send(client, callText)
	b.expect(client, "ended before it answered")
	for {
		b.send(client, callText)
		if text := b.receive(client); strings.Contains(text, `"result":{}`) {
			break
		} else if !strings.Contains(text, "being started again") {
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

// TestRemoteResumes asks for the rest of a stream that broke. The call is sent once.
func TestRemoteResumes(t *testing.T) {
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request, m *message) {
		switch {
		case r.Header.Get("Last-Event-ID") == "a":
			event(w, "b", `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":2}}`)
		case r.Header.Get("Last-Event-ID") == "b":
			event(w, "c", `{"jsonrpc":"2.0","id":1,"result":{"n":3}}`)
		case !answerHello(w, r, m):
			event(w, "a", `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1}}`)
		}
	})
	s := newSite(t, readOnly, u.dialer(0), nil)
	if _, text := s.post(callText, s.beginRemote()...); !strings.Contains(text, `"progressToken":1`) || !strings.Contains(text, `"progressToken":2`) || !strings.Contains(text, `"n":3`) {
		t.Errorf("got %s", text)
	}
	if n := u.count("tools/call"); n != 1 {
		t.Errorf("the call was sent %d times", n)
	}
}

// TestRemoteListens passes on what the server sends on its standing stream, also after it broke.
func TestRemoteListens(t *testing.T) {
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request, m *message) {
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
	s := newSite(t, readOnly, u.dialer(0), nil)
	events := readSSE(t, s.request(t.Context(), http.MethodGet, "", s.beginRemote()...))
	for _, want := range []string{"tools/list_changed", "prompts/list_changed"} {
		if _, data := events.next(); !strings.Contains(data, want) {
			t.Errorf("got %s, want %s", data, want)
		}
	}
}

// TestHostileRemote answers calls whose server misbehaves, and sends none twice.
func TestHostileRemote(t *testing.T) {
	stolen := ""
	other := newUpstream(t, func(w http.ResponseWriter, r *http.Request, m *message) { stolen = r.Header.Get("Authorization") })
	long := strings.Repeat("x", 3<<20)
	for name, x := range map[string]struct {
		handle func(w http.ResponseWriter, m *message)
		want   string
	}{
		"redirect": {func(w http.ResponseWriter, m *message) {
			w.Header().Set("Location", other.url.String())
			w.WriteHeader(307)
		}, "redirects are not followed"},
		"credential": {func(w http.ResponseWriter, m *message) { w.WriteHeader(401) }, "credential of the gateway is missing or refused"},
		"failure":    {func(w http.ResponseWriter, m *message) { w.WriteHeader(500) }, "status 500"},
		"no answer":  {func(w http.ResponseWriter, m *message) { w.WriteHeader(202) }, "status 202"},
		"page": {func(w http.ResponseWriter, m *message) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<p>")
		}, `the type \"text/html\"`},
		"junk": {func(w http.ResponseWriter, m *message) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, "{]")
		}, "not valid"},
		"batch": {func(w http.ResponseWriter, m *message) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, "["+string(response(m.id, []byte("{}")).text)+"]")
		}, "not valid"},
		"two readings": {func(w http.ResponseWriter, m *message) {
			writeJSON(w, &message{text: []byte(`{"jsonrpc":"2.0","id":1,"result":{},"Result":{"FORBIDDEN":1}}`)})
		}, "not valid"},
		"another id": {func(w http.ResponseWriter, m *message) { writeJSON(w, response("99", []byte(`{"FORBIDDEN":1}`))) }, "no answer to the call"},
		"a request":  {func(w http.ResponseWriter, m *message) { writeJSON(w, request("1", "ping", []byte(`{"FORBIDDEN":1}`))) }, "no answer to the call"},
		"large":      {func(w http.ResponseWriter, m *message) { writeJSON(w, response(m.id, []byte(`"`+long+`"`))) }, "larger than 1048576 bytes"},
		"large event": {func(w http.ResponseWriter, m *message) {
			event(w, "", string(response(m.id, []byte(`"`+long+`"`)).text))
		}, "larger than 1048576 bytes"},
		"long line": {func(w http.ResponseWriter, m *message) { event(w, "", ""); io.WriteString(w, "junk"+long) }, "larger than 1048576 bytes"},
		"many lines": {func(w http.ResponseWriter, m *message) {
			event(w, "", "")
			io.WriteString(w, strings.Repeat("data: x\n", 1<<19))
		}, "larger than 1048576 bytes"},
		"event of junk": {func(w http.ResponseWriter, m *message) { event(w, "", "{]") }, "not valid"},
		"wrong stream": {func(w http.ResponseWriter, m *message) {
			event(w, "", `{"jsonrpc":"2.0","id":99,"result":{"FORBIDDEN":1}}`)
		}, "answers another call"},
		"cut stream": {func(w http.ResponseWriter, m *message) { event(w, "", "") }, "ended before the answer"},
		"cut":        {func(w http.ResponseWriter, m *message) { panic(http.ErrAbortHandler) }, "cannot be reached"},
		"cut body": {func(w http.ResponseWriter, m *message) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"jsonrpc"`)
		}, "ends in the middle"},
		"no resumption": {func(w http.ResponseWriter, m *message) { event(w, "a", "") }, "ended before the answer"},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUpstream(t, func(w http.ResponseWriter, r *http.Request, m *message) {
				if !answerHello(w, r, m) {
					x.handle(w, m)
				}
			})
			s := newSite(t, readOnly, u.dialer(1<<20), nil)
			_, text := s.post(callText, s.beginRemote()...)
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

// FuzzEvents reads any stream of events. What comes out is bounded, and ids can be sent back.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("id: 1\nevent: message\nretry: 10\ndata: {\"a\":\ndata: 1}\n\n: comment\r\ndata:x\r\n\r\n"))
	f.Add([]byte("data: \n\nid: a\x00b\nretry: -1\nevent: other\ndata: x\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e := &eventReader{max: 100}
		e.start(bytes.NewReader(data))
		for n := 0; ; n++ {
			text, err := e.next()
			if err != nil {
				break
			}
			if len(text) > 110 || len(bytes.TrimSpace(text)) == 0 || n > len(data) {
				t.Fatalf("event %d is %q", n, text)
			}
			if egress.CheckHeader("Last-Event-ID", e.last) != nil || e.retry < 0 {
				t.Fatalf("the id is %q, the pause %v", e.last, e.retry)
			}
		}
	})
}
