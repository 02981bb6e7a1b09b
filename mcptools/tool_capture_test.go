package mcptools

import (
	"testing"

	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/rules"
)

// A consent to a deletion is valid for the flows and rules that were there when it was asked for.
func TestConsentCoversTheDeletion(t *testing.T) {
	st := newStore(t, shopFlows(t)[:3]...)
	list := &ruleList{}
	s := connect(t, st, func(c *Config) { c.Allow.Clear, c.Allow.Rules = &changer{st: st}, list })

	s.refused(tool.CodeConfirm, "clear_traffic", object{})
	if _, err := st.Append(t.Context(), shopFlows(t)[4:6]...); err != nil {
		t.Fatal(err)
	}
	if got := s.fine("clear_traffic", object{"__confirmed": true}); got["deleted"] != 3.0 {
		t.Errorf("deleted %v flows, want 3", got["deleted"])
	}
	s.refused(tool.CodeConfirm, "clear_traffic", object{"__confirmed": true})
	s.refused(tool.CodeConfirm, "clear_traffic", object{})
	if got := s.fine("clear_traffic", object{"__confirmed": true}); got["deleted"] != 2.0 {
		t.Errorf("deleted %v flows, want 2", got["deleted"])
	}

	s.fine("set_global_header", object{"key": "X-A", "value": "1"})
	s.refused(tool.CodeConfirm, "clear_rules", object{})
	if err := list.ChangeRules(t.Context(), func(l []rules.Rule) ([]rules.Rule, error) {
		return append(l, rules.Rule{ID: "safety", Action: rules.Block, URLPattern: "/admin", Phase: rules.Request}), nil
	}); err != nil {
		t.Fatal(err)
	}
	s.refused(tool.CodeConfirm, "clear_rules", object{"__confirmed": true})
	s.refused(tool.CodeConfirm, "clear_rules", object{})
	if got := s.fine("clear_rules", object{"__confirmed": true}); got["removed"] != 2.0 {
		t.Errorf("removed %v rules, want 2", got["removed"])
	}
}
