package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/limit"
	"github.com/spectap/spectap/guard/policy"
)

// Guard decides on messages and writes the audit. It is safe for concurrent use, and serves any
// number of relays.
type Guard struct {
	policy atomic.Pointer[policy.Policy]
	c      Config
}

// Config is what a guard decides with.
type Config struct {
	// Limits counts what calls use up. Required.
	Limits *limit.Ledger
	// Audit receives each decision before it takes effect. Nil means that there is no audit.
	Audit *audit.Log
	// Shadow lets everything through that is only denied by the policy. The audit says what would
	// have been decided. What cannot be judged is refused all the same.
	Shadow bool
	// Values adds redacted values of arguments to the audit.
	Values bool
	// Redactor redacts values and results. Required.
	Redactor *redact.Redactor
	// Now returns the time. Nil means time.Now.
	Now func() time.Time
}

// NewGuard returns a guard that enforces p.
func NewGuard(p *policy.Policy, c Config) *Guard {
	if c.Now == nil {
		c.Now = time.Now
	}
	g := &Guard{c: c}
	g.policy.Store(p)
	return g
}

// Policy returns the policy in force.
func (g *Guard) Policy() *policy.Policy { return g.policy.Load() }

// SetPolicy puts another policy in force, for all messages from now on.
func (g *Guard) SetPolicy(p *policy.Policy) error {
	g.policy.Store(p)
	_, err := g.append(audit.Record{Event: audit.EventPolicy, Policy: p.Version()})
	return err
}

// caller is who sends a message.
type caller struct {
	identity map[string]any // "name" and others, as in a policy
	session  string
}

func (c caller) name() string {
	name, _ := c.identity["name"].(string)
	return name
}

// verdict is what becomes of a message.
type verdict struct {
	policy.Decision
	call uint64 // the number of the decision in the audit
	// code is that of the JSON-RPC error for a refusal, 0 for a refusal as a result of a tool.
	code int
}

// judge decides on a message, reserves its limits and writes the audit. What it allows may leave.
func (g *Guard) judge(who caller, direction string, m *message, s subject, annotations map[string]any) verdict {
	if s.how == passes {
		return verdict{Decision: policy.Decision{Allowed: true}}
	}
	p := g.Policy()
	v := verdict{Decision: g.decide(p, who, m, s, annotations)}
	if v.Allowed {
		if err := g.c.Limits.Reserve(g.c.Now(), v.Charges); err != nil {
			v.Decision = refusal(err)
		}
	}
	v.code = refusalCode(s, v.Hidden)
	shadow := g.c.Shadow && !v.Allowed && s.how != refused
	r := audit.Record{
		Event: audit.EventDecision, Identity: who.name(), Session: who.session, Direction: direction, Method: m.method,
		Name: clip(first(s.names)), Decision: "deny", Shadow: shadow, Rule: v.Rule, Reason: v.Reason, Policy: p.Version(),
		Arguments: argumentNames(s.args), Digest: digest(m.params),
	}
	if v.Allowed {
		r.Decision, r.Reason = "allow", ""
	}
	if g.c.Values && m.params != nil {
		r.Values = json.RawMessage(g.c.Redactor.JSON(m.params))
	}
	seq, err := g.append(r)
	if err != nil {
		v.Decision = policy.Decision{Rule: ruleAudit, Reason: "the decision cannot be written to the audit"}
		return v
	}
	v.call = seq
	if shadow {
		v.Decision = policy.Decision{Allowed: true, Rule: v.Rule}
	}
	return v
}

// ruleAudit and ruleLimits stand for a rule where the guard itself fails.
const (
	ruleAudit  = "(audit)"
	ruleLimits = "(limits)"
)

// decide asks the policy.
func (g *Guard) decide(p *policy.Policy, who caller, m *message, s subject, annotations map[string]any) policy.Decision {
	switch s.how {
	case refused:
		return policy.Decision{Rule: policy.RuleDefaultDeny, Reason: "the parameters of " + clip(m.method) + " do not say what is asked for"}
	case unknown:
		return policy.Decision{Hidden: true, Rule: policy.RuleHidden, Reason: "the server lists no such tool"}
	case byUpstream:
		return p.Upstream(s.names[0])
	case byLists:
		for _, name := range s.names {
			if !p.Lists(s.kind, name) && (s.kind != policy.Resource || !p.ListsTemplate(name)) {
				return policy.Decision{Hidden: true, Rule: policy.RuleDefaultDeny, Reason: "there is no such " + s.kind.String()}
			}
		}
		return policy.Decision{Allowed: true, Rule: policy.RuleDefaultAllow}
	}
	var all policy.Decision
	for i, name := range s.names {
		d := p.Decide(&policy.Call{Kind: s.kind, Name: name, Args: s.args, Identity: who.identity, Annotations: annotations, Time: g.c.Now()})
		if !d.Allowed {
			return d
		}
		if i == 0 {
			all = d
		} else {
			all.Charges = append(all.Charges, d.Charges...)
		}
	}
	if s.isTask && (!all.Results.IsZero() || !p.Decide(&policy.Call{Kind: policy.Method, Name: "tasks/result"}).Allowed) {
		return policy.Decision{Rule: all.Rule, Reason: "the call may not run as a task, whose result the policy would not see"}
	}
	return all
}

// refusal turns an error of a reservation into a denial.
func refusal(err error) policy.Decision {
	var r *limit.Refusal
	if errors.As(err, &r) {
		return policy.Decision{Rule: r.Charge.Rule, Reason: r.Error()}
	}
	return policy.Decision{Rule: ruleLimits, Reason: "the use of limits cannot be counted"}
}

// refusalCode returns how a refusal is said: 0 as a result of a tool, else the code of an error.
func refusalCode(s subject, hidden bool) int {
	switch {
	case s.how == refused:
		return codeInvalidParams
	case s.how == byPolicy && s.kind == policy.Tool && !hidden:
		return 0
	case s.how == byPolicy && s.kind == policy.Method && hidden:
		return codeMethodNotFound
	case hidden:
		return codeInvalidParams
	}
	return codeInvalidRequest
}

// refuseMalformed writes the refusal of a message that could not be parsed.
func (g *Guard) refuseMalformed(who caller, direction string, e *malformed) {
	// The message is refused whether or not this can be written.
	_, _ = g.append(audit.Record{
		Event: audit.EventDecision, Identity: who.name(), Session: who.session, Direction: direction, Decision: "deny",
		Rule: "(malformed)", Reason: e.why, Policy: g.Policy().Version(),
	})
}

// outcome writes what became of a call.
func (g *Guard) outcome(who caller, v verdict, m *message, what string, since time.Time, size int) {
	if v.call == 0 {
		return
	}
	_, _ = g.append(audit.Record{ // the decision is written; the answer is not held back for its outcome
		Event: audit.EventOutcome, Identity: who.name(), Session: who.session, Call: v.call, Method: m.method, Outcome: what,
		Latency: float64(g.c.Now().Sub(since).Microseconds()) / 1000, Size: size,
	})
}

func (g *Guard) append(r audit.Record) (uint64, error) {
	if g.c.Audit == nil {
		return 0, nil
	}
	r.Time = g.c.Now()
	return g.c.Audit.Append(r)
}

// argumentNames returns the sorted names of arguments, shortened.
func argumentNames(args any) []string {
	object, _ := args.(map[string]any)
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, clip(name))
	}
	slices.Sort(names)
	return names[:min(len(names), maxNames)]
}

// maxNames bounds the names of arguments in a record.
const maxNames = 100

func digest(params []byte) string {
	if params == nil {
		return ""
	}
	sum := sha256.Sum256(params)
	return hex.EncodeToString(sum[:])
}

func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}
