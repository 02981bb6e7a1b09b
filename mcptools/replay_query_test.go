package mcptools

import (
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
