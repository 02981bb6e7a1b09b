package policy

import (
	"fmt"
	"testing"
	"time"
)

// Both of two approvals are satisfied by the stricter of each part.
func TestApprovalOfBoth(t *testing.T) {
	a := &Approval{Rule: "/a", Reason: "ra", Approvers: 1, Within: time.Hour, Also: []string{"/x"}, Caller: true}
	b := &Approval{Rule: "/b", Reason: "rb", Approvers: 3, Within: time.Minute, Also: []string{"/y"}, Once: true}
	if a.And(nil) != a || (*Approval)(nil).And(b) != b || (*Approval)(nil).And(nil) != nil {
		t.Error("nothing changes an approval")
	}
	for _, tt := range []struct {
		a, b *Approval
		want string
	}{
		{a, b, "{/a ra 3 1m0s [/x /b /y] false true}"},
		{b, a, "{/b rb 3 1m0s [/y /a /x] false true}"},
		{a, a, "{/a ra 1 1h0m0s [/x /a /x] true false}"},
		{&Approval{Rule: "/c"}, a, "{/c  1 1h0m0s [/a /x] false false}"}, // zero is the default of who asks
		{a, &Approval{Rule: "/c"}, "{/a ra 1 1h0m0s [/x /c] false false}"},
	} {
		if got := fmt.Sprint(*tt.a.And(tt.b)); got != tt.want {
			t.Errorf("%s and %s: %s, want %s", tt.a.Rule, tt.b.Rule, got, tt.want)
		}
	}
	if fmt.Sprint(a.Also) != "[/x]" {
		t.Error("an approval was changed")
	}
}

// An approval that people were asked for covers what the policy asks for now, if that is no more.
func TestApprovalCovers(t *testing.T) {
	a := &Approval{Rule: "/a", Approvers: 2, Also: []string{"/b"}}
	for name, tt := range map[string]struct {
		a, b *Approval
		want bool
	}{
		"none needed":        {nil, nil, true},
		"none needed now":    {a, nil, true},
		"none had":           {nil, a, false},
		"the same":           {a, a, true},
		"fewer people":       {a, &Approval{Rule: "/a", Approvers: 1}, true},
		"more people":        {a, &Approval{Rule: "/a", Approvers: 3}, false},
		"the other rule":     {a, &Approval{Rule: "/b", Approvers: 2}, true},
		"another rule":       {a, &Approval{Rule: "/c", Approvers: 2}, false},
		"one rule more":      {a, &Approval{Rule: "/a", Approvers: 2, Also: []string{"/b", "/c"}}, false},
		"rules in any order": {a, &Approval{Rule: "/b", Approvers: 2, Also: []string{"/a"}}, true},
		"caller was enough":  {&Approval{Rule: "/a", Caller: true}, &Approval{Rule: "/a"}, false},
		"caller is enough":   {&Approval{Rule: "/a", Caller: true}, &Approval{Rule: "/a", Caller: true}, true},
		"caller may be":      {&Approval{Rule: "/a"}, &Approval{Rule: "/a", Caller: true}, true},
	} {
		if got := tt.a.Covers(tt.b); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
