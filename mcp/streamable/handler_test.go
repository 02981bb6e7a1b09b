package streamable_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/mirror"
	"github.com/spectap/spectap/mcp/streamable"
)

// TestMirroredArguments refuses calls whose headers do not say what the schema of the tool asks
// for.
func TestMirroredArguments(t *testing.T) {
	s := newSite(t, "version: 1\ntools: {routed: {}}", nil, nil)
	body, header := gatewaytest.Modern("1", "tools/call", "routed", `,"arguments":{"region":"eu"}`)
	call := s.Start(body, header...)
	server := <-s.Servers
	if got := <-call; got.Status != http.StatusBadRequest || !strings.Contains(got.Text, "-32020") {
		t.Errorf("without the header: %v", got)
	}
	for _, bad := range []string{"us", "EU", ""} {
		if status, text := s.Post(body, append(header, "Mcp-Param-Region", bad)...); status != http.StatusBadRequest || !strings.Contains(text, "-32020") {
			t.Errorf("the header %q: %d %s", bad, status, text)
		}
	}
	call = s.Start(body, append(header, "Mcp-Param-Region", "eu")...)
	text := s.Expect(server, `"region":"eu"`)
	s.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{}}`, gatewaytest.IDOf(t, text)))
	if got := <-call; got.Status != http.StatusOK {
		t.Errorf("with the header: %v", got)
	}
}

// TestSessions gives each session a server of its own.
func TestSessions(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, nil)
	alice, aliceServer := s.Begin("Who", "alice")
	bob, bobServer := s.Begin("Who", "bob")
	const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}`
	a := s.Start(call, "Who", "alice", mirror.HeaderSession, alice)
	b := s.Start(call, "Who", "bob", mirror.HeaderSession, bob)
	s.Expect(aliceServer, `"id":1`)
	s.Expect(bobServer, `"id":1`)
	s.Send(bobServer, `{"jsonrpc":"2.0","id":1,"result":{"for":"bob"}}`)
	s.Send(aliceServer, `{"jsonrpc":"2.0","id":1,"result":{"for":"alice"}}`)
	if got := <-a; got.Status != 200 || got.Text != `{"jsonrpc":"2.0","id":1,"result":{"for":"alice"}}` {
		t.Errorf("alice got %v", got)
	}
	if got := <-b; !strings.Contains(got.Text, `"for":"bob"`) {
		t.Errorf("bob got %v", got)
	}
	if status, text := s.Post(call, "Who", "bob", mirror.HeaderSession, alice); status != http.StatusNotFound {
		t.Errorf("the session of another client: %d %s", status, text)
	}
	if status, text := s.Post(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"drop_all"}}`, "Who", "bob", mirror.HeaderSession, bob); !strings.Contains(text, "unknown tool") {
		t.Errorf("a hidden tool: %d %s", status, text)
	}
	if status, _ := s.Post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`, "Who", "bob", mirror.HeaderSession, bob); status != http.StatusAccepted {
		t.Errorf("a notification: %d", status)
	}
	s.Expect(bobServer, "notifications/initialized")
	if resp := s.Request(t.Context(), http.MethodDelete, "", "Who", "alice", mirror.HeaderSession, alice); resp.StatusCode != http.StatusNoContent {
		t.Errorf("DELETE: %d", resp.StatusCode)
	}
	<-aliceServer.Closed
	if status, _ := s.Post(call, "Who", "alice", mirror.HeaderSession, alice); status != http.StatusNotFound {
		t.Errorf("a deleted session: %d", status)
	}
}

// A second initialize of a session reaches no server, is written to the audit, and ends nothing.
func TestSecondInitialize(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, nil)
	id, server := s.Begin()
	for range 2 {
		if _, text := s.Post(gatewaytest.HelloText, mirror.HeaderSession, id); !strings.Contains(text, `"code":-32600,"message":"the session is initialized already: begin a new one"`) {
			t.Errorf("got %s", text)
		}
	}
	call := s.Start(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}`, mirror.HeaderSession, id)
	s.Expect(server, `"id":1,"method":"tools/call"`)
	s.Send(server, `{"jsonrpc":"2.0","id":1,"result":{}}`)
	if got := <-call; !strings.Contains(got.Text, `"result"`) {
		t.Errorf("got %v", got)
	}
	refused := 0
	for _, r := range s.Records() {
		if strings.Contains(r.Reason, "initialized already") {
			refused++
		}
	}
	if refused != 2 {
		t.Errorf("the audit has %d refusals", refused)
	}
}

// TestStatelessRequestsShare keeps the ids of stateless requests apart, which share a server.
func TestStatelessRequestsShare(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, nil)
	body, header := gatewaytest.Modern("7", "tools/call", "read", "")
	first := s.Start(body, header...)
	server := <-s.Servers
	one := s.Receive(server)
	second := s.Start(body, header...)
	two := s.Receive(server)
	if gatewaytest.IDOf(t, one) == gatewaytest.IDOf(t, two) {
		t.Fatalf("the server sees %s twice", gatewaytest.IDOf(t, one))
	}
	if want := fmt.Sprintf(`"progressToken":%s`, gatewaytest.IDOf(t, two)); !strings.Contains(two, want) {
		t.Errorf("%s has no %s", two, want)
	}
	s.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":%s,"progress":1}}`, gatewaytest.IDOf(t, two)))
	s.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"n":2}}`, gatewaytest.IDOf(t, two)))
	s.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no"}}`, gatewaytest.IDOf(t, one)))
	if got := <-second; !strings.Contains(got.Text, `{"progressToken":"t","progress":1}`) || !strings.Contains(got.Text, `{"jsonrpc":"2.0","id":7,"result":{"n":2}}`) {
		t.Errorf("the second got %v", got)
	}
	if got := <-first; got.Status != http.StatusNotFound || got.Text != `{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no"}}` {
		t.Errorf("the first got %v", got)
	}
	if len(s.Servers) != 0 {
		t.Error("a second server was started")
	}
}

// TestStatelessClose cancels the call of a client that goes away, and that call alone.
func TestStatelessClose(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, nil)
	body, header := gatewaytest.Modern("7", "tools/call", "read", "")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		http.DefaultClient.Do(req)
	}()
	server := <-s.Servers
	id := gatewaytest.IDOf(t, s.Receive(server))
	cancel()
	s.Expect(server, "notifications/cancelled", `"requestId":`+id)
	other := s.Start(body, header...)
	again := gatewaytest.IDOf(t, s.Receive(server))
	s.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"late":1}}`, id))
	s.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{}}`, again))
	if got := <-other; strings.Contains(got.Text, "late") {
		t.Errorf("got %v", got)
	}
}

// TestSubscription restores the id of a stream of notifications.
func TestSubscription(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, nil)
	body, header := gatewaytest.Modern(`"sub"`, "subscriptions/listen", "", `,"notifications":{"toolsListChanged":true}`)
	got := make(chan *http.Response, 1)
	go func() { got <- s.Request(t.Context(), http.MethodPost, body, header...) }()
	server := <-s.Servers
	id := gatewaytest.IDOf(t, s.Receive(server))
	events := gatewaytest.ReadSSE(t, <-got) // before the server sends anything
	for _, method := range []string{"notifications/subscriptions/acknowledged", "notifications/tools/list_changed"} {
		s.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","method":%q,"params":{"_meta":{"io.modelcontextprotocol/subscriptionId":%s}}}`, method, id))
		if _, data := events.Next(); !strings.Contains(data, method) || !strings.Contains(data, `"io.modelcontextprotocol/subscriptionId":"sub"`) {
			t.Errorf("got %s", data)
		}
	}
	s.Send(server, `{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}`) // nobody asked for it
	s.Send(server, `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)   // without the id of the stream
	if _, data := events.Next(); !strings.Contains(data, "tools/list_changed") || !strings.Contains(data, `"io.modelcontextprotocol/subscriptionId":"sub"`) {
		t.Errorf("got %s", data)
	}
	s.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"_meta":{"io.modelcontextprotocol/subscriptionId":%s}}}`, id, id))
	if _, data := events.Next(); data != `{"jsonrpc":"2.0","id":"sub","result":{"_meta":{"io.modelcontextprotocol/subscriptionId":"sub"}}}` {
		t.Errorf("the end is %s", data)
	}
}

// TestServerAsks sends requests of a server on the stream of the open call, and changes on the
// standing one.
func TestServerAsks(t *testing.T) {
	s := newSite(t, "version: 1\ntools: {read: {}}\nupstream: {elicitation: allow}", nil, nil)
	id, server := s.Begin()
	h := []string{mirror.HeaderSession, id, mirror.HeaderVersion, "2025-11-25"}
	standing := gatewaytest.ReadSSE(t, s.Request(t.Context(), http.MethodGet, "", h...))
	got := make(chan *http.Response, 1)
	go func() {
		got <- s.Request(t.Context(), http.MethodPost, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","_meta":{"progressToken":5}}}`, h...)
	}()
	s.Expect(server, `"id":1`)
	s.Send(server, `{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{}}`)
	s.Send(server, `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":5,"progress":1}}`)
	s.Send(server, `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
	events := gatewaytest.ReadSSE(t, <-got)
	if id, data := events.Next(); !strings.HasSuffix(id, "-0") || data != "" {
		t.Errorf("the stream begins with %q %q", id, data)
	}
	if _, data := events.Next(); !strings.Contains(data, "elicitation/create") {
		t.Errorf("got %s", data)
	}
	if _, data := events.Next(); !strings.Contains(data, "notifications/progress") {
		t.Errorf("got %s", data)
	}
	if status, _ := s.Post(`{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`, h...); status != http.StatusAccepted {
		t.Errorf("the client's answer: %d", status)
	}
	s.Expect(server, `"action":"accept"`)
	s.Send(server, `{"jsonrpc":"2.0","id":1,"result":{}}`)
	if _, data := events.Next(); !strings.Contains(data, `"result":{}`) {
		t.Errorf("got %s", data)
	}
	if id, data := standing.Next(); id != "0-1" || !strings.Contains(data, "tools/list_changed") { // it can be resumed after it
		t.Errorf("the standing stream has %q %s", id, data)
	}
}

// TestServerAsksInVain sends a request of a server to a client that reads nothing. When the stream is
// full, the server hears that, and does not wait for an answer.
func TestServerAsksInVain(t *testing.T) {
	s := newSite(t, "version: 1\nresources: {\"**\": {}}\nupstream: {roots: allow}", nil, nil)
	_, server := s.Begin()
	large := `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"file:///a","x":"` + strings.Repeat("x", 1<<20) + `"}}`
	for range 21 {
		s.Send(server, large)
	}
	for range 2 { // the id is free again
		s.Send(server, `{"jsonrpc":"2.0","id":1,"method":"roots/list","params":{"x":"`+strings.Repeat("x", 1<<20)+`"}}`)
		s.Expect(server, `"id":1`, "does not read")
	}
}

// TestResumption continues a stream whose connection broke after the event that the client names.
func TestResumption(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, nil)
	id, server := s.Begin()
	h := []string{mirror.HeaderSession, id, mirror.HeaderVersion, "2025-11-25"}
	ctx, cut := context.WithCancel(t.Context())
	got := make(chan *http.Response, 1)
	go func() {
		got <- s.Request(ctx, http.MethodPost, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","_meta":{"progressToken":5}}}`, h...)
	}()
	s.Expect(server, `"id":1`)
	progress := func(n int) {
		s.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":5,"progress":%d}}`, n))
	}
	progress(1)
	events := gatewaytest.ReadSSE(t, <-got)
	events.Next()
	last, data := events.Next()
	if !strings.Contains(data, `"progress":1`) {
		t.Fatalf("got %s", data)
	}
	cut()
	progress(2)
	s.Send(server, `{"jsonrpc":"2.0","id":1,"result":{"n":3}}`)
	for range 2 { // as often as it takes
		events = gatewaytest.ReadSSE(t, s.Request(t.Context(), http.MethodGet, "", append(h, "Last-Event-ID", last)...))
		if _, data := events.Next(); !strings.Contains(data, `"progress":2`) {
			t.Errorf("got %s", data)
		}
		if _, data := events.Next(); !strings.Contains(data, `"n":3`) {
			t.Errorf("got %s", data)
		}
		if _, data := events.Next(); data != "" {
			t.Errorf("the stream goes on with %s", data)
		}
	}
	for _, bad := range []string{"x", "9-1", "1-17", "-1--1", "0-5"} {
		if resp := s.Request(t.Context(), http.MethodGet, "", append(h, "Last-Event-ID", bad)...); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("Last-Event-ID %s: status %d", bad, resp.StatusCode)
		}
	}
}

// TestServerEndsOverHTTP answers calls whose server ended, and starts it again for the session.
func TestServerEndsOverHTTP(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, nil)
	id, server := s.Begin()
	call := s.Start(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}`, mirror.HeaderSession, id)
	s.Expect(server, `"id":1`)
	server.Close()
	if got := <-call; !strings.Contains(got.Text, "ended before it answered") {
		t.Errorf("got %v", got)
	}
	server = <-s.Servers
	again := s.Expect(server, `"method":"initialize"`)
	s.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{}}`, gatewaytest.IDOf(t, again)))
	s.Expect(server, "notifications/initialized")
	call = s.Start(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}`, mirror.HeaderSession, id)
	s.Expect(server, `"id":1`)
	s.Send(server, `{"jsonrpc":"2.0","id":1,"result":{}}`)
	if got := <-call; got.Status != 200 {
		t.Errorf("got %v", got)
	}
}

// TestNoServer answers with the reason if no server can be started.
func TestNoServer(t *testing.T) {
	dials := 0
	s := newSite(t, gatewaytest.ReadOnly, func(context.Context) (jsonrpc.Conn, error) { dials++; return nil, fmt.Errorf("no such command") }, nil)
	if status, text := s.Post(gatewaytest.HelloText); status != http.StatusBadGateway || !strings.Contains(text, "no such command") {
		t.Errorf("%d %s", status, text)
	}
	body, header := gatewaytest.Modern("7", "tools/call", "read", "")
	dials = 0
	for range 3 {
		if status, text := s.Post(body, header...); status != http.StatusBadGateway || !strings.Contains(text, "no such command") {
			t.Errorf("%d %s", status, text)
		}
	}
	if dials != 1 {
		t.Errorf("%d attempts at once", dials)
	}
}

// TestSessionsAreBounded ends the session that was not used for longest, and none that is in use.
func TestSessionsAreBounded(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, func(c *streamable.Config) { c.MaxSessions = 2 })
	one, oneServer := s.Begin()
	two, twoServer := s.Begin()
	ping := `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	waits := s.Start(ping, mirror.HeaderSession, one)
	s.Expect(oneServer, "ping")
	three, threeServer := s.Begin()
	<-twoServer.Closed
	if status, _ := s.Post(ping, mirror.HeaderSession, two); status != http.StatusNotFound {
		t.Errorf("the session that gave way: %d", status)
	}
	also := s.Start(ping, mirror.HeaderSession, three)
	s.Expect(threeServer, "ping")
	if status, text := s.Post(gatewaytest.HelloText); status != http.StatusServiceUnavailable || !strings.Contains(text, "2 sessions are in use") {
		t.Errorf("%d %s", status, text)
	}
	for server, call := range map[*gatewaytest.Wire]<-chan gatewaytest.Answer{oneServer: waits, threeServer: also} {
		s.Send(server, `{"jsonrpc":"2.0","id":1,"result":{}}`)
		if got := <-call; got.Status != 200 {
			t.Errorf("got %v", got)
		}
	}
}

// TestSessionsOfOthers ends sessions of who has the most, so that nobody is pushed out.
func TestSessionsOfOthers(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, func(c *streamable.Config) { c.MaxSessions = 4 })
	lives := func(id, who string) bool {
		t.Helper()
		status, _ := s.Post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`, mirror.HeaderSession, id, "Who", who)
		return status == http.StatusAccepted
	}
	var anna, bob []string
	for range 4 {
		id, _ := s.Begin("Who", "anna")
		anna = append(anna, id)
	}
	for range 5 {
		id, _ := s.Begin("Who", "bob")
		bob = append(bob, id)
	}
	for i, want := range []bool{false, false, true, true} {
		if lives(anna[i], "anna") != want {
			t.Errorf("anna's session %d lives: %v", i, !want)
		}
	}
	for i, want := range []bool{false, false, false, true, true} {
		if lives(bob[i], "bob") != want {
			t.Errorf("bob's session %d lives: %v", i, !want)
		}
	}
	id, _ := s.Begin("Who", "carol")
	if !lives(id, "carol") || lives(anna[2], "anna") == lives(bob[3], "bob") {
		t.Error("a third identity has no session, or took more than one")
	}
}

// TestSessionsInUseOfOthers keeps nobody out by sessions that are all in use. Their identity has no
// place for another one.
func TestSessionsInUseOfOthers(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, func(c *streamable.Config) { c.MaxSessions = 4 })
	idle, _ := s.Begin("Who", "bob")
	for range 3 {
		id, _ := s.Begin("Who", "anna")
		stream := s.Request(t.Context(), http.MethodGet, "", "Who", "anna", mirror.HeaderSession, id)
		if stream.StatusCode != http.StatusOK {
			t.Fatalf("a stream: %d", stream.StatusCode)
		}
	}
	if status, text := s.Post(gatewaytest.HelloText, "Who", "anna"); status != http.StatusServiceUnavailable {
		t.Errorf("a session more of who uses all: %d %s", status, text)
	}
	s.Begin("Who", "carol")
	if status, _ := s.Post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`, mirror.HeaderSession, idle, "Who", "bob"); status != http.StatusAccepted {
		t.Errorf("the only session of another identity: %d", status)
	}
}

// TestSessionExpires ends a session that nobody uses, and its server.
func TestSessionExpires(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, func(c *streamable.Config) { c.Idle = 20 * time.Millisecond })
	id, server := s.Begin()
	select {
	case <-server.Closed:
	case <-time.After(time.Minute):
		t.Fatal("the session does not expire")
	}
	if status, _ := s.Post(`{"jsonrpc":"2.0","id":1,"method":"ping"}`, mirror.HeaderSession, id); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
}

// TestCancelledCall ends the response of a call that its client cancels.
func TestCancelledCall(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, nil)
	id, server := s.Begin()
	call := s.Start(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}`, mirror.HeaderSession, id)
	s.Expect(server, `"id":1`)
	if status, _ := s.Post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, mirror.HeaderSession, id); status != http.StatusAccepted {
		t.Errorf("status %d", status)
	}
	s.Expect(server, "notifications/cancelled")
	if got := <-call; got.Text != "" {
		t.Errorf("got %v", got)
	}
	s.Send(server, `{"jsonrpc":"2.0","id":1,"result":{}}`) // too late
	records := s.Records()
	if last := records[len(records)-1]; last.Outcome != enforce.Cancelled {
		t.Errorf("the audit ends with %+v", last)
	}
}
