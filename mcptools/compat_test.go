package mcptools

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/traffic"
)

// The tools of mitmproxy-mcp are offered under their names, with their arguments, and answer what
// ours answer.
func TestCompat(t *testing.T) {
	compat := func(c *setup) { c.Compat, c.Allow = CompatMitmproxyMCP, everything() }
	st := newStore(t, shopFlows(t)...)
	s, own := connect(t, st, compat), connect(t, st)
	want := strings.Fields(`add_interception_rule clear_rules clear_traffic detect_auth_pattern export_openapi_spec extract_from_flow
		extract_session_variable fuzz_endpoint generate_scraper_code get_api_patterns get_flow_schema get_traffic_summary inspect_flow
		inspect_flows list_rules list_tools load_traffic_file remove_global_header replay_flow search_traffic set_global_header
		set_scope set_session_variable start_proxy stop_proxy`)
	var names []string
	for _, x := range s.tools {
		names = append(names, x.Name)
	}
	if slices.Sort(names); !slices.Equal(names, want) {
		t.Errorf("offers %v", names)
	}
	for _, c := range []struct {
		theirs string
		args   object
		ours   string
		same   object
	}{
		{"inspect_flow", object{"flow_id": "1", "full_body": true}, "inspect_flows", object{"flow_ids": 1, "full_body": true, "fields": traffic.AllFields}},
		{"get_flow_schema", object{"flow_id": 1}, "inspect_flows", object{"flow_ids": 1, "fields": "schemas"}},
		{"get_api_patterns", object{"limit": 5, "domain": "*"}, "list_operations", object{"newest_flows": 5, "details": true, "domain": "*"}},
		{"export_openapi_spec", object{"limit": 5, "domain": "*"}, "export_openapi_spec", object{"newest_flows": 5, "domain": "*"}},
		{"generate_scraper_code", object{"flow_ids": "1,2"}, "generate_client", object{"flow_ids": "1,2"}},
		{"get_traffic_summary", object{"limit": 2}, "get_traffic_summary", object{"limit": 2}},
	} {
		got, want := fmt.Sprint(s.fine(c.theirs, c.args)), fmt.Sprint(own.fine(c.ours, c.same))
		if got != want {
			t.Errorf("%s %v: %s\nwant %s", c.theirs, c.args, got, want)
		}
	}
	if n := len(list(t, s.fine("list_tools", nil), "tools")); n != len(want) {
		t.Errorf("list_tools lists %d tools", n)
	}
	// What a result asks to pass is accepted, although it is not listed.
	next := s.fine("get_traffic_summary", object{"limit": 2})["next_cursor"]
	s.fine("get_traffic_summary", object{"limit": 2, "cursor": next})
	// Errors have their names.
	if e := s.refused(tool.CodeFlowNotFound, "inspect_flow", object{"flow_id": 99999}); e["argument"] != "flow_id" {
		t.Errorf("got %v", e)
	}
	for name, now := range moved {
		if e := own.server.service.unknownToolError(name); !strings.Contains(e.Message, now) {
			t.Errorf("%s: %v", name, e)
		}
	}
}
