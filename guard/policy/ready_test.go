package policy

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestPolicies loads each policy.
func TestPolicies(t *testing.T) {
	if got := fmt.Sprint(ReadyNames()); got != "[filesystem github mcp playwright]" {
		t.Errorf("the policies are %s", got)
	}
	for _, name := range ReadyNames() {
		text, ok := Ready(name)
		if _, err := Load(t.Context(), name, text); err != nil || !ok {
			t.Error(err)
		}
	}
	for _, name := range []string{"", "nothing", "../ready", "mcp.yaml", "./mcp"} {
		if _, ok := Ready(name); ok {
			t.Errorf("there is a policy %q", name)
		}
	}
}

// TestExamples decides on the calls of the examples.
func TestExamples(t *testing.T) {
	for _, x := range []struct {
		policy, tool, args string
		want               string // the rule that denies, "" for none
	}{
		{"filesystem", "read_text_file", `{"path":"/srv/data/a.txt"}`, ""},
		{"filesystem", "read_text_file", `{"path":"/srv/data/../../etc/passwd"}`, "/tools/read_text_file/require/0"},
		{"filesystem", "read_text_file", `{"path":"/srv/database"}`, "/tools/read_text_file/require/0"},
		{"filesystem", "read_text_file", `{"path":"a.txt"}`, "/tools/read_text_file/require/0"},
		{"filesystem", "read_multiple_files", `{"paths":["/srv/data/a","/srv/data/b"]}`, ""},
		{"filesystem", "read_multiple_files", `{"paths":["/srv/data/a","/etc/passwd"]}`, "/tools/read_multiple_files/require/0"},
		{"filesystem", "read_multiple_files", `{"paths":"/etc/passwd"}`, "/tools/read_multiple_files/require/0"},
		{"filesystem", "write_file", `{"path":"/srv/data/out/a","content":""}`, ""},
		{"filesystem", "write_file", `{"path":"/srv/data/a","content":""}`, "/tools/write_file/require/0"},
		{"filesystem", "write_file", `{"path":"/srv/data/out/.bashrc","content":""}`, "/tools/write_file/deny_if/0"},
		{"filesystem", "move_file", `{}`, RuleHidden},
		{"github", "get_issue", `{"owner":"anybody"}`, ""},
		{"github", "push_files", `{"owner":"example-org","branch":"fix"}`, ""},
		{"github", "push_files", `{"owner":"example-org","branch":"main"}`, "/tools/push_files/require/1"},
		{"github", "push_files", `{"owner":"example-org"}`, "/tools/push_files/require/1"},
		{"github", "push_files", `{"owner":"other","branch":"fix"}`, "/tools/push_files/require/0"},
		{"github", "merge_pull_request", `{}`, "/tools/merge_pull_request"},
		{"github", "delete_everything", `{}`, RuleDefaultDeny},
		{"playwright", "browser_navigate", `{"url":"https://app.example.com/a"}`, ""},
		{"playwright", "browser_navigate", `{"url":"https://app.example.com.evil.test/"}`, "/tools/browser_navigate/require/0"},
		{"playwright", "browser_navigate", `{"url":"https://app.example.com@evil.test/"}`, "/tools/browser_navigate/require/0"},
		{"playwright", "browser_navigate", `{"url":"file:///etc/passwd"}`, "/tools/browser_navigate/require/0"},
		{"playwright", "browser_snapshot", `{}`, ""},
		{"playwright", "browser_snapshot", `{"filename":"a"}`, "/all_tools/deny_if/0"},
		{"playwright", "browser_tabs", `{"action":"list"}`, ""},
		{"playwright", "browser_tabs", `{"action":"new","url":"https://evil.test"}`, "/tools/browser_tabs/require/0"},
		{"playwright", "browser_evaluate", `{}`, RuleHidden},
		{"mcp", "search_traffic", `{}`, ""},
		{"mcp", "load_traffic_file", `{"file_path":"a"}`, "/tools/load_traffic_file/require/0"},
		{"mcp", "clear_traffic", `{}`, RuleHidden},
	} {
		text, _ := Ready(x.policy)
		p := must.Get(Load(t.Context(), x.policy, text))
		var args map[string]any
		must.Do(t, json.Unmarshal([]byte(x.args), &args))
		d := p.Decide(&Call{Kind: Tool, Name: x.tool, Args: args})
		if d.Allowed != (x.want == "") || !d.Allowed && d.Rule != x.want {
			t.Errorf("%s: %s %s: %+v, want %q", x.policy, x.tool, x.args, d, x.want)
		}
	}
}
