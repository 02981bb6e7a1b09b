package enforce

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestTreatedMessages checks messages of the server that are not answers: the members that assign a
// message to a call or request stay, and the rest is treated like a result.
func TestTreatedMessages(t *testing.T) {
	g, _ := newGuard(t, Config{})
	g.SetPolicy(loadPolicy(t, treatedPolicy+`
  denies: {results: {deny_matching: [FORBIDDEN]}}
  small: {results: {max_bytes: 20}}
`))
	const prose, id = "log in with password=hunter2hunter2 today", "password=hunter2hunter2"
	for _, name := range []string{"progressToken", "requestId", "taskId", "level", "uri", "mode", "elicitationId", "ELICITATIONID"} {
		params := `{"` + name + `":"` + id + `"}`
		if out, withheld := g.TreatMessage(g.Judge(call("redacts")), []byte(params)); withheld != "" || string(out) != params {
			t.Errorf("%s: %q %s", name, withheld, out)
		}
	}
	for _, tt := range []struct{ name, tool, params, hasNot, has string }{
		{"progress", "redacts", `{"progressToken":"t","message":"` + prose + `"}`, "hunter2", `"progressToken":"t"`},
		{"a log", "redacts", `{"level":"info","data":{"password":"hunter2hunter2","n":1}}`, "hunter2", `"n":1`},
		{"a log of text", "redacts", `{"level":"info","data":"` + prose + `"}`, "hunter2", `"level":"info"`},
		{"metadata", "redacts", `{"_meta":{"password":"hunter2hunter2","progressToken":"t"}}`, "hunter2", `"progressToken":"t"`},
		{"another member", "redacts", `{"password":"hunter2hunter2"}`, "hunter2", `"password":`},
		{"what is to be sampled", "redacts", `{"messages":[{"role":"user","content":{"type":"text","text":"` + prose + `"}}]}`, "hunter2", `"role":"user"`},
		{"content", "redacts", `{"content":[{"type":"text","text":"` + prose + `"}]}`, "hunter2", `"type":"text"`},
		{"a form", "redacts", `{"requestedSchema":{"type":"object","properties":{"a":{"type":"string","description":"` + prose + `"}}}}`, "hunter2", `"type":"string"`},
		{"a form that is fenced", "fences", `{"requestedSchema":{"type":"object","title":"t"},"message":"m"}`, `"title":"t"`, `"type":"object"`},
		{"a message that is fenced", "fences", `{"level":"info","message":"m"}`, `"message":"m"`, `"level":"info"`},
		{"a removed member", "removes", `{"level":"info","data":{"user":{"email":"a@b.example"}}}`, "a@b", "[removed by policy]"},
		{"a list", "redacts", `["a"]`, "redacted", `["a"]`},
		{"nothing to do", "other", `{"message":"` + prose + `"}`, "redacted", prose},
	} {
		out, withheld := g.TreatMessage(g.Judge(call(tt.tool)), []byte(tt.params))
		if withheld != "" || !json.Valid(out) || strings.Contains(string(out), tt.hasNot) || !strings.Contains(string(out), tt.has) {
			t.Errorf("%s: %q\n%s", tt.name, withheld, out)
		}
	}
	for tool, want := range map[string]string{
		"denies": "the message has a text that the policy does not let through", "small": "the message has 29 bytes, more than the 20 that the policy allows",
	} {
		if out, withheld := g.TreatMessage(g.Judge(call(tool)), []byte(`{"message":"it is FORBIDDEN"}`)); out != nil || !strings.HasPrefix(withheld, want) {
			t.Errorf("%s: %q %s", tool, withheld, out)
		}
	}
}
