package mcptools

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/store/storetest"
)

// TestLongArguments refuses texts and numbers beyond the limits of their arguments, which the error
// names.
func TestLongArguments(t *testing.T) {
	s := connect(t, storetest.NewMemory(), func(c *Config) { c.Allow = everything() })
	for _, c := range []struct {
		tool, argument string
		limit          int
	}{
		{"search_traffic", "query", 4096}, {"search_traffic", "domain", 255}, {"search_traffic", "method", 40}, {"search_traffic", "content_type", 255},
		{"search_traffic", "since", 40}, {"search_traffic", "before", 40}, {"search_traffic", "operation", 2000}, {"search_traffic", "cursor", 64}, {"search_traffic", "filter", 4096},
		{"what_is_new", "cursor", 64}, {"find_value", "value", 4096}, {"extract_from_flow", "json_path", 1000}, {"extract_from_flow", "css_selector", 1000},
		{"extract_from_flow", "xpath", 1000}, {"inspect_flows", "fields", 400}, {"list_operations", "query", 400}, {"list_operations", "tag", 200}, {"list_operations", "method", 40},
		{"explain_operation", "segment", 400}, {"diff_spec", "rule", 200}, {"export_openapi_spec", "tag", 200},
		{"replay_flow", "method", 40}, {"replay_flow", "headers_json", 64 << 10}, {"replay_flow", "query_json", 64 << 10}, {"replay_flow", "body", 1 << 20},
		{"fuzz_endpoint", "target_param", 200}, {"set_session_variable", "name", 60}, {"set_session_variable", "value", 4096}, {"extract_session_variable", "regex_pattern", 1000},
		{"start_proxy", "host", 255},
	} {
		e := s.refused(tool.CodeBadArgument, c.tool, object{c.argument: strings.Repeat("x", c.limit+1)})
		if want := fmt.Sprintf("argument %s: has %d bytes: the limit is %d", c.argument, c.limit+1, c.limit); !strings.Contains(fmt.Sprint(e["message"]), want) {
			t.Errorf("%s %s: %.300v", c.tool, c.argument, e)
		}
	}
	e := s.refused(tool.CodeBadArgument, "export_openapi_spec", object{"paths": []string{"/a", strings.Repeat("x", 401)}})
	if !strings.Contains(fmt.Sprint(e["message"]), "has 401 bytes: the limit is 400") {
		t.Errorf("paths: %.300v", e)
	}
	for _, c := range []struct {
		tool, argument string
		from, to       int // to 0: no limit
	}{
		{"search_traffic", "limit", 1, 500}, {"get_traffic_summary", "limit", 1, 500}, {"what_is_new", "limit", 1, 500}, {"find_value", "limit", 1, 500}, {"compare_flows", "limit", 1, 500},
		{"find_failures", "limit", 1, 200}, {"extract_from_flow", "limit", 1, 1000}, {"check_flows", "limit", 1, 1000}, {"check_flows", "newest_flows", 1, 10000},
		{"diff_spec", "limit", 1, 1000}, {"diff_spec", "newest_flows", 1, 10000}, {"list_operations", "limit", 1, 1000}, {"explain_operation", "limit", 1, 500},
		{"export_openapi_spec", "max_bytes", 1024, 4 << 20}, {"export_openapi_spec", "newest_flows", 1, 0}, {"export_openapi_spec", "limit", 1, 0}, {"inspect_flow", "body_offset", 0, 0},
		{"inspect_flow", "message_offset", 0, 0}, {"extract_from_flow", "offset", 0, 0}, {"start_proxy", "port", 0, 65535}, {"extract_session_variable", "group_index", 0, 50},
		{"replay_flow", "timeout", 1, 50}, {"fuzz_endpoint", "timeout", 1, 50},
	} {
		wrong, want := []int{c.from - 1}, fmt.Sprintf("argument %s: must be at least %d", c.argument, c.from)
		if c.to > 0 {
			wrong, want = append(wrong, c.to+1), fmt.Sprintf("argument %s: must be from %d to %d", c.argument, c.from, c.to)
		}
		for _, n := range wrong {
			if e := s.refused(tool.CodeBadArgument, c.tool, object{c.argument: n}); !strings.Contains(fmt.Sprint(e["message"]), want) {
				t.Errorf("%s %s %d: %.300v", c.tool, c.argument, n, e)
			}
		}
	}
}
