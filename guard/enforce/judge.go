package enforce

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/limit"
	"github.com/spectap/spectap/guard/policy"
)

// Caller is the sender of a message.
type Caller struct {
	Identity map[string]any // "name" and others, as in a policy
	// Session is the label of the session. The part after a slash names one of several servers that
	// share the session.
	Session string
	// Client is the unverified name that the client gives itself, or "".
	Client string
}

func (c Caller) name() string {
	name, _ := c.Identity["name"].(string)
	return name
}

// grantID returns the id of the caller's grant, "" without one. A later grant of the same name has
// another id.
func (c Caller) grantID() string {
	id, _ := c.Identity[GrantID].(string)
	return id
}

// GrantID is the member of an identity to which approvals are bound in addition to the name.
const GrantID = "grant_id"

// The directions of messages, as the audit has them.
const (
	ToServer = "upstream" // from the client
	ToClient = "client"   // from the server
)

// Message is a message on which a guard decides.
type Message struct {
	From      Caller
	Direction string
	Method    string
	Params    []byte // as JSON, or nil
	ID        string // of a request that is sent, as JSON, or ""
	Subject   Subject
	// Annotations are the annotations of the called tool.
	Annotations map[string]any
	// Fits reports whether a value may be the structured content of the answer to a call: it
	// matches the output schema of the tool that the client knows. Nil means no output schema.
	Fits func(v any) bool
	// Issued reports whether the server gave the client an opaque value, such as a cursor. Nil
	// means that it gave none.
	Issued func(value string) bool
}

// Subject is what a message requests.
type Subject struct {
	How  How
	Kind policy.Kind
	// Names are the names that must all be allowed: the name of a tool or prompt, URIs of
	// resources, or a method. For [ByUpstream] it is the server's request to the client.
	Names []string
	Args  any // of a tool or prompt, decoded JSON with numbers as json.Number
	// Reads means that the tool, or the inner one, is known to only read.
	Reads bool
	// Inner, unless nil, is the tool that the named tool calls with arguments of its own. Both must
	// be allowed.
	Inner *guard.Inner
	// Why is the reason why a subject is [Quarantined], or [Refused].
	Why string
	// IsTask means that the result of the call comes later, in the answer to another request.
	IsTask bool
}

// How is the way in which a message is judged.
type How uint8

// The ways to judge a message. The zero value refuses it.
const (
	Refused     How = iota // the parameters do not show what is requested
	Passes                 // the protocol itself needs it
	ByPolicy               // [policy.Policy.Decide] on each name
	ByLists                // lists must show the names: completion calls nothing
	ByUpstream             // [policy.Policy.Upstream]
	Unknown                // the server has no such tool or prompt
	Quarantined            // no person has accepted its definition
)

// Verdict is the decision on a message.
type Verdict struct {
	policy.Decision
	// Pending is the id of the held call that waits for a person, or "".
	Pending string
	// Held is that call, or nil.
	Held *approval.Held
	// Question, unless "", is a question about the call Pending that its result can ask.
	Question string
	Times    Times
	// Status is that of the response to the request that the call made, and Failure why there was
	// none, for the audit.
	Status  int
	Failure string
	// Answer, unless nil, is the answer of a tool to a call that is not made.
	Answer json.Marshaler

	sent      string        // the request, for the audit
	consent   bool          // somebody has agreed to the exact call
	confirmed string        // who agreed
	approved  bool          // a person has approved it
	waited    time.Duration // for a person
	shadowed  bool          // it is allowed in shadow mode only
	version   uint64        // of the knowledge about the session
	message   *Message
	policy    *policy.Policy
	call      uint64 // the number of the decision in the audit, or 0
	since     time.Time
}

// Message is the message that was judged. Judged is when.
func (v *Verdict) Message() *Message { return v.message }
func (v *Verdict) Judged() time.Time { return v.since }

// IsApproved reports whether a person has approved the message.
func (v *Verdict) IsApproved() bool { return v.approved }

// HasConsent reports whether somebody has agreed to the exact call.
func (v *Verdict) HasConsent() bool { return v.approved || v.consent }

// Rules of denials by the guard itself, after a failure.
const (
	RulePins   = "(pins)"
	RuleGrant  = "(grant)"
	ruleHold   = "(approvals)"
	ruleAudit  = "(audit)"
	ruleLimits = "(limits)"
)

// Judge decides on a message, reserves its limits and writes the audit. An allowed message may be
// sent.
func (g *Guard) Judge(m *Message) Verdict {
	v := g.Decide(m)
	g.commit(&v, "")
	return v
}

// Fill adds to the subject of a call what its tool says of it: the arguments as conditions see
// them, and that nobody has accepted its definition, unless the policy hides it.
func (g *Guard) Fill(what *Subject, n guard.Named) {
	if n.Arguments != nil && g.NeedsArguments() {
		what.Args, what.Inner = n.Arguments()
	}
	isShown := g.Lists(policy.Tool, what.Names[0]) && (what.Inner == nil || g.Lists(policy.Tool, what.Inner.Name))
	if n.Quarantined == nil || !isShown {
		return
	}
	if what.Why = n.Quarantined(); what.Why != "" {
		what.How = Quarantined
	}
}

// Denied judges a call before the server's definition of its tool is known. ok reports whether the
// call is denied under any definition.
func (g *Guard) Denied(m *Message) (v Verdict, ok bool) {
	if g.c.Shadow || g.Policy().NeedsTools() {
		return v, false
	}
	if v = g.Decide(m); v.Allowed {
		return v, false
	}
	g.commit(&v, "")
	return v, true
}

// Decide decides on a message by its names and arguments. It reserves and writes nothing: the
// message may be sent only after [Guard.Settle].
func (g *Guard) Decide(m *Message) Verdict {
	v := Verdict{message: m, policy: g.Policy(), since: g.c.Now()}
	if m.Subject.How == Passes {
		v.Decision = g.askSent(&v)
	} else if name := g.ungranted(&m.Subject); name != "" {
		v.Decision = policy.Decision{Hidden: true, Rule: RuleGrant, Reason: "the grant does not cover " + Clip(name)}
	} else {
		v.Decision = g.ask(&v)
	}
	return v
}

// ungranted returns a tool that the caller may not call at all, or "".
func (g *Guard) ungranted(s *Subject) string {
	if s.Kind != policy.Tool || s.How != ByPolicy {
		return ""
	}
	for _, name := range s.Names {
		if !g.isGranted(name) {
			return name
		}
	}
	if s.Inner != nil && !g.isGranted(s.Inner.Name) {
		return s.Inner.Name
	}
	return ""
}

// commit reserves the limits of a verdict and writes it to the audit. confirmed names who agreed to
// the call, if anybody was asked.
func (g *Guard) commit(v *Verdict, confirmed string) {
	m := v.message
	if m.Subject.How == Passes && v.Allowed || v.shadowed { // a shadowed denial is written
		return
	}
	if v.Allowed && v.Approval != nil && !v.approved && !g.c.Shadow {
		v.Decision = policy.Decision{Rule: v.Approval.Rule,
			Reason: "a person must approve the call, and nothing here can hold it: start the server with --approvals FILE"}
	}
	g.recheck(v)
	if v.Allowed {
		if err := g.c.Limits.Reserve(g.c.Now(), v.Charges); err != nil {
			v.Decision = refusal(err)
		}
	}
	g.enter(v)
	shadow := g.c.Shadow && !v.Allowed && m.Subject.How != Refused && v.Rule != RuleGrant
	r := g.record(v)
	r.Shadow, r.Confirmed = shadow, confirmed
	var err error
	if v.call, err = g.append(r); err != nil {
		v.Decision = policy.Decision{Rule: ruleAudit, Reason: "the decision cannot be written to the audit"}
		g.observe(v, Event{Decision: EventDeny})
		return
	}
	g.observeRecord(v, &r)
	if shadow {
		v.Decision, v.shadowed = policy.Decision{Allowed: true, Rule: v.Rule}, true
	}
	if g.c.Shadow {
		v.Results = policy.Results{}
	}
}

// record returns the record of a decision, without an audit the decision alone.
func (g *Guard) record(v *Verdict) audit.Record {
	r := audit.Record{Event: audit.EventDecision, Decision: "deny", Rule: v.Rule, Reason: v.Reason}
	if v.Allowed {
		r.Decision, r.Reason, r.Taints = "allow", "", v.Taints
	}
	if !g.Audits() {
		return r
	}
	m := v.message
	r.Identity, r.Client, r.Session, r.Direction, r.Method = m.From.name(), Clip(m.From.Client), m.From.Session, m.Direction, m.Method
	r.Name, r.Policy, r.Arguments = Clip(first(m.Subject.Names)), v.policy.Version(), argumentNames(m.Subject.Args)
	r.Digest, r.Request = digest(m.Params), v.sent
	if in := m.Subject.Inner; in != nil {
		r.Via, r.Name, r.Arguments = r.Name, Clip(in.Name), argumentNames(in.Args)
	}
	if g.c.Values && m.Params != nil {
		r.Values = json.RawMessage(g.c.Redactor.JSON(m.Params))
	}
	return r
}

// ask asks the policy. It records the session version on which the decision is based.
func (g *Guard) ask(v *Verdict) policy.Decision {
	p, m, s := v.policy, v.message, &v.message.Subject
	switch s.How {
	case Refused:
		return policy.Decision{Rule: policy.RuleDefaultDeny, Reason: cmp.Or(s.Why, "the parameters of "+Clip(m.Method)+" do not say what is asked for")}
	case Unknown:
		return policy.Decision{Hidden: true, Rule: policy.RuleHidden, Reason: "the server lists no such " + s.Kind.String()}
	case Quarantined:
		return policy.Decision{Rule: RulePins, Reason: s.Why}
	case ByUpstream:
		return p.Upstream(s.Names[0])
	case ByLists:
		for _, name := range s.Names {
			if !p.Lists(s.Kind, name) && (s.Kind != policy.Resource || !p.ListsTemplate(name)) {
				return policy.Decision{Hidden: true, Rule: policy.RuleDefaultDeny, Reason: "there is no such " + s.Kind.String()}
			}
		}
		return g.askSent(v)
	}
	session, sent := g.look(v), g.beside(v)
	one := func(name string, args any, annotations map[string]any) policy.Decision {
		return p.Decide(&policy.Call{
			Kind: s.Kind, Name: name, Args: args, Beside: sent, Identity: m.From.Identity, Annotations: annotations, Session: session, Time: v.since,
		})
	}
	var all policy.Decision
	for i, name := range s.Names {
		d := one(name, s.Args, m.Annotations)
		if !d.Allowed {
			return d
		}
		if i == 0 {
			all = d
		} else {
			all.Charges = append(all.Charges, d.Charges...)
			all.Taints = append(all.Taints, d.Taints...)
			all.Keeps = append(all.Keeps, d.Keeps...)
		}
	}
	if s.Kind == policy.Method && carriesTasks(m.Method) {
		if d := g.askSent(v); !d.Allowed { // the tool is not known
			return d
		}
		all.Results, all.Keeps = p.TaskResults(), p.TaskKeeps()
	}
	if in := s.Inner; in != nil {
		d := policy.Decision{Hidden: true, Rule: policy.RuleHidden, Reason: "there is no tool of this name"}
		if !in.Unknown {
			d = one(in.Name, in.Args, in.Annotations)
		}
		if all = d.And(all); !all.Allowed {
			return all
		}
	}
	if g.c.HoldWrites && s.Kind == policy.Tool && !s.Reads && !all.Settled {
		all.Approval = all.Approval.And(&policy.Approval{
			Rule: ruleHold, Approvers: 1, Reason: "nothing shows that the tool only reads, and the policy does not say whether it needs an approval",
		})
	}
	if s.IsTask && (!all.Results.IsZero() || len(all.Keeps) > 0 || !p.Decide(&policy.Call{Kind: policy.Method, Name: "tasks/result", Session: session}).Allowed) {
		return policy.Decision{Rule: all.Rule, Reason: "the call may not run as a task, whose result the policy would not see"}
	}
	return all
}

// carriesTasks reports whether a message, or its answer, may have the result of a task. The server
// may turn a call into a task on its own (revision 2026-07-28).
func carriesTasks(method string) bool {
	return strings.HasPrefix(method, "tasks/") || strings.HasPrefix(method, "notifications/tasks")
}

// refusal turns an error of a reservation into a denial.
func refusal(err error) policy.Decision {
	if r, ok := errors.AsType[*limit.Refusal](err); ok {
		return policy.Decision{Rule: r.Charge.Rule, Reason: r.Error()}
	}
	return policy.Decision{Rule: ruleLimits, Reason: "the use of limits cannot be counted"}
}

// Malformed writes to the audit that a message could not be parsed, and why. The message is refused
// in any case.
func (g *Guard) Malformed(from Caller, direction, why string) {
	_, _ = g.append(audit.Record{ // the message is refused whether or not this can be written
		Event: audit.EventDecision, Identity: from.name(), Session: from.Session, Direction: direction, Decision: "deny",
		Rule: "(malformed)", Reason: why, Policy: g.Policy().Version(),
	})
	if g.c.Observe != nil {
		g.c.Observe(Event{Direction: direction, Decision: EventMalformed}, nil)
	}
}

// Refused writes to the audit that a request to the server was refused before its message was read,
// and why. identity is nil if the sender is not known.
func (g *Guard) Refused(identity map[string]any, why string) {
	g.Malformed(Caller{Identity: identity}, ToServer, why)
}

// The outcomes of messages.
const (
	Answered = "result"
	Failed   = "error"
	Lost     = "lost"     // it may have taken effect
	Withheld = "withheld" // the answer was not passed on
	// Cancelled means that the client no longer waits. The call may have taken effect.
	Cancelled = "cancelled"
)

// Outcome writes the outcome of a message, with the size of its answer in bytes.
func (g *Guard) Outcome(v Verdict, what string, size int) {
	if v.message.Subject.How != Passes {
		g.observeOutcome(&v, what)
	}
	if v.call == 0 {
		return
	}
	_, _ = g.append(audit.Record{ // the decision is written; a failure to write the outcome does not hold back the answer
		Event: audit.EventOutcome, Identity: v.message.From.name(), Session: v.message.From.Session, Call: v.call,
		Method: v.message.Method, Outcome: what, Latency: float64(g.c.Now().Sub(v.since).Microseconds()) / 1000, Size: size,
		Request: v.sent, Status: v.Status, Reason: v.Failure,
	})
}

// Complete writes the outcome of an allowed call or request whose answer is complete.
func (g *Guard) Complete(v *Verdict, what string, size int) {
	if what == Answered {
		g.succeed(v)
	}
	g.Outcome(*v, what, size)
}

// NoteRequest writes a request to the audit that the server of an allowed call has sent for itself.
func (g *Guard) NoteRequest(v *Verdict, n guard.Note) error {
	_, err := g.append(audit.Record{
		Event: audit.EventSignIn, Identity: v.message.From.name(), Session: v.message.From.Session, Direction: v.message.Direction,
		Method: v.message.Method, Name: n.Tool, Request: n.Sent, Decision: "allow", Reason: cmp.Or(n.Failure, n.Reason),
		Status: n.Status, Policy: v.policy.Version(),
	})
	return err
}

// TreatsResults reports whether the policy may change the answer, or remember secrets in it.
func (v *Verdict) TreatsResults() bool { return !v.Results.IsZero() || len(v.Keeps) > 0 }

// Fits returns what the structured content of an answer must fit, or nil.
func (v *Verdict) Fits() func(any) bool {
	if v.message == nil {
		return nil
	}
	return v.message.Fits
}

// argumentNames returns the sorted names of arguments, shortened.
func argumentNames(args any) []string {
	object, _ := args.(map[string]any)
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, Clip(name))
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
