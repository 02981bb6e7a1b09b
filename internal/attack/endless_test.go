package attack

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Captured text that looks like the beginning of an escaped placeholder stops no tool (threat 13).
func TestForeignPlaceholders(t *testing.T) {
	const broken = "%5Bredacted:%zz"
	long := strings.Repeat("%5bredacted%3A%zz&", 50_000)
	for name, x := range map[string]exchange{
		"in a URL":       {url: "https://api.example/a?x=" + broken},
		"in a path":      {url: "https://api.example/" + strings.ReplaceAll(broken, "%zz", "%5B%3A")},
		"in a form":      {method: "POST", url: "https://api.example/a", typ: "application/x-www-form-urlencoded", body: "x=" + broken},
		"in a cookie":    {url: "https://api.example/a", header: []string{"Cookie: a=" + broken}},
		"in an answer":   {url: "https://api.example/a", answerType: "application/x-www-form-urlencoded", answerBody: "x=" + broken},
		"in JSON":        {method: "POST", url: "https://api.example/a", typ: "application/json", body: `{"x":"` + broken + `"}`},
		"many in a form": {method: "POST", url: "https://api.example/a", typ: "application/x-www-form-urlencoded", body: long},
	} {
		try(t, name, "sends an escaped placeholder with an invalid escape through the recorder", "every tool and command that reads the flow ends", func(a *attack) {
			db := a.capture(x)
			g := a.agent(legacy, []string{"mcp", "--db", db, "--allow", "send", "--send-to", "http://127.0.0.1:1"})
			for tool, args := range map[string]object{
				"generate_client": {"flow_ids": []int{1}}, "replay_flow": {"flow_id": 1}, "inspect_flows": {"flow_ids": 1, "fields": "url,request_headers,request_body,response_body,curl_command,schemas"},
			} {
				if r := g.call(tool, args); strings.Contains(r.raw, "no response") || r.raw == "" {
					a.breach("%s does not answer", tool)
				}
			}
			if got := a.spectap("replay", "1", "--db", db); got.endless {
				a.breach("replay does not end")
			}
		})
	}
}

// Rules of an agent delay no exchange for long (threat 13).
func TestCostlyRules(t *testing.T) {
	body := strings.Repeat("a", 1<<20)
	for name, pattern := range map[string]string{
		"rest for each match": "(?:aaaaaaaaaaaaaaaa)(?:.*z)?",
		"both ends":           "a{16}(?:.*(?:y|z))?",
		"many states":         "(?:a?){200}z",
		"empty matches":       "(?:.*z)?",
	} {
		attempt := trySlow
		if name == "rest for each match" || name == "many states" {
			attempt = try
		}
		attempt(t, name, "adds ten rules whose patterns are costly", "a request passes the proxy within the deadline", func(a *attack) {
			u := a.upstream(func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) })
			db := filepath.Join(a.dir, "flows.db")
			g := a.agent(legacy, []string{"mcp", "--db", db, "--allow", "rules"})
			for i := range 10 {
				g.fine("add_interception_rule", object{"rule_id": string(rune('a' + i)), "action_type": "replace_body", "phase": "request", "search_pattern": pattern, "value": "b"})
			}
			_, at := a.proxy(nil, "--db", db, "--listen", "127.0.0.1:0")
			client := a.through(at)
			start := time.Now()
			resp, err := client.Post(u.URL+"/a", "text/plain", strings.NewReader(body))
			if err != nil {
				a.breach("after %s: %v", time.Since(start), err)
				return
			}
			resp.Body.Close()
		})
	}
}
