package enforce

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/limit"
	"github.com/spectap/spectap/guard/policy"
)

const approvalPolicy = "version: 1\ntools: {pay: {require_approval: true, limits: [{counter: n, window: hour, max: 100}]}}\n"

type bench struct {
	*Guard
	book *approval.Book
}

func newBench(t *testing.T, shadow bool) *bench {
	t.Helper()
	return benchIn(t, t.TempDir(), shadow)
}

func loadPolicy(t *testing.T, text string) *policy.Policy {
	t.Helper()
	return must(policy.Load(t.Context(), "p.yaml", []byte(text)))
}

func payment(amount string) *Message {
	return &Message{
		From: Caller{Identity: map[string]any{"name": "agent"}}, Direction: ToServer, Method: "tools/call",
		Subject: Subject{How: ByPolicy, Kind: policy.Tool, Names: []string{"pay"}, Args: map[string]any{"amount": json.Number(amount)}},
	}
}

// atOnce does not wait.
var atOnce = Holding{Wait: time.Nanosecond}

func (b *bench) approve(t *testing.T, v Verdict) {
	t.Helper()
	h := must(b.book.Get(v.Pending, time.Now()))
	must(b.book.Decide(h.ID, h.Digest, approval.Decision{By: "anna", Approve: true}, time.Now()))
}

// TestSentAfterApproval checks which parameters an approved call has: those that were announced to
// be sent, or else its own.
func TestSentAfterApproval(t *testing.T) {
	for _, sent := range []string{"", `{"n":2}`} {
		b := newBench(t, false)
		h, want := atOnce, `{"n":1}`
		if sent != "" {
			h.Sent, want = []byte(sent), sent
		}
		m := payment("1")
		m.Params = []byte(`{"n":1}`)
		b.approve(t, b.JudgeHeld(t.Context(), m, h))
		if v := b.JudgeHeld(t.Context(), m, h); !v.Allowed || string(v.message.Params) != want || string(m.Params) != `{"n":1}` {
			t.Errorf("%q: allowed %t, parameters %s, want %s", sent, v.Allowed, v.message.Params, want)
		}
	}
}

func TestJudgeHeld(t *testing.T) {
	b := newBench(t, false)
	if v := b.Judge(payment("1")); v.Allowed {
		t.Fatal("a path without approvals lets the call through")
	}
	v := b.JudgeHeld(t.Context(), payment("1"), atOnce)
	if v.Allowed || v.Pending == "" {
		t.Fatal(v)
	}
	b.approve(t, v)
	if v := b.JudgeHeld(t.Context(), payment("2"), atOnce); v.Allowed {
		t.Fatal("other arguments use the approval")
	}
	if v := b.JudgeHeld(t.Context(), payment("1"), Holding{Wait: time.Nanosecond, Definition: func() string { return "other" }}); v.Allowed {
		t.Fatal("another definition uses the approval")
	}
	if v := b.JudgeHeld(t.Context(), payment("1"), atOnce); !v.Allowed {
		t.Fatal("approved:", v.Reason)
	}
	if v := b.JudgeHeld(t.Context(), payment("1"), atOnce); v.Allowed || v.Pending == "" {
		t.Fatal("the approval is used twice")
	}
	if v := newBench(t, true).JudgeHeld(t.Context(), payment("1"), atOnce); !v.Allowed {
		t.Fatal("a shadow holds the call")
	}
}

// A change between the approval and the call voids the approval.
func TestApprovalIsVoid(t *testing.T) {
	b := newBench(t, false)
	v := b.JudgeHeld(t.Context(), payment("1"), atOnce)
	b.approve(t, v)
	v = b.JudgeHeld(t.Context(), payment("1"), Holding{Wait: time.Nanosecond, Recheck: func() string { return "it changed" }})
	if v.Allowed || !strings.Contains(v.Reason, "it changed") {
		t.Fatal(v.Reason)
	}
	noError(t, b.SetPolicy(loadPolicy(t, approvalPolicy+"# changed\n")))
	if v := b.JudgeHeld(t.Context(), payment("1"), atOnce); v.Allowed || v.Pending == "" {
		t.Fatal("the approval under another policy is used")
	}
}

// The policy changes while the call waits.
func TestPolicyChangesMeanwhile(t *testing.T) {
	b := newBench(t, false)
	verdict := make(chan Verdict, 1)
	go func() { verdict <- b.JudgeHeld(context.Background(), payment("1"), Holding{}) }()
	var h approval.Held
	for h.ID == "" {
		all := must(b.book.List(time.Now()))
		if len(all) > 0 {
			h = all[0]
		}
	}
	noError(t, b.SetPolicy(loadPolicy(t, approvalPolicy+"# changed\n")))
	if _, err := b.book.Decide(h.ID, h.Digest, approval.Decision{By: "anna", Approve: true}, time.Now()); !errors.Is(err, approval.ErrVoid) {
		t.Fatal(err)
	}
	if v := <-verdict; v.Allowed || !strings.Contains(v.Reason, "policy has changed") {
		t.Fatal(v.Allowed, v.Reason)
	}
}

// Of calls that race for one approval, one is sent.
func TestCallsRaceForAnApproval(t *testing.T) {
	b := newBench(t, false)
	for range 5 {
		b.approve(t, b.JudgeHeld(t.Context(), payment("1"), atOnce))
		var sent atomic.Int32
		var calls sync.WaitGroup
		for range 8 {
			calls.Go(func() {
				if b.JudgeHeld(context.Background(), payment("1"), atOnce).Allowed {
					sent.Add(1)
				}
			})
		}
		calls.Wait()
		if sent.Load() != 1 {
			t.Fatalf("%d calls were sent", sent.Load())
		}
		all, err := b.book.List(time.Now())
		noError(t, err)
		for _, h := range all { // the calls of the losers
			if h.State == approval.Waiting {
				must(b.book.Decide(h.ID, h.Digest, approval.Decision{By: "anna"}, time.Now()))
			}
		}
		b = newBench(t, false)
	}
}

// A standing approval covers the calls that meet its conditions, unless the policy denies them or a
// person has denied this exact call.
func TestStandingApproval(t *testing.T) {
	const text = "version: 1\ntools: {pay: {deny_if: [{path: args.amount, op: gt, value: 1000}], require_approval: true, rate_limit: 4/hour}}\n"
	b := newBench(t, false)
	noError(t, b.SetPolicy(loadPolicy(t, text)))
	h := must(b.book.Get(b.JudgeHeld(t.Context(), payment("5"), atOnce).Pending, time.Now()))
	terms := approval.Terms{If: []string{"{path: args.amount, op: lt, value: 100}", "{path: identity.name, op: eq, value: agent}"}, Expires: time.Now().Add(time.Hour)}
	must(b.book.Allow(h.ID, terms, approval.Decision{By: "anna", Approve: true}, time.Now()))
	denied := b.JudgeHeld(t.Context(), payment("500"), atOnce)
	if denied.Allowed || denied.Pending == "" {
		t.Error("a call that does not meet the condition is covered")
	}
	if v := b.JudgeHeld(t.Context(), payment("5000"), atOnce); v.Allowed || v.Rule != "/tools/pay/deny_if/0" {
		t.Error("what the policy denies is covered")
	}
	if v := b.JudgeHeld(t.Context(), payment("6"), Holding{Wait: time.Nanosecond, Recheck: func() string { return "it changed" }}); v.Allowed || !strings.Contains(v.Reason, "it changed") {
		t.Error("a change since the call began is covered:", v.Reason)
	}
	for _, amount := range []string{"5", "6", "7", "8"} {
		if v := b.JudgeHeld(t.Context(), payment(amount), atOnce); !v.Allowed {
			t.Error(amount, v.Reason)
		}
	}
	if v := b.JudgeHeld(t.Context(), payment("9"), atOnce); v.Allowed || v.Pending != "" {
		t.Error("the limit of the policy does not count")
	}
	noError(t, b.SetPolicy(loadPolicy(t, text+"# changed\n")))
	if v := b.JudgeHeld(t.Context(), payment("5"), atOnce); v.Allowed {
		t.Error("it outlives the policy")
	}
}

// A person's decision on one call takes precedence over a standing approval.
func TestDenialBeforeStandingApproval(t *testing.T) {
	b := newBench(t, false)
	h := must(b.book.Get(b.JudgeHeld(t.Context(), payment("5"), atOnce).Pending, time.Now()))
	must(b.book.Decide(h.ID, h.Digest, approval.Decision{By: "anna", Note: "not this one"}, time.Now()))
	must(b.book.Allow(h.ID, approval.Terms{Expires: time.Now().Add(time.Hour)}, approval.Decision{By: "anna", Approve: true}, time.Now()))
	if v := b.JudgeHeld(t.Context(), payment("5"), atOnce); v.Allowed || !strings.Contains(v.Reason, "not this one") {
		t.Error("the denied call is covered")
	}
	if v := b.JudgeHeld(t.Context(), payment("6"), atOnce); !v.Allowed {
		t.Error(v.Reason)
	}
}

// A denial contains the note of the person who denied, not of the one who agreed before.
// TestGrantEndsMeanwhile revokes the grant of a call that waits: a later approval does not send it.
// A later grant of the same name is another one, also for standing approvals.
func TestGrantEndsMeanwhile(t *testing.T) {
	b := newBench(t, false)
	revoked := errors.New("the grant was revoked")
	var ended error
	g := b.Only(nil, func() error { return ended })
	of := func(id string) *Message {
		m := payment("1")
		m.From.Identity[GrantID] = id
		return m
	}
	v := g.JudgeHeld(t.Context(), of("one"), atOnce)
	b.approve(t, v)
	later := g.JudgeHeld(t.Context(), of("two"), atOnce)
	if later.Allowed || later.Pending == "" || later.Pending == v.Pending {
		t.Fatalf("a later grant of the name uses the approval: %+v", later.Decision)
	}
	terms := approval.Terms{Expires: time.Now().Add(time.Minute)}
	must(b.book.Allow(v.Pending, terms, approval.Decision{By: "anna", Approve: true}, time.Now()))
	if later := g.JudgeHeld(t.Context(), of("two"), atOnce); later.Allowed {
		t.Error("a later grant of the name uses the rule")
	}
	ended = revoked
	for range 2 { // the approval, and the rule
		if v := g.JudgeHeld(t.Context(), of("one"), atOnce); v.Allowed || v.Reason != revoked.Error() {
			t.Errorf("the call of a revoked grant: %+v", v.Decision)
		}
		ended = nil
		if v := g.JudgeHeld(t.Context(), of("one"), atOnce); !v.Allowed {
			t.Errorf("the approval was used up: %+v", v.Decision)
		}
		ended = revoked
	}
}

// The person who uses the client is asked, or answers with the call, where the policy accepts that
// person, and nowhere else. A denial is final for the call.
func TestCallerDecides(t *testing.T) {
	for name, tt := range map[string]struct {
		policy       string
		ask          bool // during the wait; else the call brings the answer
		agrees, said bool
		want         string // the beginning of the reason, "" for allowed
	}{
		"agrees":             {"caller", true, true, true, ""},
		"declines":           {"caller", true, false, true, "a person has denied the call"},
		"does not answer":    {"caller", true, true, false, "the call has not been sent"},
		"agrees by the call": {"caller", false, true, true, ""},
		"declines by it":     {"caller", false, false, true, "a person has denied the call"},
		"no answer by it":    {"caller", false, true, false, "the call has not been sent"},
		"is not accepted":    {"1", true, true, true, "the call has not been sent"},
		"nor by the call":    {"1", false, true, true, "the call has not been sent"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, false)
			b.SetPolicy(loadPolicy(t, "version: 1\ntools: {pay: {require_approval: {approvers: "+tt.policy+"}}}\n"))
			h := Holding{Wait: 1500 * time.Millisecond}
			asked := false
			answer := func() Answer {
				asked = true
				switch {
				case !tt.said:
					return NoAnswer
				case tt.agrees:
					return Agrees
				}
				return Declines
			}
			if tt.ask {
				h.Caller.Ask = func(context.Context, string) (Answer, error) { return answer(), nil }
			} else {
				h.Caller.Answer = func(string) Answer { return answer() }
			}
			if tt.want == "the call has not been sent" && tt.ask {
				ctx, cancel := context.WithCancel(t.Context())
				h.Slot = func() (func(), bool) { time.AfterFunc(300*time.Millisecond, cancel); return func() {}, true }
				defer cancel()
				v := b.JudgeHeld(ctx, payment("1"), h)
				if v.Allowed || v.Pending == "" || asked != (tt.policy == "caller") {
					t.Errorf("asked %v: %+v", asked, v.Decision)
				}
				return
			}
			if tt.policy != "caller" {
				h.Wait = time.Nanosecond
			}
			v := b.JudgeHeld(t.Context(), payment("1"), h)
			if v.Allowed != (tt.want == "") || !strings.HasPrefix(v.Reason, tt.want) || asked != (tt.policy == "caller") {
				t.Errorf("asked %v: %+v", asked, v.Decision)
			}
		})
	}
}

// A question needs time: nobody is asked during a wait in which no person could answer.
func TestNoTimeToAsk(t *testing.T) {
	b := newBench(t, false)
	b.SetPolicy(loadPolicy(t, "version: 1\ntools: {pay: {require_approval: {approvers: caller}}}\n"))
	h := Holding{Wait: time.Second, Caller: Asker{Ask: func(context.Context, string) (Answer, error) { t.Error("asked"); return Agrees, nil }}}
	if v := b.JudgeHeld(t.Context(), payment("1"), h); v.Allowed || v.Pending == "" {
		t.Errorf("%+v", v.Decision)
	}
}

// TestLimitBeforeApproval makes a call for which a limit has no room: it is denied for that reason,
// which the audit records, and nobody is asked.
func TestLimitBeforeApproval(t *testing.T) {
	dir := t.TempDir()
	b := benchIn(t, dir, false)
	const text = "version: 1\ntools: {pay: {require_approval: true, limits: [{counter: sum, window: hour, max: 100, increment_from: args.amount}]}}\n"
	noError(t, b.SetPolicy(loadPolicy(t, text)))
	b.approve(t, b.JudgeHeld(t.Context(), payment("60"), atOnce))
	if v := b.JudgeHeld(t.Context(), payment("60"), atOnce); !v.Allowed {
		t.Fatalf("an approved call is denied: %s", v.Reason)
	}
	v := b.JudgeHeld(t.Context(), payment("60"), atOnce)
	if v.Allowed || v.Pending != "" || !strings.HasSuffix(v.Rule, "/limits/0") {
		t.Errorf("above the limit: %+v", v.Decision)
	}
	log, err := os.ReadFile(filepath.Join(dir, "audit.jsonl"))
	if err != nil || !strings.Contains(string(log), `"rule":"`+v.Rule+`"`) {
		t.Errorf("the audit lacks the denial: %v, %s", err, log)
	}
	called := atOnce
	called.Preview = writing()
	if v = b.JudgeHeld(t.Context(), payment("60"), called); v.Allowed || v.Pending != "" || !strings.HasSuffix(v.Rule, "/limits/0") {
		t.Errorf("a request above the limit: %+v", v.Decision)
	}
	if v = b.JudgeHeld(t.Context(), payment("30"), atOnce); v.Pending == "" {
		t.Errorf("below the limit: %+v", v.Decision)
	}
}

// benchIn returns a bench whose files are in a folder.
func benchIn(t *testing.T, dir string, shadow bool) *bench {
	t.Helper()
	book := must(approval.Open(filepath.Join(dir, "approvals.json")))
	journal := must(audit.Open(filepath.Join(dir, "audit.jsonl"), 0))
	limits := must(limit.OpenLedger(filepath.Join(dir, "limits"), time.Now()))
	t.Cleanup(func() { journal.Close(); limits.Close() })
	return &bench{New(loadPolicy(t, approvalPolicy), Config{
		Limits: limits, Audit: journal, Redactor: redact.New([]byte("key"), redact.Config{}), Approvals: book, Server: "s", Shadow: shadow,
	}), book}
}
