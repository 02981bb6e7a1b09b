package policy

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestRequireApproval(t *testing.T) {
	p := mustLoad(t, `
version: 1
all_tools: {require_approval: {if: [{path: args.force, op: eq, value: true, optional: true}], approvers: 3, within: 5m}}
tools:
  read: {}
  drop: {require_approval: true}
  pay:
    deny_if: [{path: args.to, op: eq, value: eve, optional: true}]
    require_approval: {if: [{path: args.amount, op: gt, value: 100}], within: 1h, reason: much}
`)
	if !p.NeedsApproval() || mustLoad(t, "version: 1\ntools: {a: {}}\n").NeedsApproval() {
		t.Error("NeedsApproval is wrong")
	}
	for _, c := range []struct {
		tool, args string
		allowed    bool
		want       *Approval
	}{
		{"read", `{}`, true, nil},
		{"read", `{"force":true}`, true, &Approval{"/all_tools/require_approval", "", 3, 5 * time.Minute}},
		{"drop", `{}`, true, &Approval{"/tools/drop/require_approval", "", 1, 0}},
		{"drop", `{"force":true}`, true, &Approval{"/tools/drop/require_approval", "", 3, 5 * time.Minute}},
		{"pay", `{"amount":100}`, true, nil},
		{"pay", `{"amount":100.01}`, true, &Approval{"/tools/pay/require_approval", "much", 1, time.Hour}},
		{"pay", `{"amount":"1"}`, true, &Approval{"/tools/pay/require_approval", "much", 1, time.Hour}}, // cannot be evaluated
		{"pay", `{}`, true, &Approval{"/tools/pay/require_approval", "much", 1, time.Hour}},
		{"pay", `{"amount":500,"to":"eve"}`, false, nil},
	} {
		t.Run(c.tool+c.args, func(t *testing.T) {
			d := json.NewDecoder(strings.NewReader(c.args))
			d.UseNumber()
			var args any
			if err := d.Decode(&args); err != nil {
				t.Fatal(err)
			}
			got := p.Decide(&Call{Kind: Tool, Name: c.tool, Args: args})
			if got.Allowed != c.allowed || (got.Approval == nil) != (c.want == nil) || c.want != nil && *got.Approval != *c.want {
				t.Errorf("got %+v, %+v, want %+v", got, got.Approval, c.want)
			}
		})
	}
}

func TestWrongRequireApproval(t *testing.T) {
	for text, want := range map[string]string{
		"tools: {a: {require_approval: false}}":                 "no effect",
		"tools: {a: {require_approval: yes please}}":            "require_approval",
		"tools: {a: {require_approval: {approvers: 0}}}":        "from 1 to 10",
		"tools: {a: {require_approval: {if: []}}}":              "empty",
		"tools: {a: {require_approval: {whithin: 3}}}":          "whithin",
		"tools: {a: {require_approval: {within: soon}}}":        "window",
		"tools: {a: {action: deny, require_approval: true}}":    "no effect",
		"resources: {'file:*': {require_approval: true}}":       "is for tools",
		"prompts: {p: {require_approval: {approvers: 2}}}":      "is for tools",
		"tools: {a: {require_approval: {approvers: 2, if: 3}}}": "if",
	} {
		_, err := Load(t.Context(), "p.yaml", []byte("version: 1\n"+text+"\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
