package policy

import (
	"fmt"
	"strings"
	"testing"
)

// TestEveryMatchingEntry checks that a call must pass all entries that match its name, the exact one, the
// patterns and all_tools, and that a denial names the first that denies.
func TestEveryMatchingEntry(t *testing.T) {
	p := mustLoad(t, `
version: 1
all_tools: {deny_if: [{path: args.all, op: eq, value: 1, optional: true}]}
tools:
  read_key: {deny_if: [{path: args.exact, op: eq, value: 1, optional: true}]}
  "read_*": {deny_if: [{path: args.first, op: eq, value: 1, optional: true}], taints: first}
  "*_key": {deny_if: [{path: args.second, op: eq, value: 1, optional: true}], taints: second}
`)
	for _, tt := range []struct{ name, args, rule, taints string }{
		{"read_key", `{}`, "", "first second"},
		{"read_key", `{"exact":1,"second":1}`, "/tools/read_key/deny_if/0", ""},
		{"read_key", `{"first":1,"all":1}`, "/tools/read_*/deny_if/0", ""},
		{"read_key", `{"second":1}`, "/tools/*_key/deny_if/0", ""},
		{"read_key", `{"all":1}`, "/all_tools/deny_if/0", ""},
		{"read_file", `{"exact":1,"second":1}`, "", "first"},
		{"read_file", `{"first":1}`, "/tools/read_*/deny_if/0", ""},
		{"drop_key", `{"exact":1,"first":1}`, "", "second"},
		{"drop_key", `{"second":1}`, "/tools/*_key/deny_if/0", ""},
	} {
		d := p.Decide(&Call{Name: tt.name, Args: argsOf(t, tt.args)})
		if d.Allowed != (tt.rule == "") || !d.Allowed && d.Rule != tt.rule || strings.Join(d.Taints, " ") != tt.taints {
			t.Errorf("%s %s: allowed %t by %s, taints %v", tt.name, tt.args, d.Allowed, d.Rule, d.Taints)
		}
	}
}

// TestScopesOfDenials checks for which scopes a denied caller may ask: those that a condition compares the
// scopes of the identity with, in each form of such a condition, and no others.
func TestScopesOfDenials(t *testing.T) {
	for cond, want := range map[string]string{
		`{path: identity.scopes, op: contains, value: x}`:                                                           "[{ x}]",
		`{path: identity.oidc.scopes, op: contains, value: x}`:                                                      "[{oidc x}]",
		`{path: "identity.scopes[*]", op: eq, value: x, each: any}`:                                                 "[{ x}]",
		`{path: "identity.scopes[*]", op: in, value: [x, y], each: any}`:                                            "[{ x} { y}]",
		`{path: "identity.scopes[*]", op: eq, value: x, each: all}`:                                                 "[]", // of all
		`{path: "identity.oidc.scopes[*]", op: eq, value: x, each: any}`:                                            "[{oidc x}]",
		`{path: "identity.scopes[*].name", op: eq, value: x, each: any}`:                                            "[]",
		`{path: "identity.scopes[*]", op: in, value: [x, y], each: all}`:                                            "[]",
		`{path: "identity.scopes[*]", op: not_in, value: [x, y], each: any}`:                                        "[]",
		`{path: "identity.scopes[0]", op: eq, value: x}`:                                                            "[]",
		`{path: identity.scopes, op: in, value: [x, y]}`:                                                            "[]",
		`{path: "identity.roles[*]", op: eq, value: x, each: any}`:                                                  "[]",
		`{path: "identity.roles[*]", op: in, value: [x, y], each: any}`:                                             "[]",
		`{path: identity.scopes.a, op: contains, value: x}`:                                                         "[]",
		`{path: identity.roles, op: contains, value: x}`:                                                            "[]",
		`{path: args.scopes, op: contains, value: x}`:                                                               "[]",
		`{path: identity.scopes, op: eq, value: x}`:                                                                 "[]",
		`{path: "identity.scopes[*]", op: in, value: [x, 1], each: any}`:                                            "[{ x}]",
		`{not: {path: identity.scopes, op: contains, value: x}}`:                                                    "[]",
		`{not: {not: {path: identity.scopes, op: contains, value: x}}}`:                                             "[{ x}]",
		`{any: [{path: identity.scopes, op: contains, value: x}, {path: identity.scopes, op: contains, value: y}]}`: "[{ x} { y}]",
		`{any: [{path: identity.scopes, op: contains, value: x}, {path: identity.scopes, op: contains, value: x}]}`: "[{ x}]",
	} {
		p, err := Load(t.Context(), "policy.yaml", []byte("version: 1\ntools: {a: {require: ["+cond+"]}}\n"))
		if err != nil {
			t.Errorf("%s: %v", cond, err)
			continue
		}
		d := p.Decide(&Call{Name: "a", Args: map[string]any{}})
		if got := fmt.Sprint(d.Scopes); d.Allowed || got != want {
			t.Errorf("%s: %s, want %s; %s", cond, got, want, d.Reason)
		}
	}
}

// TestChargesOfNestedCalls checks that a call within a call is counted by all counters of both, and
// by one that they share once, with its own amount. A denied nested call stays denied.
func TestChargesOfNestedCalls(t *testing.T) {
	charge := func(key string, n Amount) Charge { return Charge{Key: key, Amount: n} }
	inner := Decision{Allowed: true, Charges: []Charge{charge("a", 1), charge("shared", 2)}}
	outer := Decision{Allowed: true, Charges: []Charge{charge("shared", 3), charge("b", 4)}}
	got := inner.And(outer)
	if want := []Charge{charge("a", 1), charge("shared", 2), charge("b", 4)}; !got.Allowed || fmt.Sprint(got.Charges) != fmt.Sprint(want) {
		t.Errorf("allowed %t, %v, want %v", got.Allowed, got.Charges, want)
	}
	if len(inner.Charges) != 2 || len(outer.Charges) != 2 {
		t.Errorf("the decisions have %v and %v", inner.Charges, outer.Charges)
	}
	if got := (Decision{Rule: "/r"}).And(outer); got.Allowed || got.Rule != "/r" || len(got.Charges) != 0 {
		t.Errorf("denied: %+v", got)
	}
}
