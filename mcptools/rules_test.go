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

var ruleToolNames = []string{"add_interception_rule", "list_rules", "clear_rules", "set_global_header", "remove_global_header"}

func TestRuleTools(t *testing.T) {
	kept := &ruleList{}
	var logged bytes.Buffer
	s := connect(t, newStore(t), func(c *Config) {
		c.Allow.Rules = kept
		c.Log = slog.New(slog.NewTextHandler(&logged, nil))
	})
	for _, def := range s.tools {
		if slices.Contains(ruleToolNames, def.Name) && (*def.Annotations.ReadOnlyHint != (def.Name == "list_rules") || *def.Annotations.OpenWorldHint) {
			t.Errorf("%s: wrong hints", def.Name)
		}
	}
	// The arguments and defaults of mitmproxy-mcp.
	if got := s.fine("add_interception_rule", object{"rule_id": "a", "action_type": "inject_header", "key": "X-A", "value": "1", "method": nil, "search_pattern": nil}); got["rules"] != 1.0 || got["replaced"] != false {
		t.Errorf("got %v", got)
	}
	if want := (rules.Rule{ID: "a", Action: "inject_header", URLPattern: ".*", Key: "X-A", Value: "1", Phase: "request"}); kept.list[0] != want {
		t.Errorf("kept %+v", kept.list[0])
	}
	s.fine("add_interception_rule", object{"rule_id": "b", "action_type": "replace_body", "url_pattern": "/x", "search_pattern": "a(b)", "value": `\1`, "phase": "response"})
	s.fine("add_interception_rule", object{"rule_id": "c", "action_type": "block", "method": "DELETE"})
	if got := s.fine("add_interception_rule", object{"rule_id": "a", "action_type": "block"}); got["replaced"] != true || got["rules"] != 3.0 {
		t.Errorf("got %v", got)
	}
	s.fine("set_global_header", object{"key": "X-Env", "value": "test"})
	rows := list(t, s.fine("list_rules", nil), "rules")
	if len(rows) != 4 || rows[3]["rule_id"] != "global_X-Env" || rows[3]["url_pattern"] != ".*" || rows[3]["value"] != "test" || rows[1]["phase"] != "response" {
		t.Errorf("got %v", rows)
	}
	if got := s.fine("remove_global_header", object{"key": "x-env"}); got["removed"] != 1.0 || got["rules"] != 3.0 {
		t.Errorf("got %v", got)
	}
	if got := s.fine("remove_global_header", object{"key": "X-Env"}); got["removed"] != 0.0 {
		t.Errorf("got %v", got)
	}
	s.refused(tool.CodeConfirm, "clear_rules", nil)
	if len(kept.list) != 3 {
		t.Error("the rules went before anybody agreed")
	}
	if got := s.fine("clear_rules", object{"__confirmed": true}); got["removed"] != 3.0 || len(kept.list) != 0 {
		t.Errorf("got %v", got)
	}
	for _, name := range []string{"add_interception_rule", "set_global_header", "remove_global_header", "clear_rules"} {
		if !strings.Contains(logged.String(), "the rules were changed\" tool="+name) {
			t.Errorf("%s left no line in the log:\n%s", name, logged.String())
		}
	}
}

func TestRulesRefused(t *testing.T) {
	kept := &ruleList{}
	s := connect(t, newStore(t), func(c *Config) { c.Allow.Rules = kept })
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

// The tools for rules exist only if they are enabled.
func TestRuleToolsAreOptional(t *testing.T) {
	s := connect(t, newStore(t))
	for _, def := range s.tools {
		if slices.Contains(ruleToolNames, def.Name) {
			t.Errorf("%s is listed", def.Name)
		}
	}
}

// A secret in a rule is not shown to another agent.
func TestRulesHideSecrets(t *testing.T) {
	var logged bytes.Buffer
	s := connect(t, newStore(t), func(c *Config) {
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
