package gateway

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/gateway/gatewaytest"
)

// Clients without a session share a server. Each gets the answers and progress of its own calls, with
// its own ids, though the ids of two clients are equal.
func TestClientsShareAServer(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, nil)
	body, header := gatewaytest.Modern("7", "tools/call", "read", "")
	other := strings.Replace(body, `"progressToken":"t"`, `"progressToken":"u"`, 1)
	first := s.Start(body, header...)
	server := <-s.Servers
	one := s.Expect(server, `"method":"tools/call"`)
	second := s.Start(other, header...)
	two := s.Expect(server, `"method":"tools/call"`)
	a, b := gatewaytest.IDOf(t, one), gatewaytest.IDOf(t, two)
	if a == b || a == "7" || !strings.Contains(one, `"progressToken":`+a) || !strings.Contains(two, `"progressToken":`+b) {
		t.Fatalf("sent\n%s\n%s", one, two)
	}
	for n, id := range []string{b, a} {
		s.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":%s,"progress":%d}}`, id, n))
		s.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"content":[],"n":%d}}`, id, n))
	}
	for token, answers := range map[string]<-chan gatewaytest.Answer{"u": second, "t": first} {
		n := map[string]int{"u": 0, "t": 1}[token]
		got := <-answers
		for _, want := range []string{`"id":7`, fmt.Sprintf(`"n":%d`, n), fmt.Sprintf(`"progressToken":"%s","progress":%d`, token, n)} {
			if got.Status != 200 || !strings.Contains(got.Text, want) {
				t.Errorf("%s: %d %s\nwant %s", token, got.Status, got.Text, want)
			}
		}
		if strings.Contains(got.Text, fmt.Sprintf(`"n":%d`, 1-n)) {
			t.Errorf("%s has the answer of the other: %s", token, got.Text)
		}
	}
	// A request of the server to a client without a session is refused and not forwarded.
	failed := s.Start(body, header...)
	id := gatewaytest.IDOf(t, s.Receive(server))
	s.Send(server, `{"jsonrpc":"2.0","id":"q","method":"ping"}`)
	s.Expect(server, `"id":"q"`, `"error"`)
	s.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-5,"message":"no"}}`, id))
	if got := <-failed; !strings.Contains(got.Text, `"id":7`) || !strings.Contains(got.Text, `"code":-5`) || strings.Contains(got.Text, "ping") {
		t.Errorf("%d %s", got.Status, got.Text)
	}
}
