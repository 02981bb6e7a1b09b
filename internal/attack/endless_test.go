package attack

import (
	"strings"
	"testing"
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
