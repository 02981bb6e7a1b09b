package guard

import (
	"testing"

	"pgregory.net/rapid"
)

func TestDecide(t *testing.T) {
	checked := func(method string, c Consent, p Policy) Call {
		return Call{Tool: "t", Method: method, Checked: true, Consent: c, Policy: p}
	}
	for _, x := range []struct {
		name string
		call Call
		want Verdict
	}{
		{"zero", Call{}, Deny},
		{"unchecked", Call{Tool: "t", Method: "GET"}, Deny},
		{"get", checked("GET", NoConsent, Policy{}), Allow},
		{"head", checked("HEAD", NoConsent, Policy{}), Allow},
		{"options", checked("OPTIONS", NoConsent, Policy{}), Allow},
		{"lower case", checked("get", NoConsent, Policy{}), Allow},
		{"post", checked("POST", NoConsent, Policy{}), Hold},
		{"patch", checked("PATCH", NoConsent, Policy{}), Hold},
		{"unknown method", checked("PURGE", NoConsent, Policy{}), Hold},
		{"trace", checked("TRACE", NoConsent, Policy{}), Hold},
		{"model", checked("DELETE", ByModel, Policy{}), Allow},
		{"person", checked("DELETE", ByPerson, Policy{}), Allow},
		{"refused", checked("DELETE", Refused, Policy{}), Deny},
		{"refused a read", checked("GET", Refused, Policy{}), Deny},
		{"model where a person is required", checked("DELETE", ByModel, Policy{RequireHuman: true}), Deny},
		{"person where one is required", checked("DELETE", ByPerson, Policy{RequireHuman: true}), Allow},
		{"no confirmations", checked("DELETE", NoConsent, Policy{NoConfirmDangerous: true}), Allow},
		{"no confirmations but for this tool", checked("DELETE", NoConsent, Policy{NoConfirmDangerous: true, Confirm: []string{"t"}}), Hold},
		{"confirmation of a safe method", checked("get", NoConsent, Policy{Confirm: []string{"GET"}}), Hold},
		{"read-only", checked("DELETE", ByPerson, Policy{ReadOnly: true}), Deny},
		{"read-only without confirmations", checked("DELETE", NoConsent, Policy{ReadOnly: true, NoConfirmDangerous: true}), Deny},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := Decide(x.call); got.Verdict != x.want || got.Reason == "" && x.want != Deny {
				t.Errorf("got %v, want %v", got, x.want)
			}
		})
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
			Checked: rapid.Bool().Draw(t, "checked"), Consent: Consent(rapid.IntRange(0, 4).Draw(t, "consent")),
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
		case needsConsent && c.Consent != ByPerson && (c.Consent != ByModel || c.Policy.RequireHuman):
			t.Fatalf("allowed without consent: %+v", c)
		}
	})
}
