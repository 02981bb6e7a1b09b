package front

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/mcp/front/fronttest"
)

// waitingIn returns the only call of a book that waits, when there is one.
func waitingIn(t *testing.T, b *approval.Book) approval.Held {
	t.Helper()
	late := time.After(time.Minute)
	for {
		all := must(b.List(time.Now()))
		for _, h := range all {
			if h.State == approval.Waiting {
				return h
			}
		}
		select {
		case <-late:
			t.Fatal("no call waits")
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// decideIn decides on a call as a person does, outside of the client.
func decideIn(t *testing.T, b *approval.Book, h approval.Held, approve bool) {
	t.Helper()
	_, err := b.Decide(h.ID, h.Digest, approval.Decision{By: "user:bo", Approve: approve, Channel: approval.Terminal, Note: "note of bo"}, time.Now())
	noError(t, err)
}

// inMemory leaves a guard without a book of approvals.
func inMemory(c *enforce.Config) { c.Approvals = nil }

// lastDecision returns the newest decision in the audit.
func (j *judging) lastDecision() (last audit.Record) {
	j.t.Helper()
	for _, r := range j.records() {
		if r.Event == audit.EventDecision {
			last = r
		}
	}
	return last
}

func (j *judging) wantPaid(what, want string) {
	j.t.Helper()
	if paid := j.payments(); paid != want {
		j.t.Errorf("%s: paid %q, want %q", what, paid, want)
	}
}

// TestModelConfirms: the same call counts as confirmed once, if it was held, in both kinds of the
// protocol. Neither another call nor another server's confirmation counts.
func TestModelConfirms(t *testing.T) {
	for what, pay := range map[string]func(*wire, int, string) string{
		"legacy": (*wire).pay,
		"modern": func(w *wire, n int, more string) string {
			return w.send("tools/call", modern(fmt.Sprintf(`{"name":"pay","arguments":{"n":%d%s}}`, n, more), `{}`))
		},
	} {
		t.Run(what, func(t *testing.T) {
			j := newJudging(t, "", inMemory)
			w := dial(t, j.judge, "s", false)
			wantIn(t, "confirmed at once", pay(w, 1, confirmed), "IsNotHeld; ; no such call is held")
			wantIn(t, "first", pay(w, 1, ""), "IsHeld")
			if r := j.lastDecision(); r.Decision != "hold" || r.Rule != "(confirmation)" || r.Request != "POST /pay" {
				t.Errorf("held: %+v", r)
			}
			wantIn(t, "other arguments", pay(w, 2, confirmed), "IsNotHeld")
			j.wantPaid("before it is confirmed", "")
			wantIn(t, "confirmed", pay(w, 1, confirmed), `"paid":1`, `"once":true`)
			if r := j.lastDecision(); r.Decision != "allow" || r.Confirmed != "model" || r.Request != "POST /pay" {
				t.Errorf("confirmed: %+v", r)
			}
			all := j.records()
			if r := all[len(all)-1]; r.Event != audit.EventOutcome || r.Outcome != enforce.Answered || r.Status != 201 || r.Call == 0 {
				t.Errorf("outcome: %+v", r)
			}
			wantIn(t, "again", pay(w, 1, confirmed), "IsNotHeld")
			if r := j.lastDecision(); r.Decision != "hold" || r.Rule != "(confirmation)" {
				t.Errorf("again: %+v", r)
			}
			j.wantPaid("after all", "1")
		})
	}
}

// TestConfirmationsAreBound: a consent counts for the digest of the call and its caller alone.
func TestConfirmationsAreBound(t *testing.T) {
	j := newJudging(t, "", inMemory)
	digest, caller := "one", ""
	j.adjust = func(_ string, _ *guard.Named, p *guard.Preview) {
		if p != nil {
			of := digest
			p.Caller, p.Digest = caller, func() guard.Digest { return guard.DigestOf(of) }
		}
	}
	a, b := dial(t, j.judge, "a", false), dial(t, j.judge, "b", false)
	a.pay(1, "")
	wantIn(t, "another session", b.pay(1, confirmed), "IsNotHeld")
	digest = "two"
	wantIn(t, "another request", a.pay(1, confirmed), "IsNotHeld")
	digest, caller = "one", "other credentials"
	wantIn(t, "another caller", a.pay(1, confirmed), "IsNotHeld")
	j.wantPaid("not confirmed", "")
	caller = ""
	wantIn(t, "the same", a.pay(1, confirmed), `"paid":1`)
}

// TestConfirmationExpires: a held call waits for five minutes, or for as long as the policy says.
func TestConfirmationExpires(t *testing.T) {
	for _, holdFor := range []time.Duration{0, time.Minute} {
		now := time.Now()
		j := newJudging(t, "", func(c *enforce.Config) {
			inMemory(c)
			c.Now, c.Confirm.HoldFor = func() time.Time { return now }, holdFor
		})
		w := dial(t, j.judge, "s", false)
		w.pay(1, "")
		if now = now.Add(guard.DefaultHold); holdFor > 0 {
			now = now.Add(holdFor - guard.DefaultHold)
		}
		wantIn(t, "late", w.pay(1, confirmed), "IsNotHeld")
		w.pay(2, "")
		now = now.Add(holdFor - 1)
		if holdFor == 0 {
			now = now.Add(guard.DefaultHold)
		}
		wantIn(t, "in time", w.pay(2, confirmed), `"paid":2`)
	}
}

// TestPersonIsAsked asks the person who uses the client for each call, in the way of each protocol.
// What the model says does not count then.
func TestPersonIsAsked(t *testing.T) {
	for _, c := range []struct{ answer, want, confirmed string }{
		{`{"action":"accept","content":{}}`, `"paid":1`, "person"},
		{`{"action":"accept","content":{"confirm":true}}`, `"paid":1`, "person"},
		{`{"action":"accept","content":{"confirm":false}}`, "NotAllowed; ; the person who was asked did not agree", "refused"},
		{`{"action":"decline"}`, "the person who was asked did not agree", "refused"},
		{`{"action":"cancel"}`, "the person who was asked did not agree", "refused"},
		{`{"action":"other"}`, "the person who was asked did not agree", "refused"},
	} {
		j := newJudging(t, "", func(c *enforce.Config) { inMemory(c); c.Confirm.RequireHuman = true })
		w := dial(t, j.judge, "s", true)
		w.answerWith(c.answer)
		for i, more := range []string{"", confirmed} {
			wantIn(t, c.answer, w.pay(1, more), c.want)
			if r := j.lastDecision(); r.Confirmed != c.confirmed {
				t.Errorf("%s: the audit has %+v", c.answer, r)
			}
			if q := <-w.asked; q != "pay 1 . Do you agree?" || len(w.asked) > 0 {
				t.Errorf("call %d: asked %q", i, q)
			}
		}
		state := stateOf(t, w.modernPay(1, confirmed, canAsk))
		wantIn(t, "question", w.modernPay(1, "", canAsk), state, `"resultType":"input_required"`, `"message":"pay 1 . Do you agree?"`)
		for what, x := range map[string]string{
			"no answer": fmt.Sprintf(`,"requestState":%q`, state), "another state": answerTo(state+"x", c.answer), "no state": answerTo("", c.answer),
			"another question": strings.Replace(answerTo(state, c.answer), `"confirm":{`, `"other":{`, 1),
		} {
			wantIn(t, what, w.modernPay(1, x, canAsk), "input_required", state)
		}
		if got := w.modernPay(2, answerTo(state, c.answer), canAsk); stateOf(t, got) == state {
			t.Errorf("the answer to another call: %s", got)
		}
		wantIn(t, "by result, "+c.answer, w.modernPay(1, answerTo(state, c.answer), canAsk), c.want)
		if again := stateOf(t, w.modernPay(1, answerTo(state, c.answer), canAsk)); again == state {
			t.Error("a state counts twice")
		}
		j.wantPaid(c.answer, map[string]string{"person": "1 1 1"}[c.confirmed])
	}
}

// TestRequireHuman: without a way to ask a person, the model's word is refused, and so are clients
// that ask by URL only.
func TestRequireHuman(t *testing.T) {
	j := newJudging(t, "", func(c *enforce.Config) { inMemory(c); c.Confirm.RequireHuman = true })
	w := dial(t, j.judge, "s", false)
	for _, got := range []string{w.pay(1, ""), w.pay(1, confirmed), w.modernPay(1, "", `{}`), w.modernPay(1, "", `{"elicitation":{"url":{}}}`)} {
		wantIn(t, "without a person", got, "NotAsked; only a person may confirm this, and the client cannot ask one", "use a client that supports elicitation")
	}
	wantIn(t, "forms", w.modernPay(1, "", `{"elicitation":{"form":{}}}`), "input_required")
	j.wantPaid("without a person", "")
}

// TestPersonDecidesOutside: with a book of approvals, a person may agree to a held call there. The
// client repeats it without another word. A consent counts once, a denial until it expires.
func TestPersonDecidesOutside(t *testing.T) {
	for _, approve := range []bool{true, false} {
		j := newJudging(t, "", nil)
		w := dial(t, j.judge, "s", false)
		wantIn(t, "held", w.pay(1, ""), "IsHeld")
		h := j.waiting()
		if h.Tool != "pay" || h.Grant != "ann" || h.Server != "bank.example" || !strings.Contains(h.Effect, "pay 1") || !h.Once {
			t.Errorf("people are shown %+v", h.Call)
		}
		j.decide(h, approve)
		if !approve {
			for _, more := range []string{"", confirmed} {
				wantIn(t, "denied", w.pay(1, more), "NotAllowed; ; a person has denied the call: note of bo")
			}
			j.wantPaid("denied", "")
			continue
		}
		wantIn(t, "approved", w.pay(1, ""), `"paid":1`)
		if r := j.lastDecision(); !strings.HasPrefix(r.Confirmed, "approval "+h.ID) || !strings.HasSuffix(r.Confirmed, "by user:bo (terminal)") {
			t.Errorf("confirmed %q", r.Confirmed)
		}
		wantIn(t, "again", w.pay(1, ""), "IsHeld")
		j.wantPaid("approved", "1")
	}
}

// TestEightQuestions: a caller has eight questions open at most, each for 50 seconds. An answer makes
// room; other callers are not concerned.
func TestEightQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJudging(t, "", inMemory)
		anna, bert := dial(t, j.judge, "anna", true), dial(t, j.judge, "bert", true)
		var answers []<-chan string
		for n := range 8 {
			answers = append(answers, anna.begin("tools/call", fmt.Sprintf(`{"name":"pay","arguments":{"n":%d}}`, n)))
			<-anna.asked
		}
		wantIn(t, "a ninth", anna.pay(9, ""), "NotAsked; 8 questions wait for an answer", "call again when the user has answered")
		bert.answerWith(`{"action":"accept"}`)
		wantIn(t, "another caller", bert.pay(10, ""), `"paid":10`)
		began := time.Now()
		for _, answer := range answers {
			wantIn(t, "no answer", <-answer, "NotAsked; nobody answered the question in time")
		}
		if waited := time.Since(began); waited != AnswerTimeout {
			t.Errorf("a question is open for %v", waited)
		}
		anna.answerWith(`{"action":"accept"}`)
		wantIn(t, "room again", anna.pay(11, ""), `"paid":11`)
		j.wantPaid("after all", "10 11")
	})
}

// TestLimitsCountConfirmedCalls: held calls do not count, and nobody is asked when there is no room.
func TestLimitsCountConfirmedCalls(t *testing.T) {
	j := newJudging(t, `{version: 1, tools: {pay: {require_approval: false, limits: [{counter: n, window: hour, max: 2}]}}}`, nil)
	w, asks := dial(t, j.judge, "s", false), dial(t, j.judge, "asks", true)
	asks.answerWith(`{"action":"accept"}`)
	for n := range 5 {
		wantIn(t, "held", w.pay(n, ""), "IsHeld")
	}
	for n := range 2 {
		wantIn(t, "confirmed", w.pay(n, confirmed), fmt.Sprintf(`"paid":%d`, n))
	}
	for _, got := range []string{w.pay(2, confirmed), w.pay(7, ""), asks.pay(2, ""), asks.modernPay(2, "", canAsk)} {
		wantIn(t, "no room", got, "[POLICY DENIED] /tools/pay/limits/0")
	}
	if j.wantPaid("within the limit", "0 1"); len(asks.asked) > 0 {
		t.Errorf("asked %q without room", <-asks.asked)
	}
}

// TestRefusedCalls: a call that its tool refuses is answered by the tool, and nobody is asked; one
// that the policy denies is not previewed.
func TestRefusedCalls(t *testing.T) {
	j := newJudging(t, "", nil)
	w := dial(t, j.judge, "s", true)
	for _, got := range []string{w.pay(-1, confirmed), w.modernPay(-1, "", canAsk)} {
		wantIn(t, "invalid", got, "the arguments are invalid", `"isError":true`)
	}
	if r := j.lastDecision(); r.Decision != "deny" || r.Rule != "(arguments)" || len(w.asked) > 0 {
		t.Errorf("%+v", r)
	}
	j.adjust = func(_ string, _ *guard.Named, p *guard.Preview) {
		if p != nil {
			p.Fails = func() json.Marshaler { return failedText("no credentials") }
		}
	}
	wantIn(t, "would fail", w.pay(1, ""), "no credentials")
	noError(t, j.guard.SetPolicy(j.load(`{version: 1, tools: {pay: {action: deny}}}`)))
	j.adjust = func(_ string, _ *guard.Named, p *guard.Preview) {
		if p != nil {
			t.Error("a denied call is previewed")
		}
	}
	wantIn(t, "denied", w.pay(-1, confirmed), "[POLICY DENIED] /tools/pay")
	if j.wantPaid("refused", ""); len(w.asked) > 0 {
		t.Errorf("asked %q", <-w.asked)
	}
}

// TestOutcomes writes to the audit what came of a call.
func TestOutcomes(t *testing.T) {
	j := newJudging(t, "", func(c *enforce.Config) { c.Confirm.NoConfirmDangerous = true })
	w := dial(t, j.judge, "s", false)
	wantIn(t, "lost", w.pay(1, `,"how":"lost"`), "lost")
	all := j.records()
	if r := all[len(all)-1]; r.Outcome != enforce.Failed || r.Reason != "no response" || r.Status != 0 || r.Request != "POST /pay" {
		t.Errorf("lost: %+v", r)
	}
	wantIn(t, "not held", w.pay(2, ""), `"paid":2`, `"once":false`)
	for _, r := range j.records() {
		if r.Identity != "ann" || len(r.Session) != 16 {
			t.Errorf("the audit names the session %q of %q", r.Session, r.Identity)
		}
	}
}

// TestRequiredApproval shows those who approve a call its tool's definition, tells a client that
// asked for progress that it waits, and does not let it proceed once it must not.
func TestRequiredApproval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJudging(t, `{version: 1, tools: {pay: {require_approval: true}}}`, nil)
		why := make(chan string, 2) // after the preview, and after the decision
		j.adjust = func(_ string, n *guard.Named, _ *guard.Preview) {
			if n != nil {
				n.Stale = func() string { return <-why }
			}
		}
		w := dial(t, j.judge, "s", true)
		const params = `{"name":"pay","arguments":{"n":1},"_meta":{"progressToken":"p"}}`
		why <- ""
		answer := w.begin("tools/call", params)
		note := <-w.notes
		h := j.waiting()
		wantIn(t, "note", note, `"message":"waits for a person's approval: `+h.ID+`"`, `"progress":1`, `"progressToken":"p"`)
		if h.Definition != "definition of pay" {
			t.Errorf("the definition is %q", h.Definition)
		}
		why <- "the document has changed"
		j.decide(h, true)
		wantIn(t, "stale", <-answer, "the document has changed")
		j.wantPaid("stale", "")
		why <- ""
		why <- ""
		wantIn(t, "approved", w.pay(1, ""), `"paid":1`)
		if r := j.lastDecision(); !strings.Contains(r.Confirmed, "user:bo") {
			t.Errorf("confirmed %q", r.Confirmed)
		}
		if len(w.asked) > 0 {
			t.Errorf("asked a person who may not decide: %s", <-w.asked)
		}
	})
}

// TestCallersPersonApproves asks the person who uses the client for an approval, where the policy
// accepts that person. A form that was closed, or no answer, leaves the call to others.
func TestCallersPersonApproves(t *testing.T) {
	const byCaller = `{version: 1, tools: {read: {require_approval: {approvers: caller}}}}`
	for _, c := range []struct {
		action string
		others bool
		want   string
	}{
		{"accept", false, `"secret":"x"`}, {"decline", false, "a person has denied the call"}, {"cancel", true, `"secret":"x"`}, {"", true, `"secret":"x"`},
	} {
		j := newJudging(t, byCaller, nil)
		w := dial(t, j.judge, "s", true)
		if c.action != "" {
			w.answerWith(`{"action":"` + c.action + `"}`)
		}
		answer := w.begin("tools/call", `{"name":"read","arguments":{"how":"a\u202eb"}}`)
		if q := <-w.asked; !strings.Contains(q, `/how = "a\u202eb"`) || !strings.HasSuffix(q, "Do you approve this call?") {
			t.Errorf("asked %q", q)
		}
		if c.others {
			j.decide(j.waiting(), true)
		}
		wantIn(t, c.action, <-answer, c.want)

		j = newJudging(t, byCaller, nil)
		w = dial(t, j.judge, "s", false)
		call := func(more string) string {
			return w.send("tools/call", modern(`{"name":"read","arguments":{"how":"a"}`+more+`}`, canAsk))
		}
		asked := call("")
		wantIn(t, "a question", asked, "Do you approve this call?")
		state := stateOf(t, asked)
		wantIn(t, "an answer to another question", call(answerTo("another", `{"action":"accept"}`)), "Do you approve this call?")
		want, more := c.want, answerTo(state, `{"action":"`+c.action+`"}`)
		if c.action == "" {
			more = fmt.Sprintf(`,"requestState":%q`, state)
		}
		if c.others {
			want = "Do you approve this call?"
			if c.action == "cancel" {
				want = "[APPROVAL PENDING]"
			}
		}
		wantIn(t, "by result "+c.action, call(more), want)
	}
}

// TestSessionsEnd forgets what was called in a session when it ends.
func TestSessionsEnd(t *testing.T) {
	j := newJudging(t, `{version: 1, tools: {read: {}, hidden: {after: read}}}`, nil)
	w := dial(t, j.judge, "s", false)
	w.send("tools/call", `{"name":"read"}`)
	wantIn(t, "after the other call", w.send("tools/call", `{"name":"hidden"}`), `"secret":"x"`)
	w.close()
	wantIn(t, "in the next session", dial(t, j.judge, "s", false).send("tools/call", `{"name":"hidden"}`), "[POLICY DENIED] /tools/hidden/after")
}

// TestHandlersNeedAPass: a server that is not judged, or whose tools nobody previews, changes nothing.
func TestHandlersNeedAPass(t *testing.T) {
	b := newBank()
	w := dial(t, newJudge(fronttest.Unguarded(b.mcp)), "s", true)
	wantIn(t, "unguarded", w.pay(1, confirmed), "the call has no pass")
	wantIn(t, "a read", w.send("tools/call", `{"name":"read"}`), `"secret":"x"`)
	got := b.mcp.HandleMessage(context.Background(), []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay","arguments":{"n":1}}}`))
	if paid := b.payments(); paid != "" {
		t.Errorf("paid %s: %v", paid, got)
	}
	j := newJudging(t, somePolicy, nil)
	w = dial(t, newJudge(Guarded(fronttest.Unguarded(j.mcp), j.guard, nil)), "s", false)
	wantIn(t, "denied", w.send("tools/call", `{"name":"read","arguments":{"how":"denied"}}`), "[POLICY DENIED] /tools/read/deny_if/0")
	wantIn(t, "hidden", w.send("tools/call", `{"name":"hidden"}`), "tool 'hidden' not found")
}

// TestOneTaker: of many calls that confirm the same held call at once, one takes effect.
func TestOneTaker(t *testing.T) {
	j := newJudging(t, "", inMemory)
	w := dial(t, j.judge, "s", false)
	for range 20 {
		w.pay(1, "")
		var answers []<-chan string
		for range 8 {
			answers = append(answers, w.begin("tools/call", `{"name":"pay","arguments":{"n":1`+confirmed+`}}`))
		}
		for _, answer := range answers {
			<-answer
		}
		j.wantPaid("at once", "1")
	}
}

// TestNoEffectWithoutAudit: a call whose decision cannot be written takes no effect.
func TestNoEffectWithoutAudit(t *testing.T) {
	var journal *audit.Log
	j := newJudging(t, "", func(c *enforce.Config) { inMemory(c); journal = c.Audit })
	w := dial(t, j.judge, "s", false)
	wantIn(t, "held", w.pay(1, ""), "IsHeld")
	noError(t, journal.Close())
	wantIn(t, "confirmed", w.pay(1, confirmed), "[POLICY DENIED] (audit): the decision cannot be written to the audit")
	wantIn(t, "a read", w.send("tools/call", `{"name":"read"}`), "[POLICY DENIED] (audit)")
	j.wantPaid("without an audit", "")
}
