package gateway

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/test/must"
)

const example = `
version: 1
hide: [drop_*]
tools:
  read: {rate_limit: 2/minute}
  pay: {require: [{path: args.amount, op: lte, value: 100}], limits: [{counter: spent, window: hour, max: 150, increment_from: args.amount}]}
  night: {require: [{time: {from: "22:00", to: "06:00"}}, {path: identity.name, op: eq, value: bob}]}
resources: {"db://public/*": {}}
`

func TestRun(t *testing.T) {
	p := must.Get(policy.Load(t.Context(), "p", []byte(example)))
	cases := must.Get(loadCases(t.Context(), "cases.yaml", []byte(`
cases:
  - {name: two reads pass, tool: read, repeat: 2, expect: allow}
  - {name: the third does not, tool: read, expect: deny, rule: /tools/read/rate_limit}
  - {name: another caller, tool: read, identity: {name: bob}, expect: allow}
  - {name: a minute later, tool: read, after: 60s, expect: allow}
  - {name: too much, tool: pay, args: {amount: 100.5}, expect: deny, rule: /tools/pay/require/0}
  - {name: enough, tool: pay, args: {amount: 100}, expect: allow}
  - {name: no more, tool: pay, args: {amount: 51}, expect: deny, rule: /tools/pay/limits/0}
  - {name: hidden, tool: drop_all, expect: hide}
  - {name: unknown, tool: nothing, expect: hide, rule: (default deny)}
  - {name: by night, tool: night, identity: {name: bob}, time: 2026-02-01T23:00:00Z, expect: allow}
  - {name: resource, resource: "db://public/a", expect: allow}
  - {name: wrong expectation, resource: "db://secret/a", expect: allow}
  - {name: wrong rule, tool: drop_all, expect: hide, rule: /tools/drop_all}
  - {name: fails at the third, tool: read, time: 2026-03-01T00:00:00Z, repeat: 5, expect: allow}
`)))
	results := must.Get(runCases(t.Context(), p, cases))
	var failed []string
	for _, r := range results {
		if !r.OK {
			failed = append(failed, fmt.Sprintf("%d %s: %s by %s in call %d", r.Line, r.Case.Name, r.Got, r.Rule, r.Call))
		}
	}
	want := "14 wrong expectation: hide by (default deny) in call 1\n15 wrong rule: hide by (hidden) in call 1\n" +
		"16 fails at the third: deny by /tools/read/rate_limit in call 3"
	if got := strings.Join(failed, "\n"); got != want {
		t.Errorf("failed:\n%s\nwant:\n%s", got, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := runCases(ctx, p, cases); err == nil {
		t.Error("a run went on after its call")
	}
}

func TestLoadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "a file of cases is one object",
		"cases: []":                   "there are no cases",
		"cases:\n  - {tool: a}":       ":2: expect must be allow, hold, deny or hide",
		"cases:\n  - {expect: allow}": ":2: a case names one tool",
		"cases:\n  - {tol: a}":        `unknown key "tol"`,
		"cases:\n  - {tool: [a]}":     `:2:6: "tool" has the wrong type`,
		"case: []":                    `unknown key "case"`,
		"cases:\n  - {tool: a, prompt: b, expect: deny}":                "names one tool",
		"cases:\n  - {tool: a, expect: deny, after: soon}":              "after must be a duration",
		"cases:\n  - {tool: a, expect: deny, repeat: -1}":               "repeat must be 1 to",
		"cases:\n  - {tool: a, expect: deny, identity: [alice]}":        "identity must be an object",
		"cases:\n  - {tool: a, expect: deny, earlier: [b], session: c}": "session has no effect",
		"cases:\n  - {tool: a, expect: deny, earlier: b}":               `"earlier" has the wrong type`,
		"cases:\n  - {prompt: a, expect: deny, fails: true}":            "fails has an effect",
	} {
		if _, err := loadCases(t.Context(), "c.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

// TestSessions checks that cases see what the cases before them did.
func TestSessions(t *testing.T) {
	p := must.Get(policy.Load(t.Context(), "p", []byte(`
version: 1
tools:
  fetch: {taints: web, limits: [{counter: n, max: 2, scope: session}]}
  mail: {require_approval: {if: {tainted: web}}}
  pay: {deny_if: {tainted: web}}
  commit: {after: review}
  review: {}
session: {taint_window: 1h}
`)))
	cases := must.Get(loadCases(t.Context(), "cases.yaml", []byte(`
cases:
  - {tool: mail, expect: allow}
  - {tool: fetch, expect: allow}
  - {tool: mail, expect: hold, rule: /tools/mail/require_approval}
  - {tool: pay, expect: deny, session: other}
  - {tool: pay, expect: allow, identity: {name: bob}}
  - {tool: pay, expect: deny, after: 2h}
  - {tool: pay, expect: allow, session: other}
  - {tool: commit, expect: deny}
  - {tool: review, expect: allow, fails: true}
  - {tool: commit, expect: deny, rule: /tools/commit/after}
  - {tool: review, expect: allow}
  - {tool: commit, expect: allow}
  - {tool: commit, expect: deny, session: other}
  - {tool: fetch, expect: allow}
  - {tool: fetch, expect: deny, rule: /tools/fetch/limits/0}
  - {tool: fetch, expect: allow, session: other}
  - {tool: commit, earlier: [review], expect: allow}
  - {tool: commit, earlier: [fetch], expect: deny}
  - {tool: pay, earlier: [fetch, review], identity: {name: carol}, expect: deny}
  - {tool: pay, identity: {name: carol}, expect: allow}
`)))
	results := must.Get(runCases(t.Context(), p, cases))
	for _, r := range results {
		if !r.OK {
			t.Errorf("line %d: %s by %s: %s", r.Line, r.Got, r.Rule, r.Reason)
		}
	}
}

// TestDocumentation runs the cases of docs/policy.md about sessions.
func TestDocumentation(t *testing.T) {
	text := must.Get(os.ReadFile("../../../../docs/policy.md"))
	block := func(with string) []byte {
		for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(text, -1) {
			if strings.Contains(string(m[1]), with) {
				return m[1]
			}
		}
		t.Fatalf("no block has %q", with)
		return nil
	}
	p := must.Get(policy.Load(t.Context(), "p", block("whoever wrote the page")))
	list := must.Get(loadCases(t.Context(), "cases.yaml", block("merge untested")))
	results := must.Get(runCases(t.Context(), p, list))
	for _, r := range results {
		if !r.OK {
			t.Errorf("%s: %s by %s: %s", r.Case.Name, r.Got, r.Rule, r.Reason)
		}
	}
}
