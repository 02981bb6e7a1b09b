package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/approval"
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
	if status != exitFailed || !strings.Contains(errs, "a person must confirm") || !strings.Contains(errs, "try: --yes") {
		t.Errorf("without a terminal: %d, %s", status, errs)
	}
	contains(t, "the question", out, rule+"  waiting")
	if status, _, errs = runHere(as("approve", rule, "--yes")...); status != exitFailed || !strings.Contains(errs, approval.ErrTwice.Error()) {
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

// A single denial ends what several people would have to agree to.
func TestStandingApprovalDenied(t *testing.T) {
	file, _, ids := heldCalls(t, payCall("7", 2))
	_, _, errs := runHere("approvals", "allow", ids[0], "--approvals", file, "--for", "1h", "--any-arguments", "--yes")
	rule, _, _ := strings.Cut(errs, ":")
	grants := filepath.Join(t.TempDir(), "grants.json")
	status, _, errs := runHere("approvals", "deny", rule, "--approvals", file, "--yes", "--grants", grants, "--token-file", grantToken(t, grants, "anna"))
	if status != 0 || errs != rule+": denied\n" {
		t.Errorf("%d, %s", status, errs)
	}
}

// The policy bounds how long calls like a held one are allowed unless somebody says less.
func TestStandingApprovalWithin(t *testing.T) {
	short, long := payCall("7", 1), payCall("8", 1)
	short.Within, long.Within = 10*time.Minute, 10*time.Hour
	file, b, ids := heldCalls(t, short, long)
	for i, want := range []time.Duration{short.Within, defaultStanding} {
		before := time.Now()
		command(t, "approvals", "allow", ids[i], "--approvals", file, "--times", "1", "--any-arguments", "--yes")
		all, err := b.Standing(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if lasts := all[i].Expires.Sub(before).Round(time.Minute); lasts != want {
			t.Errorf("a consent that is valid for %v: allowed for %v, want %v", []approval.Call{short, long}[i].Within, lasts, want)
		}
	}
	status, _, errs := runHere("approvals", "allow", ids[0], "--approvals", file, "--for", "20m", "--any-arguments", "--yes")
	if status != exitFailed || !strings.Contains(errs, "the policy lets a consent be valid for 10m0s at most") {
		t.Errorf("longer than the policy says: %d, %s", status, errs)
	}
}

// TestApprovalsShowLong shows long values from both ends, or whole.
func TestApprovalsShowLong(t *testing.T) {
	text := strings.Repeat("a", 3000) + "MIDDLE" + strings.Repeat("z", 3000)
	file, b, ids := heldCalls(t, approval.Call{Grant: "agent", Tool: "send", Arguments: []byte(`{"text":"` + text + `"}`)})
	_, out, errs := runHere("approvals", "show", "--approvals", file, ids[0])
	if strings.Contains(out, "MIDDLE") || errs != "spectap: long values are shown from both ends: approvals show --whole "+ids[0]+" shows all of them\n" {
		t.Errorf("%s%s", out, errs)
	}
	if _, out, errs = runHere("approvals", "show", "--approvals", file, ids[0], "--whole"); !strings.Contains(out, "MIDDLE") || errs != "" {
		t.Errorf("whole: %s%s", out, errs)
	}
	// What was approved before is compared with what is asked now.
	command(t, "approvals", "approve", "--approvals", file, ids[0], "--yes")
	if used, err := b.Use(ids[0], time.Now()); err != nil || !used {
		t.Fatal(used, err)
	}
	h, err := b.Ask(approval.Call{Grant: "agent", Tool: "send", Arguments: []byte(`{"text":"short"}`)}, time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	_, out, errs = runHere("approvals", "show", "--approvals", file, h.ID)
	contains(t, "the next call", out, `"short"`, "was")
	if errs != "" {
		t.Errorf("a short value: %s", errs)
	}
	_, out, _ = runHere("approvals", "ls", "--approvals", file)
	if !strings.HasPrefix(out, h.ID+"  waiting ") || !strings.Contains(out, "send for agent, until "+h.Expires.Local().Format("15:04")) || strings.Contains(out, ids[0]) {
		t.Errorf("listed: %s", out)
	}
	contains(t, "approvals ls --all", command(t, "approvals", "ls", "--approvals", file, "--all"), ids[0]+"  used ", h.ID+"  waiting ")
}

// TestApprovalsRefuse lists what the commands refuse, and what they say then.
func TestApprovalsRefuse(t *testing.T) {
	file, b, ids := heldCalls(t, payCall("7", 1), payCall("8", 1))
	dir := t.TempDir()
	grants, junk, short := filepath.Join(dir, "grants.json"), filepath.Join(dir, "junk"), filepath.Join(dir, "key")
	token := grantToken(t, grants, "anna")
	for path, text := range map[string]string{junk: "spectap_wrong\n", short: "0123"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"a token without grants", []string{"approve", ids[0], "--yes", "--token-file", token}, exitMisuse, "--token-file and --grants belong together"},
		{"grants without a token", []string{"deny", ids[0], "--yes", "--grants", grants}, exitMisuse, "--token-file and --grants belong together"},
		{"allowed with grants alone", []string{"allow", ids[0], "--yes", "--times", "1", "--any-arguments", "--grants", grants}, exitMisuse, "belong together"},
		{"revoked with grants alone", []string{"revoke", "rule-x", "--grants", grants}, exitMisuse, "belong together"},
		{"no such token", []string{"approve", ids[0], "--yes", "--token-file", filepath.Join(dir, "none"), "--grants", grants}, exitFailed, "read the token: "},
		{"a token of nobody", []string{"approve", ids[0], "--yes", "--token-file", junk, "--grants", grants}, exitFailed, "find out who decides: "},
		{"broken grants", []string{"approve", ids[0], "--yes", "--token-file", token, "--grants", junk}, exitFailed, "grants"},
		{"no such call", []string{"approve", "nothing", "--yes"}, exitFailed, approval.ErrNotFound.Error()},
		{"no such call to deny", []string{"deny", "nothing", "--yes"}, exitFailed, approval.ErrNotFound.Error()},
		{"no such call to show", []string{"show", "nothing"}, exitFailed, approval.ErrNotFound.Error()},
		{"no such call to allow", []string{"allow", "nothing", "--yes", "--times", "1", "--any-arguments"}, exitFailed, approval.ErrNotFound.Error()},
		{"no such rule", []string{"approve", "rule-nothing", "--yes"}, exitFailed, "rule-nothing: " + approval.ErrNoRule.Error()},
		{"no such rule to show", []string{"show", "rule-nothing"}, exitFailed, "rule-nothing: " + approval.ErrNoRule.Error()},
		{"no such rule to revoke", []string{"revoke", "rule-nothing"}, exitFailed, approval.ErrNoRule.Error()},
		{"never", []string{"allow", ids[0], "--yes", "--times", "0", "--any-arguments"}, exitMisuse, "must be positive"},
		{"no time", []string{"allow", ids[0], "--yes", "--for", "0s", "--any-arguments"}, exitMisuse, "must be positive"},
		{"too long", []string{"allow", ids[0], "--yes", "--for", "31d", "--any-arguments"}, exitFailed, approval.ErrNoTerms.Error()},
		{"conditions and any arguments", []string{"allow", ids[0], "--yes", "--times", "1", "--any-arguments", "--if", "{path: args.a, op: eq, value: 1}"}, exitMisuse, "--any-arguments"},
		{"a wrong condition", []string{"allow", ids[0], "--yes", "--times", "1", "--if", "{path: args.a, op: around}"}, exitMisuse, "--if"},
		{"allowed by nobody", []string{"allow", ids[0], "--times", "1", "--any-arguments"}, exitFailed, "a person must confirm"},
		{"approved by nobody", []string{"approve", ids[0]}, exitFailed, "a person must confirm"},
		{"a short key", []string{"ls", "--approval-key", short}, exitFailed, "has 4 bytes, and needs 16"},
	} {
		status, _, errs := runHere(append([]string{"approvals", "--approvals", file}, tt.args...)...)
		if status != tt.status || !strings.Contains(errs, tt.want) {
			t.Errorf("%s: exit status %d, want %d with %q: %s", tt.name, status, tt.status, tt.want, errs)
		}
	}
	command(t, "approvals", "deny", "--approvals", file, ids[1], "--yes")
	for _, verb := range []string{"approve", "deny"} {
		status, out, errs := runHere("approvals", verb, "--approvals", file, ids[1], "--yes")
		if status != exitFailed || out != "" || !strings.Contains(errs, ids[1]+": "+approval.ErrOver.Error()+": it is denied") {
			t.Errorf("%s what is denied: %d, %s%s", verb, status, out, errs)
		}
	}
	if h, err := b.Get(ids[0], time.Now()); err != nil || h.State != approval.Waiting || len(h.Decisions) > 0 {
		t.Error("one of those decided:", h.State, h.Decisions, err)
	}
	if all, err := b.Standing(time.Now()); err != nil || len(all) > 0 {
		t.Error("one of those allowed calls:", all, err)
	}
}

// TestApprovalsAlone prints the help of commands that have others below them.
func TestApprovalsAlone(t *testing.T) {
	for _, name := range []string{"approvals", "audit", "correct"} {
		status, out, errs := runHere(name)
		if status != 0 || errs != "" || !strings.Contains(out, "spectap "+name+" ") || !strings.Contains(out, "Available Commands") && !strings.Contains(out, "Commands:") {
			t.Errorf("%s: %d, %s%s", name, status, out, errs)
		}
	}
}
