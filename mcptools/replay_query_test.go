package mcptools

import (
	"net/url"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/tool"
)

// A query takes variables, as headers and bodies do. Their secrets are shown nowhere, and go to no
// other origin.
func TestReplayQueryVariables(t *testing.T) {
	up := newUpstream(t)
	const secret = "correct-horse/battery+staple"
	login := answered(newFlow("POST", "http", up.authority(), "/login", ""), 200, "application/json", `{"access_token":"`+secret+`"}`)
	list := answered(newFlow("GET", "http", up.authority(), "/list", "page=1"), 200, "", "")
	other := answered(newFlow("GET", "http", "other.example", "/", ""), 200, "application/json", `{"access_token":"something-else-1"}`)
	s := connect(t, newStore(t, login, list, other), up.allow())
	s.fine("set_session_variable", object{"name": "n", "value": "2 3"})
	s.fine("extract_session_variable", object{"name": "t", "flow_id": 1, "regex_pattern": `"access_token":"([^"]*)"`})
	s.fine("extract_session_variable", object{"name": "foreign", "flow_id": 3, "regex_pattern": `"access_token":"([^"]*)"`})
	got := s.fine("replay_flow", object{"flow_id": 2, "query_json": `{"page":"$n","q":"${t}","x":"$unknown"}`})
	want := "GET /list?page=2+3&q=" + url.QueryEscape(secret) + "&x=%24unknown "
	if sent := up.requests(); len(sent) != 1 || sent[0] != want {
		t.Errorf("sent %q, want %q", sent, want)
	}
	if address := got["url"].(string); strings.Contains(address, "battery") || !strings.Contains(address, "page=2+3") {
		t.Errorf("shown as %s", address)
	}
	s.refused(tool.CodeBadArgument, "replay_flow", object{"flow_id": 2, "query_json": `{"q":"$foreign"}`})
	if text := s.answer("replay_flow", object{"flow_id": 1, "query_json": `{"q":"$t"}`}); strings.Contains(text, "battery") {
		t.Errorf("the question shows the secret: %s", text)
	}
}
