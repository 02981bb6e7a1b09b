package bypass

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestTasks asks for tasks behind a gateway with several servers that give all tasks the same id
// and would tell everybody of them. No server gets such a request, and no call becomes a task.
func TestTasks(t *testing.T) {
	t.Parallel()
	const policy = "version: 1\ntools: {read: {}}\nmethods: {'tasks/*': {}}\n"
	grants := filepath.Join(t.TempDir(), "grants.json")
	s := &site{}
	s.alice = grant(t, grants, "alice")
	s.gate = newGroup(t, policy, "--http", "127.0.0.1:0", "--grants", grants)
	s.url = s.waitLog("MCP at ")
	s.session = s.open(s.alice)
	ask := func(method, params string) string {
		t.Helper()
		return s.do("POST", fmt.Sprintf(`{"jsonrpc":"2.0","id":"x","method":%q,"params":%s}`, method, params),
			"Authorization", "Bearer "+s.alice, "Mcp-Session-Id", s.session).body
	}
	for _, task := range []string{`"task"`, `"\u0074ask"`, `"tas\u006b"`} {
		text := ask("tools/call", `{"name":"a_read","arguments":{},`+task+`:{"ttl":60000}}`)
		if strings.Contains(text, "taskId") || strings.Contains(text, `"error"`) {
			t.Errorf("a call with %s: %s", task, text)
		}
	}
	for _, method := range []string{"tasks/get", "tasks/result", "tasks/update", "tasks/cancel", "tasks/list"} {
		for _, params := range []string{`{"taskId":"1"}`, `{"taskId":"SECRET"}`, `{"taskId":1}`, `{"name":"a_read","taskId":"1"}`, `{}`} {
			before := s.denials()
			if text := ask(method, params); !strings.Contains(text, "method not found") || s.denials() != before+1 {
				t.Errorf("%s %s: %s", method, params, text)
			}
		}
	}
	if seen := s.read("a/seen") + s.read("b/seen"); strings.Contains(seen, `"tasks/`) || strings.Contains(seen, `ttl`) {
		t.Errorf("the servers have seen %s", seen)
	}
}
