package enforce

import (
	"slices"
	"testing"

	"github.com/spectap/spectap/guard"
)

// observed returns a guard and a function that returns the events since its last call.
func observed(t *testing.T, c Config) (*Guard, func() []Event) {
	t.Helper()
	var all []Event
	c.Observe = func(e Event, _ *Verdict) { all = append(all, e) }
	g, _ := newGuard(t, c)
	return g, func() []Event {
		out := all
		all = nil
		return out
	}
}

// Observe gets each decision and outcome once, with the name in the policy.
func TestObserve(t *testing.T) {
	within := call("read")
	within.Subject.Inner = &guard.Inner{Name: "write"}
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
	noError(t, g.c.Audit.Close())
	if v := g.Judge(call("read")); v.Allowed {
		t.Error("allowed without a record")
	}
	if got := events(); len(got) != 1 || got[0].Decision != EventDeny {
		t.Errorf("without a record: %+v", got)
	}
}
