package approval

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

var anna = Decision{By: "user:anna", Approve: true, Channel: Terminal}

func allow(t *testing.T, b *Book, h Held, times int, d Decision) Standing {
	t.Helper()
	return must.Get(b.Allow(h.ID, Terms{Times: times, Expires: noon.Add(time.Hour)}, d, noon))
}

func always([]string) bool { return true }

func covered(t *testing.T, b *Book, c Call, now time.Time) bool {
	t.Helper()
	_, ok, err := b.UseStanding(c, always, func() error { return nil }, now)
	must.Do(t, err)
	return ok
}

// A standing approval covers calls that differ in their arguments, and in nothing else.
func TestWhatAStandingApprovalCovers(t *testing.T) {
	b := newBook(t)
	allow(t, b, ask(t, b, payment(), noon), 0, anna)
	same := payment()
	same.Arguments = []byte(`{"to":"b"}`)
	if !covered(t, b, same, noon) {
		t.Fatal("other arguments are not covered")
	}
	for name, change := range map[string]func(*Call){
		"grant":      func(c *Call) { c.Grant = "other" },
		"server":     func(c *Call) { c.Server = "other" },
		"tool":       func(c *Call) { c.Tool = "pаy" }, // Cyrillic
		"inner":      func(c *Call) { c.Inner = "other" },
		"definition": func(c *Call) { c.Definition = "other" },
		"grant id":   func(c *Call) { c.GrantID = "later" },
		"credential": func(c *Call) { c.Credentials = []Credential{{Scheme: "Bearer", Hash: "other"}} },
		"policy":     func(c *Call) { c.Policy = "other" },
		"rule":       func(c *Call) { c.Rule = "/tools/pay/other" },
		"more rules": func(c *Call) { c.Also = []string{"/all_tools"} },
		"approvers":  func(c *Call) { c.Approvers = 2 },
		"once":       func(c *Call) { c.Once = true },
	} {
		c := payment()
		change(&c)
		if covered(t, b, c, noon) {
			t.Errorf("another %s is covered", name)
		}
	}
	if _, ok, _ := b.UseStanding(payment(), func([]string) bool { return false }, func() error { return nil }, noon); ok {
		t.Error("a call that meets no condition is covered")
	}
	if _, ok, err := b.UseStanding(payment(), always, func() error { return ErrOver }, noon); ok || err == nil {
		t.Error("the recheck counts for nothing")
	}
}

func TestStandingApprovalEnds(t *testing.T) {
	b := newBook(t)
	h := ask(t, b, payment(), noon)
	allow(t, b, h, 2, anna)
	for i := range 3 {
		if covered(t, b, payment(), noon) != (i < 2) {
			t.Errorf("call %d of two", i)
		}
	}
	s := allow(t, b, h, 0, anna)
	must.Get(b.Revoke(s.ID, Decision{By: "user:ben"}, noon))
	if covered(t, b, payment(), noon) {
		t.Error("revoked")
	}
	if _, err := b.Revoke(s.ID, Decision{By: "user:ben"}, noon); !errors.Is(err, ErrOver) {
		t.Error(err)
	}
	allow(t, b, h, 0, anna)
	if covered(t, b, payment(), noon.Add(time.Hour)) || covered(t, b, payment(), noon) { // the second with the clock set back
		t.Error("over")
	}
}

// Ended approvals stay ended when the clock is set back.
func TestStandingApprovalAndTheClock(t *testing.T) {
	b := newBook(t)
	h := ask(t, b, payment(), noon)
	allow(t, b, h, 0, anna)
	ask(t, b, Call{Grant: "x", Tool: "y"}, noon.Add(time.Hour))
	if covered(t, b, payment(), noon) {
		t.Error("it came to life again")
	}
}

// A standing approval is never wider than the policy.
func TestStandingApprovalIsNotWider(t *testing.T) {
	b := newBook(t)
	c := payment()
	c.Within = 10 * time.Minute
	h := ask(t, b, c, noon)
	for name, terms := range map[string]Terms{
		"longer than the policy says": {Expires: noon.Add(11 * time.Minute)},
		"over already":                {Expires: noon},
		"for ever":                    {},
		"too many times":              {Expires: noon.Add(time.Minute), Times: maxTimes + 1},
		"a negative number":           {Expires: noon.Add(time.Minute), Times: -1},
	} {
		if _, err := b.Allow(h.ID, terms, anna, noon); err == nil {
			t.Error(name)
		}
	}
	must.Get(b.Allow(h.ID, Terms{Expires: noon.Add(10 * time.Minute)}, anna, noon))
	c.Within, c.Once = 0, true
	if _, err := b.Allow(ask(t, b, c, noon).ID, Terms{Expires: noon.Add(time.Minute)}, anna, noon); !errors.Is(err, ErrOnce) {
		t.Error(err)
	}
	if _, err := b.Allow("none", Terms{Expires: noon.Add(time.Minute)}, anna, noon); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	long := ask(t, b, payment(), noon)
	if _, err := b.Allow(long.ID, Terms{Expires: noon.Add(MaxStanding + time.Hour)}, anna, noon); !errors.Is(err, ErrNoTerms) {
		t.Error(err)
	}
}

// Where the policy wants two people, a standing approval needs two.
func TestTwoAgreeToAStandingApproval(t *testing.T) {
	b := newBook(t)
	c := payment()
	c.Approvers = 2
	h := ask(t, b, c, noon)
	if _, err := b.Allow(h.ID, Terms{Expires: noon.Add(time.Hour)}, Decision{By: "agent", Approve: true}, noon); !errors.Is(err, ErrOwn) {
		t.Error(err)
	}
	s := allow(t, b, h, 0, anna)
	if s.State != Waiting || covered(t, b, c, noon) {
		t.Error("one is enough")
	}
	for by, want := range map[string]error{
		"agent": ErrOwn, "user:agent": ErrOwn, "webhook:Agent": ErrOwn, "Webhook:agent": ErrOwn, `user:CORP\agent`: ErrOwn,
		"https://id.example.com#agent@example.com": ErrOwn, "user:anna": ErrTwice, "anna": ErrTwice, "webhook:аnna": ErrTwice, "@anna": ErrTwice,
		"webhook:@@Anna": ErrTwice, "anna@example.com": ErrTwice, "anna＠example.com": ErrTwice, `user:CORP\anna@corp.example`: ErrTwice,
	} {
		if _, err := b.Agree(s.ID, s.Digest, Decision{By: by, Approve: true}, noon); !errors.Is(err, want) {
			t.Errorf("%s: %v", by, err)
		}
	}
	if _, err := b.Agree(s.ID, "other", Decision{By: "user:ben", Approve: true}, noon); !errors.Is(err, ErrOtherCall) {
		t.Error(err)
	}
	if _, err := b.Agree(s.ID, s.Digest, Decision{By: "user:ben", Approve: true}, noon); err != nil || !covered(t, b, c, noon) {
		t.Error(err)
	}
}

// Of many processes that race for ten uses, ten get one.
func TestStandingRace(t *testing.T) {
	path := t.TempDir() + "/approvals.json"
	b := open(t, path)
	allow(t, b, ask(t, b, payment(), noon), 10, anna)
	var got atomic.Int32
	var work sync.WaitGroup
	for range 6 {
		other := open(t, path)
		work.Go(func() {
			for range 4 {
				_, ok, err := other.UseStanding(payment(), always, func() error { return nil }, noon)
				if err != nil {
					t.Error(err)
				}
				if ok {
					got.Add(1)
				}
			}
		})
	}
	work.Wait()
	if got.Load() != 10 {
		t.Fatalf("%d calls were covered", got.Load())
	}
}
