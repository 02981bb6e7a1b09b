package enforce

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/policy"
)

// RuleRequire is the rule of approvals that [Config.Require] asks for.
const RuleRequire = "--require-approval"

// Rules in the records of allowed calls that took no effect.
const (
	ruleHeld    = "(confirmation)"
	ruleRefused = "(arguments)"
)

// MaxQuestions bounds the questions that wait for an answer from one caller. A person cannot judge
// more at once.
const MaxQuestions = 8

// ErrTooManyQuestions is the error of a question beyond [MaxQuestions].
var ErrTooManyQuestions = fmt.Errorf("%d questions wait for an answer of the user, and no more are asked at once", MaxQuestions)

// maxPreview bounds each part of a request that a person is shown, in characters.
const maxPreview = 4000

// RefuseCall completes a decision of [Guard.Decide] on a call that its tool refuses, with the
// tool's answer as the policy lets it through.
func (g *Guard) RefuseCall(v *Verdict, answer json.Marshaler) {
	if v.Allowed {
		g.answer(v, answer)
		g.reject(v, ruleRefused, "the tool refused the call before it took effect", "")
		return
	}
	g.commit(v, "")
}

// answer sets the tool's answer to an allowed call that is not made, as the policy lets it through.
func (g *Guard) answer(v *Verdict, answer json.Marshaler) {
	if v.Answer = answer; answer == nil || !v.TreatsResults() || g.c.Shadow {
		return
	}
	treated, why := g.Treat(*v, Refusal(*v))
	if v.Answer = treated; why != "" {
		v.Answer = Denial(policy.Decision{Rule: v.Rule, Reason: why}, v.Fits())
	}
}

// settlePreview decides on what an allowed call would do. It returns who confirmed the call, or
// true if the verdict is complete.
func (g *Guard) settlePreview(ctx context.Context, v *Verdict, h Holding) (confirmed string, isSettled bool) {
	p := h.Preview
	if p == nil || !v.Allowed {
		return "", false
	}
	v.sent = p.Sent
	holds, denied := g.decidePreview(v, p)
	for _, part := range p.Parts {
		alsoHolds, why := g.decidePart(v, part)
		if holds = holds || alsoHolds; denied == "" {
			denied = why
		}
	}
	if denied != "" {
		g.refuse(v, h, guard.Refusal{Reason: denied}, "")
		return "", true
	}
	if h.Plan != nil && h.Plan.HasConsent() {
		v.consent = holds && v.Approval == nil
		v.approved = v.Approval != nil && h.Plan.approved && h.Plan.Approval.Covers(v.Approval)
		if v.HasConsent() {
			g.commit(v, h.Plan.confirmed)
			return "", true
		}
	}
	if !holds || v.Approval != nil && !g.c.Shadow { // which is worth more than a confirmation
		return "", false
	}
	if h.Settled {
		v.consent = true
		return "gateway", false
	}
	if err := g.c.Limits.Check(g.c.Now(), v.Charges); err != nil {
		v.Decision = refusal(err) // nobody is asked about it
		if g.commit(v, ""); !v.Allowed {
			return "", true
		}
	}
	if p.Fails != nil {
		if g.answer(v, p.Fails()); v.Answer != nil {
			g.reject(v, ruleRefused, "the credentials are missing", "")
			return "", true
		}
	}
	began := time.Now()
	confirmed, refused, err := g.confirm(ctx, v, h)
	v.waited = time.Since(began)
	switch {
	case err != nil:
		g.reject(v, ruleHeld, err.Error(), "")
	case v.Question != "":
		g.wait(v)
	case refused == nil:
		if err := g.stale(v, h); err != nil {
			g.refuse(v, h, guard.Refusal{Reason: err.Error()}, confirmed)
			return "", true
		}
		v.consent = true
		return confirmed, false
	case refused.How == guard.IsHeld, refused.How == guard.IsNotHeld:
		g.answer(v, p.Refuse(*refused))
		g.wait(v)
	default:
		g.refuse(v, h, *refused, confirmed)
	}
	return "", true
}

// decidePreview decides on what a call would do. It adds the approval that is needed to v.
func (g *Guard) decidePreview(v *Verdict, p *guard.Preview) (holds bool, denied string) {
	if r := g.c.Require; r != nil && p.Methods != nil && r.RequiresConsentOf(p.Tool, p.Methods[0], p.Methods) {
		v.Approval = v.Approval.And(&policy.Approval{Rule: RuleRequire, Approvers: 1})
	}
	return g.c.Confirm.Decide(p)
}

// decidePart decides on a part of a call by its name, its arguments and what it would do. It is
// decided on again when it is made.
func (g *Guard) decidePart(v *Verdict, p guard.Part) (holds bool, denied string) {
	m := *v.message
	m.Annotations, m.Subject = p.Annotations, Subject{How: ByPolicy, Kind: policy.Tool, Names: []string{p.Name}}
	g.Fill(&m.Subject, p.Named)
	of := g.Decide(&m)
	if !of.Allowed && !of.IsConditional { // by what the parts before it do, and by values that they return
		if of.Hidden {
			of.Reason = "the policy does not allow it"
		}
		return false, p.Step + of.Reason
	}
	v.Approval = v.Approval.And(of.Approval)
	if holds, denied = g.decidePreview(v, p.Preview); denied != "" {
		denied = p.Step + denied
	}
	return holds, denied
}

// confirm asks for a confirmation: a person, if the client can ask one, and else the model, which
// repeats a call that was held. It returns who confirmed the call, or why nobody did. A question in
// the verdict means that the result of the call is the question.
func (g *Guard) confirm(ctx context.Context, v *Verdict, h Holding) (by string, refused *guard.Refusal, err error) {
	p := h.Preview
	call, err := g.confirmation(ctx, v, h)
	if err != nil {
		return "", nil, err
	}
	isAsked, question := h.Caller.Ask != nil || h.Caller.Answer != nil, func() string { return p.Describe(maxPreview) + p.Question }
	switch {
	case h.Caller.Ask != nil && !g.held.IsShared(): // nobody else can decide
		a, err := h.Caller.Ask(ctx, question())
		return answered(a, err)
	case !isAsked && g.c.Confirm.RequireHuman:
		return "", &guard.Refusal{
			How: guard.NotAsked, Why: "only a person may confirm this, and the client cannot ask one",
			Reason: "a person has to confirm it", Advice: "use a client that supports elicitation",
		}, nil
	}
	var held approval.Held
	if isHeld := true; p.Confirmed && !isAsked {
		if held, isHeld, err = g.held.Find(call, g.c.Now()); err == nil && !isHeld {
			return notHeld()
		}
	} else {
		held, err = g.held.Ask(call, cmp.Or(g.c.Confirm.HoldFor, guard.DefaultHold), g.c.Now())
	}
	switch {
	case err != nil:
		return "", nil, err
	case held.State != approval.Waiting: // a person has decided outside of the client
		return g.useDecision(&held)
	case h.Caller.Ask != nil:
		a, err := h.Caller.Ask(ctx, question())
		taken, ended := g.held.Take(held.ID, g.c.Now())
		if now, ok, _ := g.held.Find(call, g.c.Now()); !taken && ok { // a person has decided meanwhile
			if by, refused, err := g.useDecision(&now); refused != nil || err != nil {
				return by, refused, err
			}
		}
		return answered(a, cmp.Or(err, ended))
	case isAsked:
		if a := h.Caller.Answer(held.ID); a != NoAnswer {
			return g.take(held.ID, a)
		}
		v.Pending, v.Question = held.ID, question()
		return "", nil, nil
	case p.Confirmed:
		if taken, err := g.held.Take(held.ID, g.c.Now()); taken || err != nil {
			return "model", nil, err
		}
		return notHeld()
	}
	return "", &guard.Refusal{How: guard.IsHeld}, nil
}

func notHeld() (string, *guard.Refusal, error) {
	return "", &guard.Refusal{How: guard.IsNotHeld, Reason: "no such call is held"}, nil
}

// confirmation returns the call as it is held for a confirmation: by its digest, since a person
// confirms uploads that are too large to be kept.
func (g *Guard) confirmation(ctx context.Context, v *Verdict, h Holding) (approval.Call, error) {
	p := h.Preview
	caller := h.Principal + "\n" + p.Caller
	if g.held.IsShared() { // no other process may use the confirmation
		caller += "\n" + g.process
	}
	who := sha256.Sum256([]byte(caller))
	c := approval.Call{
		Grant: v.message.From.name(), GrantID: hex.EncodeToString(who[:8]), Server: g.serverOf(p), Tool: p.Tool,
		Rule: ruleHeld, Once: true, Effect: "digest " + p.Digest().String(),
	}
	if !g.held.IsShared() {
		return c, nil
	}
	c.Effect = p.Describe(maxPreview) + " (" + c.Effect + ")"
	if p.Secrets == nil {
		return c, nil
	}
	secrets, _ := p.Secrets(ctx) // without credentials, the call has been answered or needs none
	var err error
	c.Credentials, err = g.credentials(secrets)
	return c, err
}

// credentials returns credentials as people see them.
func (g *Guard) credentials(secrets []guard.Secret) (all []approval.Credential, err error) {
	for _, x := range secrets {
		c, err := g.c.Approvals.Credential(x.Scheme, x.Value)
		if err != nil {
			return nil, err
		}
		if x.Hidden {
			c.Begins = ""
		}
		all = append(all, c)
	}
	return all, nil
}

// useDecision returns what a person has decided on a held call outside of the client.
func (g *Guard) useDecision(held *approval.Held) (by string, refused *guard.Refusal, err error) {
	if held.State == approval.Denied {
		return "refused", &guard.Refusal{Reason: "a person has denied the call" + notes(held)}, nil
	}
	used, err := g.held.Use(held.ID, g.c.Now())
	if !used && err == nil {
		return notHeld()
	}
	return approvers("approval "+held.ID+" of "+held.Digest[:12], held.Decisions), nil, err
}

// take ends the wait of a call to whose question the client has the answer.
func (g *Guard) take(id string, a Answer) (by string, refused *guard.Refusal, err error) {
	taken, err := g.held.Take(id, g.c.Now())
	if !taken && err == nil {
		return notHeld()
	}
	if err != nil {
		return "", nil, err
	}
	return answered(a, nil)
}

// answered returns what the person who uses the client has said, or why that person did not.
func answered(a Answer, err error) (by string, refused *guard.Refusal, _ error) {
	if err != nil {
		return notAsked(err)
	}
	if a == Agrees {
		return "person", nil, nil
	}
	return "refused", &guard.Refusal{Reason: "the person who was asked did not agree"}, nil
}

// notAsked returns why the person who uses the client did not answer.
func notAsked(err error) (by string, refused *guard.Refusal, _ error) {
	r := &guard.Refusal{How: guard.NotAsked, Why: "the user could not be asked",
		Reason: "the client did not put the question to the user", Advice: "use a client that asks its user"}
	switch {
	case errors.Is(err, ErrTooManyQuestions):
		r.Why, r.Reason, r.Advice = err.Error(), "too many questions are open", "call again when the user has answered"
	case errors.Is(err, context.DeadlineExceeded):
		r.Why, r.Reason, r.Advice = "nobody answered the question in time", "not confirmed in time", "call again when the user is there to answer"
	}
	return "", r, nil
}

// refuse answers a call that is not made with the tool's words.
func (g *Guard) refuse(v *Verdict, h Holding, r guard.Refusal, confirmed string) {
	g.answer(v, h.Preview.Refuse(r))
	g.reject(v, ruleHeld, r.Reason, confirmed)
}

// reject makes the verdict on an allowed call a denial that no rule of the policy gives.
func (g *Guard) reject(v *Verdict, rule, reason, confirmed string) {
	v.Decision = policy.Decision{Rule: rule, Reason: reason}
	g.enterUnsent(v, "deny", confirmed)
}

// wait makes the verdict on an allowed call one that waits for a confirmation.
func (g *Guard) wait(v *Verdict) {
	v.Decision = policy.Decision{Rule: ruleHeld, Reason: "the call waits for a confirmation"}
	g.enterUnsent(v, "hold", "")
}

// enterUnsent writes a decision to the audit that lets nothing take effect.
func (g *Guard) enterUnsent(v *Verdict, decision, confirmed string) {
	r := g.record(v)
	r.Decision, r.Confirmed = decision, confirmed
	_, _ = g.append(r) // nothing takes effect
	g.observeRecord(v, &r)
}
