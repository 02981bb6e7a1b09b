package cases

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard/policy"
)

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
