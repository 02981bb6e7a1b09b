package enforce

import (
	"encoding/json"
	"strings"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/guard/session"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// who returns the session of a caller.
func (c *Caller) who() session.Who {
	label, _, _ := strings.Cut(c.Session, "/")
	return session.Who{Identity: c.name(), Session: label}
}

// look returns the session's state, or nil if the policy does not depend on it, and records its
// version.
func (g *Guard) look(v *Verdict) *policy.Session {
	s, version := g.session(v)
	if s != nil {
		v.version = version
	}
	return s
}

// session returns the session's state, or nil if the policy does not depend on it, and its version.
func (g *Guard) session(v *Verdict) (*policy.Session, uint64) {
	if !v.policy.NeedsSession() {
		return nil, 0
	}
	wide := v.policy.TaintsIdentity()
	s, version := g.c.Sessions.Look(v.message.From.who(), g.c.Server, wide, v.since)
	s.Carries = func(taint string, args any) bool {
		kept := g.c.Sessions.Kept(v.message.From.who(), taint, wide)
		return kept != nil && kept.In(jsonvalue.Encode(args))
	}
	return &s, version
}

// keep remembers the secrets in an answer before the caller receives it.
func (g *Guard) keep(v *Verdict, answer []byte) {
	for _, taint := range v.Keeps {
		g.c.Sessions.Keep(v.message.From.who(), taint, v.policy.TaintsIdentity(), func(kept *redact.Used) { kept.Keep(g.c.Redactor, answer) })
	}
}

// ruleSession is the rule of a denial whose reason is the session itself.
const ruleSession = "(session)"

// dependsOnSession reports whether a verdict depends on earlier calls or sets taints.
func (v *Verdict) dependsOnSession() bool {
	return v.Allowed && v.message.Subject.How == ByPolicy && v.policy.NeedsSession()
}

// recheck decides again if the session has changed since the decision, as it may while a call waits
// for a confirmation. It reserves nothing.
func (g *Guard) recheck(v *Verdict) {
	if !v.dependsOnSession() {
		return
	}
	if _, now := g.c.Sessions.Look(v.message.From.who(), g.c.Server, false, v.since); now != v.version {
		g.askAgain(v)
	}
}

// askAgain decides again. A call that now needs a different approval must be made again.
func (g *Guard) askAgain(v *Verdict) {
	d := g.ask(v)
	switch {
	case d.Allowed && v.Approval.Covers(d.Approval):
		d.Approval = v.Approval
	case d.Allowed:
		d = policy.Decision{Rule: d.Approval.Rule, Reason: "the session has changed since the call was decided, and it needs a person's approval now: make it again"}
	}
	v.Decision = d
}

// enter adds the taints of the verdict to the session before the call is forwarded, because the
// result may reach the model at any time after that. If the session has changed in the meantime,
// enter decides again.
func (g *Guard) enter(v *Verdict) {
	for v.dependsOnSession() {
		window := v.policy.TaintWindow()
		if !v.policy.TaintsIdentity() {
			window = 0
		}
		entered, err := g.c.Sessions.Enter(v.message.From.who(), v.version, v.Taints, window, g.c.Now())
		if err != nil {
			v.Decision = policy.Decision{Rule: ruleSession, Reason: "what the call does to the session cannot be kept"}
		}
		if entered || err != nil {
			return
		}
		g.askAgain(v)
	}
}

// Succeeded records the success of a call of a tool, if the answer reports one, so that calls that
// must come after it are allowed.
func (g *Guard) Succeeded(v Verdict, result []byte) {
	if g.isOrdered(&v) && isSuccess(result) {
		g.succeed(&v)
	}
}

// isOrdered reports whether the policy may make other calls depend on the success of this one.
func (g *Guard) isOrdered(v *Verdict) bool {
	s := &v.message.Subject
	return v.Allowed && !v.shadowed && s.How == ByPolicy && s.Kind == policy.Tool && v.policy.NeedsSession()
}

func (g *Guard) succeed(v *Verdict) {
	if !g.isOrdered(v) {
		return
	}
	names := v.message.Subject.Names
	if in := v.message.Subject.Inner; in != nil {
		names = append(names[:len(names):len(names)], in.Name)
	}
	for _, name := range names {
		if v.policy.Orders(name) {
			g.c.Sessions.Succeeded(v.message.From.who(), g.c.Server, name)
		}
	}
}

// isSuccess reports whether the result of a tool is a success, rather than an error, a question to
// the client, or the start of a task.
func isSuccess(result []byte) bool {
	var r struct {
		IsError    json.RawMessage `json:"isError"`
		ResultType json.RawMessage `json:"resultType"`
		Task       json.RawMessage `json:"task"`
	}
	if json.Unmarshal(result, &r) != nil {
		return false
	}
	return (r.IsError == nil || string(r.IsError) == "false") && (r.ResultType == nil || string(r.ResultType) == `"complete"`) && r.Task == nil
}

// EndSession drops a session whose connection has ended: the totals of its limits and the list of
// called tools. Taints stay on the identity as the policy says.
func (g *Guard) EndSession(c Caller) {
	w := c.who()
	g.c.Limits.EndSession(policy.SessionKey(w.Identity, w.Session))
	g.c.Sessions.End(w, g.c.Now())
}
