package enforce

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard/policy"
)

// observed returns a guard and a function that returns what was counted since it was asked last.
func observed(t *testing.T, c Config) (*Guard, func() []Event) {
	t.Helper()
	var all []Event
	c.Observe = func(e Event) { all = append(all, e) }
	g, _ := newGuard(t, c)
	return g, func() []Event {
		out := all
		all = nil
		return out
	}
}

// Whoever counts learns of each decision and outcome once, with the name that the policy has.
func TestObserve(t *testing.T) {
	within := call("read")
	within.Subject.Inner = &Inner{Name: "write"}
	unknown := call("x")
	unknown.Subject.How = Unknown
	upstream := &Message{Direction: ToClient, Method: "sampling/createMessage", Subject: Subject{How: ByUpstream, Names: []string{"sampling"}}}
	for name, tt := range map[string]struct {
		shadow bool
		m      *Message
		want   Event
	}{
		"allowed":        {false, call("read"), Event{Direction: ToServer, Method: "tools/call", Entry: "read", Decision: EventAllow}},
		"denied":         {false, call("other"), Event{Direction: ToServer, Method: "tools/call", Decision: EventDeny}},
		"in shadow mode": {true, call("other"), Event{Direction: ToServer, Method: "tools/call", Decision: EventShadow}},
		"within a call":  {false, within, Event{Direction: ToServer, Method: "tools/call", Entry: "write", Decision: EventAllow}},
		"unknown":        {false, unknown, Event{Direction: ToServer, Method: "tools/call", Decision: EventDeny}},
		"of the server":  {false, upstream, Event{Direction: ToClient, Method: "sampling/createMessage", Decision: EventDeny}},
	} {
		g, events := observed(t, Config{Shadow: tt.shadow})
		if g.Judge(tt.m); !slices.Equal(events(), []Event{tt.want}) {
			t.Errorf("%s: want %+v", name, tt.want)
		}
	}
	g, events := observed(t, Config{})
	g.Judge(&Message{Method: "ping", Subject: Subject{How: Passes}})
	if got := events(); got != nil {
		t.Errorf("what the protocol itself needs is counted: %+v", got)
	}
	g.Malformed(Caller{}, ToServer, "no JSON")
	if got := events(); !slices.Equal(got, []Event{{Direction: ToServer, Decision: EventMalformed}}) {
		t.Errorf("malformed: %+v", got)
	}
	if err := g.c.Audit.Close(); err != nil {
		t.Fatal(err)
	}
	if v := g.Judge(call("read")); v.Allowed {
		t.Error("allowed without a record")
	}
	if got := events(); len(got) != 1 || got[0].Decision != EventDeny {
		t.Errorf("without a record: %+v", got)
	}
}

// What the policy does to results, it does not in shadow mode. A call without a policy is neither
// denied nor held.
func TestWithoutEffect(t *testing.T) {
	for _, shadow := range []bool{false, true} {
		g, _ := newGuard(t, Config{Shadow: shadow})
		c := g.Start(call("text"), Holding{})
		if _, denied := c.Proceed(t.Context(), ""); denied || c.TreatsResults() == shadow {
			t.Errorf("shadow %v: results are treated: %v", shadow, c.TreatsResults())
		}
		if err := c.TreatError(io.EOF); !errors.Is(err, io.EOF) {
			t.Errorf("shadow %v: %v", shadow, err)
		}
		if _, withheld := c.Treat([]byte(`{"content":[{"type":"text","text":"launch code"}]}`)); (withheld == "") != shadow {
			t.Errorf("shadow %v: %s", shadow, withheld)
		}
	}
	var none *Call
	none.Require(&policy.Approval{Rule: "/x"})
	none.Show("s", nil, "")
	none.Hold()
	if _, denied := none.Denied(); denied {
		t.Error("denied")
	}
	if _, denied := none.Check(); denied || none.NeedsApproval() {
		t.Error("checked, or held")
	}
}

// What is completed must be listed. Names of resources may be templates.
func TestJudgeLists(t *testing.T) {
	g, _ := newGuard(t, Config{})
	for name, tt := range map[string]struct {
		kind policy.Kind
		name string
		want bool
	}{"a tool": {policy.Tool, "read", true}, "a hidden tool": {policy.Tool, "secret", false}, "an unknown tool": {policy.Tool, "other", false}, "a resource": {policy.Resource, "file:///a", false}} {
		v := g.Judge(&Message{Method: "completion/complete", Subject: Subject{How: ByLists, Kind: tt.kind, Names: []string{tt.name}}})
		if v.Allowed != tt.want || !v.Allowed && (!v.Hidden || !strings.Contains(v.Reason, "no such")) {
			t.Errorf("%s: %+v", name, v.Decision)
		}
	}
}
