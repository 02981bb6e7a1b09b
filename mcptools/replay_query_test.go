package mcptools

import (
	"net/url"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/tool"
)

// A query can be changed by parameter. The others are sent as captured, secrets included, and no
// placeholder gets a secret into another place of the URL.
func TestReplayQuery(t *testing.T) {
	up := newUpstream(t)
	f := answered(newFlow("GET", "http", up.authority(), "/list", "page=1&api_key=correct-horse-battery&q=a%20b&flag"), 200, "", "")
	s := connect(t, newStore(t, f), up.allow())
	got := s.fine("replay_flow", object{"flow_id": 1, "query_json": `{"page":"2&x=1","q":null,"new":"ü"}`})
	want := "GET /list?page=2%26x%3D1&api_key=correct-horse-battery&flag&new=%C3%BC "
	if sent := up.requests(); len(sent) != 1 || sent[0] != want {
		t.Errorf("sent %q, want %q", sent, want)
	}
	if address := got["url"].(string); strings.Contains(address, "battery") || !strings.Contains(address, "page=2%26x%3D1") {
		t.Errorf("shown as %s", address)
	}
	shown := s.fine("inspect_flow", object{"flow_id": 1})["request"].(object)["url"].(string)
	_, after, _ := strings.Cut(shown, "api_key=")
	placeholder, _, _ := strings.Cut(after, "&")
	for _, args := range []object{
		{"flow_id": 1, "query_json": `{"page":"` + placeholder + `"}`},
		{"flow_id": 1, "query_json": `{"page":2}`},
		{"flow_id": 1, "query_json": `page=2`},
		{"flow_id": 1, "method": "G ET"},
	} {
		s.refused(tool.CodeBadArgument, "replay_flow", args)
	}
	if n := len(up.requests()); n != 1 {
		t.Errorf("%d requests were sent", n)
	}
}

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
