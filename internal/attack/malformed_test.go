package attack

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
)

// What an API returns outside of HTTP stands in the errors of the HTTP library (threat 16).
func TestEchoInMalformedAnswers(t *testing.T) {
	const tries = "gets an API to return the credential in an answer that is not HTTP"
	const holds = "no result and no audit shows the credential"
	const token = "tok-9fQ2mX7bVt4LrK8sWz3pYd6n"
	document := `openapi: 3.0.3
info: {title: t, version: "1"}
security: [{bearer: []}]
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
paths:
  /a: {get: {operationId: a, responses: {"200": {description: ok}}}}
`
	for _, c := range []struct{ name, answer string }{
		{"header line", "HTTP/1.1 200 OK\r\nX\x01-Y: %s\r\n\r\n"},
		{"header without a name", "HTTP/1.1 200 OK\r\n%s\r\n\r\n"},
		{"status line", "HTTP/1.1 %s\r\n\r\n"},
		{"version", "HTTP/%s 200 OK\r\n\r\n"},
		{"no HTTP", "%s\r\n\r\n"},
		{"length", "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n"},
		{"coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n\r\n"},
		{"chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n"},
		{"redirect", "HTTP/1.1 302 Found\r\nLocation: http://%%zz%s\r\n\r\n"},
		{"redirect to another scheme", "HTTP/1.1 302 Found\r\nLocation: x%s://a\r\n\r\n"},
		{"redirect to another host", "HTTP/1.1 302 Found\r\nLocation: http://%s.example/\r\n\r\n"},
		{"trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n0\r\n%s\r\n\r\n"},
	} {
		answer := func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			got := r.Header.Get("Authorization")
			fmt.Fprintf(conn, c.answer, got[max(0, len(got)-len(token)):])
			conn.Close()
		}
		try(t, c.name+"/serve", tries, holds, func(a *attack) {
			u := a.upstream(answer)
			audit := filepath.Join(a.dir, "audit.jsonl")
			g := a.agentWith([]string{"BEARER_TOKEN=" + token}, modern, a.serving(u, document, "--audit", audit))
			a.excluding("the result", g.call("a", object{}).raw, token, token[4:])
			a.excluding("the audit", a.read(audit), token, token[4:])
		})
		try(t, c.name+"/replay_flow", tries, holds, func(a *attack) {
			u := a.upstream(answer)
			db := a.capture(exchange{url: u.URL + "/a", header: []string{"Authorization: Bearer " + token}})
			g := a.agent(legacy, sending(db, u))
			a.excluding("the result", g.call("replay_flow", object{"flow_id": 1}).raw, token, token[4:])
			a.excluding("the list", g.call("get_traffic_summary", object{}).raw, token, token[4:])
		})
		try(t, c.name+"/proxy", tries, "no tool and no command shows the credential", func(a *attack) {
			u := a.upstream(answer)
			db := filepath.Join(a.dir, "flows.db")
			p, url := a.proxy(nil, "--db", db, "--listen", "127.0.0.1:0")
			r, err := http.NewRequest("GET", u.URL+"/a", nil)
			if err != nil {
				a.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+token)
			if resp, err := a.through(url).Do(r); err == nil {
				resp.Body.Close()
			}
			p.stop()
			g := a.agent(legacy, []string{"mcp", "--db", db})
			a.excluding("the list", g.call("get_traffic_summary", object{}).raw, token, token[4:])
			a.excluding("inspect_flows", g.call("inspect_flows", object{"flow_ids": 1}).raw, token, token[4:])
			a.excluding("flows ls", a.must("flows", "ls", "--db", db)+a.must("flows", "ls", "--json", "--db", db), token, token[4:])
			a.excluding("flows show", a.must("flows", "show", "1", "--db", db), token, token[4:])
			a.excluding("flows export", a.must("flows", "export", "--db", db), token, token[4:])
			a.excluding("the log", p.log(), token, token[4:])
		})
	}
}
