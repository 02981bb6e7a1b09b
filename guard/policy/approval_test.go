package policy

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

func TestRequireApproval(t *testing.T) {
	p := mustLoad(t, `
version: 1
all_tools: {require_approval: {if: [{path: args.force, op: eq, value: true, optional: true}], approvers: 3, within: 5m}}
tools:
  read: {}
  drop: {require_approval: true}
  wire: {action: require_approval}
  note: {require_approval: {approvers: caller, standing: false}}
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
		{"read", `{"force":true}`, true, &Approval{Rule: "/all_tools/require_approval", Approvers: 3, Within: 5 * time.Minute}},
		{"drop", `{}`, true, &Approval{Rule: "/tools/drop/require_approval", Approvers: 1}},
		{"drop", `{"force":true}`, true, &Approval{
			Rule: "/tools/drop/require_approval", Approvers: 3, Within: 5 * time.Minute, Also: []string{"/all_tools/require_approval"},
		}},
		{"wire", `{}`, true, &Approval{Rule: "/tools/wire/action", Approvers: 1}},
		{"note", `{}`, true, &Approval{Rule: "/tools/note/require_approval", Approvers: 1, Caller: true, Once: true}},
		{"note", `{"force":true}`, true, &Approval{ // all_tools does not accept the caller
			Rule: "/tools/note/require_approval", Approvers: 3, Within: 5 * time.Minute, Also: []string{"/all_tools/require_approval"}, Once: true,
		}},
		{"pay", `{"amount":100}`, true, nil},
		{"pay", `{"amount":100.01}`, true, &Approval{Rule: "/tools/pay/require_approval", Reason: "much", Approvers: 1, Within: time.Hour}},
		{"pay", `{"amount":"1"}`, true, &Approval{Rule: "/tools/pay/require_approval", Reason: "much", Approvers: 1, Within: time.Hour}}, // cannot be evaluated
		{"pay", `{}`, true, &Approval{Rule: "/tools/pay/require_approval", Reason: "much", Approvers: 1, Within: time.Hour}},
		{"pay", `{"amount":500,"to":"eve"}`, false, nil},
	} {
		t.Run(c.tool+c.args, func(t *testing.T) {
			d := json.NewDecoder(strings.NewReader(c.args))
			d.UseNumber()
			var args any
			must.Do(t, d.Decode(&args))
			got := p.Decide(&Call{Kind: Tool, Name: c.tool, Args: args})
			if got.Allowed != c.allowed || (got.Approval == nil) != (c.want == nil) || !reflect.DeepEqual(got.Approval, c.want) {
				t.Errorf("got %+v, %+v, want %+v", got, got.Approval, c.want)
			}
		})
	}
}

func TestCondition(t *testing.T) {
	call := func(args string) *Call {
		d := json.NewDecoder(strings.NewReader(args))
		d.UseNumber()
		var v any
		must.Do(t, d.Decode(&v))
		return &Call{Kind: Tool, Name: "write", Args: v}
	}
	for _, c := range []struct {
		text, args string
		want       bool
	}{
		{"{path: args.path, op: below, value: /tmp}", `{"path":"/tmp/a"}`, true},
		{"{path: args.path, op: below, value: /tmp}", `{"path":"/tmp/../etc/passwd"}`, false},
		{"{path: args.path, op: below, value: /tmp}", `{"path":"/tmpfile"}`, false},
		{"{path: args.path, op: below, value: /tmp}", `{}`, false},
		{"{path: args.path, op: below, value: /tmp}", `{"path":["/tmp/a"]}`, false},
		{"{not: {path: args.n, op: gt, value: 3}}", `{}`, false},
		{"{not: {path: args.n, op: gt, value: 3}}", `{"n":2}`, true},
		{`{"any":[{"path":"args.a","op":"eq","value":1},{"path":"args.b","op":"eq","value":1}]}`, `{"b":1}`, true},
	} {
		q, err := LoadCondition(t.Context(), "if", []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
		} else if got := q.Meets(call(c.args)); got != c.want {
			t.Errorf("%s of %s: %v", c.text, c.args, got)
		}
	}
	for _, text := range []string{"", "[]", "true", "{}", "{path: args.a}", "{path: args.a, op: like, value: 1}", "{path: b, op: eq, value: 1}", "{path: args.a, op: eq, value: 1}\n---\n{}"} {
		if _, err := LoadCondition(t.Context(), "if", []byte(text)); err == nil {
			t.Errorf("%q is a condition", text)
		}
	}
	if (Condition{}).Meets(call(`{}`)) {
		t.Error("no condition is met")
	}
}
