package gateway

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/mirror"
)

const taintPolicy = `
version: 1
tools:
  fetch: {taints: web}
  mail: {deny_if: {tainted: web}}
  review: {}
  merge: {after: review}
resources: {"web://*": {taints: web}}
`

// callOf returns a call of a tool.
func callOf(tool string) string {
	return `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"` + tool + `"}}`
}

// TestTaintsOverHTTP tries to send a mail after a page was read: while the page is fetched, in a
// new session, without a session, and after the session has ended.
func TestTaintsOverHTTP(t *testing.T) {
	s := newSite(t, taintPolicy, nil, nil)
	one, server := s.Begin("Who", "anna")
	waits := s.Start(callOf("fetch"), mirror.HeaderSession, one, "Who", "anna")
	s.Expect(server, `"name":"fetch"`) // and does not answer
	mail := func(id string) {
		t.Helper()
		if _, text := s.Post(callOf("mail"), mirror.HeaderSession, id, "Who", "anna"); !strings.Contains(text, "/tools/mail/deny_if") {
			t.Errorf("a mail after a page: %s", text)
		}
	}
	mail(one)
	two, _ := s.Begin("Who", "anna")
	mail(two)
	body, header := gatewaytest.Modern("1", "tools/call", "mail", "")
	stateless := s.Start(body, append(header, "Who", "anna")...)
	<-s.Servers
	if got := <-stateless; !strings.Contains(got.Text, "/tools/mail/deny_if") {
		t.Errorf("a mail without a session: %s", got.Text)
	}
	s.Send(server, `{"jsonrpc":"2.0","id":7,"result":{}}`)
	<-waits
	s.Request(t.Context(), "DELETE", "", mirror.HeaderSession, one, "Who", "anna")
	<-server.Closed
	three, _ := s.Begin("Who", "anna")
	mail(three)
	other, otherServer := s.Begin("Who", "bob")
	sent := s.Start(callOf("mail"), mirror.HeaderSession, other, "Who", "bob")
	s.Expect(otherServer, `"name":"mail"`)
	s.Send(otherServer, `{"jsonrpc":"2.0","id":7,"result":{}}`)
	<-sent
}

// TestOrderOverHTTP checks that merge is denied without a successful review in the session.
func TestOrderOverHTTP(t *testing.T) {
	s := newSite(t, taintPolicy, nil, nil)
	one, server := s.Begin()
	review := func(answer string) {
		t.Helper()
		got := s.Start(callOf("review"), mirror.HeaderSession, one)
		s.Expect(server, `"name":"review"`)
		if answer == "" {
			_, text := s.Post(callOf("merge"), mirror.HeaderSession, one) // while it is under way
			if !strings.Contains(text, "/tools/merge/after") {
				t.Errorf("a merge during the review: %s", text)
			}
			answer = `"error":{"code":1,"message":"no"}`
		}
		s.Send(server, `{"jsonrpc":"2.0","id":7,`+answer+`}`)
		<-got
	}
	for _, answer := range []string{"", `"result":{"isError":true}`, `"result":{"task":{"taskId":"t"}}`} {
		review(answer)
		if _, text := s.Post(callOf("merge"), mirror.HeaderSession, one); !strings.Contains(text, "/tools/merge/after") {
			t.Errorf("a merge after %s: %s", answer, text)
		}
	}
	review(`"result":{"content":[]}`)
	two, _ := s.Begin()
	if _, text := s.Post(callOf("merge"), mirror.HeaderSession, two); !strings.Contains(text, "/tools/merge/after") {
		t.Errorf("a merge in another session: %s", text)
	}
	merge := s.Start(callOf("merge"), mirror.HeaderSession, one)
	s.Expect(server, `"name":"merge"`)
	s.Send(server, `{"jsonrpc":"2.0","id":7,"result":{}}`)
	<-merge
}

// TestQuestionsAreBounded checks the bounds on the number and size of requests to a client, and on
// the pending calls of a server that never answers.
func TestQuestionsAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("sends many megabytes")
	}
	b := newBench(t, "version: 1\nupstream: {roots: allow}\ntools: {\"*\": {}}\n", nil)
	server := <-b.Servers
	question := func(id string, size int) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":%q,"method":"roots/list","params":{"x":%q}}`, id, strings.Repeat("x", size))
	}
	ask := func(ids string, n, size int) {
		for i := range n {
			b.Send(server, question(fmt.Sprint(ids, i), size))
			b.Expect(b.Client, fmt.Sprintf(`"id":"%s%d"`, ids, i))
		}
	}
	refused := func(id string, size int) {
		b.Send(server, question(id, size))
		b.Expect(server, fmt.Sprintf(`"id":%q`, id), `"code":-32600`, "too many")
	}
	answer := func(ids string, n int) {
		for i := range n {
			b.Send(b.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":"%s%d","result":{"roots":[]}}`, ids, i))
			b.Receive(server)
		}
	}
	ask("a", maxQuestions, 1)
	refused("b", 1)
	answer("a", 1)
	ask("c", 1, 1) // there is room for one again
	answer("c", 1)
	for i := 1; i < maxQuestions; i++ {
		b.Send(b.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":"a%d","result":{"roots":[]}}`, i))
		b.Receive(server)
	}
	ask("d", 4, 7<<20)
	refused("e", 7<<20)
	answer("d", 4)
	ask("f", 1, 7<<20)
}

// TestPendingCallsAreBounded checks the bound on the bytes of pending calls.
func TestPendingCallsAreBounded(t *testing.T) {
	r := &Relay{pending: map[string]*call{}}
	size := maxPendingSize / 4
	request := func(id string) *call {
		return &call{request: &jsonrpc.Message{ID: id, Method: "tools/call", Text: make([]byte, size)}}
	}
	for i := range 4 {
		if _, why := r.register(request(fmt.Sprint(i))); why != "" {
			t.Fatal(why)
		}
	}
	if _, why := r.register(request("4")); !strings.Contains(why, "256 MiB") {
		t.Errorf("got %q", why)
	}
	if r.take(&r.pending, "1") == nil || r.take(&r.pending, "1") != nil {
		t.Error("a call is there twice, or not at all")
	}
	if _, why := r.register(request("5")); why != "" {
		t.Error(why)
	}
	for _, id := range []string{"0", "2", "3", "5"} {
		r.take(&r.pending, id)
	}
	if r.pendingSize != 0 {
		t.Errorf("%d bytes are pending", r.pendingSize)
	}
	size = 0
	for i := range MaxPending {
		if _, why := r.register(request(fmt.Sprint(i))); why != "" {
			t.Fatal(why)
		}
	}
	if _, why := r.register(request("x")); !strings.Contains(why, "10000 requests are not answered yet") {
		t.Errorf("one call more: %q", why)
	}
}
