package mcptools

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/rules"
)

// ruleList keeps rules in memory.
type ruleList struct {
	list []rules.Rule
	err  error
}

func (r *ruleList) Rules(context.Context) ([]rules.Rule, error) { return r.list, r.err }

func (r *ruleList) ChangeRules(_ context.Context, change func([]rules.Rule) ([]rules.Rule, error)) error {
	next, err := change(slices.Clone(r.list))
	if err == nil && r.err != nil && next != nil {
		err = r.err
	}
	if err == nil {
		r.list, r.err = next, nil
	}
	return err
}

func TestRulesRefused(t *testing.T) {
	kept := &ruleList{}
	s := connect(t, newStore(t), func(c *setup) { c.Allow.Rules = kept })
	header := func(change object) object {
		a := object{"rule_id": "a", "action_type": "inject_header", "key": "X-A", "value": "1"}
		for k, v := range change {
			a[k] = v
		}
		return a
	}
	for _, x := range []struct {
		args object
		want string
	}{
		{header(object{"value": "1\r\nX-B: 2"}), "control character"},
		{header(object{"key": "X A"}), "not a token"},
		{header(object{"key": "Content-Length"}), "transport"},
		{header(object{"key": "", "value": ""}), "needs a key"},
		{header(object{"url_pattern": "(", "method": "A B", "search_pattern": "x"}), "the method must be a token of at most 40 bytes; the URL pattern is not"},
		{header(object{"action_type": "burn"}), "one of inject_header"},
		{header(object{"phase": "both"}), "one of request"},
		{header(object{"resource": "x"}), "not an argument"},
		{header(object{"key": "Authorization", "value": "Bearer [redacted:token:0123456789]"}), "rules cannot contain captured secrets"},
		{object{"rule_id": "a", "action_type": "replace_body", "value": "x"}, "needs a search pattern"},
		{object{"rule_id": "a\x1b[2J", "action_type": "block"}, "printable"},
		{object{"rule_id": "a"}, "is missing"},
	} {
		t.Run(x.want, func(t *testing.T) {
			s := s.in(t)
			if e := s.refused(tool.CodeBadArgument, "add_interception_rule", x.args); !strings.Contains(e["message"].(string), x.want) {
				t.Errorf("%v: %v, want %q", x.args, e["message"], x.want)
			}
		})
	}
	s.refused(tool.CodeBadArgument, "set_global_header", object{"key": "Host", "value": "b.example"})
	if len(kept.list) != 0 {
		t.Errorf("kept %v", kept.list)
	}
	for i := range 100 {
		s.fine("set_global_header", object{"key": fmt.Sprintf("X-%d", i), "value": "1"})
	}
	s.refused(tool.CodeRefused, "set_global_header", object{"key": "X-100", "value": "1"})
	// Unreadable rules are reported and can be removed.
	kept.err = errors.New("read rule 3: sk_live_abcdefghijklmnop0123")
	for _, name := range []string{"list_rules", "remove_global_header"} {
		if e := s.refused(tool.CodeFailed, name, map[string]object{"remove_global_header": {"key": "X-1"}}[name]); strings.Contains(e["message"].(string), "abcdefghij") {
			t.Errorf("%s shows a secret: %v", name, e)
		}
	}
	s.refused(tool.CodeConfirm, "clear_rules", nil)
	s.fine("clear_rules", object{"__confirmed": true})
	if kept.err != nil {
		t.Error("the rules are still there")
	}
}

// TestRulesOfPeople holds that an agent replaces and removes its own rules, and those of a person,
// also one that the person switched, only after a confirmation, which is for the rules as they were.
func TestRulesOfPeople(t *testing.T) {
	person := rules.Rule{ID: "global_X-A", Action: rules.InjectHeader, Key: "X-A", Value: "person", Phase: rules.Request}
	kept := &ruleList{list: []rules.Rule{person}}
	s := connect(t, newStore(t), func(c *setup) { c.Allow.Rules = kept })
	mine := object{"rule_id": "mine", "action_type": "block", "url_pattern": "a"}
	s.fine("add_interception_rule", mine)
	mine["url_pattern"] = "b"
	if got := s.fine("add_interception_rule", mine); got["replaced"] != true {
		t.Errorf("its own rule: %v", got)
	}
	block := object{"rule_id": person.ID, "action_type": "block"}
	for name, args := range map[string]object{
		"add_interception_rule": block, "set_global_header": {"key": "X-A", "value": "agent"}, "remove_global_header": {"key": "x-a"},
	} {
		if e := s.refused(tool.CodeConfirm, name, args); !strings.Contains(e["message"].(string), person.ID) || kept.list[0] != person {
			t.Errorf("%s: %v, %v", name, e, kept.list)
		}
	}
	list, _ := rules.Switch(kept.list, true, "mine")
	kept.list = list
	s.refused(tool.CodeConfirm, "add_interception_rule", mine)
	s.refused(tool.CodeConfirm, "add_interception_rule", block)
	kept.list = append(slices.Clone(list), rules.Rule{ID: "new", Action: rules.Block, Phase: rules.Request})
	block["__confirmed"] = true
	s.refused(tool.CodeConfirm, "add_interception_rule", block) // the consent was for other rules
	delete(block, "__confirmed")
	s.refused(tool.CodeConfirm, "add_interception_rule", block)
	block["__confirmed"] = true
	s.fine("add_interception_rule", block)
	if kept.list[0].Action != rules.Block || !kept.list[0].ByAgent {
		t.Errorf("kept %v", kept.list)
	}
}

// A secret in a rule is not shown to another agent.
func TestRulesHideSecrets(t *testing.T) {
	var logged bytes.Buffer
	s := connect(t, newStore(t), func(c *setup) {
		c.Allow.Rules = &ruleList{}
		c.Log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	secrets := map[string]object{
		"planted-header-token":                          {"action_type": "inject_header", "key": "Authorization", "value": "Bearer planted-header-token"},
		"plantedcookievalue77":                          {"action_type": "inject_header", "key": "Cookie", "value": "session=plantedcookievalue77"},
		"plantedApiKeyValue55":                          {"action_type": "inject_header", "key": "X-Api-Key", "value": "plantedApiKeyValue55"},
		"sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc":         {"action_type": "replace_body", "search_pattern": "x", "value": "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"},
		"ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5": {"action_type": "block", "url_pattern": "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"},
	}
	seen := ""
	for secret, args := range secrets {
		args["rule_id"] = "rule " + fmt.Sprint(len(secret))
		seen += s.call("add_interception_rule", args).text
	}
	seen += s.call("list_rules", nil).text + s.call("clear_rules", nil).text + logged.String()
	for secret := range secrets {
		if strings.Contains(seen, secret) {
			t.Errorf("%s is shown:\n%s", secret, seen)
		}
	}
	if !strings.Contains(seen, "[redacted:") {
		t.Errorf("no placeholders: %s", seen)
	}
}
