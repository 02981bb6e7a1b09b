package cases

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard/policy"
)

// A case is repeated a million times at most, and what has no effect is refused.
func TestBoundsOfCases(t *testing.T) {
	for text, want := range map[string]string{
		"{tool: a, expect: deny, repeat: 1000000}":           "",
		"{tool: a, expect: deny, repeat: 1000001}":           "c:1: repeat must be 1 to 1000000",
		"{tool: a, expect: deny, repeat: 0}":                 "",
		"{tool: a, expect: deny, fails: true}":               "",
		"{tool: a, expect: deny, fails: true, earlier: [b]}": "c:1: fails has an effect on calls of tools that later cases follow: remove it",
		"{tool: a, expect: deny, earlier: [b]}":              "",
		"{tool: a, expect: deny, after: 0s}":                 "",
		"{tool: a, expect: deny, after: -1s}":                `c:1: after must be a duration such as 61s or 2h, not "-1s"`,
		"{tool: a, expect: deny, args: [1]}":                 "",
		"{tool: a, expect: deny, annotations: 7}":            "c:1: annotations must be an object",
		"{tool: a, resource: b, prompt: c, expect: deny}":    "c:1: a case names one tool, resource, prompt or method",
		"{method: a, expect: maybe}":                         `c:1: expect must be allow, hold, deny or hide, not "maybe"`,
	} {
		_, err := Load(t.Context(), "c", []byte("cases: ["+text+"]"))
		if (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Where a taint stays in its session, a case of another session does not see it. Running ends with its
// context.
func TestTaintsOfASession(t *testing.T) {
	p, err := policy.Load(t.Context(), "p", []byte("version: 1\ntools: {fetch: {taints: web}, mail: {deny_if: {tainted: web}}}\nsession: {taint_scope: session}\n"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := Load(t.Context(), "c", []byte("cases: [{tool: fetch, expect: allow}, {tool: mail, expect: deny}, {tool: mail, session: other, expect: allow}]"))
	if err != nil {
		t.Fatal(err)
	}
	results, err := Run(t.Context(), p, all)
	if err != nil || len(results) != 3 {
		t.Fatal(results, err)
	}
	for _, r := range results {
		if !r.OK || r.Call != 1 {
			t.Errorf("%s in %q: %s by %s", r.Case.Tool, r.Case.Session, r.Got, r.Rule)
		}
	}
	if !strings.HasPrefix(results[1].Rule, "/tools/mail/deny_if") {
		t.Errorf("%+v", results[1])
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if results, err := Run(ctx, p, all); !errors.Is(err, context.Canceled) || results != nil {
		t.Errorf("%v, %v", results, err)
	}
}
