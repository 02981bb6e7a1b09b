package front

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// A client can be asked if it has declared forms, in the way of its protocol. The library would ask
// any client.
func TestChannelOf(t *testing.T) {
	m := newServer()
	for name, tt := range map[string]struct {
		capabilities string
		can          bool
	}{
		"nothing": {`{}`, false}, "without details": {`{"elicitation":{}}`, true}, "forms": {`{"elicitation":{"form":{}}}`, true},
		"URLs alone": {`{"elicitation":{"url":{}}}`, false}, "both": {`{"elicitation":{"form":{},"url":{}}}`, true},
	} {
		var c mcp.ClientCapabilities
		if err := json.Unmarshal([]byte(tt.capabilities), &c); err != nil {
			t.Fatal(err)
		}
		want := NoChannel
		if tt.can {
			want = ByRequest
		}
		x := newSSESession(t.Context(), "x")
		x.SetClientCapabilities(c)
		if got := ChannelOf(m.WithContext(t.Context(), x)); got != want {
			t.Errorf("%s: a session: %v", name, got)
		}
		// Over stdio the declaration that opened the session counts, whatever came after it.
		h := &handshake{}
		ctx := context.WithValue(m.WithContext(t.Context(), x), handshakeKey{}, h)
		h.note([]byte(`{"method":"tools/call","params":{"capabilities":{"elicitation":{}}}}`))
		h.note([]byte(`{`))
		if got := ChannelOf(ctx); got != want {
			t.Errorf("%s: before the handshake: %v", name, got)
		}
		h.note([]byte(`{"method":"initialize","params":{"capabilities":` + tt.capabilities + `}}`))
		x.SetClientCapabilities(mcp.ClientCapabilities{})
		if got := ChannelOf(ctx); got != want {
			t.Errorf("%s: stdio: %v", name, got)
		}
	}
	if got := ChannelOf(t.Context()); got != NoChannel {
		t.Errorf("without a session: %v", got)
	}
}

// Only accepting a form that does not say no itself is a consent.
func TestAgrees(t *testing.T) {
	for text, want := range map[string]bool{
		`{"action":"accept"}`: true, `{"action":"accept","content":{}}`: true, `{"action":"accept","content":{"confirm":true}}`: true,
		`{"action":"accept","content":{"confirm":false}}`: false, `{"action":"accept","content":{"confirm":"no"}}`: true,
		`{"action":"decline"}`: false, `{"action":"cancel","content":{"confirm":true}}`: false, `{}`: false,
	} {
		var a mcp.ElicitationResult
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			t.Fatal(err)
		}
		if got := Agrees(&a); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// question takes the next question of a session off its queue.
func question(t *testing.T, x *sseSession) (id string) {
	t.Helper()
	var q struct {
		ID     int64
		Method string
		Params struct{ Message string }
	}
	if err := json.Unmarshal(<-x.events, &q); err != nil || q.Method != "elicitation/create" || q.Params.Message != "sure?" {
		t.Fatalf("%+v, %v", q, err)
	}
	return fmt.Sprint(q.ID)
}

// A caller has eight questions open at most. An answer, and the end of the time to answer, make room
// for others; other callers are not concerned.
func TestAsker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newServer()
		var q Asker
		sure := mcp.ElicitationParams{Message: "sure?", RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}}}
		if _, err := q.Ask(t.Context(), "anna", sure); err == nil || err.Error() != "ask the user: the call has no server" {
			t.Errorf("without a server: %v", err)
		}
		x := newSSESession(t.Context(), "x")
		x.Initialize()
		ctx := make(chan context.Context, 1)
		m.AddTool(mcp.NewTool("context"), func(c context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			ctx <- c
			return mcp.NewToolResultText(""), nil
		})
		m.HandleMessage(m.WithContext(context.Background(), x), []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"context"}}`))
		call := context.WithoutCancel(<-ctx)
		type answer struct {
			action string
			err    error
		}
		answers := make(chan answer, 20)
		ask := func(caller string) {
			go func() {
				a, err := q.Ask(call, caller, sure)
				if err != nil {
					answers <- answer{"", err}
					return
				}
				answers <- answer{string(a.Action), nil}
			}()
		}
		var ids []string
		for range 8 {
			ask("anna")
			ids = append(ids, question(t, x))
		}
		if _, err := q.Ask(call, "anna", sure); !errors.Is(err, ErrTooManyQuestions) || !strings.HasPrefix(err.Error(), "8 questions wait") {
			t.Errorf("a ninth: %v", err)
		}
		ask("bert")
		bert := question(t, x)
		x.answer(bert, []byte(`{"result":{"action":"decline"}}`))
		if a := <-answers; a.err != nil || a.action != "decline" {
			t.Errorf("another caller: %+v", a)
		}
		x.answer(ids[0], []byte(`{"result":{"action":"accept"}}`))
		if a := <-answers; a.err != nil || a.action != "accept" {
			t.Errorf("%+v", a)
		}
		ask("anna")
		question(t, x)
		began := time.Now()
		for range 8 { // nobody answers
			if a := <-answers; !errors.Is(a.err, context.DeadlineExceeded) {
				t.Errorf("%+v", a)
			}
		}
		if waited := time.Since(began); waited != 50*time.Second {
			t.Errorf("a question is open for %v", waited)
		}
		synctest.Wait()
		if len(q.open) != 0 || len(x.answers) != 0 {
			t.Errorf("%v are open, %d wait", q.open, len(x.answers))
		}
	})
}

// events returns what a stream was written, line by line.
type events struct {
	*httptest.ResponseRecorder
	fail, failFlush error
	limit           *time.Duration // of the latest write, unless nil
}

func (e events) SetWriteDeadline(t time.Time) error {
	if e.limit != nil {
		*e.limit = time.Until(t)
	}
	return e.fail
}

func (e events) FlushError() error { e.Flush(); return e.failFlush }

// A stream has the messages and notifications in the form of events, and a comment every half
// minute. It ends with its session, and with a write that fails.
func TestWriteEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSSESession(t.Context(), "x")
		var limit time.Duration
		w := events{ResponseRecorder: httptest.NewRecorder(), limit: &limit}
		done := make(chan error)
		go func() { done <- x.writeEvents(w) }()
		if err := x.send(t.Context(), map[string]int{"n": 1}); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		x.NotificationChannel() <- mcp.JSONRPCNotification{JSONRPC: "2.0", Notification: mcp.Notification{Method: "notifications/x"}}
		synctest.Wait()
		time.Sleep(61 * time.Second) // of the fake clock
		x.cancel()
		if err := <-done; err != nil || limit != 30*time.Second {
			t.Errorf("%v; a write may take %v", err, limit)
		}
		got := w.Body.String()
		if !strings.HasPrefix(got, "event: message\ndata: {\"n\":1}\n\nevent: message\ndata: {") || !strings.Contains(got, `"method":"notifications/x"`) ||
			strings.Count(got, ": still here\n\n") != 2 || !w.Flushed {
			t.Errorf("%s", got)
		}
		// Each of the three writes may fail.
		failed := errors.New("write timed out")
		for name, begin := range map[string]func(x *sseSession){
			"message":      func(x *sseSession) { x.send(t.Context(), 1) },
			"notification": func(x *sseSession) { x.NotificationChannel() <- mcp.JSONRPCNotification{} },
			"comment":      func(*sseSession) { time.Sleep(pingInterval) },
		} {
			for _, w := range []events{{fail: failed}, {failFlush: failed}} {
				x, w := newSSESession(t.Context(), "x"), events{httptest.NewRecorder(), w.fail, w.failFlush, nil}
				go func() { done <- x.writeEvents(w) }()
				begin(x)
				time.AfterFunc(time.Hour, x.cancel) // of the fake clock
				if err := <-done; !errors.Is(err, failed) {
					t.Errorf("%s: %v", name, err)
				}
				x.cancel()
			}
		}
	})
	x := newSSESession(t.Context(), "x")
	n := mcp.JSONRPCNotification{}
	n.Params.AdditionalFields = map[string]any{"x": make(chan int)}
	x.NotificationChannel() <- n
	if err := x.writeEvents(httptest.NewRecorder()); err == nil || !strings.Contains(err.Error(), "unsupported type") {
		t.Errorf("a notification that cannot be written: %v", err)
	}
	if err := x.send(t.Context(), nil); err != nil || len(x.events) != 0 {
		t.Errorf("no message: %v", err)
	}
	if err := x.send(t.Context(), make(chan int)); err == nil || len(x.events) != 0 {
		t.Errorf("what cannot be written: %v", err)
	}
	for range maxEvents {
		if err := x.send(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("gone"))
	if err := x.send(ctx, 1); err == nil || err.Error() != "gone" {
		t.Errorf("without room: %v", err)
	}
	if _, err := x.RequestElicitation(ctx, mcp.ElicitationRequest{}); err == nil || err.Error() != "gone" || len(x.answers) != 0 {
		t.Errorf("a question without room: %v", err)
	}
}

// A session keeps what its client says of itself.
func TestSessionKeeps(t *testing.T) {
	x := newSSESession(t.Context(), "id")
	if x.SessionID() != "id" || x.Initialized() || x.GetLogLevel() != mcp.LoggingLevelError {
		t.Error("a new session")
	}
	x.Initialize()
	x.SetLogLevel(mcp.LoggingLevelDebug)
	x.SetClientInfo(mcp.Implementation{Name: "c"})
	x.SetClientCapabilities(mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapability{}})
	if !x.Initialized() || x.GetLogLevel() != mcp.LoggingLevelDebug || x.GetClientInfo().Name != "c" || x.GetClientCapabilities().Elicitation == nil {
		t.Error("what was said is lost")
	}
}

// A refusal is told to who counts, and a body that is cut off says so.
func TestRefusalsSayWhy(t *testing.T) {
	whys := make(chan string, 10)
	token := NewToken()
	url := start(t, Config{Token: token, MaxBody: 50, Refused: func(_ *http.Request, why string) { whys <- why }})
	host := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), DefaultPath)
	const end = "\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
	for name, tt := range map[string]struct{ request, status, why string }{
		"cut off":   {"POST /mcp HTTP/1.1" + end + "Content-Length: 40\r\n\r\n{", "400", "the request body ends in the middle"},
		"too large": {"POST /mcp HTTP/1.1" + end + "Content-Length: 51\r\n\r\n{", "413", "the request body is too large: the limit is 50 bytes"},
		"chunked":   {"POST /mcp HTTP/1.1" + end + "Transfer-Encoding: chunked\r\n\r\n40\r\n" + strings.Repeat("x", 64) + "\r\n0\r\n\r\n", "413", "the request body is too large: the limit is 50 bytes"},
		"no token":  {"POST /mcp HTTP/1.1\r\nHost: %s\r\nX-Other: %s\r\n\r\n", "401", "a bearer token is required"},
		"origin":    {"POST /mcp HTTP/1.1" + end + "Origin: https://evil.example\r\n\r\n", "403", "pages of this origin may not call this server"},
		"host":      {"POST /mcp HTTP/1.1\r\nHost: evil%[1]s\r\nAuthorization: Bearer %[2]s\r\n\r\n", "403", "this server does not answer to this Host"},
	} {
		c, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, tt.request, host, token)
		c.(*net.TCPConn).CloseWrite()
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(name, err)
		}
		body, _ := io.ReadAll(resp.Body)
		c.Close()
		if !strings.HasPrefix(resp.Status, tt.status) || string(body) != tt.why+"\n" {
			t.Errorf("%s: %s %q", name, resp.Status, body)
		}
		if why := <-whys; why != tt.why {
			t.Errorf("%s: told %q", name, why)
		}
	}
}

// Configurations that contradict themselves make no front, and what is not set has a default.
func TestHandlerConfig(t *testing.T) {
	addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}
	one := map[string]Handler{"/": identityOf{}}
	auth := func(context.Context, string) (Admitted, error) { return Admitted{}, nil }
	for name, tt := range map[string]struct {
		c    Config
		want string
	}{
		"fine":               {Config{Addr: addr, NoToken: true}, ""},
		"old transport":      {Config{Addr: addr, NoToken: true, SSE: true}, "the handlers have sessions of their own"},
		"idle":               {Config{Addr: addr, NoToken: true, SessionIdle: 1}, "the handlers have sessions of their own"},
		"token and callers":  {Config{Addr: addr, Authenticate: auth, Token: NewToken()}, "callers have tokens of their own: set neither Token nor NoToken"},
		"nobody and callers": {Config{Addr: addr, Authenticate: auth, NoToken: true}, "callers have tokens of their own: set neither Token nor NoToken"},
		"no address":         {Config{NoToken: true}, "listen address is missing"},
	} {
		f, err := NewHandler(tt.c, one)
		if (err == nil) != (tt.want == "") || err != nil && (f != nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v", name, err)
		}
		if f != nil && (f.c.MaxBody != 16<<20 || f.c.SessionIdle != 30*time.Minute || f.c.Log == nil) {
			t.Errorf("%+v", f.c)
		}
	}
	own := slog.New(slog.DiscardHandler)
	f, err := New(Config{Addr: addr, NoToken: true, MaxBody: 1, SessionIdle: 1, Log: own}, map[string]*server.MCPServer{"/a": newServer()})
	if err != nil || f.c.MaxBody != 1 || f.c.SessionIdle != 1 || f.c.Log != own {
		t.Errorf("%+v, %v", f.c, err)
	}
}

// Streams and calls are bounded as the documentation says, and a refused stream may be tried again
// later.
func TestBoundsOfStreams(t *testing.T) {
	s := newSSEServer(newServer(), "/message", slog.New(slog.DiscardHandler))
	for range 64 {
		if s.open(t.Context()) == nil {
			t.Fatal("fewer than 64 streams")
		}
	}
	w := httptest.NewRecorder()
	s.serveStream(w, httptest.NewRequest("GET", "/sse", nil))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "10" || w.Body.String() != "64 streams are open, and no more are accepted\n" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	for method, path := range map[string]string{"POST": "/sse", "GET": "/message"} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(method, path, nil)
		allow := "POST"
		if path == "/sse" {
			s.serveStream(w, r)
			allow = "GET"
		} else {
			s.serveMessage(w, r)
		}
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != allow {
			t.Errorf("%s %s: %d %v", method, path, w.Code, w.Header())
		}
	}
	x := newSSESession(t.Context(), "x")
	for range 64 {
		if !x.begin() {
			t.Fatal("fewer than 64 calls")
		}
	}
	if x.begin() {
		t.Error("more than 64 calls")
	}
	x.end()
	if !x.begin() {
		t.Error("the end of a call makes no room")
	}
}

// A client of the newest protocol declares with each request whether it can be asked.
func TestChannelOfTheNewestProtocol(t *testing.T) {
	m := newServer()
	var got Channel
	m.AddTool(mcp.NewTool("channel"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		got = ChannelOf(ctx)
		return mcp.NewToolResultText(""), nil
	})
	for capabilities, want := range map[string]Channel{
		`{"elicitation":{}}`: ByResult, `{"elicitation":{"form":{}}}`: ByResult, `{"elicitation":{"url":{}}}`: NoChannel, `{}`: NoChannel, "": NoChannel,
	} {
		meta := `"` + mcp.MetaKeyProtocolVersion + `":"` + mcp.ProtocolVersion20260728 + `"`
		if capabilities != "" {
			meta += `,"` + mcp.MetaKeyClientCapabilities + `":` + capabilities
		}
		got = -1
		m.HandleMessage(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"channel","_meta":{`+meta+`}}}`))
		if got != want && !(capabilities == "" && got == -1) { // which the library refuses
			t.Errorf("%s: %v", capabilities, got)
		}
	}
}

// A call of an unknown tool is an error of the protocol for a client of the newest one, with the
// hint. Before, another tool answers it.
func TestRefuseUnknown(t *testing.T) {
	hooks := new(server.Hooks)
	m := server.NewMCPServer("test", "1", server.WithToolCapabilities(false), server.WithHooks(hooks))
	hooks.AddBeforeCallTool(func(ctx context.Context, _ any, r *mcp.CallToolRequest) {
		if !RefuseUnknown(ctx, r, "shown", "try who") {
			r.Params.Name = "advice"
		}
	})
	m.AddTool(mcp.NewTool("advice"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultError("an advice"), nil
	})
	for name, tt := range map[string]struct{ meta, want string }{
		"newest": {`"_meta":{"` + mcp.MetaKeyProtocolVersion + `":"` + mcp.ProtocolVersion20260728 + `","` + mcp.MetaKeyClientCapabilities + `":{}},`, `"error":{"code":-32602,"message":"tool 'shown (try who)' not found`},
		"before": {"", `"text":"an advice"`},
	} {
		got, err := json.Marshal(m.HandleMessage(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{`+tt.meta+`"name":"other"}}`)))
		if err != nil || !strings.Contains(string(got), tt.want) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

// brokenBody is a body whose connection breaks behind a whole message.
type brokenBody struct{ io.Reader }

func (b brokenBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// A message whose sender has left in the middle is not handled, and the end of a stream ends its
// session in the library too.
func TestEndOfAStream(t *testing.T) {
	ended := make(chan string, 1)
	hooks := &server.Hooks{}
	hooks.AddOnUnregisterSession(func(_ context.Context, s server.ClientSession) { ended <- s.SessionID() })
	m := server.NewMCPServer("test", "1", server.WithHooks(hooks))
	called := make(chan struct{}, 2)
	m.AddTool(mcp.NewTool("call"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		called <- struct{}{}
		return mcp.NewToolResultText(""), nil
	})
	s := newSSEServer(m, "/message", slog.New(slog.DiscardHandler))
	x := s.open(t.Context())
	const message = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"call"}}`
	for i, body := range []io.Reader{brokenBody{strings.NewReader(message)}, strings.NewReader(message)} {
		w := httptest.NewRecorder()
		s.serveMessage(w, httptest.NewRequest("POST", "/message?sessionId="+x.id, body))
		if accepted := w.Code == http.StatusAccepted; accepted != (i == 1) {
			t.Errorf("message %d: %d %s", i, w.Code, w.Body)
		}
	}
	<-called
	<-x.events // its answer
	if len(called) != 0 {
		t.Error("the message that was cut off is handled")
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		s.serveStream(httptest.NewRecorder(), httptest.NewRequest("GET", "/sse", nil).WithContext(ctx))
		close(done)
	}()
	cancel()
	<-done
	if id := <-ended; id == "" || id == x.id || len(s.sessions) != 1 {
		t.Errorf("the session %q has ended, %d are left", id, len(s.sessions))
	}
}
