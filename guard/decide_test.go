package guard

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDecide(t *testing.T) {
	checked := func(method string, c Consent, p Policy) Call {
		return Call{Tool: "t", Method: method, Checked: true, Consent: c, Policy: p}
	}
	for _, x := range []struct {
		name   string
		call   Call
		want   Verdict
		reason string
	}{
		{"zero", Call{}, Deny, "not checked"},
		{"unchecked", Call{Tool: "t", Method: "GET"}, Deny, "not checked"},
		{"get", checked("GET", NoConsent, Policy{}), Allow, "no confirmation is needed"},
		{"head", checked("HEAD", NoConsent, Policy{}), Allow, "no confirmation is needed"},
		{"options", checked("OPTIONS", NoConsent, Policy{}), Allow, "no confirmation is needed"},
		{"lower case", checked("get", NoConsent, Policy{}), Allow, "no confirmation is needed"},
		{"post", checked("POST", NoConsent, Policy{}), Hold, "needs a confirmation"},
		{"patch", checked("PATCH", NoConsent, Policy{}), Hold, "needs a confirmation"},
		{"unknown method", checked("PURGE", NoConsent, Policy{}), Hold, "needs a confirmation"},
		{"trace", checked("TRACE", NoConsent, Policy{}), Hold, "needs a confirmation"},
		{"model", checked("DELETE", ByModel, Policy{}), Allow, "confirmed by the model"},
		{"person", checked("DELETE", ByPerson, Policy{}), Allow, "confirmed by a person"},
		{"refused", checked("DELETE", Refused, Policy{}), Deny, "did not agree"},
		{"refused a read", checked("GET", Refused, Policy{}), Deny, "did not agree"},
		{"model where a person is required", checked("DELETE", ByModel, Policy{RequireHuman: true}), Deny, "only a person"},
		{"person where one is required", checked("DELETE", ByPerson, Policy{RequireHuman: true}), Allow, "confirmed by a person"},
		{"approval where a person is required", checked("DELETE", ByApproval, Policy{RequireHuman: true}), Allow, "approval"},
		{"read-only with an approval", checked("DELETE", ByApproval, Policy{ReadOnly: true}), Deny, "DELETE writes"},
		{"no confirmations", checked("DELETE", NoConsent, Policy{NoConfirmDangerous: true}), Allow, "no confirmation is needed"},
		{"no confirmations but for this tool", checked("DELETE", NoConsent, Policy{NoConfirmDangerous: true, Confirm: []string{"t"}}), Hold, "needs a confirmation"},
		{"confirmation of a safe method", checked("get", NoConsent, Policy{Confirm: []string{"GET"}}), Hold, "needs a confirmation"},
		{"no tool", Call{Method: "GET", Checked: true}, Deny, "no tool"},
		{"no method", checked("", ByPerson, Policy{NoConfirmDangerous: true}), Deny, "no method"},
		{"read-only, a read", checked("GET", NoConsent, Policy{ReadOnly: true}), Allow, "no confirmation is needed"},
		{"read-only", checked("DELETE", ByPerson, Policy{ReadOnly: true}), Deny, "DELETE writes"},
		{"read-only without confirmations", checked("DELETE", NoConsent, Policy{ReadOnly: true, NoConfirmDangerous: true}), Deny, "DELETE writes"},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := Decide(x.call); got.Verdict != x.want || !strings.Contains(got.Reason, x.reason) {
				t.Errorf("got %v, want %v: %s", got, x.want, x.reason)
			}
		})
	}
	if (Policy{Confirm: []string{""}}).RequiresConsent("GET", "") {
		t.Error("an empty name in Confirm names a tool")
	}
	if (Decision{}).Verdict != Deny {
		t.Error("the zero decision does not deny")
	}
}

// TestDecideNeverSkips: any call that is allowed was checked, and has consent where the policy
// requires it.
func TestDecideNeverSkips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Call{
			Tool:    rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "tool"),
			Method:  rapid.SampledFrom([]string{"", "GET", "HEAD", "POST", "delete", "X"}).Draw(t, "method"),
			Checked: rapid.Bool().Draw(t, "checked"), Consent: Consent(rapid.IntRange(0, 5).Draw(t, "consent")),
			Policy: Policy{
				NoConfirmDangerous: rapid.Bool().Draw(t, "noConfirm"), RequireHuman: rapid.Bool().Draw(t, "human"),
				ReadOnly: rapid.Bool().Draw(t, "readOnly"), Confirm: rapid.SliceOf(rapid.SampledFrom([]string{"a", "GET", "X"})).Draw(t, "confirm"),
			},
		}
		if Decide(c).Verdict != Allow {
			return
		}
		needsConsent := c.Policy.RequiresConsent(c.Method, c.Tool)
		switch {
		case !c.Checked, c.Tool == "", c.Method == "", c.Consent == Refused, c.Policy.ReadOnly && !IsSafe(c.Method):
			t.Fatalf("allowed: %+v", c)
		case needsConsent && c.Consent != ByPerson && c.Consent != ByApproval && (c.Consent != ByModel || c.Policy.RequireHuman):
			t.Fatalf("allowed without consent: %+v", c)
		}
	})
}
