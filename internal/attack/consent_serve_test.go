package attack

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

const writing = `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /pay:
    post:
      operationId: pay
      requestBody:
        content:
          application/json: {schema: {type: object}}
          multipart/form-data: {schema: {type: object, properties: {file: {type: string, format: binary}}}}
          application/octet-stream: {schema: {type: string, format: binary}}
          image/png: {schema: {type: string}}
          application/x-anything: {schema: {type: string}}
      parameters: [{name: to, in: query, schema: {type: string}}, {name: X-Note, in: header, schema: {type: string}}]
      responses: {"200": {description: ok}}
  /a: {get: {operationId: a, responses: {"200": {description: ok}}}}
`

// Consent to a tool of serve covers one request of one caller (threats 1 and 16).
func TestConsentOfServe(t *testing.T) {
	const tries = "uses a consent for another request, another caller or a second time"
	const holds = "nothing leaves that was not confirmed"
	harmless := object{"to": "alice", "requestBody": object{"n": 1}}
	for _, revision := range []string{legacy, modern} {
		for _, c := range []struct {
			name string
			args object
		}{
			{"another query", object{"to": "mallory", "requestBody": object{"n": 1}, "__confirmed": true}},
			{"another body", object{"to": "alice", "requestBody": object{"n": 2}, "__confirmed": true}},
			{"a header more", object{"to": "alice", "requestBody": object{"n": 1}, "X-Note": "x", "__confirmed": true}},
			{"another media type", object{"to": "alice", "requestBody": `{"n":1}`, "requestContentType": "application/x-anything", "__confirmed": true}},
			{"confirmed as text", object{"to": "alice", "requestBody": object{"n": 1}, "__confirmed": "true"}},
			{"confirmed as a number", object{"to": "alice", "requestBody": object{"n": 1}, "__confirmed": 1}},
			{"confirmed in another case", object{"to": "alice", "requestBody": object{"n": 1}, "__Confirmed": true}},
			{"confirmed in the body", object{"to": "alice", "requestBody": object{"n": 1, "__confirmed": true}}},
		} {
			try(t, revision+"/"+c.name, tries, holds, func(a *attack) {
				u := a.upstream(nil)
				g := a.agent(revision, a.serving(u, writing))
				g.call("pay", harmless)
				g.call("pay", c.args)
				a.untouched(u)
			})
		}
		try(t, revision+"/twice", tries, holds, func(a *attack) {
			u := a.upstream(nil)
			g := a.agent(revision, a.serving(u, writing))
			g.call("pay", harmless)
			for range 5 {
				g.confirm("pay", harmless)
			}
			if n := len(u.requests()); n != 1 {
				a.breach("%d requests left for one consent", n)
			}
		})
		try(t, revision+"/duplicate members", tries, holds, func(a *attack) {
			u := a.upstream(nil)
			g := a.agent(revision, a.serving(u, writing))
			g.call("pay", harmless)
			meta := ""
			if revision == modern {
				meta = `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
			}
			for _, arguments := range []string{
				`{"to":"alice","to":"mallory","requestBody":{"n":1},"__confirmed":true}`,
				`{"to":"alice","requestBody":{"n":1,"n":2},"__confirmed":true}`,
				`{"to":"alice","requestBody":{"n":1},"requestBody":{"n":2},"__confirmed":true}`,
				`{"to":"alice","\u0074o":"mallory","requestBody":{"n":1},"__confirmed":true}`,
				`{"to":"alice","requestBody":{"n":1},"__confirmed":false,"__confirmed":true}`,
			} {
				id, c := g.expect()
				g.await(id, c, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"pay","arguments":%s%s}}`, id, arguments, meta))
			}
			a.untouched(u)
		})
		try(t, revision+"/document changed in between", tries, holds, func(a *attack) {
			u := a.upstream(nil)
			args := a.serving(u, writing, "--watch")
			g := a.agent(revision, args)
			g.call("pay", harmless)
			a.file("api.yaml", strings.ReplaceAll(writing, "/pay:", "/pay-everything:"))
			g.service.waitLogs("calls of 1 are held", 2)
			g.confirm("pay", harmless)
			a.untouched(u)
		})
		try(t, revision+"/file changed in between", tries, holds, func(a *attack) {
			u := a.upstream(nil)
			a.file("files/x.txt", "harmless")
			g := a.agent(revision, a.serving(u, writing, "--files", filepath.Join(a.dir, "files")))
			args := object{"requestContentType": "multipart/form-data", "requestBody": object{"file": object{"path": "x.txt"}}}
			r := g.call("pay", args)
			a.file("files/x.txt", "evil")
			g.confirm("pay", args)
			if got := u.all(); strings.Contains(got, "evil") {
				a.breach("after %s left %s", r.text, got)
			}
		})
	}
	for _, c := range []struct{ name, first, second string }{
		{"session confirms another's call", legacy, legacy},
		{"older session holds, newest protocol confirms", legacy, modern},
		{"newest protocol holds, older session confirms", modern, legacy},
	} {
		for _, server := range []string{"serve", "mcp"} {
			try(t, server+"/"+c.name, tries, holds, func(a *attack) {
				u := a.upstream(nil)
				tool, args, cmd := "pay", harmless, a.serving(u, writing)
				if server == "mcp" {
					tool, args, cmd = "replay_flow", object{"flow_id": 1}, sending(a.captureOf(u), u)
				}
				_, url, token := a.listen(nil, cmd...)
				one, two := a.httpAgent(c.first, url, token), a.httpAgent(c.second, url, token)
				if r := one.call(tool, args); !r.held() {
					a.Fatalf("not held: %s", r.raw)
				}
				two.confirm(tool, args)
				a.untouched(u)
				if c.first == legacy {
					forged := a.httpAgent(modern, url, token)
					forged.session = one.session // the newest protocol has no sessions
					forged.confirm(tool, args)
					a.untouched(u)
				}
			})
		}
	}
	try(t, "a flood of calls evicts another session's", "lets 1100 calls of its own wait, so that another session's is forgotten",
		"the other session can confirm its call", func(a *attack) {
			u := a.upstream(nil)
			_, url, token := a.listen(nil, a.serving(u, writing)...)
			one, two := a.httpAgent(legacy, url, token), a.httpAgent(legacy, url, token)
			one.call("pay", harmless)
			for i := range 1100 {
				two.call("pay", object{"to": fmt.Sprint(i), "requestBody": object{}})
			}
			if r := one.confirm("pay", harmless); r.isError || len(u.requests()) != 1 {
				a.breach("the call of the other session was evicted: %s", r.raw)
			}
		})
	try(t, "a flood of questions", "asks a person a hundred questions at once, so that they answer without reading",
		"at most eight are open", func(a *attack) {
			u := a.upstream(nil)
			wait := make(chan struct{})
			g := a.agent(legacy, a.serving(u, writing), deciding(func(string) string { <-wait; return "decline" }))
			done := make(chan bool)
			for i := range 100 {
				go func() {
					done <- g.call("pay", object{"to": fmt.Sprint(i), "requestBody": object{}}).isError
				}()
			}
			for range 92 {
				<-done // refused at once
			}
			if n := len(g.questions()); n > 8 {
				a.breach("%d questions are open", n)
			}
			close(wait)
			for range 8 {
				<-done
			}
		})
	try(t, "a flood of questions of mcp", "asks a person a hundred questions at once, so that they answer without reading",
		"at most eight are open", func(a *attack) {
			u := a.upstream(nil)
			wait := make(chan struct{})
			g := a.agent(legacy, sending(a.captureOf(u), u), deciding(func(string) string { <-wait; return "decline" }))
			done := make(chan bool, 100)
			for i := range 100 {
				go func() {
					done <- g.call("replay_flow", object{"flow_id": 1, "body": fmt.Sprint(i)}).isError
				}()
			}
			// All but the open questions are answered; a read shows that the server still works.
			for range 100 {
				if n := len(g.questions()); n > 8 {
					a.breach("%d questions are open", n)
					break
				}
				if len(done) >= 92 {
					break
				}
				g.call("list_hosts", object{})
			}
			close(wait)
			for range 100 {
				<-done
			}
			a.untouched(u)
		})
}
