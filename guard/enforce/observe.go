package enforce

import (
	"time"

	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/policy"
)

// Event is a decision on a message or its outcome, for metrics. Its only text from a client or
// server is the method.
type Event struct {
	Direction string // as in the audit
	Method    string
	// Entry is the name or pattern of the policy's entry for the request, or "".
	Entry string
	// Decision is one of the constants below. It is "" if the event is an outcome.
	Decision string
	Outcome  string
	// Upstream is the time that the server took. Added is the remaining time, without the wait for
	// a person. Both are set if Timed is.
	Timed           bool
	Upstream, Added time.Duration
}

// The decisions of events.
const (
	EventAllow     = "allow"
	EventDeny      = "deny"
	EventHold      = "hold"
	EventShadow    = "shadow"    // denied by the policy, but forwarded
	EventMalformed = "malformed" // refused before it was judged
)

// Times are the times at which a message arrived, was sent to the server, and was answered. The
// relay sets them.
type Times struct{ Arrived, Sent, Answered time.Time }

// observe reports a verdict to Observe.
func (g *Guard) observe(v *Verdict, e Event) {
	if g.c.Observe == nil {
		return
	}
	m, name := v.message, first(v.message.Subject.Names)
	kind := m.Subject.Kind
	if in := m.Subject.Inner; in != nil {
		kind, name = policy.Tool, in.Name
	}
	e.Direction, e.Method = m.Direction, m.Method
	if name != "" && m.Subject.How != ByUpstream {
		e.Entry = v.policy.EntryOf(kind, name)
	}
	g.c.Observe(e, v)
}

// observeRecord reports a verdict to Observe as its record has it.
func (g *Guard) observeRecord(v *Verdict, r *audit.Record) {
	e := Event{Decision: r.Decision}
	if r.Shadow {
		e.Decision = EventShadow
	}
	g.observe(v, e)
}

// observeOutcome reports the outcome and duration of a message to Observe.
func (g *Guard) observeOutcome(v *Verdict, what string) {
	e := Event{Outcome: what}
	if t := v.Times; !t.Sent.IsZero() && !t.Answered.IsZero() && !t.Arrived.IsZero() {
		e.Timed, e.Upstream = true, t.Answered.Sub(t.Sent)
		e.Added = max(0, time.Since(t.Arrived)-e.Upstream-v.waited)
	}
	g.observe(v, e)
}
