package attack

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

const twoTools = `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /slow:
    get: {operationId: slow, parameters: [{name: q, in: query, schema: {type: string}}], responses: {"200": {description: ok}}}
`

// A client of the gateway without a session reaches nothing of another grant (threat 16).
func TestStatelessGrants(t *testing.T) {
	const tries = "sends what concerns the call of another grant on the same gateway"
	write := func(method, params string) string {
		id := `"id":7,`
		if strings.HasPrefix(method, "notifications/") {
			id = ""
		}
		return `{"jsonrpc":"2.0",` + id + `"method":"` + method + `","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",` +
			`"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"m","version":"1"},"progressToken":"p"}` + params + `}}`
	}
	var cancels []string
	for _, id := range []string{"1", "2", "3", `"1"`, `"2"`, "1.0", "0"} {
		cancels = append(cancels, write("notifications/cancelled", `,"requestId":`+id))
	}
	var answers []string
	for _, id := range []string{"1", "2", "3", `"1"`, `"2"`} {
		answers = append(answers, `{"jsonrpc":"2.0","id":`+id+`,"result":{"content":[{"type":"text","text":"forged"}]}}`, `{"jsonrpc":"2.0","id":`+id+`,"error":{"code":-1,"message":"forged"}}`)
	}
	for name, bodies := range map[string][]string{
		"cancels it":  cancels,
		"answers it":  answers,
		"progress":    {write("notifications/progress", `,"progressToken":"p","progress":1,"message":"forged"`), write("notifications/progress", `,"progressToken":1,"progress":1,"message":"forged"`)},
		"subscribes":  {write("subscriptions/listen", `,"notifications":{"toolsListChanged":true,"resourceSubscriptions":["*"]}`)},
		"same id":     {strings.Replace(write("ping", ""), `"id":7`, `"id":1`, 1), strings.Replace(write("tools/list", ""), `"id":7`, `"id":1`, 1)},
		"handshake":   {`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"m","version":"1"}}}`},
		"log level":   {write("logging/setLevel", `,"level":"debug"`)},
		"other grant": {write("tools/call", `,"name":"slow","arguments":{"q":"mallory"}`)},
	} {
		try(t, name, tries, "the call gets its own answer, and the other grant none of it", func(a *attack) {
			arrived, release := make(chan struct{}, 10), make(chan struct{})
			u := a.upstream(func(w http.ResponseWriter, r *http.Request) {
				arrived <- struct{}{}
				<-release
				w.Header().Set("Content-Type", "application/json")
				io.WriteString(w, `{"for":"alice","q":"`+r.FormValue("q")+`"}`)
			})
			grants := filepath.Join(a.dir, "grants.json")
			alice := strings.TrimSpace(a.must("grant", "add", "--grants", grants, "alice"))
			mallory := strings.TrimSpace(a.must("grant", "add", "--grants", grants, "mallory", "--tools", "none"))
			s := a.start(nil, append([]string{"gateway", "--policy", a.file("policy.yaml", "version: 1\ndefault: allow\n"), "--http", "127.0.0.1:0", "--grants", grants, "--",
				binary}, a.serving(u, twoTools)...)...)
			at := s.waitLog("MCP at ")
			good, bad := a.httpAgent(modern, at, alice), a.httpAgent(modern, at, mallory)
			older := a.httpAgent(legacy, at, alice)
			done := make(chan message, 1)
			go func() {
				done <- good.request("tools/call", object{"name": "slow", "arguments": object{"q": "mine"}})
			}()
			<-arrived
			var got []string
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				for _, body := range bodies {
					for _, session := range []string{"", older.session} {
						got = append(got, bad.exchange(body, session))
					}
				}
			}()
			if name != "subscribes" {
				<-ended
			}
			select {
			case m := <-done:
				a.breach("the call ended before its answer: %s", m.raw)
				close(release)
			default:
				close(release)
				if m := <-done; !strings.Contains(string(m.Result), "alice") || strings.Contains(m.raw, "forged") {
					a.breach("the call was answered %s: %s", m.raw, s.log())
				}
			}
			if name != "subscribes" {
				a.excluding("what the other grant got", strings.Join(got, "\n"), "alice", "mine")
			}
			if n := len(u.requests()); n != 1 {
				a.breach("the API got %d requests: %s", n, u.all())
			}
			if r := older.request("tools/list", object{}); r.Result == nil {
				a.breach("the session of the grant has ended: %s", r.raw)
			}
		})
	}
}

// exchange posts a message of the newest protocol as it is, and returns the answer.
func (g *agent) exchange(body, session string) string {
	r, err := http.NewRequestWithContext(g.a.Context(), "POST", g.url, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
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
