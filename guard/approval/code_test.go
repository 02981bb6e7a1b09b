package approval

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

var testKey = []byte("0123456789abcdef")

func keyed(t *testing.T, path string, key []byte, holds bool) *Book {
	t.Helper()
	return must.Get(OpenWithKey(path, key, holds))
}

// TestApprovalsNeedTheKey makes approvals with no key, another one and the right one.
func TestApprovalsNeedTheKey(t *testing.T) {
	path, now := filepath.Join(t.TempDir(), "approvals.json"), time.Now()
	gateway := keyed(t, path, testKey, true)
	c := Call{Grant: "ci", Server: "s", Tool: "pay", Policy: "p", Rule: "/tools/pay", Approvers: 2}
	h := must.Get(gateway.Ask(c, time.Hour, now))
	anna, ben := Decision{By: User("anna"), Approve: true, Channel: Terminal}, Decision{By: User("ben"), Approve: true, Channel: Terminal}
	without, other, person := keyed(t, path, nil, false), keyed(t, path, []byte(strings.Repeat("x", MinKey)), false), keyed(t, path, testKey, false)
	if _, err := without.Decide(h.ID, h.Digest, anna, now); !errors.Is(err, ErrNeedsKey) {
		t.Errorf("without a key: %v", err)
	}
	if _, err := other.Decide(h.ID, h.Digest, anna, now); !errors.Is(err, ErrOtherKey) {
		t.Errorf("with another key: %v", err)
	}
	if _, err := without.Allow(h.ID, Terms{Expires: now.Add(time.Minute)}, anna, now); !errors.Is(err, ErrNeedsKey) {
		t.Errorf("a rule without a key: %v", err)
	}
	forge(t, without, func(c *content) { // as a program that writes the file
		c.Held[0].State = Approved
		c.Held[0].Decisions = []Decision{anna, ben}
	})
	if used, err := gateway.Use(h.ID, now); used || !errors.Is(err, ErrNoCode) {
		t.Errorf("a forged approval: used %v, %v", used, err)
	}
	if h, err := gateway.Get(h.ID, now); err != nil || h.State != Waiting || len(h.Decisions) != 0 {
		t.Errorf("afterwards: %+v, %v", h, err)
	}
	must.Get(person.Decide(h.ID, h.Digest, anna, now))
	for name, change := range map[string]func(*content){
		"one person is missing": func(*content) {},
		"the same one twice":    func(c *content) { c.Held[0].Decisions = append(c.Held[0].Decisions, c.Held[0].Decisions[0]) },
		"the name of another one": func(c *content) {
			d := c.Held[0].Decisions[0]
			d.By = User("ben")
			c.Held[0].Decisions = append(c.Held[0].Decisions, d)
		},
	} {
		forge(t, without, func(c *content) { change(c); c.Held[0].State = Approved })
		if used, err := gateway.Use(h.ID, now); used || !errors.Is(err, ErrNoCode) {
			t.Errorf("%s: used %v, %v", name, used, err)
		}
		forge(t, without, func(c *content) { c.Held[0].Decisions = c.Held[0].Decisions[:1] })
	}
	must.Get(person.Decide(h.ID, h.Digest, ben, now))
	if used, err := gateway.Use(h.ID, now); !used || err != nil {
		t.Errorf("with the key: used %v, %v", used, err)
	}
}

// TestStandingApprovalNeedsTheKey forges an approval by rule, and moves the code of one to another.
func TestStandingApprovalNeedsTheKey(t *testing.T) {
	path, now := filepath.Join(t.TempDir(), "approvals.json"), time.Now()
	gateway, person := keyed(t, path, testKey, true), keyed(t, path, testKey, false)
	c := Call{Grant: "ci", Server: "s", Tool: "pay", Policy: "p", Rule: "/tools/pay"}
	h := must.Get(gateway.Ask(c, time.Hour, now))
	use := func() bool {
		t.Helper()
		_, ok, err := gateway.UseStanding(c, func([]string) bool { return true }, func() error { return nil }, now)
		must.Do(t, err)
		return ok
	}
	s, err := person.Allow(h.ID, Terms{Times: 1, Expires: now.Add(time.Minute)}, Decision{By: User("anna"), Approve: true, Channel: Terminal}, now)
	if err != nil || !use() || use() {
		t.Fatal("an approval for one call:", err)
	}
	forge(t, person, func(c *content) {
		wider := *c.Standing[0]
		wider.Times, wider.Used, wider.State, wider.ID = 0, 0, Approved, s.ID+"x"
		wider.Digest, _ = digestOf(wider.Terms)
		c.Standing = append(c.Standing, &wider)
	})
	if use() {
		t.Error("a rule with the code of another one covers a call")
	}
}

// forge changes the file as another program could.
func forge(t *testing.T, b *Book, change func(*content)) {
	t.Helper()
	must.Do(t, b.file.Change(func(c *content) error { change(c); return nil }))
}

func TestShortKey(t *testing.T) {
	if _, err := OpenWithKey(filepath.Join(t.TempDir(), "f"), testKey[1:], true); err == nil {
		t.Error("a key of 15 bytes is accepted")
	}
}

// TestKeyStaysDemanded opens a file that demands a key without one, as a process that holds calls:
// it must neither remove the demand nor use an approval.
func TestKeyStaysDemanded(t *testing.T) {
	path, now := filepath.Join(t.TempDir(), "approvals.json"), time.Now()
	before := keyed(t, path, nil, true) // a gateway that was started before there was a key
	gateway := keyed(t, path, testKey, true)
	if _, err := OpenWithKey(path, nil, true); !errors.Is(err, ErrNeedsKey) {
		t.Errorf("a gateway without the key: %v", err)
	}
	c := Call{Grant: "ci", Server: "s", Tool: "pay", Policy: "p", Rule: "/tools/pay"}
	h := must.Get(gateway.Ask(c, time.Hour, now))
	person := keyed(t, path, testKey, false)
	anna := Decision{By: User("anna"), Approve: true, Channel: Terminal}
	if _, err := keyed(t, path, nil, false).Decide(h.ID, h.Digest, anna, now); !errors.Is(err, ErrNeedsKey) {
		t.Errorf("an approval without the key: %v", err)
	}
	s := must.Get(person.Allow(h.ID, Terms{Expires: now.Add(time.Hour)}, anna, now))
	must.Get(person.Decide(h.ID, h.Digest, anna, now))
	if used, err := before.Use(h.ID, now); used || !errors.Is(err, ErrNeedsKey) {
		t.Errorf("without the key: used %v, %v", used, err)
	}
	meets, recheck := func([]string) bool { return true }, func() error { return nil }
	if _, ok, err := before.UseStanding(c, meets, recheck, now); ok || !errors.Is(err, ErrNeedsKey) {
		t.Errorf("a rule without the key: used %v, %v", ok, err)
	}
	if used, ok, err := gateway.UseStanding(c, meets, recheck, now); !ok || err != nil || used.ID != s.ID {
		t.Errorf("a rule with the key: used %v, %v", ok, err)
	}
	if used, err := gateway.Use(h.ID, now); !used || err != nil {
		t.Errorf("with the key: used %v, %v", used, err)
	}
}

// TestKeyedApprovalsEnd prolongs an approval, and brings uses back, as a program that can write the
// file and has no key.
func TestKeyedApprovalsEnd(t *testing.T) {
	path, now := filepath.Join(t.TempDir(), "approvals.json"), time.Now()
	gateway, person := keyed(t, path, testKey, true), keyed(t, path, testKey, false)
	c := Call{Grant: "ci", Server: "s", Tool: "pay", Policy: "p", Rule: "/tools/pay"}
	h := must.Get(gateway.Ask(c, time.Hour, now))
	anna := Decision{By: User("anna"), Approve: true, Channel: Terminal}
	s := must.Get(person.Allow(h.ID, Terms{Expires: now.Add(time.Hour), Times: 2}, anna, now))
	must.Get(person.Decide(h.ID, h.Digest, anna, now))
	later := now.Add(2 * time.Hour)
	if used, err := gateway.Use(h.ID, later); used || err != nil {
		t.Fatalf("an expired approval: used %v, %v", used, err)
	}
	forge(t, gateway, func(c *content) {
		c.Held[0].State, c.Held[0].Expires = Approved, later.Add(time.Hour)
	})
	if used, err := gateway.Use(h.ID, later); used || !errors.Is(err, ErrNoCode) {
		t.Errorf("a prolonged approval: used %v, %v", used, err)
	}
	forge(t, gateway, func(c *content) { c.Latest, c.Standing[0].State = now, Approved })
	b := gateway
	use := func() bool {
		t.Helper()
		_, ok, err := b.UseStanding(c, func([]string) bool { return true }, func() error { return nil }, now)
		must.Do(t, err)
		return ok
	}
	lower := func() {
		forge(t, gateway, func(c *content) { c.Standing[0].Used, c.Standing[0].State = 0, Approved })
	}
	if use() {
		t.Fatal("the rule had expired")
	}
	if b = keyed(t, path, testKey, true); !use() {
		t.Fatal("the rule covers no call")
	}
	lower()
	if !use() {
		t.Fatal("the rule covers one call, and should cover two")
	}
	lower()
	for range 2 {
		if use() {
			t.Error("the count of uses can be lowered in the file")
		}
	}
	if all, err := gateway.Standing(now); err != nil || all[0].ID != s.ID || all[0].State != Used || all[0].Used != 2 {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestEndedApprovalsStayEnded restores an older file. A process that has seen the end of an
// approval does not accept it again, whoever ended it; a new process does.
func TestEndedApprovalsStayEnded(t *testing.T) {
	for name, key := range map[string][]byte{"with a key": testKey, "without one": nil} {
		t.Run(name, func(t *testing.T) { endedApprovalsStayEnded(t, key) })
	}
}

func endedApprovalsStayEnded(t *testing.T, key []byte) {
	path, now := filepath.Join(t.TempDir(), "approvals.json"), time.Now()
	gateway, other := keyed(t, path, key, true), keyed(t, path, key, true)
	person := keyed(t, path, key, false)
	anna := Decision{By: User("anna"), Approve: true, Channel: Terminal}
	ask := func(tool string) (Call, Held) {
		t.Helper()
		c := Call{Grant: "ci", Server: "s", Tool: tool, Policy: "p", Rule: "/tools/" + tool}
		h := must.Get(gateway.Ask(c, time.Hour, now))
		return c, h
	}
	rule, h := ask("rule")
	s := must.Get(person.Allow(h.ID, Terms{Expires: now.Add(time.Hour)}, anna, now))
	_, once := ask("once")
	must.Get(person.Decide(once.ID, once.Digest, anna, now))
	older := must.Get(os.ReadFile(path))
	must.Get(person.Revoke(s.ID, Decision{By: User("anna"), Channel: Terminal}, now))
	if used, err := other.Use(once.ID, now); !used || err != nil {
		t.Fatalf("the first use: %v, %v", used, err)
	}
	must.Get(gateway.List(now)) // as each second, and with each call that is held
	uses := func(b *Book) (byRule, again bool) {
		t.Helper()
		_, byRule, err := b.UseStanding(rule, func([]string) bool { return true }, func() error { return nil }, now)
		must.Do(t, err)
		again = must.Get(b.Use(once.ID, now))
		return byRule, again
	}
	bringBack := func() {
		must.Do(t, os.WriteFile(path, older, 0o600))
	}
	bringBack()
	if byRule, again := uses(gateway); byRule || again {
		t.Errorf("brought back: by rule %v, a used one %v", byRule, again)
	}
	bringBack()
	if byRule, again := uses(keyed(t, path, key, true)); !byRule || !again {
		t.Errorf("the file of the test is not one that a new process takes: %v, %v", byRule, again)
	}
}
