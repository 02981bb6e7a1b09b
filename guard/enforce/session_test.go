package enforce

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/limit"
	"github.com/spectap/spectap/guard/session"
)

const orderPolicy = `
version: 1
tools:
  fetch: {taints: web, limits: [{counter: n, max: 2, scope: session}]}
  mail: {deny_if: {tainted: web}}
  note: {require_approval: {if: {tainted: web}}}
  commit: {after: review}
  review: {}
  call_operation: {}
`

func newSessionGuard(t *testing.T, c Config) *Guard {
	t.Helper()
	c.Limits, c.Redactor = new(limit.Ledger), redact.New([]byte("key"), redact.Config{})
	return New(loadPolicy(t, orderPolicy), c)
}

// in returns a call of a tool in a session.
func in(label, tool string) *Message {
	m := call(tool)
	m.From = Caller{Identity: map[string]any{"name": "agent"}, Session: label}
	return m
}

func wantRule(t *testing.T, v Verdict, rule string) {
	t.Helper()
	if v.Allowed != (rule == "") || !v.Allowed && v.Rule != rule {
		t.Errorf("%s: %v by %s (%s), want %q", v.message.Subject.Names, v.Allowed, v.Rule, v.Reason, rule)
	}
}

func TestTaintedFromTheMomentOfForwarding(t *testing.T) {
	g := newSessionGuard(t, Config{})
	wantRule(t, g.Judge(in("1", "mail")), "")
	wantRule(t, g.Judge(in("1", "fetch")), "")                         // there is no answer yet
	wantRule(t, g.Judge(in("1", "mail")), "/tools/mail/deny_if")       // so that it may not follow
	wantRule(t, g.Judge(in("2", "mail")), "/tools/mail/deny_if")       // nor in a new session
	wantRule(t, g.Judge(in("1/files", "mail")), "/tools/mail/deny_if") // nor at another server
	other := in("1", "mail")
	other.From.Identity = map[string]any{"name": "other"}
	wantRule(t, g.Judge(other), "")
	wantRule(t, g.Judge(in("1", "note")), "/tools/note/require_approval")
	g.EndSession(Caller{Identity: map[string]any{"name": "agent"}, Session: "1"})
	wantRule(t, g.Judge(in("1", "mail")), "/tools/mail/deny_if")
}

// A call that was decided before a taint and is committed after it is decided again.
func TestTaintWhileACallWaits(t *testing.T) {
	g := newSessionGuard(t, Config{})
	agrees := Holding{Preview: writing()}
	agrees.Caller.Ask = func(context.Context, string) (Answer, error) {
		wantRule(t, g.Judge(in("1", "fetch")), "")
		return Agrees, nil
	}
	wantRule(t, g.JudgeHeld(t.Context(), in("1", "mail"), agrees), "/tools/mail/deny_if")
	g = newSessionGuard(t, Config{})
	v := g.Decide(in("1", "note"))
	wantRule(t, g.Judge(in("1", "fetch")), "")
	g.Settle(t.Context(), &v, Holding{})
	wantRule(t, v, "/tools/note/require_approval")
}

// Calls race with one that taints. A call that is allowed after the taint was entered must have
// been entered before it.
func TestTaintsRace(t *testing.T) {
	for range 100 {
		g := newSessionGuard(t, Config{})
		var mu sync.Mutex
		var order []string
		var work sync.WaitGroup
		run := func(tool string) {
			if v := g.Judge(in("1", tool)); v.Allowed {
				mu.Lock()
				order = append(order, tool)
				mu.Unlock()
			}
		}
		work.Go(func() {
			run("fetch")
			if v := g.Judge(in("1", "mail")); v.Allowed {
				t.Error("a mail after the page")
			}
		})
		for range 3 {
			work.Go(func() { run("mail") })
		}
		work.Wait()
		if v := g.Judge(in("1", "mail")); v.Allowed {
			t.Fatal("the taint is lost")
		}
	}
}

func TestOrder(t *testing.T) {
	g := newSessionGuard(t, Config{})
	review := func(label, result string) { g.Succeeded(g.Judge(in(label, "review")), []byte(result)) }
	wantRule(t, g.Judge(in("1", "commit")), "/tools/commit/after")
	for _, failed := range []string{`{"isError":true}`, `{"isError":"no"}`, `{"resultType":"input_required"}`, `{"task":{}}`, `[]`, ``, `{"isError":null}`} {
		review("1", failed)
		wantRule(t, g.Judge(in("1", "commit")), "/tools/commit/after")
	}
	review("2", `{"content":[]}`)
	wantRule(t, g.Judge(in("1", "commit")), "/tools/commit/after") // it was another session
	review("1", `{"content":[],"isError":false,"resultType":"complete"}`)
	wantRule(t, g.Judge(in("1", "commit")), "")
	g.EndSession(in("1", "").From)
	wantRule(t, g.Judge(in("1", "commit")), "/tools/commit/after")

	// The calls of this program's own tools, and calls within calls.
	v := g.Judge(in("3", "review"))
	g.Complete(&v, Failed, 0)
	wantRule(t, g.Judge(in("3", "commit")), "/tools/commit/after")
	m := in("3", "call_operation")
	m.Subject.Inner = &guard.Inner{Name: "review"}
	v = g.Judge(m)
	g.Complete(&v, Answered, 0)
	wantRule(t, g.Judge(in("3", "commit")), "")
}

// Two servers may have tools of one name.
func TestOrderOfServers(t *testing.T) {
	b := session.NewBook()
	one, two := newSessionGuard(t, Config{Sessions: b, Server: "one"}), newSessionGuard(t, Config{Sessions: b, Server: "two"})
	one.Succeeded(one.Judge(in("1/one", "review")), []byte(`{}`))
	wantRule(t, two.Judge(in("1/two", "commit")), "/tools/commit/after")
	wantRule(t, one.Judge(in("1/one", "commit")), "")
	wantRule(t, one.Judge(in("1/one", "fetch")), "")
	wantRule(t, two.Judge(in("1/two", "mail")), "/tools/mail/deny_if") // taints are those of the client
}

func TestSessionTotals(t *testing.T) {
	g := newSessionGuard(t, Config{})
	for range 2 {
		wantRule(t, g.Judge(in("1", "fetch")), "")
	}
	v := g.Judge(in("1", "fetch"))
	if wantRule(t, v, "/tools/fetch/limits/0"); v.Reason != "the limit of 2 for a session is reached" {
		t.Error(v.Reason)
	}
	wantRule(t, g.Judge(in("2", "fetch")), "")
	g.EndSession(in("1", "").From)
	wantRule(t, g.Judge(in("1", "fetch")), "")
}

// A denied call that shadow mode forwards does not change the session.
func TestSessionInShadow(t *testing.T) {
	g := newSessionGuard(t, Config{Shadow: true})
	wantRule(t, g.Judge(in("1", "fetch")), "")
	if v := g.Judge(in("1", "mail")); !v.Allowed || v.Rule != "/tools/mail/deny_if" {
		t.Errorf("the shadow does not say what would be denied: %+v", v.Decision)
	}
	g.Succeeded(g.Judge(in("1", "commit")), []byte(`{}`)) // would be denied
	if v := g.Judge(in("1", "commit")); v.Rule != "/tools/commit/after" {
		t.Error(v.Rule)
	}
	noError(t, g.SetPolicy(loadPolicy(t, strings.Replace(orderPolicy, "review: {}", "review: {deny_if: {tainted: web}}", 1))))
	wantRule(t, g.Judge(in("1", "fetch")), "")
	g.Succeeded(g.Judge(in("1", "review")), []byte(`{}`)) // would be denied
	if v := g.Judge(in("1", "commit")); v.Rule != "/tools/commit/after" {
		t.Errorf("what may come only after a call comes after one that would be denied: %q", v.Rule)
	}
}

// A policy without sessions costs nothing, and one whose state cannot be kept denies.
func TestSessionIsKept(t *testing.T) {
	b := must(session.Open(t.TempDir() + "/gone/state"))
	g := newSessionGuard(t, Config{Sessions: b, Now: func() time.Time { return time.Unix(1e9, 0) }})
	wantRule(t, g.Judge(in("1", "review")), "")
	if v := g.Judge(in("1", "fetch")); v.Allowed || v.Rule != ruleSession {
		t.Errorf("the taint is not in the file, and the call goes on: %+v", v.Decision)
	}
}
