package enforce

import (
	"context"
	"sync"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/policy"
)

// Call is a call of a tool of this program that may wait for a confirmation. It counts against the
// limits when it proceeds, so that a call that is held and confirmed later counts once. Its methods
// may be called on nil, which stands for a call without a policy, and from any goroutine.
//
// Whoever starts a call ends it: [Call.End] writes what became of it.
type Call struct {
	guard *Guard

	mu      sync.Mutex // guards the fields below
	verdict Verdict
	state   callState
	holding Holding
}

type callState uint8

const (
	decided   callState = iota // nothing is written yet
	committed                  // the decision is in the audit
	held                       // the call is answered with a question
)

// Start decides on a call. A call that the policy denies is written to the audit at once; of others
// [Call.Proceed] writes it. h says how a call is held that needs a person's approval.
func (g *Guard) Start(m *Message, h Holding) *Call {
	c := &Call{guard: g, verdict: g.decide(m), holding: h}
	if !c.verdict.Allowed {
		g.commit(&c.verdict, "")
		c.state = committed
	}
	return c
}

// Denied reports whether the call must not go on, and why.
func (c *Call) Denied() (policy.Decision, bool) {
	if c == nil {
		return policy.Decision{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.verdict.Decision, !c.verdict.Allowed
}

// Check reports whether the limits have no room for the call now. It counts nothing: it is for a
// call that is about to wait for a confirmation.
func (c *Call) Check() (policy.Decision, bool) {
	if c == nil {
		return policy.Decision{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.guard
	err := g.c.Limits.Check(g.c.Now(), c.verdict.Charges)
	if c.state != decided || err == nil {
		return c.verdict.Decision, !c.verdict.Allowed
	}
	if g.mustHold(&c.verdict) {
		c.verdict.Decision = refusal(err)
	}
	g.commit(&c.verdict, "") // which refuses it, unless there is room by now
	c.state = committed
	return c.verdict.Decision, !c.verdict.Allowed
}

// Require makes an allowed call need an approval beside those that the policy asks for. a may be
// nil.
func (c *Call) Require(a *policy.Approval) {
	if c == nil || a == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == decided && c.verdict.Allowed {
		c.verdict.Approval = c.verdict.Approval.And(a)
	}
}

// NeedsApproval reports whether the call may proceed only if a person outside of the client agrees.
// Nobody else has to be asked then.
func (c *Call) NeedsApproval() bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.verdict.Allowed && c.verdict.Approval != nil && !c.guard.c.Shadow
}

// Show says what the call does beyond its arguments, for those who approve it, and with which
// credentials. An approval is bound to that. server is what they call the server, "" for that of
// the guard.
func (c *Call) Show(server string, r *approval.Request, effect string, secrets ...Secret) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holding.Server, c.holding.Request, c.holding.Effect, c.holding.Secrets = server, r, effect, secrets
}

// Proceed waits for the approval of a call that needs one, reserves its limits and writes the
// decision. Only then may the call take effect; it must not if it is denied. confirmed says who
// agreed to a call that needs no approval, if anybody was asked. A second Proceed does nothing.
func (c *Call) Proceed(ctx context.Context, confirmed string) (policy.Decision, bool) {
	if c == nil {
		return policy.Decision{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == decided {
		c.guard.settle(ctx, &c.verdict, c.holding, confirmed)
		c.state = committed
	}
	return c.verdict.Decision, !c.verdict.Allowed
}

// Refusal returns the verdict on a call that is denied, or waits for a person.
func (c *Call) Refusal() Verdict {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.verdict
}

// Hold notes that the call is answered with a question, and takes no effect.
func (c *Call) Hold() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == decided {
		c.state = held
	}
}

// Rules of records of calls that the policy allows and that took no effect.
const (
	ruleHeld    = "(confirmation)"
	ruleRefused = "(arguments)"
)

// End writes what became of the call: the outcome after its decision, or the decision that it did
// not take effect.
func (c *Call) End(what string, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.verdict.Allowed:
		return // the decision says all
	case c.state == committed:
		if what == Answered {
			c.guard.succeed(&c.verdict)
		}
		c.guard.Outcome(c.verdict, what, size)
		return
	}
	r := c.guard.record(&c.verdict)
	if c.state == held {
		r.Decision, r.Rule, r.Reason = "hold", ruleHeld, "the call waits for a confirmation"
	} else {
		r.Decision, r.Rule, r.Reason = "deny", ruleRefused, "the tool refused the call before it took effect"
	}
	r.Event = audit.EventDecision
	_, _ = c.guard.append(r) // nothing took effect
	c.guard.observeRecord(&c.verdict, &r)
}

// Treat changes the answer to the call as the policy says, like [Guard.Treat].
func (c *Call) Treat(result []byte) (out []byte, withheld string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.guard.Treat(c.verdict, result)
}

// TreatError changes the error of a call as the policy says of its answer.
func (c *Call) TreatError(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.guard.TreatedError(c.verdict, err)
}

// TreatsResults reports whether the policy may change the answer to the call, or keeps secrets of
// it.
func (c *Call) TreatsResults() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.verdict.Results.IsZero() || len(c.verdict.Keeps) > 0
}

type callKey struct{}

// WithCall returns a context for the handler of a call.
func WithCall(ctx context.Context, c *Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// CallOf returns the call of a context, nil if there is no policy.
func CallOf(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}
