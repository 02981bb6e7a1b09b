package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/internal/cli"
)

// heldCalls writes a file of held calls, one for each.
func heldCalls(t *testing.T, calls ...approval.Call) (file string, b *approval.Book, ids []string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "approvals.json")
	b, err := approval.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range calls {
		h, err := b.Ask(c, time.Hour, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, h.ID)
	}
	return file, b, ids
}

func payCall(amount string, approvers int) approval.Call {
	return approval.Call{Grant: "agent", Tool: "pay", Rule: "/tools/pay", Policy: "v7", Arguments: []byte(`{"amount":` + amount + `}`), Approvers: approvers}
}

// grantToken adds a grant and returns the file of its token.
func grantToken(t *testing.T, grants, name string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(command(t, "grant", "add", "--grants", grants, name)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func contains(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s lacks %q:\n%s", what, part, text)
		}
	}
}

// Two people agree to calls like a held one, which is approved too when both have.
func TestStandingApprovalOfTwo(t *testing.T) {
	file, b, ids := heldCalls(t, payCall("7", 2))
	grants := filepath.Join(t.TempDir(), "grants.json")
	as := func(args ...string) []string {
		return append([]string{"approvals"}, append(args, "--approvals", file)...)
	}
	status, out, errs := runHere(as("allow", ids[0], "--times", "3", "--if", "{path: args.amount, op: lt, value: 9}", "--yes", "--note", "petty cash")...)
	if status != 0 {
		t.Fatal(errs)
	}
	contains(t, "what is allowed", out, "pay", "amount", "calls like it", "(new)", "0 of 3 calls", `{path: args.amount, op: lt, value: 9}`)
	rule, _, _ := strings.Cut(errs, ":")
	contains(t, "the state", errs, rule+": 1 of 2 have approved; another person runs spectap approvals approve "+rule)
	if h, err := b.Get(ids[0], time.Now()); err != nil || h.State != approval.Waiting {
		t.Fatal("one person approved the held call:", h.State, err)
	}

	contains(t, "approvals rules", command(t, as("rules")...), rule+"  waiting", "petty cash")
	contains(t, "approvals show", command(t, as("show", rule)...), rule+"  waiting", "0 of 3 calls", "petty cash")
	var shown approval.Standing
	if err := json.Unmarshal([]byte(command(t, as("show", rule, "--json")...)), &shown); err != nil || shown.ID != rule || shown.Times != 3 || shown.Nonce != "" {
		t.Errorf("shown as JSON: %+v, %v", shown, err)
	}

	status, out, errs = runHere(as("approve", rule)...)
	if status != cli.ExitFailed || !strings.Contains(errs, "a person must confirm") || !strings.Contains(errs, "try: --yes") {
		t.Errorf("without a terminal: %d, %s", status, errs)
	}
	contains(t, "the question", out, rule+"  waiting")
	if status, _, errs = runHere(as("approve", rule, "--yes")...); status != cli.ExitFailed || !strings.Contains(errs, approval.ErrTwice.Error()) {
		t.Errorf("the same person again: %d, %s", status, errs)
	}
	status, out, errs = runHere(as("approve", rule, "--yes", "--grants", grants, "--token-file", grantToken(t, grants, "anna"))...)
	if status != 0 || !strings.Contains(errs, rule+": in force until ") || !strings.Contains(errs, "; spectap approvals revoke "+rule+" ends it") {
		t.Errorf("the second person: %d, %s", status, errs)
	}
	contains(t, "what the second person sees", out, rule+"  waiting", "petty cash")
	contains(t, "approvals show", command(t, as("show", rule)...), rule+"  approved", "anna")

	status, _, errs = runHere(as("revoke", rule, "--note", "enough", "--grants", grants, "--token-file", grantToken(t, grants, "ben"))...)
	if status != 0 || !strings.Contains(errs, rule+": revoked\n") {
		t.Errorf("revoked: %d, %s", status, errs)
	}
	if status, out, errs = runHere(as("rules")...); status != 0 || out != "" || errs != "there is no approval by rule\n" {
		t.Errorf("rules after that: %d, %q, %q", status, out, errs)
	}
	contains(t, "approvals rules --all", command(t, as("rules", "--all")...), rule+"  revoked", "ben", "enough")
	if list := command(t, as("rules", "--json")...); list != "[]\n" {
		t.Errorf("rules as JSON: %q", list)
	}
}
