package mcptools

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/tool"
)

func TestExtract(t *testing.T) {
	long := `{"items":[` + strings.Repeat(`{"id":7,"name":"x","price":1.5},`, 500) + `{"id":9007199254740993,"name":"last","price":20,"none":null}],"token":"sk_live_abcdefghijklmnop0123"}`
	page := `<html><body><ul><li class="a" data-n="1">One</li><li class="b">Two &amp; <b>half</b></li></ul><a href="/x?token=1">go</a></body></html>`
	feed := `<?xml version="1.0"?><feed xmlns:m="urn:m"><entry id="1"><title>A</title></entry><entry id="2"><title>B</title></entry></feed>`
	s := connect(t, newStore(t,
		answered(newFlow("GET", "https", "a.example", "/json", ""), 200, "application/json", long),
		answered(newFlow("GET", "https", "a.example", "/html", ""), 200, "text/html", page),
		answered(newFlow("GET", "https", "a.example", "/xml", ""), 200, "application/xml", feed),
		answered(newFlow("GET", "https", "a.example", "/png", ""), 200, "image/png", "\x89PNG\x00\x01"),
		newFlow("GET", "https", "a.example", "/none", ""),
	))
	for _, c := range []struct {
		name string
		args object
		want string
	}{
		{"last of a long body", object{"flow_id": 1, "json_path": "$.items[-1].name"}, `[{"value":"last"}]`},
		{"exact number", object{"flow_id": 1, "json_path": "$.items[-1].id"}, `[{"value":9007199254740993}]`},
		{"filter", object{"flow_id": 1, "json_path": "$.items[?(@.price > 10)].name"}, `[{"value":"last"}]`},
		{"null", object{"flow_id": 1, "json_path": "$.items[500].none"}, `[{"text":"null"}]`},
		{"nothing", object{"flow_id": 1, "json_path": "$.nope"}, `[]`},
		{"css", object{"flow_id": 2, "css_selector": "li.a"}, `[{"attrs":[{"name":"class","value":"a"},{"name":"data-n","value":"1"}],"html":"<li class=\"a\" data-n=\"1\">One</li>","text":"One"}]`},
		{"xpath in HTML", object{"flow_id": 2, "xpath": "//li[@class='b']/b/text()"}, `[{"text":"half"}]`},
		{"xpath of attributes", object{"flow_id": 2, "xpath": "//li/@class"}, `[{"text":"a"},{"text":"b"}]`},
		{"xpath in XML", object{"flow_id": 3, "xpath": "//entry[@id='2']/title"}, `[{"html":"<title>B</title>","text":"B"}]`},
		{"xpath of a value", object{"flow_id": 3, "xpath": "count(//entry)"}, `[{"text":"2"}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := json.Marshal(rawMatches(s, c.args))
			want := c.want
			if !sameJSON(string(got), want) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
	if got := s.call("extract_from_flow", object{"flow_id": 1, "json_path": "$.token"}); strings.Contains(got.text, "abcdefghijklmnop0123") || !strings.Contains(got.text, placeholder.Prefix) {
		t.Errorf("a token is shown: %s", got.text)
	}
	first := s.fine("extract_from_flow", object{"flow_id": 1, "json_path": "$.items[*].id", "limit": 400})
	rest := s.fine("extract_from_flow", object{"flow_id": 1, "json_path": "$.items[*].id", "limit": 400, "offset": first["next_offset"]})
	if n := len(list(t, first, "matches")) + len(list(t, rest, "matches")); n != 501 || first["total"] != 501.0 {
		t.Errorf("%d matches in two pages, want 501 of %v", n, first["total"])
	}
	for _, bad := range []object{
		{"flow_id": 1}, {"flow_id": 1, "json_path": "$.a", "xpath": "//a"}, {"flow_id": 1, "json_path": "$.["},
		{"flow_id": 1, "json_path": "$..a..b..c"}, {"flow_id": 1, "css_selector": ">>>"}, {"flow_id": 1, "xpath": "//["},
	} {
		s.refused(tool.CodeBadArgument, "extract_from_flow", bad)
	}
	missing := s.refused(tool.CodeFlowNotFound, "compare_flows", object{"a": 1, "b": 99})
	if !strings.Contains(fmt.Sprint(missing), "no flow 99") {
		t.Errorf("%v", missing)
	}
	s.refused(tool.CodeNoBody, "extract_from_flow", object{"flow_id": 4, "css_selector": "a"})
	s.refused(tool.CodeNoBody, "extract_from_flow", object{"flow_id": 5, "css_selector": "a"})
	s.refused(tool.CodeNoBody, "extract_from_flow", object{"flow_id": 2, "json_path": "$.a"})
}

func rawMatches(s *session, args object) any {
	s.t.Helper()
	return s.fine("extract_from_flow", args)["matches"]
}

// sameJSON compares two JSON texts by value, numbers as float64.
func sameJSON(x, y string) bool {
	var a, b any
	return json.Unmarshal([]byte(x), &a) == nil && json.Unmarshal([]byte(y), &b) == nil && fmt.Sprint(a) == fmt.Sprint(b)
}
