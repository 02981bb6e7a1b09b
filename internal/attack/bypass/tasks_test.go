package bypass

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var taskOf = regexp.MustCompile(`"taskId":"([^"]+)"`)

// TestTasks reaches for the tasks of another grant, another session and another server, behind a
// gateway with several servers that give all tasks the same id and would tell everybody of them.
func TestTasks(t *testing.T) {
	t.Parallel()
	const policy = "version: 1\ntools: {read: {}}\nmethods: {'tasks/get': {}, 'tasks/list': {}, 'tasks/result': {}, 'tasks/update': {}}\n"
	grants := filepath.Join(t.TempDir(), "grants.json")
	s := &site{}
	s.alice, s.mallory = grant(t, grants, "alice"), grant(t, grants, "mallory")
	s.gate = newGroup(t, policy, "--http", "127.0.0.1:0", "--grants", grants)
	s.url = s.waitLog("MCP at ")
	s.session = s.open(s.alice)
	ask := func(token, session, method, params string) string {
		t.Helper()
		return s.do("POST", fmt.Sprintf(`{"jsonrpc":"2.0","id":"x","method":%q,"params":%s}`, method, params),
			"Authorization", "Bearer "+token, "Mcp-Session-Id", session).body
	}
	begin := func(server string) string {
		t.Helper()
		text := ask(s.alice, s.session, "tools/call", `{"name":"`+server+`_read","arguments":{},"task":{"ttl":60000}}`)
		m := taskOf.FindStringSubmatch(text)
		if m == nil || m[1] == "1" {
			t.Fatalf("the task of %s is %s", server, text)
		}
		return m[1]
	}
	a, b := begin("a"), begin("b")
	for server, id := range map[string]string{"a": a, "b": b} { // its owner reaches it, there alone
		before := strings.Count(s.read("a/seen"), "tasks/get")
		if text := ask(s.alice, s.session, "tasks/get", `{"taskId":"`+id+`"}`); !strings.Contains(text, `"taskId":"`+id+`"`) {
			t.Errorf("the task of %s: %s", server, text)
		}
		if toA := strings.Count(s.read("a/seen"), "tasks/get") - before; (toA == 1) != (server == "a") {
			t.Errorf("the task of %s: a has seen %d requests", server, toA)
		}
	}
	if text := ask(s.alice, s.session, "tasks/list", `{}`); strings.Contains(text, "SECRET") || !strings.Contains(text, a) || !strings.Contains(text, b) {
		t.Errorf("the tasks of alice are %s", text)
	}
	if text := ask(s.alice, s.session, "tasks/cancel", `{"taskId":"`+a+`"}`); !strings.Contains(text, "method not found") { // by the policy
		t.Errorf("the task was cancelled: %s", text)
	}

	seen := func() int { return strings.Count(s.read("a/seen")+s.read("b/seen"), `"tasks/`) }
	var others []string
	for _, who := range []struct{ token, session string }{{s.mallory, s.open(s.mallory)}, {s.alice, s.open(s.alice)}} {
		at := seen()
		for _, method := range []string{"tasks/get", "tasks/result", "tasks/update"} {
			answers := map[string]bool{}
			for _, params := range []string{
				`{"taskId":"` + a + `"}`, `{"taskId":"` + b + `"}`, `{"taskId":"1"}`, `{"taskId":"SECRET"}`, `{"taskId":"a_1"}`, `{"taskId":""}`, `{"taskId":1}`, `{}`,
				`{"taskId":"` + strings.ToLower(a) + `"}`, `{"taskId":"` + a + `\u0000"}`, `{"taskId":["` + a + `"]}`, `{"taskId":null}`,
				`{"taskId":"1","_meta":{"io.modelcontextprotocol/related-task":{"taskId":"` + a + `"}}}`,
			} {
				before := s.denials()
				text := ask(who.token, who.session, method, params)
				if answers[text] = true; !strings.Contains(text, `"error"`) {
					t.Errorf("%s %s: %s", method, params, text)
				}
				if n := s.denials() - before; n != 1 {
					t.Errorf("%s %s has %d denials in the audit", method, params, n)
				}
			}
			if len(answers) != 1 {
				t.Errorf("%s: the ids of others can be told: %v", method, answers)
			}
		}
		if seen() != at {
			t.Errorf("something reached a server: %s%s", s.read("a/seen"), s.read("b/seen"))
		}
		others = append(others, ask(who.token, who.session, "tasks/list", `{}`))
	}
	for _, text := range others {
		if !strings.Contains(text, `"tasks":[]`) {
			t.Errorf("somebody else lists %s", text)
		}
	}
	before := s.denials()
	if text := ask(s.mallory, s.session, "tasks/get", `{"taskId":"`+a+`"}`); strings.Contains(text, "taskId") || s.denials() != before+1 {
		t.Errorf("in the session of alice: %s", text)
	}
	servers := map[string]bool{}
	for _, r := range s.records() {
		if r.Method == "tasks/get" && r.Decision == "allow" {
			servers[r.Server] = true
		}
	}
	if !servers["a"] || !servers["b"] || len(servers) != 2 {
		t.Errorf("the audit has tasks of the servers %v", servers)
	}
}
