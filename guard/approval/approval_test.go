package approval

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, path string) *Book {
	t.Helper()
	return must.Get(Open(path))
}

func newBook(t *testing.T) *Book { return open(t, filepath.Join(t.TempDir(), "approvals.json")) }

func payment() Call {
	return Call{Grant: "agent", Server: "s", Tool: "pay", Definition: "d", Arguments: []byte(`{"to":"a","amount":10}`), Policy: "p", Rule: "/tools/pay"}
}

func ask(t *testing.T, b *Book, c Call, now time.Time) Held {
	t.Helper()
	return must.Get(b.Ask(c, time.Hour, now))
}

func approve(t *testing.T, b *Book, h Held, by string, now time.Time) Held {
	t.Helper()
	h = must.Get(b.Decide(h.ID, h.Digest, Decision{By: by, Approve: true, Channel: "terminal"}, now))
	return h
}

func use(t *testing.T, b *Book, id string, now time.Time) bool {
	t.Helper()
	return must.Get(b.Use(id, now))
}

func TestAnApprovalIsUsedOnce(t *testing.T) {
	b := newBook(t)
	h := ask(t, b, payment(), noon)
	if h.State != Waiting || use(t, b, h.ID, noon) {
		t.Fatal("used before anybody agreed")
	}
	if again := ask(t, b, payment(), noon); again.ID != h.ID {
		t.Fatal("the same call is held twice")
	}
	if h = approve(t, b, h, "anna", noon); h.State != Approved {
		t.Fatal(h.State)
	}
	if again := ask(t, b, payment(), noon); again.ID != h.ID || again.State != Approved {
		t.Fatal(again)
	}
	if !use(t, b, h.ID, noon) || use(t, b, h.ID, noon) {
		t.Fatal("not used exactly once")
	}
	if again := ask(t, b, payment(), noon); again.ID == h.ID || again.State != Waiting {
		t.Fatal("a used approval is found again")
	}
}

// A call with any difference from the shown one is another call.
func TestWhatAnApprovalIsBoundTo(t *testing.T) {
	for name, change := range map[string]func(*Call){
		"grant":      func(c *Call) { c.Grant = "other" },
		"client":     func(c *Call) { c.Client = "other" },
		"server":     func(c *Call) { c.Server = "other" },
		"tool":       func(c *Call) { c.Tool = "pаy" }, // Cyrillic
		"definition": func(c *Call) { c.Definition = "other" },
		"argument":   func(c *Call) { c.Arguments = []byte(`{"to":"a","amount":11}`) },
		"one more":   func(c *Call) { c.Arguments = []byte(`{"to":"a","amount":10,"x":null}`) },
		"big number": func(c *Call) { c.Arguments = []byte(`{"to":"a","amount":10.000000000000000000001}`) },
		"grant id":   func(c *Call) { c.GrantID = "later" },
		"credential": func(c *Call) { c.Credentials = []Credential{{Scheme: "Bearer", Hash: "other"}} },
		"policy":     func(c *Call) { c.Policy = "other" },
		"rule":       func(c *Call) { c.Rule = "other" },
		"approvers":  func(c *Call) { c.Approvers = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBook(t)
			h := approve(t, b, ask(t, b, payment(), noon), "anna", noon)
			c := payment()
			change(&c)
			if other := ask(t, b, c, noon); other.ID == h.ID || other.State != Waiting {
				t.Fatal("the approval of another call is found")
			}
			if _, err := b.Decide(h.ID, h.Digest[1:]+"0", Decision{By: "b"}, noon); err == nil {
				t.Fatal("decided on a call that was not shown")
			}
		})
	}
	b := newBook(t)
	h := ask(t, b, payment(), noon)
	c := payment()
	c.Arguments = []byte(` {"amount":10, "to":"\u0061"}`)
	if same := ask(t, b, c, noon); same.ID != h.ID {
		t.Fatal("the order of members makes another call")
	}
}

func TestDecisions(t *testing.T) {
	b := newBook(t)
	c := payment()
	c.Approvers = 2
	h := ask(t, b, c, noon)
	if _, err := b.Decide(h.ID, h.Digest, Decision{By: "agent", Approve: true}, noon); !errors.Is(err, ErrOwn) {
		t.Fatal(err)
	}
	if h := approve(t, b, h, "anna", noon); h.State != Waiting {
		t.Fatal("one of two is enough")
	}
	for _, by := range []string{"anna", "Anna", "аnna", "an na", "a.nna", "anna\u0301"} { // the third begins in Cyrillic
		if _, err := b.Decide(h.ID, h.Digest, Decision{By: by, Approve: true}, noon); !errors.Is(err, ErrTwice) {
			t.Fatal(by, err)
		}
	}
	if h := approve(t, b, h, "ben", noon); h.State != Approved {
		t.Fatal(h.State)
	}
	if _, err := b.Decide(h.ID, h.Digest, Decision{By: "carl", Approve: true}, noon); !errors.Is(err, ErrOver) {
		t.Fatal("it is approved once more:", err)
	}
	for _, by := range []string{"anna", "eve"} { // until it is used, an approval can be taken back
		h := ask(t, b, c, noon)
		if h.State == Waiting {
			h = approve(t, b, approve(t, b, h, "anna", noon), "ben", noon)
		}
		if d, err := b.Decide(h.ID, h.Digest, Decision{By: by}, noon); err != nil || d.State != Denied {
			t.Fatal(by, d.State, err)
		}
		if use(t, b, h.ID, noon) {
			t.Fatal("an approval is used that was taken back by", by)
		}
		c.Arguments = []byte(`{"to":"` + by + `"}`)
	}
	h = approve(t, b, approve(t, b, ask(t, b, c, noon), "anna", noon), "ben", noon)
	if !use(t, b, h.ID, noon) {
		t.Fatal("it is not used")
	}
	if _, err := b.Decide(h.ID, h.Digest, Decision{By: "eve"}, noon); !errors.Is(err, ErrOver) {
		t.Fatal("an approval is taken back after its use:", err)
	}

	h = ask(t, b, payment(), noon)
	must.Get(b.Decide(h.ID, h.Digest, Decision{By: "anna", Note: "too much"}, noon))
	if again := ask(t, b, payment(), noon); again.State != Denied || again.Decisions[0].Note != "too much" || use(t, b, again.ID, noon) {
		t.Fatal(again)
	}
	if later := ask(t, b, payment(), noon.Add(time.Hour)); later.State != Waiting {
		t.Fatal("a denial is for ever")
	}
	if _, err := b.Decide("none", h.Digest, Decision{By: "anna"}, noon); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
}

// Expired calls stay expired when the clock is set back.
func TestExpiry(t *testing.T) {
	b := newBook(t)
	h := approve(t, b, ask(t, b, payment(), noon), "anna", noon)
	if use(t, b, h.ID, noon.Add(time.Hour)) || use(t, b, h.ID, noon) {
		t.Fatal("an expired consent was used")
	}
	h = ask(t, b, payment(), noon)
	if h.State != Waiting || !h.Created.Equal(noon) {
		t.Fatal("the call is held in the future", h)
	}
	if _, err := b.Decide(h.ID, h.Digest, Decision{By: "anna", Approve: true}, noon.Add(3*time.Hour)); !errors.Is(err, ErrOver) {
		t.Fatal(err)
	}
}

// A clock that was ahead for a while, and is right again, ends open approvals, and affects nothing
// else: calls are held, approved, denied and expire at their times, and signed answers are
// accepted.
func TestClockWasAhead(t *testing.T) {
	b := newBook(t)
	ahead := noon.AddDate(4, 0, 0)
	approved := approve(t, b, ask(t, b, payment(), ahead), "anna", ahead)
	rule := must.Get(b.Allow(approved.ID, Terms{Expires: ahead.Add(time.Hour)}, anna, ahead))
	refund := payment()
	refund.Tool = "refund"
	denied := ask(t, b, refund, ahead)
	must.Get(b.Decide(denied.ID, denied.Digest, Decision{By: "user:anna"}, ahead))
	for _, call := range []Call{payment(), refund} {
		if h := ask(t, b, call, noon); h.ID == approved.ID || h.ID == denied.ID || h.State != Waiting || !h.Created.Equal(noon) {
			t.Errorf("%s: %+v", call.Tool, h)
		}
	}
	if use(t, b, approved.ID, noon) || covered(t, b, payment(), noon) {
		t.Error("an approval of the future was used")
	}
	if got, err := b.Standing(noon); err != nil || len(got) != 1 || got[0].ID != rule.ID || got[0].State != Expired {
		t.Errorf("%v, %v", got, err)
	}
	h := ask(t, b, payment(), noon)
	d := Decision{By: WebhookUser("anna"), Approve: true, Channel: Webhook}
	if _, err := b.DecideSigned(h.ID, h.Digest, d, Answer{"1", noon}, noon); err != nil {
		t.Error("a signed answer:", err)
	}
	if use(t, b, h.ID, noon.Add(DefaultTTL)) {
		t.Error("a consent does not expire")
	}
}

// Of many callers that race for an approval, in several processes, one gets it.
func TestRace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "approvals.json")
	b := open(t, path)
	for range 5 {
		h := approve(t, b, ask(t, b, payment(), noon), "anna", noon)
		var got atomic.Int32
		var work sync.WaitGroup
		for range 8 {
			other := open(t, path)
			work.Go(func() {
				if used, err := other.Use(h.ID, noon); err != nil {
					t.Error(err)
				} else if used {
					got.Add(1)
				}
			})
		}
		work.Wait()
		if got.Load() != 1 {
			t.Fatalf("%d got the approval", got.Load())
		}
	}
}

// A file that was edited is refused as a whole.
func TestEditedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "approvals.json")
	b := open(t, path)
	approve(t, b, ask(t, b, payment(), noon), "anna", noon)
	data := must.Get(os.ReadFile(path))
	edited := strings.Replace(string(data), `"amount": 10`, `"amount": 99`, 1)
	if edited == string(data) {
		t.Fatal("nothing was edited")
	}
	for _, text := range []string{edited, "{"} {
		must.Do(t, os.WriteFile(path, []byte(text), 0o600))
		if _, err := b.Ask(payment(), 0, noon); err == nil {
			t.Fatal("it is used")
		}
	}
	must.Do(t, os.Remove(path))
	if _, err := b.Ask(payment(), 0, noon); err == nil {
		t.Fatal("it is used without its file")
	}
}
