package policy

import (
	"encoding/json"
	slashpath "path"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
)

func TestCharges(t *testing.T) {
	p := mustLoad(t, `
version: 1
all_tools: {limits: [{counter: calls, window: minute, max: 60, scope: global}]}
tools:
  pay: {limits: [{counter: spend, window: day, max: 100.5, increment_from: args.amount, reason: spent}]}
  "read_*": {rate_limit: 10/minute}
  list: {rate_limit: {max: 5, window: 90}}
`)
	alice, bob := map[string]any{"name": "alice"}, map[string]any{"name": "bob"}
	d := p.Decide(&Call{Name: "pay", Args: argsOf(t, `{"amount":12.25}`), Identity: alice})
	want := []Charge{
		{`"alice"/tools/pay/limits/spend`, 12_250_000, 100_500_000, 24 * time.Hour, "/tools/pay/limits/0", "spent", false},
		{`/all_tools/limits/calls`, One, 60 * One, time.Minute, "/all_tools/limits/0", "", false},
	}
	if len(d.Charges) != 2 || d.Charges[0] != want[0] || d.Charges[1] != want[1] {
		t.Errorf("charges %+v, want %+v", d.Charges, want)
	}
	key := func(name string, identity map[string]any) string {
		return p.Decide(&Call{Name: name, Identity: identity}).Charges[0].Key
	}
	if key("read_a", alice) != key("read_b", alice) {
		t.Error("the tools of one pattern do not share their counter")
	}
	if key("read_a", alice) == key("read_a", bob) || key("read_a", alice) == key("read_a", nil) || key("list", alice) == key("read_a", alice) {
		t.Error("a counter is shared by two callers, or two entries")
	}
	if c := p.Decide(&Call{Name: "list"}).Charges[0]; c.Max != 5*One || c.Window != 90*time.Second || c.Rule != "/tools/list/rate_limit" {
		t.Errorf("charge %+v", c)
	}
}

// TestAmountsThatCannotBeCounted denies.
func TestAmountsThatCannotBeCounted(t *testing.T) {
	p := mustLoad(t, "version: 1\ntools: {pay: {limits: [{counter: c, window: day, max: 100, increment_from: args.amount}]}}")
	for args, reason := range map[string]string{
		``: "is missing", `{}`: "is missing", `{"amount":null}`: "is not a number", `{"amount":"5"}`: "is not a number",
		`{"amount":-5}`: "is negative", `{"amount":-0.0000001}`: "is negative", `{"amount":[5]}`: "is not a number",
		`{"amount":1e300}`: "is larger than", `{"amount":1e999999999}`: "is too large", `{"amount":0.0000001}`: "has more than six decimals",
	} {
		d := p.Decide(&Call{Name: "pay", Args: argsOf(t, args)})
		if d.Allowed || !strings.Contains(d.Reason, "args.amount "+reason) || d.Rule != "/tools/pay/limits/0" {
			t.Errorf("%s: %+v, want the reason %q", args, d, reason)
		}
	}
}

func TestWindows(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"60": time.Minute, "1": time.Second, "minute": time.Minute, "15m": 15 * time.Minute, "15 minutes": 15 * time.Minute,
		"hour": time.Hour, "2d": 48 * time.Hour, "week": 7 * 24 * time.Hour, "1 day": 24 * time.Hour,
		"0": 0, "-1": 0, "m": 0, "": 0, "fortnight": 0, "1.5h": 0, "99999999999": 0, "400d": 0, "60 ": 0, "minutes": 0,
	} {
		w, ok := parseWindow(text)
		if ok != (want > 0) || ok && w != want {
			t.Errorf("%q: %v %v, want %v", text, w, ok, want)
		}
		if again, ok := parseWindow(windowText(w)); want > 0 && (!ok || again != w) {
			t.Errorf("%v is written %q, which reads as %v", w, windowText(w), again)
		}
	}
}

// TestPatterns compares with the patterns of package path, in which "*" stops at slashes.
func TestPatterns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.StringMatching(`[ab*]{0,8}`).Draw(t, "pattern")
		name := rapid.StringMatching(`[ab]{0,10}`).Draw(t, "name")
		want := must.Get(slashpath.Match(p, name))
		if got := pattern(p).matches(name); got != want {
			t.Fatalf("%q matches %q: %v, want %v", p, name, got, want)
		}
		if want && !strings.HasPrefix(name, pattern(p).start()) {
			t.Fatalf("%q matches %q, which does not start with %q", p, name, pattern(p).start())
		}
	})
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"a*b", "a?c", false}, {"a*b", "a[bc]", false}, {"a*b", `a\b`, true}, {"a*b", "a/b", true},
		{"ab*b", "ab", false}, {"ab*b", "abb", true}, {"ab*ba", "aba", false}, {"a*b*b", "ab", false}, {"a*b*b", "abb", true}, // no part overlaps another
	} {
		if pattern(tt.pattern).matches(tt.name) != tt.want {
			t.Errorf("%s matches %q: %v", tt.pattern, tt.name, !tt.want)
		}
	}
}

func TestRemove(t *testing.T) {
	p := mustLoad(t, `
version: 1
all_tools: {results: {max_bytes: 1000, remove: ["users[*].email"], deny_matching: [BEGIN]}}
tools: {t: {results: {max_bytes: 5000, redact: true, fence: true, remove: ["[0].id", 'a["b.c"]', "list[1]"]}}}
`)
	r := p.Decide(&Call{Name: "t"}).Results
	if r.MaxBytes != 1000 || !r.Redact || !r.Fence || len(r.Remove) != 4 || len(r.DenyMatching) != 1 || r.IsZero() {
		t.Errorf("results %+v", r)
	}
	for in, want := range map[string]string{
		`{"users":[{"email":"a","id":1},{"email":{"x":1}},{}]}`: `{"users":[{"email":"[removed by policy]","id":1},{"email":"[removed by policy]"},{}]}`,
		`[{"id":1},{"id":2}]`:                       `[{"id":"[removed by policy]"},{"id":2}]`,
		`{"a":{"b.c":1,"b":{"c":2}},"list":[1,2]}`:  `{"a":{"b":{"c":2},"b.c":"[removed by policy]"},"list":[1,"[removed by policy]"]}`,
		`{"users":{"email":"a"},"a":1,"list":null}`: `{"a":1,"list":null,"users":{"email":"a"}}`,
		`"text"`: `"text"`,
	} {
		v, removed := argsOf(t, in), false
		for _, place := range r.Remove {
			removed = place.Remove(v) || removed
		}
		if got, _ := json.Marshal(v); string(got) != want || removed == (in == want || len(in) == len(want)) {
			t.Errorf("%s became %s (%v), want %s", in, got, removed, want)
		}
	}
}

// The short form of a limit counts for each session if it says so.
func TestRateOfSession(t *testing.T) {
	p := mustLoad(t, "version: 1\ntools: {a: {rate_limit: {max: 2, window: minute, scope: session}}, b: {rate_limit: {max: 2, window: 60, scope: identity}}}\n")
	key := func(tool, session string) string {
		d := p.Decide(&Call{Name: tool, Identity: map[string]any{"name": "anna"}, Session: &Session{ID: session}})
		if !d.Allowed || len(d.Charges) != 1 {
			t.Fatalf("%+v", d)
		}
		return d.Charges[0].Key
	}
	if key("a", "1") == key("a", "2") || key("b", "1") != key("b", "2") {
		t.Error("the scopes are wrong:", key("a", "1"), key("a", "2"), key("b", "1"), key("b", "2"))
	}
}
