package bypass

import (
	"regexp"
	"testing"
)

var ruleID = regexp.MustCompile(`rule-[a-z0-9]+`)

// at is a call of hold with a path.
func at(path string) string { return `{"name":"hold","arguments":{"path":"` + path + `"}}` }

// allow makes a rule of a held call.
func (g *gate) allow(id string, more ...string) string {
	g.t.Helper()
	g.run(append([]string{"approvals", "allow", "--approvals", "approvals.json", "--yes", "--for", "1h", id}, more...)...)
	out := g.run("approvals", "rules", "--approvals", "approvals.json")
	rule := ruleID.FindString(out)
	if rule == "" {
		g.t.Fatalf("no rule: %s", out)
	}
	return rule
}

// TestRuleStretched makes calls that an approval by rule does not cover: it is for paths below a
// folder.
func TestRuleStretched(t *testing.T) {
	t.Parallel()
	g := newHolding(t, holding)
	g.allow(g.pend(at("/tmp/ok/first")), "--if", "{path: args.path, op: below, value: /tmp/ok}")
	if m := g.request("tools/call", at("/tmp/ok/first")); m.isDenied() {
		t.Fatalf("the held call: %s", m.raw)
	}
	for what, params := range map[string]string{
		"beside": at("/tmp/okFORBIDDEN"), "up": at("/tmp/ok/../FORBIDDEN"), "escaped": at("/tmp/ok/%2e%2e/FORBIDDEN"), "a tab": at(`/tmp/ok/.\t./FORBIDDEN`),
		"fullwidth": at(`/tmp/ok/\uff0e\uff0e/FORBIDDEN`), "a space": at("/tmp/ok/.. /FORBIDDEN"), "capitals": at("/TMP/ok/FORBIDDEN"), "a zero byte": at(`/tmp/ok/FORBIDDEN\u0000`),
		"a list":          `{"name":"hold","arguments":{"path":["/tmp/ok/FORBIDDEN"]}}`,
		"no path":         `{"name":"hold","arguments":{"x":"FORBIDDEN"}}`,
		"another case":    `{"name":"hold","arguments":{"path":"/tmp/ok/a","Path":"/FORBIDDEN"}}`,
		"another form":    `{"name":"hold","arguments":{"path":"/tmp/ok/a","pa\u00adth":"/FORBIDDEN"}}`,
		"input responses": `{"name":"hold","arguments":{"path":"/tmp/ok/a"},"inputResponses":{"x":{"action":"accept","content":{"x":"FORBIDDEN"}}}}`,
		"a state":         `{"name":"hold","arguments":{"path":"/tmp/ok/a"},"requestState":"FORBIDDEN"}`,
		"a member more":   `{"name":"hold","arguments":{"path":"/tmp/ok/a"},"x":"FORBIDDEN"}`,
	} {
		if m := g.request("tools/call", params); !m.isDenied() {
			t.Errorf("%s: %s", what, m.raw)
		}
	}
	if g.seen("FORBIDDEN") > 0 {
		t.Errorf("the server got %s", g.read("seen"))
	}
	if m := g.request("tools/call", at("/tmp/ok/second")); m.isDenied() {
		t.Errorf("what the rule is for: %s", m.raw)
	}
	g.records()
}
