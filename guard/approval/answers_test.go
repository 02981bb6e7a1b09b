package approval

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// A signed answer counts once, and only for a while after it was signed, also if the clock was set
// back since. A refused answer decides nothing.
func TestSignedAnswers(t *testing.T) {
	later := noon.Add(time.Hour)
	for _, tt := range []struct {
		name   string
		signed time.Time
		now    time.Time
		want   error
	}{
		{"at once", noon, noon, nil},
		{"at the end of the window", noon, noon.Add(AnswerWindow), nil},
		{"after the window", noon, noon.Add(AnswerWindow + 1), ErrLate},
		{"clock of who signs is ahead", noon.Add(AnswerWindow), noon, nil},
		{"signed in the future", noon.Add(AnswerWindow + 1), noon, ErrLate},
		{"clock set back", later, noon, ErrLate},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBook(t)
			h := ask(t, b, payment(), noon)
			d := Decision{By: WebhookUser("anna"), Approve: true, Channel: Webhook}
			got, err := b.DecideSigned(h.ID, h.Digest, d, Answer{ID: "1", Signed: tt.signed}, tt.now)
			if !errors.Is(err, tt.want) || (err == nil) != (got.State == Approved) {
				t.Fatalf("%v, %v", got.State, err)
			}
			if used := use(t, b, h.ID, tt.now); used != (tt.want == nil) {
				t.Errorf("used: %v", used)
			}
		})
	}
	b := newBook(t)
	first := ask(t, b, payment(), noon)
	other := payment()
	other.Tool = "refund"
	second := ask(t, b, other, noon)
	d := Decision{By: WebhookUser("anna"), Approve: true, Channel: Webhook}
	must.Get(b.DecideSigned(first.ID, first.Digest, d, Answer{"1", noon}, noon))
	for _, now := range []time.Time{noon, noon.Add(AnswerWindow)} {
		if _, err := b.DecideSigned(second.ID, second.Digest, d, Answer{"1", now}, now); !errors.Is(err, ErrReplayed) {
			t.Errorf("an answer a second time, at %v: %v", now, err)
		}
	}
	if _, err := b.DecideSigned(second.ID, second.Digest, d, Answer{"2", noon}, noon.Add(-time.Minute)); err != nil {
		t.Errorf("another answer: %v", err)
	}
	if got, err := b.Get(second.ID, noon); err != nil || len(got.Decisions) != 1 || got.Decisions[0].At.Before(noon) {
		t.Errorf("%v, the decision has another time than the latest that was seen: %v", err, got.Decisions)
	}
}

// Many answers do not fill the file: they are refused until old ones may be dropped.
func TestAnswersAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("stores many answers")
	}
	c := content{}
	for i := range maxAnswers {
		if err := c.accept(&Answer{fmt.Sprint(i), noon}, noon); err != nil {
			t.Fatal(i, err)
		}
	}
	if err := c.accept(&Answer{"x", noon}, noon); err == nil {
		t.Error("one more is accepted")
	}
	if err := c.accept(nil, noon); err != nil {
		t.Errorf("a decision at the terminal: %v", err)
	}
	past := noon.Add(2*AnswerWindow + 1)
	if err := c.accept(&Answer{"x", past}, past); err != nil || len(c.Answers) != 1 {
		t.Errorf("when the others cannot be replayed any more: %v, %d are kept", err, len(c.Answers))
	}
}

// A grant has a bounded number of calls that wait. Calls of others, and those that people decided
// on, do not count.
func TestWaitingCallsAreBounded(t *testing.T) {
	b := newBook(t)
	call := func(i int) Call {
		c := payment()
		c.Arguments = fmt.Appendf(nil, `{"n":%d}`, i)
		return c
	}
	other := payment()
	other.Grant = "somebody"
	ask(t, b, other, noon)
	first := ask(t, b, call(0), noon)
	for i := 1; i < maxWaiting; i++ {
		ask(t, b, call(i), noon)
	}
	if _, err := b.Ask(call(-1), 0, noon); !errors.Is(err, ErrTooMany) {
		t.Fatalf("one more: %v", err)
	}
	if again := ask(t, b, call(0), noon); again.ID != first.ID {
		t.Error("the same call is another one")
	}
	other.Tool = "refund"
	ask(t, b, other, noon)
	approve(t, b, first, "user:anna", noon)
	ask(t, b, call(-1), noon)
}

// The person who uses a client decides by elicitation in the name of that client only, and not where
// the policy does not accept that person.
func TestElicitation(t *testing.T) {
	for name, tt := range map[string]struct {
		by     string
		caller bool
		want   error
	}{
		"own client": {Caller("agent"), true, nil}, "another client": {Caller("somebody"), true, ErrOwn}, "a user": {User("anna"), true, ErrOwn},
		"not accepted": {Caller("agent"), false, ErrOwn},
	} {
		b := newBook(t)
		c := payment()
		c.Caller = tt.caller
		h := ask(t, b, c, noon)
		if _, err := b.Decide(h.ID, h.Digest, Decision{By: tt.by, Approve: true, Channel: Elicitation}, noon); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
