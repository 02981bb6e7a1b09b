package guard

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDecide(t *testing.T) {
	preview := func(methods ...string) *Preview { return &Preview{Tool: "t", Methods: methods} }
	reads, asks := preview("POST"), preview("GET")
	reads.Reads, asks.Asks = true, true
	mayDelete := preview("POST", "DELETE")
	mayDelete.Reads = true
	confirmDelete := Policy{NoConfirmDangerous: true, Confirm: []string{"DELETE"}}
	for _, x := range []struct {
		name    string
		preview *Preview
		policy  Policy
		want    string // "", "holds", or part of the reason of a denial
	}{
		{"get", preview("GET"), Policy{}, ""},
		{"head", preview("HEAD"), Policy{}, ""},
		{"options", preview("OPTIONS"), Policy{}, ""},
		{"lower case", preview("get"), Policy{}, ""},
		{"post", preview("POST"), Policy{}, "holds"},
		{"patch", preview("PATCH"), Policy{}, "holds"},
		{"unknown method", preview("PURGE"), Policy{}, "holds"},
		{"trace", preview("TRACE"), Policy{}, "holds"},
		{"no confirmations", preview("DELETE"), Policy{NoConfirmDangerous: true}, ""},
		{"no confirmations but for this tool", preview("DELETE"), Policy{NoConfirmDangerous: true, Confirm: []string{"t"}}, "holds"},
		{"confirmation of a safe method", preview("get"), Policy{Confirm: []string{"GET"}}, "holds"},
		{"no method", preview(""), Policy{}, "holds"},
		{"read-only, no method", preview(""), Policy{ReadOnly: true}, "only reading"},
		{"read-only, a read", preview("GET"), Policy{ReadOnly: true}, ""},
		{"read-only", preview("delete"), Policy{ReadOnly: true}, "DELETE writes"},
		{"read-only without confirmations", preview("DELETE"), Policy{ReadOnly: true, NoConfirmDangerous: true}, "DELETE writes"},
		{"shown to read", reads, Policy{}, ""},
		{"shown to read, and confirmed", reads, Policy{Confirm: []string{"POST"}}, "holds"},
		{"shown to read, read-only", reads, Policy{ReadOnly: true}, "POST writes"},
		{"shown to read, and may delete", mayDelete, Policy{}, "holds"},
		{"asks", asks, Policy{NoConfirmDangerous: true}, "holds"},
		{"no request", &Preview{Tool: "t"}, Policy{Confirm: []string{"GET"}}, ""},
		{"no request, asks", &Preview{Tool: "t", Asks: true}, Policy{NoConfirmDangerous: true, ReadOnly: true}, "holds"},
		{"a read that may delete", preview("GET", "DELETE"), Policy{}, "holds"},
		{"a read that may be anything", preview("GET", AnyMethod), Policy{}, "holds"},
		{"a read that may delete, read only", preview("GET", "DELETE"), Policy{ReadOnly: true}, "may become one that writes"},
		{"a read that may be anything, read only", preview("GET", AnyMethod), Policy{ReadOnly: true}, "may become one that writes"},
		{"a post where deletes are confirmed", preview("POST"), confirmDelete, ""},
		{"a post that may delete", preview("POST", "DELETE"), confirmDelete, "holds"},
		{"a post that may be anything", preview("POST", AnyMethod), confirmDelete, "holds"},
		{"anything where nothing is confirmed", preview("POST", AnyMethod), Policy{NoConfirmDangerous: true}, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			holds, denied := x.policy.Decide(x.preview)
			if wantsHold := x.want == "holds"; holds != wantsHold || (denied == "") != (wantsHold || x.want == "") || !wantsHold && !strings.Contains(denied, x.want) {
				t.Errorf("holds %t, denied %q, want %q", holds, denied, x.want)
			}
		})
	}
	if (Policy{Confirm: []string{""}}).RequiresConsent("GET", "") {
		t.Error("an empty name in Confirm names a tool")
	}
}

// TestDecideNeverSkips: a request that is neither held nor denied has no method for which the policy
// requires consent, unless the document shows that it reads.
func TestDecideNeverSkips(t *testing.T) {
	method := rapid.SampledFrom([]string{"", "GET", "HEAD", "POST", "delete", "X", AnyMethod})
	rapid.Check(t, func(t *rapid.T) {
		v := &Preview{
			Tool: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "tool"), Methods: rapid.SliceOfN(method, 1, 3).Draw(t, "methods"),
			Reads: rapid.Bool().Draw(t, "reads"), Asks: rapid.Bool().Draw(t, "asks"),
		}
		p := Policy{
			NoConfirmDangerous: rapid.Bool().Draw(t, "noConfirm"), RequireHuman: rapid.Bool().Draw(t, "human"),
			ReadOnly: rapid.Bool().Draw(t, "readOnly"), Confirm: rapid.SliceOf(rapid.SampledFrom([]string{"a", "GET", "X"})).Draw(t, "confirm"),
		}
		if holds, denied := p.Decide(v); holds || denied != "" {
			return
		}
		strict := p
		strict.NoConfirmDangerous = p.NoConfirmDangerous || v.Reads && len(v.Methods) == 1
		needsConsent := slices.ContainsFunc(v.Methods, func(m string) bool { return strict.RequiresConsent(m, v.Tool) })
		if v.Asks || needsConsent || p.ReadOnly && !v.Methods.IsRead() {
			t.Fatalf("allowed: %+v under %+v", v, p)
		}
	})
}
