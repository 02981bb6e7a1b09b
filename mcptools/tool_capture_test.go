package mcptools

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/rules"
)

// A consent to a deletion is valid for the flows and rules that were there when it was asked for.
func TestConsentCoversTheDeletion(t *testing.T) {
	st := newStore(t, shopFlows(t)[:3]...)
	list := &ruleList{}
	s := connect(t, st, func(c *setup) { c.Allow.Clear, c.Allow.Rules = &changer{st: st}, list })

	s.refused(tool.CodeConfirm, "clear_traffic", object{})
	must(st.Append(t.Context(), shopFlows(t)[4:6]...))
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
	noError(t, list.ChangeRules(t.Context(), func(l []rules.Rule) ([]rules.Rule, error) {
		return append(l, rules.Rule{ID: "safety", Action: rules.Block, URLPattern: "/admin", Phase: rules.Request}), nil
	}))
	s.refused(tool.CodeConfirm, "clear_rules", object{"__confirmed": true})
	s.refused(tool.CodeConfirm, "clear_rules", object{})
	if got := s.fine("clear_rules", object{"__confirmed": true}); got["removed"] != 2.0 {
		t.Errorf("removed %v rules, want 2", got["removed"])
	}
}

// TestImport adds a file to the capture at once, and asks before it replaces the capture. The consent
// is valid for the content of the file.
func TestImport(t *testing.T) {
	st := newStore(t)
	c := &changer{st: st, imported: &Imported{Flows: 3, Skipped: 1, TooLarge: 2, Deleted: 4}, content: "first"}
	s := connect(t, st, func(cfg *setup) { cfg.Allow.Import = c })
	// Nothing is lost if the capture is empty.
	if got := s.fine("load_traffic_file", object{"file_path": "a.har"}); c.request.Until != 0 || c.request.Digest != "first" || c.request.File != "a.har" ||
		fmt.Sprint(got) != "map[deleted:4 imported:3 skipped:1 too_large:2]" {
		t.Errorf("%+v: %v", c.request, got)
	}
	if c.request.InScope != nil {
		t.Error("without a scope, not all flows are imported")
	}
	must(st.Append(t.Context(), shopFlows(t)[:12]...))
	s.fine("load_traffic_file", object{"file_path": "a.har", "append": true, "scope": "https://A.example/x, .b.example,,*.c.example"})
	if c.request.Until != 0 || c.request.Digest != "first" {
		t.Errorf("%+v", c.request)
	}
	for authority, want := range map[string]bool{"a.example": true, "X.A.example:8443": true, "ba.example": false, "y.c.example": true, "example": false} {
		if c.request.InScope(authority) != want {
			t.Errorf("%s in scope: %t", authority, !want)
		}
	}
	c.request = ImportRequest{}
	replace := object{"file_path": "a.har"}
	if e := s.refused(tool.CodeConfirm, "load_traffic_file", replace); !strings.Contains(fmt.Sprint(e["message"]), "load_traffic_file would replace all 12 captured flows by those in a file.") {
		t.Errorf("%v", e)
	}
	confirmed := object{"file_path": "a.har", "__confirmed": true}
	c.content = "second"
	s.refused(tool.CodeConfirm, "load_traffic_file", confirmed)
	if c.request.File != "" {
		t.Fatalf("another file was imported: %+v", c.request)
	}
	s.refused(tool.CodeConfirm, "load_traffic_file", replace)
	if _, err := st.Append(t.Context(), shopFlows(t)[12]); err != nil { // which stays
		t.Fatal(err)
	}
	s.fine("load_traffic_file", confirmed)
	if c.request.Until != 12 || c.request.Digest != "second" {
		t.Errorf("%+v", c.request)
	}
	c.content = ""
	if e := s.refused(tool.CodeFailed, "load_traffic_file", replace); !strings.Contains(fmt.Sprint(e["message"]), "not a traffic file") || strings.Contains(fmt.Sprint(e), "abcdefgh") {
		t.Errorf("%v", e)
	}
}
