package streamable_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/mirror"
	"github.com/spectap/spectap/mcp/streamable"
)

// byHeader makes an identity of the headers Who and May.
func byHeader(r *http.Request) map[string]any {
	return map[string]any{"name": r.Header.Get("Who"), "scopes": []any{r.Header.Get("May")}}
}

// Two clients of one person with different rights have servers of their own, and neither ends the
// other's. Nobody uses more servers than are allowed.
func TestIdentitiesOfOneName(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, func(c *streamable.Config) { c.Identity, c.MaxSessions = byHeader, 2 })
	body, header := gatewaytest.Modern("1", "tools/call", "read", "")
	call := func(may string) (<-chan gatewaytest.Answer, *gatewaytest.Wire, string) {
		got := s.Start(body, append([]string{"Who", "anna", "May", may}, header...)...)
		server := <-s.Servers
		return got, server, gatewaytest.IDOf(t, s.Receive(server))
	}
	read, readServer, readID := call("read")
	write, writeServer, writeID := call("write")
	full := s.Request(t.Context(), http.MethodPost, body, append([]string{"Who", "bert"}, header...)...)
	text, err := io.ReadAll(full.Body)
	if err != nil || full.StatusCode != http.StatusServiceUnavailable || full.Header.Get("Retry-After") != "10" || !strings.Contains(string(text), "2 sessions are in use") {
		t.Errorf("a third: %d %v %s, %v", full.StatusCode, full.Header, text, err)
	}
	for _, method := range []string{"notifications/cancelled", "notifications/progress"} { // of a request of somebody else
		for _, id := range []string{"1", readID, `"` + readID + `"`, readID + ".0"} {
			body, header := gatewaytest.Modern("", method, "", `,"requestId":`+id+`,"progressToken":`+id+`,"progress":1`)
			s.Post(strings.Replace(body, `"id":,`, "", 1), append([]string{"Who", "anna", "May", "write"}, header...)...)
		}
	}
	s.Post(`{"jsonrpc":"2.0","id":`+readID+`,"result":{"for":"forged"}}`, append([]string{"Who", "anna", "May", "write"}, header...)...)
	select {
	case got := <-readServer.In:
		t.Errorf("the server of the other rights got %s", got)
	default:
	}
	s.Send(readServer, `{"jsonrpc":"2.0","id":`+readID+`,"result":{"for":"read"}}`)
	s.Send(writeServer, `{"jsonrpc":"2.0","id":`+writeID+`,"result":{"for":"write"}}`)
	if got := <-read; !strings.Contains(got.Text, `"for":"read"`) {
		t.Error(got)
	}
	if got := <-write; !strings.Contains(got.Text, `"for":"write"`) {
		t.Error(got)
	}
	third, thirdServer, id := call("else")
	select { // the one that was unused for longest
	case <-readServer.Closed:
	case <-writeServer.Closed:
	}
	s.Send(thirdServer, `{"jsonrpc":"2.0","id":`+id+`,"result":{}}`)
	if got := <-third; got.Status != http.StatusOK {
		t.Error(got)
	}

	session, _ := s.Begin("Who", "anna", "May", "read")
	if status, _ := s.Post(`{"jsonrpc":"2.0","id":2,"method":"ping"}`, "Who", "anna", "May", "write", mirror.HeaderSession, session); status != http.StatusNotFound {
		t.Errorf("the session of somebody with other rights: %d", status)
	}
}

// A stream ends with the permission to open it, and the session does not.
func TestStreamsEndWithPermission(t *testing.T) {
	until := time.Now().Add(300 * time.Millisecond)
	s := newSite(t, gatewaytest.ReadOnly, nil, func(c *streamable.Config) {
		c.Until = func(r *http.Request) time.Time {
			if r.Header.Get("Who") == "" {
				return time.Time{}
			}
			return until
		}
	})
	id, server := s.Begin("Who", "anna")
	resp := s.Request(t.Context(), http.MethodGet, "", "Who", "anna", mirror.HeaderSession, id)
	body, header := gatewaytest.Modern(`"sub"`, "subscriptions/listen", "", `,"notifications":{"toolsListChanged":true}`)
	listen := s.Request(t.Context(), http.MethodPost, body, append([]string{"Who", "anna"}, header...)...)
	for name, r := range map[string]*http.Response{"GET": resp, "listen": listen} {
		if _, data := gatewaytest.ReadSSE(t, r).Next(); data != "" { // the end
			t.Errorf("%s: %s", name, data)
		}
		if time.Now().Before(until) {
			t.Errorf("%s ended too early", name)
		}
	}
	ping := s.Start(`{"jsonrpc":"2.0","id":1,"method":"ping"}`, "Who", "anna", mirror.HeaderSession, id)
	s.Expect(server, "ping")
	s.Send(server, `{"jsonrpc":"2.0","id":1,"result":{}}`)
	if got := <-ping; got.Status != http.StatusOK {
		t.Errorf("the session: %v", got)
	}
}

// What a front refuses before the handler sees it is in the audit: why, but not what was sent.
func TestRefusedIsRecorded(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, nil)
	r := must.Get(http.NewRequest("POST", s.URL, strings.NewReader("a body")))
	r.Header.Set("Authorization", "Bearer a-secret")
	s.Handler.Refused(r, "the token has expired")
	records := s.Records()
	last := records[len(records)-1]
	if last.Reason != "POST: the token has expired" || last.Identity != "" {
		t.Errorf("recorded %+v", last)
	}
}

// The sessions of an identity whose grant is over end, with and without session ids, and those of
// others go on. They are counted by who has them.
func TestSessionsEndWithTheirGrant(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, nil)
	anna, annaServer := s.Begin("Who", "anna")
	bert, bertServer := s.Begin("Who", "bert")
	body, header := gatewaytest.Modern("1", "ping", "", "")
	share := func(who string) *gatewaytest.Wire {
		got := s.Start(body, append([]string{"Who", who}, header...)...)
		server := <-s.Servers
		s.Send(server, `{"jsonrpc":"2.0","id":`+gatewaytest.IDOf(t, s.Receive(server))+`,"result":{}}`)
		if answer := <-got; answer.Status != http.StatusOK {
			t.Fatal(answer)
		}
		return server
	}
	annaShared, bertShared := share("anna"), share("bert")
	name := func(identity map[string]any) string { return identity["name"].(string) }
	if n, by := s.Handler.Sessions(), s.Handler.SessionsBy(name); n != 4 || len(by) != 2 || by["anna"] != 2 || by["bert"] != 2 {
		t.Errorf("%d sessions, %v", n, by)
	}
	s.Handler.EndSessions(func(identity map[string]any) bool { return name(identity) == "anna" })
	<-annaServer.Closed
	<-annaShared.Closed
	if n, by := s.Handler.Sessions(), s.Handler.SessionsBy(name); n != 2 || by["bert"] != 2 {
		t.Errorf("%d sessions are left, %v", n, by)
	}
	ping := `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	if status, _ := s.Post(ping, "Who", "anna", mirror.HeaderSession, anna); status != http.StatusNotFound {
		t.Errorf("a session that was ended: %d", status)
	}
	got := s.Start(ping, "Who", "bert", mirror.HeaderSession, bert)
	s.Expect(bertServer, "ping")
	s.Send(bertServer, `{"jsonrpc":"2.0","id":1,"result":{}}`)
	if answer := <-got; answer.Status != http.StatusOK {
		t.Errorf("the session of somebody else: %v", answer)
	}
	select {
	case <-bertShared.Closed:
		t.Error("the connection of somebody else ended")
	default:
	}
}

// TestSlowAnswerIsStreamed checks that the response to a call whose answer takes its time begins
// without it, as a stream of events.
func TestSlowAnswerIsStreamed(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, func(c *streamable.Config) { c.Patience = time.Nanosecond })
	body, header := gatewaytest.Modern("1", "prompts/get", "hello", "")
	resp := s.Request(t.Context(), http.MethodPost, body, header...) // has its header
	server := <-s.Servers
	id := gatewaytest.IDOf(t, s.Expect(server, `"name":"hello"`))
	s.Send(server, `{"jsonrpc":"2.0","id":`+id+`,"result":{"messages":[]}}`)
	if _, data := gatewaytest.ReadSSE(t, resp).Next(); !strings.Contains(data, `"id":1,"result":{"messages":[]`) {
		t.Errorf("got %s", data)
	}
}
