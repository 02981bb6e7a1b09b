package policy

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const sessionPolicy = `
version: 1
all_tools: {taints: seen}
tools:
  fetch: {taints: [web, untrusted]}
  "read_*": {taints: files}
  mail: {require_approval: {if: [{tainted: untrusted}]}}
  pay: {deny_if: {tainted: untrusted}}
  clean: {require: [{not: {tainted: web}}]}
  commit: {after: [review, test]}
  review: {}
  test: {}
  merge: {require: {after: "re*"}}
  push: {limits: [{counter: n, max: 2, scope: session}]}
resources: {"web://*": {taints: web}}
prompts: {p: {deny_if: [{tainted: web}]}}
`

func TestSessionConditions(t *testing.T) {
	p := mustLoad(t, sessionPolicy)
	if !p.NeedsSession() || mustLoad(t, "version: 1\ntools: {a: {}}\n").NeedsSession() {
		t.Error("NeedsSession is wrong")
	}
	fresh, web, untrusted := &Session{}, &Session{Taints: []string{"web"}}, &Session{Taints: []string{"untrusted"}}
	for i, c := range []struct {
		kind    Kind
		name    string
		session *Session
		rule    string // of a denial
	}{
		{Tool, "pay", fresh, ""},
		{Tool, "pay", web, ""},
		{Tool, "pay", untrusted, "/tools/pay/deny_if"},
		{Tool, "pay", nil, "/tools/pay/deny_if"}, // unknown denies
		{Tool, "clean", fresh, ""},
		{Tool, "clean", web, "/tools/clean/require/0"},
		{Tool, "clean", nil, "/tools/clean/require/0"},
		{Prompt, "p", web, "/prompts/p/deny_if/0"},
		{Tool, "commit", fresh, "/tools/commit/after/0"},
		{Tool, "commit", &Session{Called: []string{"review"}}, "/tools/commit/after/1"},
		{Tool, "commit", &Session{Called: []string{"test", "review"}}, ""},
		{Tool, "commit", nil, "/tools/commit/after/0"},
		{Tool, "merge", &Session{Called: []string{"test"}}, "/tools/merge/require"},
		{Tool, "merge", &Session{Called: []string{"review"}}, ""},
		{Tool, "push", nil, "/tools/push/limits/0"},
	} {
		d := p.Decide(&Call{Kind: c.kind, Name: c.name, Session: c.session})
		if d.Allowed != (c.rule == "") || !d.Allowed && d.Rule != c.rule {
			t.Errorf("%d: %s with %+v: %v by %s, want %q", i, c.name, c.session, d.Allowed, d.Rule, c.rule)
		}
	}
	for _, c := range []struct {
		session *Session
		want    bool
	}{{fresh, false}, {web, false}, {untrusted, true}, {nil, true}} {
		if d := p.Decide(&Call{Name: "mail", Session: c.session}); (d.Approval != nil) != c.want {
			t.Errorf("mail with %+v: %+v", c.session, d)
		}
	}
}

func TestTaints(t *testing.T) {
	p := mustLoad(t, sessionPolicy)
	for name, want := range map[string]string{"fetch": "seen untrusted web", "read_a": "files seen", "review": "seen"} {
		if got := strings.Join(p.Decide(&Call{Name: name, Session: &Session{}}).Taints, " "); got != want {
			t.Errorf("%s taints %q, want %q", name, got, want)
		}
	}
	if got := p.Decide(&Call{Kind: Resource, Name: "web://a", Session: &Session{}}).Taints; !slices.Equal(got, []string{"web"}) {
		t.Errorf("a resource taints %q", got)
	}
	if d := p.Decide(&Call{Name: "pay", Session: &Session{Taints: []string{"untrusted"}}}); d.Taints != nil {
		t.Errorf("a call that is denied taints %q", d.Taints)
	}
	inner := p.Decide(&Call{Name: "fetch", Session: &Session{}}).And(p.Decide(&Call{Name: "read_a", Session: &Session{}}))
	if got := strings.Join(inner.Taints, " "); got != "files seen untrusted web" {
		t.Errorf("a call within a call taints %q", got)
	}
	if s := p.After("fetch", "review"); strings.Join(s.Taints, " ") != "seen untrusted web" || len(s.Called) != 2 {
		t.Errorf("after two calls: %+v", s)
	}
}

func TestSessionLimits(t *testing.T) {
	p := mustLoad(t, sessionPolicy)
	alice := map[string]any{"name": "alice"}
	c := p.Decide(&Call{Name: "push", Identity: alice, Session: &Session{ID: "s1"}}).Charges[0]
	if want := (Charge{`"alice""s1"/tools/push/limits/n`, One, 2 * One, 0, "/tools/push/limits/0", "", true}); c != want {
		t.Errorf("charge %+v, want %+v", c, want)
	}
	if got := c.Refusal(time.Hour); got != "the limit of 2 for a session is reached" {
		t.Errorf("refusal %q", got)
	}
	c.Window = time.Hour
	if got := c.Refusal(time.Minute); got != "the limit of 2 per hour is reached in this session; try again in 1m0s" {
		t.Errorf("refusal %q", got)
	}
}
