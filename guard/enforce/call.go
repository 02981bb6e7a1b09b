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
// may be called from any goroutine. A nil Call is a call without a policy.
//
// The code that starts a call must end it: [Call.End] writes its outcome.
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

// Start decides on a call. A denial is written to the audit at once, another decision by
// [Call.Proceed]. h configures how a call is held that needs a person's approval.
func (g *Guard) Start(m *Message, h Holding) *Call {
	c := &Call{guard: g, verdict: g.decide(m), holding: h}
	if !c.verdict.Allowed {
		g.commit(&c.verdict, "")
		c.state = committed
	}
	return c
}

// Denied reports whether the call must not proceed, and why.
func (c *Call) Denied() (policy.Decision, bool) {
	if c == nil {
		return policy.Decision{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.verdict.Decision, !c.verdict.Allowed
}

// Check reports whether the limits have no room for the call now. It reserves nothing: it is for a
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
	g.commit(&c.verdict, "") // refuses it, unless there is room by now
	c.state = committed
	return c.verdict.Decision, !c.verdict.Allowed
}

// Require adds an approval to those that the policy requires for an allowed call. a may be nil.
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
// Then no other confirmation is needed.
func (c *Call) NeedsApproval() bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.verdict.Allowed && c.verdict.Approval != nil && !c.guard.c.Shadow
}

// Show sets what approvers see beyond the arguments: the effect of the call and its credentials. An
// approval is bound to them. server is the name of the server for people; "" means the guard's.
func (c *Call) Show(server string, r *approval.Request, effect string, secrets ...Secret) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holding.Server, c.holding.Request, c.holding.Effect, c.holding.Secrets = server, r, effect, secrets
}

// Proceed waits for a required approval, reserves the limits and writes the decision. Only then may
// the call take effect, and only if it is allowed. confirmed names who agreed to a call that needs
// no approval, if anybody was asked. A second Proceed does nothing.
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

// Hold records that the call is answered with a question and takes no effect.
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

// Rules in the records of allowed calls that took no effect.
const (
	ruleHeld    = "(confirmation)"
	ruleRefused = "(arguments)"
)

// End writes the outcome of the call, or, if none was decided, the decision that it took no effect.
func (c *Call) End(what string, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.verdict.Allowed:
		return // the decision is complete
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

// Treat applies the policy to the answer to the call, like [Guard.Treat].
func (c *Call) Treat(result []byte) (out []byte, withheld string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.guard.Treat(c.verdict, result)
}

// TreatError applies the policy to the error of a call.
func (c *Call) TreatError(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.guard.TreatedError(c.verdict, err)
}

// TreatsResults reports whether the policy may change the answer to the call or remember secrets in
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

// CallOf returns the call of a context, or nil without a policy.
func CallOf(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}
