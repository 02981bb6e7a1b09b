package mcptools

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/tool"
)

// A value that a flow of one origin returned is sent to that origin only. A text of the agent has
// no origin.
func TestVariablesStayWithTheirOrigin(t *testing.T) {
	bank := newUpstream(t)
	evil := newUpstream(t, bank)
	login := answered(newFlow("POST", "http", bank.authority(), "/login", ""), 200, "application/json",
		`{"access_token":"plantedBankToken4711","id":"account17"}`)
	s := connect(t, newStore(t, login,
		answered(newFlow("GET", "http", evil.authority(), "/steal", ""), 200, "", ""),
		answered(newFlow("GET", "http", bank.authority(), "/account", ""), 200, "", "")), evil.allow(bank.URL))
	for name, pattern := range map[string]string{"t": `"access_token":"([^"]+)"`, "id": `"id":"([^"]+)"`} {
		s.fine("extract_session_variable", object{"name": name, "flow_id": 1, "regex_pattern": pattern})
	}
	for _, c := range []struct {
		name string
		args object
	}{
		{"header", object{"headers_json": `{"X-Note":"$t"}`}},
		{"braces", object{"headers_json": `{"Authorization":"Bearer ${t}"}`}},
		{"cookie", object{"headers_json": `{"Cookie":"a=$t"}`}},
		{"body", object{"body": "x $t"}},
		{"body of a POST", object{"method": "POST", "body": "$t", "__confirmed": true}},
		{"not a secret by its form", object{"headers_json": `{"X-Note":"$id"}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			c.args["flow_id"] = 2
			e := s.refused(tool.CodeBadArgument, "replay_flow", c.args)
			if message := e["message"].(string); !strings.Contains(message, bank.URL) || !strings.Contains(message, evil.URL) {
				t.Errorf("the error does not name both origins: %v", e)
			}
		})
	}
	if got := evil.requests(); len(got) > 0 {
		t.Errorf("another origin received %q", got)
	}
	s.fine("set_session_variable", object{"name": "own", "value": "text"})
	s.fine("replay_flow", object{"flow_id": 2, "headers_json": `{"X-Note":"$own"}`})
	if got := s.call("replay_flow", object{"flow_id": 3, "headers_json": `{"X-Note":"$t"}`}); got.isError || strings.Contains(got.text, "plantedBank") {
		t.Errorf("the own origin: %s", got.text)
	}
	if len(bank.requests()) != 1 || len(evil.requests()) != 1 {
		t.Errorf("received %q and %q", bank.requests(), evil.requests())
	}
}

// A text of the agent is never shown with a placeholder of the store: an agent could guess secrets.
func TestAgentsCannotTestGuesses(t *testing.T) {
	secret := "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
	f := answered(newFlow("GET", "https", "api.example.com", "/a", ""), 200, "", "")
	f.Request.Header = flow.Header{{Name: "Authorization", Value: "Bearer " + secret}}
	up := newUpstream(t)
	st := newStore(t, f, answered(newFlow("POST", "http", up.authority(), "/a", ""), 200, asJSONType, ""))
	s := connect(t, st, up.allow(), func(c *Config) { c.Allow.Rules, c.Allow.Import = &ruleList{}, &changer{st: st} })
	mark := placeholder.Find(s.call("inspect_flow", object{"flow_id": 1}).text)
	if mark == "" {
		t.Fatal("the capture shows no placeholder")
	}
	rule := func(id, key, value string) object {
		return object{"rule_id": id, "action_type": "inject_header", "key": key, "value": value}
	}
	for _, c := range []struct {
		name, tool string
		args       object
	}{
		{"variable", "set_session_variable", object{"name": "a", "value": secret}},
		{"variable with a scheme", "set_session_variable", object{"name": "a", "value": "Authorization: Bearer " + secret}},
		{"name of a variable", "set_session_variable", object{"name": secret, "value": "x"}},
		{"global header", "set_global_header", object{"key": "Authorization", "value": "Bearer " + secret}},
		{"value of a rule", "add_interception_rule", rule("r", "X-Note", secret)},
		{"id of a rule", "add_interception_rule", rule(secret, "X-Note", "x")},
		{"bad rule", "add_interception_rule", object{"rule_id": "x", "action_type": "block", "url_pattern": "(" + secret}},
		{"pattern of a rule", "add_interception_rule", object{"rule_id": "p", "action_type": "block", "url_pattern": secret}},
		{"rules", "list_rules", nil},
		{"file", "load_traffic_file", object{"file_path": secret}},
		{"held body", "replay_flow", object{"flow_id": 2, "body": `{"password":"` + secret + `"}`}},
		{"held header", "replay_flow", object{"flow_id": 2, "headers_json": `{"Authorization":"Bearer ` + secret + `"}`}},
		{"operation", "explain_operation", object{"method": "GET", "path": "/" + secret}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := s.in(t).call(c.tool, c.args).text; strings.Contains(got, mark) {
				t.Errorf("the result confirms a guess: %s", got)
			}
		})
	}
}
