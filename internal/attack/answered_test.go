package attack

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A rule or an agent cannot make an API answer with a secret where redaction does not find it
// (threat 5).
func TestAnswersInOtherForms(t *testing.T) {
	const tries = "makes an API return a secret without its name, by a rule or by a request"
	const holds = "no tool and no command shows the secret"
	const secret = "correcthorsebattery77"
	answer := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body := `{"user":"u","password":"` + secret + `","note":"end"}`
		if b, _ := io.ReadAll(r.Body); strings.Contains(string(b), "note:password") {
			body = `{"data":{"me":{"note":"` + secret + `"}}}`
		}
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(body))
	}
	header := func(key, value string) object {
		return object{"rule_id": "r", "phase": "request", "action_type": "inject_header", "key": key, "value": value}
	}
	replace := func(pattern, value string) object {
		return object{"rule_id": "r", "phase": "request", "action_type": "replace_body", "search_pattern": pattern, "value": value}
	}
	for _, c := range []struct {
		name   string
		rule   object
		sent   string // by the client
		replay string // headers of the agent
	}{
		{"rule for a range", header("Range", "bytes=30-50"), "", ""},
		{"rule for the beginning", header("Range", "bytes=0-30"), "", ""},
		{"rule for ranges", header("range", "bytes=0-1,24-30,31-50"), "", ""},
		{"range", nil, "", `{"Range":"bytes=24-28"}`},
		{"range with the end of the name", nil, "", `{"Range":"bytes=22-50"}`},
		{"beginning", nil, "", `{"Range":"bytes=0-30"}`},
		{"ranges", nil, "", `{"Range":"bytes=0-1,24-30,31-50"}`},
		{"alias", nil, `{"query":"{me{note:password}}"}`, ""},
		{"rule for an alias", replace("password", "note:password"), `{"query":"{me{password}}"}`, ""},
		{"rule for a query", replace(".*", "{me{note:password}}"), `{}`, ""},
	} {
		try(t, c.name, tries, holds, func(a *attack) {
			u := a.upstream(answer)
			db := filepath.Join(a.dir, "flows.db")
			if c.rule != nil {
				a.agent(legacy, []string{"mcp", "--db", db, "--allow", "rules"}).call("add_interception_rule", c.rule)
			}
			p, url := a.proxy(nil, "--db", db, "--listen", "127.0.0.1:0")
			method := "GET"
			if c.sent != "" {
				method = "POST"
			}
			req, err := http.NewRequest(method, u.URL+"/me", strings.NewReader(c.sent))
			if err != nil {
				a.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			resp, err := a.through(url).Do(req)
			if err != nil {
				a.Fatal(err)
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			p.stop()
			g := a.agent(legacy, []string{"mcp", "--db", db, "--allow", "send", "--send-to", u.URL})
			texts := []string{secret, secret[:4], secret[6:13]}
			if c.replay != "" {
				a.excluding("replay_flow", g.fine("replay_flow", object{"flow_id": 1, "headers_json": c.replay}).raw, texts...)
				a.excluding("inspect_flows", g.fine("inspect_flows", object{"flow_ids": 2, "full_body": true}).raw, texts...)
			}
			a.excluding("inspect_flows", g.fine("inspect_flows", object{"flow_ids": 1, "full_body": true}).raw, texts...)
			a.excluding("flows export", a.must("flows", "export", "--db", db), texts...)
		})
	}
}

// The same with queries on a WebSocket, which several protocols write in their own way.
func TestMessagesInOtherForms(t *testing.T) {
	const secret = "correcthorse battery"
	const answer = `{"data":{"me":{"note":"` + secret + `"}}}`
	for name, sent := range map[string]string{
		"subscribe": `{"id":"1","type":"subscribe","payload":{"query":"{me{note:password}}"}}`,
		"in a list": `["1","1","t","doc",{"query":"{me{note:password}}"}]`,
		"in text":   `{"payload":{"data":"{\"query\":\"{me{note:\\npassword}}\"}"}}`,
		"escapes":   `{"payload":{"qu\u0065ry":"{me{note:pass\u0077ord}}"}}`,
	} {
		try(t, name, "asks on a WebSocket for a secret under another name", "no tool and no command shows the secret", func(a *attack) {
			text := func(s string) string { b, _ := json.Marshal(s); return string(b) } // a string cannot fail
			path := a.file("ws.har", `{"log":{"entries":[{"startedDateTime":"2026-01-02T03:04:05Z","time":1,"request":{"method":"GET","url":"https://api.example/graphql",`+
				`"headers":[]},"response":{"status":101,"headers":[]},"_webSocketMessages":[{"type":"send","time":1,"opcode":1,"data":`+text(sent)+
				`},{"type":"receive","time":1,"opcode":1,"data":`+text(answer)+`}]}]}}`)
			db := filepath.Join(a.dir, "flows.db")
			a.must("import", "--db", db, path)
			g := a.agent(legacy, []string{"mcp", "--db", db})
			r := g.fine("inspect_flows", object{"flow_ids": 1, "full_body": true}).raw
			a.including("inspect_flows", r, "note")
			a.excluding("inspect_flows", r, secret)
			a.excluding("flows export", a.must("flows", "export", "--db", db), secret)
			a.excluding("flows show", a.must("flows", "show", "1", "--db", db), secret)
		})
	}
}
