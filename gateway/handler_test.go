package gateway

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/enforce"
)

// site is a gateway over HTTP in front of servers that a test plays.
type site struct {
	*bench
	url     string
	handler *Handler
}

// newSite serves a gateway. The header Who names the client.
func newSite(t *testing.T, policyText string, dial Dial, change func(*HandlerConfig)) *site {
	t.Helper()
	s := &site{bench: newParts(t, policyText, nil)}
	if dial == nil {
		dial = s.dial
	}
	log := slog.New(slog.DiscardHandler)
	c := HandlerConfig{Guard: s.guard, Log: log, Identity: func(r *http.Request) map[string]any {
		return map[string]any{"name": r.Header.Get("Who")}
	}}
	c.Relay = func(client Conn, identity map[string]any, session string) Runner {
		return NewRelay(Server{Guard: s.guard, Dial: dial}, identity, session, client, log)
	}
	if change != nil {
		change(&c)
	}
	s.handler = NewHandler(c)
	srv := httptest.NewServer(s.handler)
	s.url = srv.URL
	t.Cleanup(func() {
		s.handler.Close()
		srv.CloseClientConnections()
		srv.Close()
	})
	return s
}

// request sends an HTTP request. header are names and values.
func (s *site) request(ctx context.Context, method, body string, header ...string) *http.Response {
	s.t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.url, r)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header[http.CanonicalHeaderKey(header[i])] = append(req.Header[http.CanonicalHeaderKey(header[i])], header[i+1])
		if strings.EqualFold(header[i], "Content-Type") || strings.EqualFold(header[i], "Accept") {
			req.Header.Set(header[i], header[i+1])
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// post sends a message and returns the status and the body of the answer.
func (s *site) post(body string, header ...string) (int, string) {
	s.t.Helper()
	resp := s.request(s.t.Context(), http.MethodPost, body, header...)
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// pending is a request whose answer did not come yet.
type pending struct {
	status int
	text   string
}

// start sends a message and does not wait for the answer.
func (s *site) start(body string, header ...string) <-chan pending {
	done := make(chan pending, 1)
	go func() {
		status, text := s.post(body, header...)
		done <- pending{status, text}
	}()
	return done
}

const helloText = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","clientInfo":{"name":"c"}}}`

// begin begins a session and returns its id and its server.
func (s *site) begin(header ...string) (id string, server *wire) {
	s.t.Helper()
	got := make(chan *http.Response, 1)
	go func() { got <- s.request(s.t.Context(), http.MethodPost, helloText, header...) }()
	server = <-s.servers
	s.expect(server, `"method":"initialize"`)
	s.send(server, `{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25"}}`)
	resp := <-got
	if id = resp.Header.Get(headerSession); id == "" || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("initialize: status %d, session %q", resp.StatusCode, id)
	}
	return id, server
}

// modern returns a stateless request and its headers.
func modern(id, method, name, rest string) (body string, header []string) {
	params := `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":"t"}`
	if name != "" {
		params += fmt.Sprintf(`,"name":%q`, name)
	}
	header = []string{headerVersion, "2026-07-28", headerMethod, method}
	if name != "" {
		header = append(header, headerName, name)
	}
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":%q,"params":{%s%s}}`, id, method, params, rest), header
}

// answerList answers the list of tools, which the gateway reads to check headers.
func (s *site) answerList(server *wire) {
	s.t.Helper()
	text := s.expect(server, "tools/list")
	s.send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"tools":[{"name":"routed","inputSchema":{"properties":{"region":{"x-mcp-header":"Region"}}}}]}}`, idOf(s.t, text)))
}

// TestMirroredArguments refuses calls whose headers do not say what the schema of the tool asks for.
func TestMirroredArguments(t *testing.T) {
	s := newSite(t, "version: 1\ntools: {routed: {}}", nil, nil)
	body, header := modern("1", "tools/call", "routed", `,"arguments":{"region":"eu"}`)
	call := s.start(body, header...)
	server := <-s.servers
	s.answerList(server)
	if got := <-call; got.status != http.StatusBadRequest || !strings.Contains(got.text, "-32020") {
		t.Errorf("without the header: %v", got)
	}
	for _, bad := range []string{"us", "EU", ""} {
		if status, text := s.post(body, append(header, "Mcp-Param-Region", bad)...); status != http.StatusBadRequest || !strings.Contains(text, "-32020") {
			t.Errorf("the header %q: %d %s", bad, status, text)
		}
	}
	call = s.start(body, append(header, "Mcp-Param-Region", "eu")...)
	text := s.expect(server, `"region":"eu"`)
	s.send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{}}`, idOf(t, text)))
	if got := <-call; got.status != http.StatusOK {
		t.Errorf("with the header: %v", got)
	}
}

// idOf returns the id of a message, as JSON.
func idOf(t *testing.T, text string) string {
	t.Helper()
	var m struct{ ID json.RawMessage }
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return string(m.ID)
}

// sse reads the events of a response.
type sse struct {
	t *testing.T
	r *bufio.Reader
}

func readSSE(t *testing.T, resp *http.Response) *sse {
	t.Helper()
	if kind := resp.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("status %d, type %q", resp.StatusCode, kind)
	}
	return &sse{t, bufio.NewReader(resp.Body)}
}

// next returns the id and data of the next event, "" at the end.
func (e *sse) next() (id, data string) {
	e.t.Helper()
	for {
		line, err := e.r.ReadString('\n')
		line = strings.TrimSuffix(line, "\n")
		switch {
		case err != nil:
			return "", ""
		case line == "" && id != "" || line == "" && data != "":
			return id, data
		case strings.HasPrefix(line, "id: "):
			id = line[4:]
		case strings.HasPrefix(line, "data: "):
			data = line[6:]
		}
	}
}

// TestSessions gives each session a server of its own.
func TestSessions(t *testing.T) {
	s := newSite(t, readOnly, nil, nil)
	alice, aliceServer := s.begin("Who", "alice")
	bob, bobServer := s.begin("Who", "bob")
	const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}`
	a := s.start(call, "Who", "alice", headerSession, alice)
	b := s.start(call, "Who", "bob", headerSession, bob)
	s.expect(aliceServer, `"id":1`)
	s.expect(bobServer, `"id":1`)
	s.send(bobServer, `{"jsonrpc":"2.0","id":1,"result":{"for":"bob"}}`)
	s.send(aliceServer, `{"jsonrpc":"2.0","id":1,"result":{"for":"alice"}}`)
	if got := <-a; got.status != 200 || got.text != `{"jsonrpc":"2.0","id":1,"result":{"for":"alice"}}` {
		t.Errorf("alice got %v", got)
	}
	if got := <-b; !strings.Contains(got.text, `"for":"bob"`) {
		t.Errorf("bob got %v", got)
	}
	if status, text := s.post(call, "Who", "bob", headerSession, alice); status != http.StatusNotFound {
		t.Errorf("the session of another client: %d %s", status, text)
	}
	if status, text := s.post(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"drop_all"}}`, "Who", "bob", headerSession, bob); !strings.Contains(text, "unknown tool") {
		t.Errorf("a hidden tool: %d %s", status, text)
	}
	if status, _ := s.post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`, "Who", "bob", headerSession, bob); status != http.StatusAccepted {
		t.Errorf("a notification: %d", status)
	}
	s.expect(bobServer, "notifications/initialized")
	if resp := s.request(t.Context(), http.MethodDelete, "", "Who", "alice", headerSession, alice); resp.StatusCode != http.StatusNoContent {
		t.Errorf("DELETE: %d", resp.StatusCode)
	}
	<-aliceServer.closed
	if status, _ := s.post(call, "Who", "alice", headerSession, alice); status != http.StatusNotFound {
		t.Errorf("a deleted session: %d", status)
	}
}

// TestStatelessRequestsShare keeps the ids of stateless requests apart, which share a server.
func TestStatelessRequestsShare(t *testing.T) {
	s := newSite(t, readOnly, nil, nil)
	body, header := modern("7", "tools/call", "read", "")
	first := s.start(body, header...)
	server := <-s.servers
	s.answerList(server)
	one := s.receive(server)
	second := s.start(body, header...)
	two := s.receive(server)
	if idOf(t, one) == idOf(t, two) {
		t.Fatalf("the server sees %s twice", idOf(t, one))
	}
	if want := fmt.Sprintf(`"progressToken":%s`, idOf(t, two)); !strings.Contains(two, want) {
		t.Errorf("%s has no %s", two, want)
	}
	s.send(server, fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":%s,"progress":1}}`, idOf(t, two)))
	s.send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"n":2}}`, idOf(t, two)))
	s.send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no"}}`, idOf(t, one)))
	if got := <-second; !strings.Contains(got.text, `{"progressToken":"t","progress":1}`) || !strings.Contains(got.text, `{"jsonrpc":"2.0","id":7,"result":{"n":2}}`) {
		t.Errorf("the second got %v", got)
	}
	if got := <-first; got.status != http.StatusNotFound || got.text != `{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no"}}` {
		t.Errorf("the first got %v", got)
	}
	if len(s.servers) != 0 {
		t.Error("a second server was started")
	}
}

// TestStatelessClose cancels the call of a client that goes away, and that call alone.
func TestStatelessClose(t *testing.T) {
	s := newSite(t, readOnly, nil, nil)
	body, header := modern("7", "tools/call", "read", "")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, s.url, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		http.DefaultClient.Do(req)
	}()
	server := <-s.servers
	s.answerList(server)
	id := idOf(t, s.receive(server))
	cancel()
	s.expect(server, "notifications/cancelled", `"requestId":`+id)
	other := s.start(body, header...)
	again := idOf(t, s.receive(server))
	s.send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"late":1}}`, id))
	s.send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{}}`, again))
	if got := <-other; strings.Contains(got.text, "late") {
		t.Errorf("got %v", got)
	}
}

// TestSubscription restores the id of a stream of notifications.
func TestSubscription(t *testing.T) {
	s := newSite(t, readOnly, nil, nil)
	body, header := modern(`"sub"`, "subscriptions/listen", "", `,"notifications":{"toolsListChanged":true}`)
	got := make(chan *http.Response, 1)
	go func() { got <- s.request(t.Context(), http.MethodPost, body, header...) }()
	server := <-s.servers
	id := idOf(t, s.receive(server))
	events := readSSE(t, <-got) // before the server sends anything
	for _, method := range []string{"notifications/subscriptions/acknowledged", "notifications/tools/list_changed"} {
		s.send(server, fmt.Sprintf(`{"jsonrpc":"2.0","method":%q,"params":{"_meta":{"io.modelcontextprotocol/subscriptionId":%s}}}`, method, id))
		if _, data := events.next(); !strings.Contains(data, method) || !strings.Contains(data, `"io.modelcontextprotocol/subscriptionId":"sub"`) {
			t.Errorf("got %s", data)
		}
	}
	s.send(server, `{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}`) // nobody asked for it
	s.send(server, `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)   // without the id of the stream
	if _, data := events.next(); !strings.Contains(data, "tools/list_changed") || !strings.Contains(data, `"io.modelcontextprotocol/subscriptionId":"sub"`) {
		t.Errorf("got %s", data)
	}
	s.send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"_meta":{"io.modelcontextprotocol/subscriptionId":%s}}}`, id, id))
	if _, data := events.next(); data != `{"jsonrpc":"2.0","id":"sub","result":{"_meta":{"io.modelcontextprotocol/subscriptionId":"sub"}}}` {
		t.Errorf("the end is %s", data)
	}
}

// TestServerAsks sends requests of a server on the stream of the open call, and changes on the
// standing one.
func TestServerAsks(t *testing.T) {
	s := newSite(t, "version: 1\ntools: {read: {}}\nupstream: {elicitation: allow}", nil, nil)
	id, server := s.begin()
	h := []string{headerSession, id, headerVersion, "2025-11-25"}
	standing := readSSE(t, s.request(t.Context(), http.MethodGet, "", h...))
	got := make(chan *http.Response, 1)
	go func() {
		got <- s.request(t.Context(), http.MethodPost, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","_meta":{"progressToken":5}}}`, h...)
	}()
	s.expect(server, `"id":1`)
	s.send(server, `{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{}}`)
	s.send(server, `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":5,"progress":1}}`)
	s.send(server, `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
	events := readSSE(t, <-got)
	if id, data := events.next(); !strings.HasSuffix(id, "-0") || data != "" {
		t.Errorf("the stream begins with %q %q", id, data)
	}
	if _, data := events.next(); !strings.Contains(data, "elicitation/create") {
		t.Errorf("got %s", data)
	}
	if _, data := events.next(); !strings.Contains(data, "notifications/progress") {
		t.Errorf("got %s", data)
	}
	if status, _ := s.post(`{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`, h...); status != http.StatusAccepted {
		t.Errorf("the client's answer: %d", status)
	}
	s.expect(server, `"action":"accept"`)
	s.send(server, `{"jsonrpc":"2.0","id":1,"result":{}}`)
	if _, data := events.next(); !strings.Contains(data, `"result":{}`) {
		t.Errorf("got %s", data)
	}
	if _, data := standing.next(); !strings.Contains(data, "tools/list_changed") {
		t.Errorf("the standing stream has %s", data)
	}
}

// TestResumption continues a stream whose connection broke after the event that the client names.
func TestResumption(t *testing.T) {
	s := newSite(t, readOnly, nil, nil)
	id, server := s.begin()
	h := []string{headerSession, id, headerVersion, "2025-11-25"}
	ctx, cut := context.WithCancel(t.Context())
	got := make(chan *http.Response, 1)
	go func() {
		got <- s.request(ctx, http.MethodPost, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","_meta":{"progressToken":5}}}`, h...)
	}()
	s.expect(server, `"id":1`)
	progress := func(n int) {
		s.send(server, fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":5,"progress":%d}}`, n))
	}
	progress(1)
	events := readSSE(t, <-got)
	events.next()
	last, data := events.next()
	if !strings.Contains(data, `"progress":1`) {
		t.Fatalf("got %s", data)
	}
	cut()
	progress(2)
	s.send(server, `{"jsonrpc":"2.0","id":1,"result":{"n":3}}`)
	for range 2 { // as often as it takes
		events = readSSE(t, s.request(t.Context(), http.MethodGet, "", append(h, "Last-Event-ID", last)...))
		if _, data := events.next(); !strings.Contains(data, `"progress":2`) {
			t.Errorf("got %s", data)
		}
		if _, data := events.next(); !strings.Contains(data, `"n":3`) {
			t.Errorf("got %s", data)
		}
		if _, data := events.next(); data != "" {
			t.Errorf("the stream goes on with %s", data)
		}
	}
	for _, bad := range []string{"x", "9-1", "1-17", "-1--1", "0-5"} {
		if resp := s.request(t.Context(), http.MethodGet, "", append(h, "Last-Event-ID", bad)...); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("Last-Event-ID %s: status %d", bad, resp.StatusCode)
		}
	}
}

// TestServerEndsOverHTTP answers calls whose server ended, and starts it again for the session.
func TestServerEndsOverHTTP(t *testing.T) {
	s := newSite(t, readOnly, nil, nil)
	id, server := s.begin()
	call := s.start(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}`, headerSession, id)
	s.expect(server, `"id":1`)
	server.Close()
	if got := <-call; !strings.Contains(got.text, "ended before it answered") {
		t.Errorf("got %v", got)
	}
	server = <-s.servers
	again := s.expect(server, `"method":"initialize"`)
	s.send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{}}`, idOf(t, again)))
	s.expect(server, "notifications/initialized")
	call = s.start(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}`, headerSession, id)
	s.expect(server, `"id":1`)
	s.send(server, `{"jsonrpc":"2.0","id":1,"result":{}}`)
	if got := <-call; got.status != 200 {
		t.Errorf("got %v", got)
	}
}

// TestNoServer answers with the reason if no server can be started.
func TestNoServer(t *testing.T) {
	dials := 0
	s := newSite(t, readOnly, func(context.Context) (Conn, error) { dials++; return nil, fmt.Errorf("no such command") }, nil)
	if status, text := s.post(helloText); status != http.StatusBadGateway || !strings.Contains(text, "no such command") {
		t.Errorf("%d %s", status, text)
	}
	body, header := modern("7", "tools/call", "read", "")
	dials = 0
	for range 3 {
		if status, text := s.post(body, header...); status != http.StatusBadGateway || !strings.Contains(text, "no such command") {
			t.Errorf("%d %s", status, text)
		}
	}
	if dials != 1 {
		t.Errorf("%d attempts at once", dials)
	}
}

// TestSessionsAreBounded ends the session that was not used for longest, and none that is in use.
func TestSessionsAreBounded(t *testing.T) {
	s := newSite(t, readOnly, nil, func(c *HandlerConfig) { c.MaxSessions = 2 })
	one, oneServer := s.begin()
	two, twoServer := s.begin()
	ping := `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	waits := s.start(ping, headerSession, one)
	s.expect(oneServer, "ping")
	three, threeServer := s.begin()
	<-twoServer.closed
	if status, _ := s.post(ping, headerSession, two); status != http.StatusNotFound {
		t.Errorf("the session that gave way: %d", status)
	}
	also := s.start(ping, headerSession, three)
	s.expect(threeServer, "ping")
	if status, text := s.post(helloText); status != http.StatusServiceUnavailable || !strings.Contains(text, "2 sessions are in use") {
		t.Errorf("%d %s", status, text)
	}
	for server, call := range map[*wire]<-chan pending{oneServer: waits, threeServer: also} {
		s.send(server, `{"jsonrpc":"2.0","id":1,"result":{}}`)
		if got := <-call; got.status != 200 {
			t.Errorf("got %v", got)
		}
	}
}

// TestSessionExpires ends a session that nobody uses, and its server.
func TestSessionExpires(t *testing.T) {
	s := newSite(t, readOnly, nil, func(c *HandlerConfig) { c.Idle = 20 * time.Millisecond })
	id, server := s.begin()
	select {
	case <-server.closed:
	case <-time.After(10 * time.Second):
		t.Fatal("the session does not expire")
	}
	if status, _ := s.post(`{"jsonrpc":"2.0","id":1,"method":"ping"}`, headerSession, id); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
}

// TestRefusedHello keeps no session that the server refused.
func TestRefusedHello(t *testing.T) {
	s := newSite(t, readOnly, nil, nil)
	call := s.start(helloText)
	server := <-s.servers
	s.receive(server)
	s.send(server, `{"jsonrpc":"2.0","id":0,"error":{"code":-32602,"message":"no"}}`)
	<-call
	<-server.closed
}

// TestCancelledCall ends the response of a call that its client cancels.
func TestCancelledCall(t *testing.T) {
	s := newSite(t, readOnly, nil, nil)
	id, server := s.begin()
	call := s.start(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}`, headerSession, id)
	s.expect(server, `"id":1`)
	if status, _ := s.post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, headerSession, id); status != http.StatusAccepted {
		t.Errorf("status %d", status)
	}
	s.expect(server, "notifications/cancelled")
	if got := <-call; got.text != "" {
		t.Errorf("got %v", got)
	}
	s.send(server, `{"jsonrpc":"2.0","id":1,"result":{}}`) // too late
	records := s.records()
	if last := records[len(records)-1]; last.Outcome != enforce.Cancelled {
		t.Errorf("the audit ends with %+v", last)
	}
}
