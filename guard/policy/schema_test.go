package policy

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/jsonschema"
)

// everything is a policy that uses each key of the language.
const everything = `{
  "version": 1, "description": "d", "default": "deny", "hide": ["a*"],
  "all_tools": {"limits": [{"counter": "c", "window": "minute", "max": 60, "scope": "global", "increment": 2, "reason": "r"}], "action": "allow"},
  "tools": {
    "pay": {
      "require": [
        {"path": "args.items[*].price", "op": "lte", "value": 5, "each": "all", "optional": true, "reason": "r"},
        {"any": [{"path": "args.x", "op": "exists"}, {"not": {"path": "args.y", "op": "eq", "value": null}}], "on_deny": "r"},
        {"time": {"from": "09:00", "to": "24:00", "days": ["mon"], "zone": "UTC"}}
      ],
      "deny_if": [{"all": [{"path": "identity.name", "op": "in", "value": ["a"]}]}, {"secret": "any"}, {"personal": "args.to[*]"}, {"carries": "vault"}],
      "taints": [{"secrets": "vault"}],
      "limits": [{"counter": "c", "window": 60, "max": 1.5, "scope": "grant", "increment_from": "args.amount", "on_deny": "r"}],
      "results": {"max_bytes": 5, "redact": true, "fence": false, "remove": ["a"], "deny_matching": ["a"]},
      "require_approval": {"if": [{"path": "args.x", "op": "exists", "reason": "r"}], "approvers": 2, "within": "5m", "standing": false, "reason": "r"},
      "reason": "r"
    },
    "list": {"rate_limit": "5/minute", "on_deny": "r", "after": "read", "limits": [{"counter": "c", "max": 5, "scope": "session"}]},
    "read": {"rate_limit": {"max": 5, "window": "hour", "scope": "session"}, "taints": {"secrets": "mail"}},
    "send": {
      "after": ["read", "list"], "taints": ["sent", "web"], "deny_if": {"tainted": "sent", "reason": "r"}, "require": {"after": "read"},
      "require_approval": {"approvers": "caller", "if": [{"all": [{"tainted": "web"}, {"not": {"after": "list"}}]}]}
    }
  },
  "resources": {"file:///*": {}}, "prompts": {"p": {}}, "methods": {"m": {"action": "deny"}},
  "upstream": {"sampling": "deny", "elicitation": "deny", "roots": "deny", "logging": "allow"},
  "pins": {"check": "5s"},
  "session": {"taint_window": "8h", "taint_scope": "session", "other_taints": ["mail", "web"]}
}`

// TestSchemaAgrees damages a policy in every place: both the schema and Load must refuse it.
func TestSchemaAgrees(t *testing.T) {
	s := must.Get(jsonschema.Compile(argsOf(t, string(Schema()))))
	policy := argsOf(t, everything)
	if err := s.Validate(t.Context(), policy); err != nil {
		t.Fatalf("the schema refuses the whole policy: %v", jsonschema.Problems(err))
	}
	mustLoad(t, everything)

	check := func(what string) {
		t.Helper()
		text := must.Get(json.Marshal(policy))
		if s.Validate(t.Context(), policy) == nil {
			t.Errorf("%s: the schema accepts it", what)
		}
		if _, err := Load(t.Context(), "p", text); err == nil {
			t.Errorf("%s: Load accepts it", what)
		}
	}
	damaged := map[string]any{"zzz": json.Number("1")}
	places := 0
	var walk func(v any, at string)
	walk = func(v any, at string) {
		places++
		switch v := v.(type) {
		case map[string]any:
			v["zzz"] = nil
			check(at + " with an unknown key")
			delete(v, "zzz")
			for k, e := range v {
				if k == "value" {
					continue // may be anything
				}
				walk(e, at+"/"+k)
				v[k] = damaged
				check(at + "/" + k + " of another type")
				v[k] = e
			}
		case []any:
			for i, e := range v {
				walk(e, fmt.Sprintf("%s/%d", at, i))
				v[i] = damaged
				check(fmt.Sprintf("%s/%d of another type", at, i))
				v[i] = e
			}
		}
	}
	walk(policy, "")
	if places < 80 {
		t.Errorf("only %d places were damaged", places)
	}
}
