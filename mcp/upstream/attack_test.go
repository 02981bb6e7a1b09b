package upstream_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/mirror"
)

// TestRedirects redirects each kind of request that the gateway sends, in each way. Nothing is
// followed: neither to another server nor on the same one.
func TestRedirects(t *testing.T) {
	other := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) { w.WriteHeader(http.StatusTeapot) })
	for _, status := range []int{300, 301, 302, 303, 307, 308} {
		for _, kind := range []string{"initialize", "notifications/initialized", "tools/call", http.MethodGet, http.MethodDelete, "resume"} {
			all := []string{other.url.String(), "/elsewhere", "http://169.254.169.254/", "file:///etc/passwd", "//" + other.url.Host + "/mcp"}
			if status != http.StatusTemporaryRedirect {
				all = all[:1]
			}
			for _, to := range all {
				u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
					resumed := r.Method == http.MethodGet && r.Header.Get("Last-Event-ID") != ""
					is := kind == r.Method && !resumed || m != nil && kind == m.Method || kind == "resume" && resumed
					switch {
					case r.URL.Path != "/mcp":
						t.Errorf("%d of %s to %s was followed", status, kind, to)
					case is:
						w.Header().Set("Location", to)
						w.Header().Set("Refresh", "0; url="+to)
						w.Header().Set("Content-Type", "application/json")
						w.WriteHeader(status)
						if m != nil {
							w.Write(jsonrpc.Response(m.ID, []byte(`{"FORBIDDEN":1}`)).Text)
						}
					case kind == "resume" && m != nil && m.Method == "tools/call":
						event(w, "e1", "") // and breaks
					case !answerHello(w, r, m):
						writeJSON(w, jsonrpc.Response(m.ID, []byte(`{"content":[]}`)))
					}
				})
				s := newSite(t, gatewaytest.ReadOnly, u.dialer(1<<20), nil)
				hello := s.Request(t.Context(), http.MethodPost, gatewaytest.HelloText)
				text, _ := io.ReadAll(hello.Body)
				h := []string{mirror.HeaderSession, hello.Header.Get(mirror.HeaderSession)}
				if kind != "initialize" {
					s.Post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`, h...)
					_, answer := s.Post(callText, h...)
					text = append(text, answer...)
					s.Request(t.Context(), http.MethodDelete, "", h...)
				}
				if strings.Contains(string(text), "FORBIDDEN") {
					t.Errorf("the body of %d of %s was an answer: %s", status, kind, text)
				}
				s.Handler.Close()
			}
		}
	}
	if n := other.count(""); n != 0 {
		t.Errorf("%d requests were sent to where redirects point", n)
	}
}

// TestHeadersOfServer lets a server put what it likes into what the gateway repeats in headers: the
// id of its session, the version that it agrees to, ids of events. No header of its making is sent.
func TestHeadersOfServer(t *testing.T) {
	for name, x := range map[string]struct{ session, version, event string }{
		"version with lines":  {"s", "2025-06-18\\r\\nX-Injected: 1", "e"},
		"version of newlines": {"s", "\\n\\nGET /injected HTTP/1.1", "e"},
		"version of NUL":      {"s", "2025\\u0000", "e"},
		"session not ASCII":   {"s\xc3\xa9ssion", "2025-06-18", "e"},
		"session with tab":    {"a\tb", "2025-06-18", "e"},
		"long session":        {strings.Repeat("s", 100_000), "2025-06-18", "e"},
		"event with CR":       {"s", "2025-06-18", "e\rX-Injected: 1"},
		"long event":          {"s", "2025-06-18", strings.Repeat("e", 100_000)},
	} {
		u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
			size := 0
			for name, values := range r.Header {
				size += len(name) + len(strings.Join(values, ""))
			}
			if r.Header.Get("X-Injected") != "" || strings.Contains(r.URL.Path, "injected") || size > 8192 {
				t.Errorf("%s: the server got %d bytes of headers, and %v", name, size, r.Header.Get("X-Injected"))
			}
			switch {
			case m != nil && m.Method == "initialize":
				w.Header().Set(mirror.HeaderSession, x.session)
				writeJSON(w, jsonrpc.Response(m.ID, []byte(`{"protocolVersion":"`+x.version+`"}`)))
			case r.Method == http.MethodGet && r.Header.Get("Last-Event-ID") != "":
				event(w, "", `{"jsonrpc":"2.0","id":1,"result":{"content":[]}}`)
			case m != nil && m.Method == "tools/call":
				w.Header().Set(mirror.HeaderSession, "another")
				event(w, x.event, "") // and breaks
			case !answerHello(w, r, m):
				writeJSON(w, jsonrpc.Response(m.ID, []byte(`{}`)))
			}
		})
		s := newSite(t, gatewaytest.ReadOnly, u.dialer(1<<20), nil)
		hello := s.Request(t.Context(), http.MethodPost, gatewaytest.HelloText)
		io.Copy(io.Discard, hello.Body)
		if id := hello.Header.Get(mirror.HeaderSession); id == x.session {
			t.Errorf("%s: the client got the session of the server", name)
		}
		s.Post(callText, mirror.HeaderSession, hello.Header.Get(mirror.HeaderSession))
		if n := u.count("another"); n != 0 {
			t.Errorf("%s: the session of an answer to a call was used", name)
		}
		s.Handler.Close()
	}
}

// TestSessionIDs begins sessions with ids that are as long as they may be, and that are not allowed.
func TestSessionIDs(t *testing.T) {
	for id, allowed := range map[string]bool{
		"": true, "!~": true, strings.Repeat("s", 1024): true, strings.Repeat("s", 1025): false, "a b": false, "a\xff": false,
	} {
		u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
			w.Header().Set(mirror.HeaderSession, id)
			writeJSON(w, jsonrpc.Response(m.ID, []byte(`{"protocolVersion":"2025-06-18"}`)))
		})
		conn := must.Get(u.dialer(0)(t.Context()))
		hello, _ := jsonrpc.Parse([]byte(gatewaytest.HelloText))
		conn.Send(hello, nil)
		p, err := conn.Receive()
		if err != nil || allowed != (p.Message != nil) || !allowed && (p.Lost == nil || !strings.Contains(p.Lost.Error(), "whose id is too long")) {
			t.Errorf("%.10q of %d bytes: %+v %v", id, len(id), p, err)
		}
	}
}

// TestFormsOfAnswers answers with bodies whose form is not the one that their headers name. None is
// read in another way than the header says.
func TestFormsOfAnswers(t *testing.T) {
	const answer = `{"jsonrpc":"2.0","id":1,"result":{"FORBIDDEN":1}}`
	for name, x := range map[string]struct {
		header [][2]string
		body   string
	}{
		"event as JSON":         {[][2]string{{"Content-Type", "application/json"}}, "data: " + answer + "\n\n"},
		"JSON as event":         {[][2]string{{"Content-Type", "text/event-stream"}}, answer},
		"no type":               {[][2]string{{"Content-Type", ""}}, answer},
		"type of a script":      {[][2]string{{"Content-Type", "text/javascript"}}, answer},
		"suffix":                {[][2]string{{"Content-Type", "application/problem+json"}}, answer},
		"two types":             {[][2]string{{"Content-Type", "text/html"}, {"Content-Type", "application/json"}}, answer},
		"gzip":                  {[][2]string{{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"},
		"UTF-16":                {[][2]string{{"Content-Type", "application/json; charset=utf-16le"}}, strings.Join(strings.Split(answer, ""), "\x00") + "\x00"},
		"two answers":           {[][2]string{{"Content-Type", "application/json"}}, answer + answer},
		"events of a kind":      {[][2]string{{"Content-Type", "text/event-stream"}}, "event: other\ndata: " + answer + "\n\n"},
		"event that is no data": {[][2]string{{"Content-Type", "text/event-stream"}}, ": " + answer + "\n\nretry: " + answer + "\n\n"},
	} {
		u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
			if answerHello(w, r, m) {
				return
			}
			for _, h := range x.header {
				w.Header().Add(h[0], h[1])
			}
			io.WriteString(w, x.body)
		})
		s := newSite(t, gatewaytest.ReadOnly, u.dialer(1<<20), nil)
		_, text := s.Post(callText, s.BeginRemote()...)
		if !strings.Contains(text, `"error"`) || strings.Contains(text, "FORBIDDEN") {
			t.Errorf("%s: the client got %.300s", name, text)
		}
		s.Handler.Close()
	}
}

// TestFloods sends more than a client reads: notifications by the thousand before the
// answer, and on the stream of the session. The answer comes, and so does what comes after a flood.
func TestFloods(t *testing.T) {
	const many = 3_000 // of each kind; after 10,000 in all, the gateway would read slowly
	flooded := make(chan struct{})
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		flood := func(method string) {
			for range many {
				fmt.Fprintf(w, "data: {\"jsonrpc\":\"2.0\",\"method\":%q}\n\n", method)
			}
		}
		switch {
		case r.Method == http.MethodGet:
			w.Header().Set("Content-Type", "text/event-stream")
			flood("notifications/tools/list_changed")
			fmt.Fprint(w, "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/resources/list_changed\"}\n\n")
			w.(http.Flusher).Flush()
			close(flooded)
			<-r.Context().Done()
		case m != nil && m.Method == "tools/call":
			<-flooded
			w.Header().Set("Content-Type", "text/event-stream")
			flood("notifications/prompts/list_changed")
			flood("notifications/message")
			fmt.Fprint(w, ": comment\n\n:\n\nretry: 1\n\n")
			event(w, "", `{"jsonrpc":"2.0","id":1,"result":{"content":[]}}`)
		default:
			answerHello(w, r, m)
		}
	})
	s := newSite(t, gatewaytest.ReadOnly, u.dialer(1<<20), nil)
	h := s.BeginRemote()
	if status, text := s.Post(callText, h...); status != http.StatusOK || !strings.Contains(text, `"result":{"content":[]}`) {
		t.Fatalf("status %d, %.300s", status, text)
	}
	events := gatewaytest.ReadSSE(t, s.Request(t.Context(), http.MethodGet, "", h...))
	for data, tools := "", 0; !strings.Contains(data, "notifications/resources/list_changed"); tools++ {
		if _, data = events.Next(); !strings.Contains(data, "/list_changed") || tools > many {
			t.Fatalf("the session's stream has %s after %d changes of tools", data, tools)
		}
	}
}

// TestHeadersOfClient lets a client on stdio put what it likes into what the gateway repeats in
// headers: revision, method and names. No header of its making is sent, and each call is answered.
func TestHeadersOfClient(t *testing.T) {
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		if r.Header.Get("X-Injected") != "" || r.Header.Get("Authorization") != "Bearer of-the-gateway" || len(r.Header.Values(mirror.HeaderName)) > 1 {
			t.Errorf("the server got the headers %v", r.Header)
		}
		if !answerHello(w, r, m) {
			writeJSON(w, jsonrpc.Response(m.ID, []byte(`{}`)))
		}
	})
	b := gatewaytest.New(t, "version: 1\ndefault: allow\nmethods: {'*': {}}", nil)
	client, down := gatewaytest.NewWires()
	b.Client = client
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	r := gateway.NewRelay(gateway.Server{Guard: b.Guard, Dial: u.dialer(0)}, nil, "session", down.Conn(), slog.New(slog.DiscardHandler))
	go func() { done <- r.Run(ctx) }()
	for i, x := range []struct{ version, method, name string }{
		{`2026-07-28\r\nX-Injected: 1`, "tools/call", "read"},
		{`2026-07-28\nAuthorization: Bearer mine`, "tools/call", "read"},
		{`2026-07-28\u0000`, "tools/call", "read"},
		{"2026-07-28", `tools/call\r\nX-Injected: 1`, "read"},
		{"2026-07-28", "tools/call", `read\r\nX-Injected: 1`},
		{"2026-07-28", "tools/call", `=?base64?DQpYLUluamVjdGVkOiAx?=`},
		{"2026-07-28", "prompts/get", `\u2028X-Injected: 1\u0085`},
	} {
		b.Send(client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"%s","params":{"name":"%s","_meta":{"io.modelcontextprotocol/protocolVersion":"%s"}}}`,
			i, x.method, x.name, x.version))
		b.Expect(client, fmt.Sprintf(`"id":%d,`, i))
	}
	cancel()
	client.Close()
	<-done
}
