package attack

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// notify returns a notification of the newest protocol.
func notify(method, params string) string {
	return `{"jsonrpc":"2.0","method":"` + method + `","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",` +
		`"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"m","version":"1"}}` + params + `}}`
}

// Clients of the newest protocol have no session that tells them apart, and number their requests
// alike (threat 16).
func TestClientsWithoutSessions(t *testing.T) {
	const tries = "sends what concerns the request of another client"
	for name, bodies := range map[string][]string{
		"cancels it":        {notify("notifications/cancelled", `,"requestId":1`), notify("notifications/cancelled", `,"requestId":1,"reason":"x"`)},
		"cancels it as 1.0": {notify("notifications/cancelled", `,"requestId":1.0`), notify("notifications/cancelled", `,"requestId":"1"`)},
		"cancels it as 1e0": {notify("notifications/cancelled", `,"requestId":1e0`), notify("notifications/cancelled", `,"requestId":10e-1`)},
	} {
		try(t, name, tries, "the call gets its answer", func(a *attack) {
			arrived, release := make(chan struct{}, 10), make(chan struct{})
			u := a.upstream(func(w http.ResponseWriter, _ *http.Request) {
				arrived <- struct{}{}
				<-release
				w.Header().Set("Content-Type", "application/json")
				io.WriteString(w, `{"for":"alice"}`)
			})
			_, url, token := a.listen(nil, a.serving(u, twoTools)...)
			good, bad := a.httpAgent(modern, url, token), a.httpAgent(modern, url, token)
			older := a.httpAgent(legacy, url, token)
			done := make(chan message, 1)
			go func() { done <- good.request("tools/call", object{"name": "slow", "arguments": object{}}) }()
			<-arrived
			for _, body := range bodies {
				bad.exchange(body, "")
				bad.exchange(body, older.session)
				bad.exchange(body, "x")
			}
			close(release)
			if m := <-done; !strings.Contains(string(m.Result), "alice") {
				a.breach("the call was answered %s", m.raw)
			}
		})
	}
	// watch subscribes to the hosts, and passes on what comes after the acknowledgement.
	watch := func(a *attack, url, token string, uris ...string) (updates chan string) {
		updates = make(chan string, 10)
		acknowledged := make(chan struct{})
		body := strings.Replace(notify("subscriptions/listen", `,"notifications":{"resourceSubscriptions":["`+strings.Join(uris, `","`)+`"]}`), `"method"`, `"id":1,"method"`, 1)
		r := must.Get(http.NewRequestWithContext(a.Context(), "POST", url, strings.NewReader(body)))
		r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Authorization": {"Bearer " + token},
			"Mcp-Protocol-Version": {modern}, "Mcp-Method": {"subscriptions/listen"}}
		resp := must.Get(http.DefaultClient.Do(r))
		a.Cleanup(func() { resp.Body.Close() })
		go readEvents(resp.Body, func(event string) {
			if strings.Contains(event, "acknowledged") {
				close(acknowledged)
				return
			}
			updates <- event
		})
		<-acknowledged
		return updates
	}
	var many []string
	for i := range 1000 {
		many = append(many, fmt.Sprint("spectap://x/", i))
	}
	for name, uris := range map[string][]string{"the same subscription": {"spectap://hosts"}, "many subscriptions": many} {
		try(t, name, "subscribes before another client, under the same id", "the other client is told of a change", func(a *attack) {
			db := a.capture(exchange{url: "http://api.example/b"})
			_, url, token := a.listen(nil, "mcp", "--db", db)
			watch(a, url, token, uris...)
			updates := watch(a, url, token, "spectap://hosts")
			a.must("import", "--db", db, a.file("more.har", har(exchange{url: "http://another.example/"})))
			select {
			case <-updates:
			case <-time.After(deadline):
				a.breach("the other client is not told")
			}
		})
	}
}

// exchange posts a message of the newest protocol as it is, and returns the answer.
func (g *agent) exchange(body, session string) string {
	r := must.Get(http.NewRequestWithContext(g.a.Context(), "POST", g.url, strings.NewReader(body)))
	var method string
	if _, rest, ok := strings.Cut(body, `"method":"`); ok {
		method, _, _ = strings.Cut(rest, `"`)
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Authorization": {"Bearer " + g.token},
		"Mcp-Protocol-Version": {modern}, "Mcp-Method": {method}}
	if strings.Contains(body, `"name":"slow"`) {
		r.Header.Set("Mcp-Name", "slow")
	}
	if session != "" {
		r.Header.Set("Mcp-Session-Id", session)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return fmt.Sprint(resp.Status, " ", string(data))
}
