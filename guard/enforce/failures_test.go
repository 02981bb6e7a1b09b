package enforce

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/limit"
)

// What the file of approvals, of limits or of the session cannot keep is not allowed, and the
// reason says which of them it was.
func TestFilesFail(t *testing.T) {
	limited := "version: 1\ntools: {pay: {require_approval: true}, write: {rate_limit: 1/minute}}\n"
	for name, tt := range map[string]struct {
		m      *Message
		spoil  func(t *testing.T, b *bench, dir string, pending string)
		rule   string
		reason string
	}{
		"approvals cannot be read": {payment("1"), func(_ *testing.T, b *bench, dir, _ string) {
			writeFile(t, filepath.Join(dir, "approvals.json"), "{")
		}, "/tools/pay/require_approval", "read the approvals: "},
		"approvals cannot be written": {payment("2"), func(t *testing.T, b *bench, dir, _ string) {
			blockWrites(t, dir)
		}, "/tools/pay/require_approval", "hold the call for a person: "},
		"the hold cannot be audited": {payment("2"), func(_ *testing.T, b *bench, _, _ string) { b.c.Audit.Close() }, "/tools/pay/require_approval", "the decision cannot be written to the audit"},
		"the limits are closed":      {call("write"), func(_ *testing.T, b *bench, _, _ string) { b.c.Limits.Close() }, ruleLimits, "the use of limits cannot be counted"},
		"the audit is closed":        {call("write"), func(_ *testing.T, b *bench, _, _ string) { b.c.Audit.Close() }, ruleAudit, "the decision cannot be written to the audit"},
	} {
		dir := t.TempDir()
		b := benchIn(t, dir, limited)
		held := b.JudgeHeld(t.Context(), payment("1"), atOnce)
		if held.Pending == "" {
			t.Fatalf("%s: %+v", name, held.Decision)
		}
		tt.spoil(t, b, dir, held.Pending)
		v := b.JudgeHeld(t.Context(), tt.m, atOnce)
		if v.Allowed || v.Rule != tt.rule || !strings.HasPrefix(v.Reason, tt.reason) || v.Pending != "" {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// An approval whose use cannot be written lets nothing leave.
func TestUseFails(t *testing.T) {
	standing := func(times int) func(b *bench, v Verdict) {
		return func(b *bench, v Verdict) {
			terms := approval.Terms{Times: times, Expires: time.Now().Add(time.Hour)}
			if _, err := b.book.Allow(v.Pending, terms, approval.Decision{By: "anna", Approve: true}, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, tt := range map[string]struct {
		grant          func(b *bench, v Verdict)
		reason, record string
	}{
		"once":      {func(b *bench, v Verdict) { b.approve(t, v) }, "use the approval ", `"approval \w+ of `},
		"twice":     {standing(2), "use a standing approval: ", ", use 1 of 2, of "},
		"any times": {standing(0), "use a standing approval: ", ", use 1 of "},
	} {
		dir := t.TempDir()
		b := benchIn(t, dir, approvalPolicy)
		tt.grant(b, b.JudgeHeld(t.Context(), payment("1"), atOnce))
		h := atOnce
		h.Recheck = func() string { blockWrites(t, dir); return "" } // which is asked just before
		v := b.JudgeHeld(t.Context(), payment("1"), h)
		if v.Allowed || v.Pending != "" || v.Rule != "/tools/pay/require_approval" || !strings.HasPrefix(v.Reason, tt.reason) {
			t.Errorf("%s: %+v", name, v.Decision)
		}
		if err := os.Remove(filepath.Join(dir, "approvals.json.lock")); err != nil {
			t.Fatal(err)
		}
		if v := b.JudgeHeld(t.Context(), payment("1"), atOnce); !v.Allowed {
			t.Errorf("%s: the approval is gone: %+v", name, v.Decision)
		}
		text, err := os.ReadFile(filepath.Join(dir, "audit.jsonl"))
		if err != nil || !regexp.MustCompile(tt.record+"[0-9a-f]{12} by anna").Match(text) {
			t.Errorf("%s: %v, %s", name, err, text)
		}
	}
}

// blockWrites makes the file of approvals one that cannot be locked for writing.
func blockWrites(t *testing.T, dir string) {
	t.Helper()
	lock := filepath.Join(dir, "approvals.json.lock")
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(lock, 0o700); err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// benchIn returns a bench whose files are in a folder.
func benchIn(t *testing.T, dir, text string) *bench {
	t.Helper()
	book, err := approval.Open(filepath.Join(dir, "approvals.json"))
	if err != nil {
		t.Fatal(err)
	}
	journal, err := audit.Open(filepath.Join(dir, "audit.jsonl"), 0)
	if err != nil {
		t.Fatal(err)
	}
	limits, err := limit.OpenLedger(filepath.Join(dir, "limits"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { journal.Close(); limits.Close() })
	return &bench{New(loadPolicy(t, text), Config{
		Limits: limits, Audit: journal, Redactor: redact.New([]byte("key"), redact.Config{}), Approvals: book, Server: "s",
	}), book}
}

// A file that is damaged while a call waits ends the wait.
func TestFileDamagedWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		b := benchIn(t, dir, approvalPolicy)
		h := Holding{Slot: func() (func(), bool) { writeFile(t, filepath.Join(dir, "approvals.json"), "{"); return func() {}, true }}
		began := time.Now()
		v := b.JudgeHeld(t.Context(), payment("1"), h)
		if v.Allowed || v.Pending != "" || !strings.HasPrefix(v.Reason, "read the approvals: ") || time.Since(began) > time.Second {
			t.Errorf("after %v: %+v", time.Since(began), v)
		}
	})
}
