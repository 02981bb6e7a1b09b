package mcptools

import (
	"fmt"
	"testing"
)

// everything enables all tools. Tests only read their definitions.
func everything() Allow {
	c := &changer{}
	return Allow{Import: c, Clear: c, Capture: c, Send: &SendConfig{}, Rules: &ruleList{}}
}

// The annotations of each tool that changes something. All other tools are read-only.
func TestAnnotations(t *testing.T) {
	want := map[string]string{ // destructive, idempotent, open world
		"load_traffic_file": "true false false", "clear_traffic": "true true false",
		"start_proxy": "false false false", "stop_proxy": "false true false", "set_scope": "true true false",
		"add_interception_rule": "true true false", "clear_rules": "true true false", "set_global_header": "true true false", "remove_global_header": "true true false",
		"set_session_variable": "false true false", "extract_session_variable": "false true false",
		"replay_flow": "true false true", "fuzz_endpoint": "true false true",
	}
	s := newService(Config{Allow: everything()})
	for _, x := range s.tools() {
		def := s.serverTool(x).Tool
		a := def.Annotations
		got := fmt.Sprintf("%v %v %v", *a.DestructiveHint, *a.IdempotentHint, *a.OpenWorldHint)
		if _, changes := want[def.Name]; *a.ReadOnlyHint == changes {
			t.Errorf("%s: read-only is %v", def.Name, *a.ReadOnlyHint)
		}
		if w, changes := want[def.Name]; changes && got != w || !changes && got != "false true false" {
			t.Errorf("%s: destructive, idempotent, open world are %s, want %q", def.Name, got, w)
		}
		delete(want, def.Name)
	}
	if len(want) > 0 {
		t.Errorf("there is no tool %v", want)
	}
}
