package enforce

import (
	"time"

	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/policy"
)

// Event is a decision, or what became of a message, for those who count. It has no text of a client
// or a server but the method.
type Event struct {
	Direction string // as in the audit
	Method    string
	// Entry is the name that the policy has for what was asked for, which may be a pattern, "" if
	// no entry of the policy names it.
	Entry string
	// Decision is one of the constants below. It is "" if the event is an outcome.
	Decision string
	Outcome  string
	// Upstream is how long the server took, and Added how long everything else did, but for the
	// wait for a person. They are there if Timed is set.
	Timed           bool
	Upstream, Added time.Duration
}

// The decisions of events.
const (
	EventAllow     = "allow"
	EventDeny      = "deny"
	EventHold      = "hold"
	EventShadow    = "shadow"    // denied by the policy, and let through
	EventMalformed = "malformed" // refused before it was judged
)

// Times are when a message arrived, was sent to the server, and was answered by it. Whoever relays
// a message sets them.
type Times struct{ Arrived, Sent, Answered time.Time }

// observe tells of a verdict.
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
	g.c.Observe(e)
}

// observeRecord tells of a verdict what its record says.
func (g *Guard) observeRecord(v *Verdict, r *audit.Record) {
	e := Event{Decision: r.Decision}
	if r.Shadow {
		e.Decision = EventShadow
	}
	g.observe(v, e)
}

// observeOutcome tells what became of a message, and how long it took.
func (g *Guard) observeOutcome(v *Verdict, what string) {
	e := Event{Outcome: what}
	if t := v.Times; !t.Sent.IsZero() && !t.Answered.IsZero() && !t.Arrived.IsZero() {
		e.Timed, e.Upstream = true, t.Answered.Sub(t.Sent)
		e.Added = max(0, time.Since(t.Arrived)-e.Upstream-v.waited)
	}
	g.observe(v, e)
}
