package enforce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// DefaultWait is how long a call waits for a person before it is answered as pending: well below
// the 60 s after which clients give up (the default of the TypeScript SDK).
const DefaultWait = 45 * time.Second

// approvalPoll is the interval between checks for the decision, approvalNote the interval between
// notifications of the client that the call waits.
const (
	approvalPoll = 200 * time.Millisecond
	approvalNote = 5 * time.Second
	minQuestion  = time.Second // no person answers faster
)

// Holding configures how a call is held that needs a person's approval or a confirmation: what the
// consent is bound to, and what happens during the wait.
type Holding struct {
	// Preview is what the call would do, or nil if that is not known.
	Preview *guard.Preview
	// Secrets are credentials that the caller sends with the call, where Preview does not have
	// them.
	Secrets []guard.Secret
	// Principal identifies the caller. A confirmation is valid for it alone.
	Principal string
	// Settled means that a person has approved the call at the gateway that started this server.
	Settled bool
	// Plan, unless nil, is the verdict on the call that makes this one and has shown it.
	Plan *Verdict
	// Definition, unless nil, returns the hash of the tool's pin. It is called only if the call
	// needs an approval.
	Definition func() string
	// Effect describes what the call does beyond its arguments, where Preview does not. May be "".
	Effect string
	// Once means that no standing approval covers the call.
	Once bool
	// Sent, unless nil, are the parameters that are sent instead of those of the message if a
	// person has approved it.
	Sent []byte
	// Recheck, unless nil, is called before an approval is used. It returns the reason why the call
	// must no longer be sent, or "".
	Recheck func() string
	// Note, unless nil, is called while the call waits, every few seconds.
	Note func(id string)
	// Wait bounds the wait; zero means the guard's bound.
	Wait time.Duration
	// Slot, unless nil, is called before the call waits. Without a free slot, the call is answered
	// at once.
	Slot func() (release func(), ok bool)
	// Caller asks the person who uses the client, if the policy accepts that person.
	Caller Asker
}

// Asker asks the person who uses a client. Both functions may be nil.
type Asker struct {
	// Ask asks while the call waits, until ctx ends.
	Ask func(ctx context.Context, question string) (Answer, error)
	// Answer returns the answer that the call itself carries to the question about a held call, in
	// the result of an earlier call. The call is answered at once, so that its result can be a
	// question.
	Answer func(id string) Answer
}

// Answer is what a person answers.
type Answer uint8

// The answers. Closed is neither a yes nor a no, such as a form that was closed.
const (
	NoAnswer Answer = iota
	Agrees
	Declines
	Closed
)

// JudgeHeld is [Guard.Judge] for a call that may be held. It waits until ctx ends or the wait is
// over. Without a decision the verdict is a denial that says that the call is pending; an identical
// call later finds the decision. A consent is used before the verdict allows the call.
func (g *Guard) JudgeHeld(ctx context.Context, m *Message, h Holding) Verdict {
	v := g.Decide(m)
	g.Settle(ctx, &v, h)
	return v
}

// mustHold reports whether an allowed call waits for a person's approval.
func (g *Guard) mustHold(v *Verdict) bool {
	return v.Allowed && v.Approval != nil && !g.c.Shadow && g.c.Approvals != nil
}

// Settle completes a decision of [Guard.Decide]: it decides on what the call would do, waits for
// the consent that it needs, reserves the limits and writes the audit.
func (g *Guard) Settle(ctx context.Context, v *Verdict, h Holding) {
	confirmed, isSettled := g.settlePreview(ctx, v, h)
	if isSettled {
		return
	}
	v.confirmed = confirmed
	if !g.mustHold(v) {
		g.commit(v, confirmed)
		return
	}
	if err := g.c.Limits.Check(g.c.Now(), v.Charges); err != nil {
		v.Decision = refusal(err) // nobody is asked about it
		g.commit(v, "")
		return
	}
	began := time.Now()
	by, held, err := g.hold(ctx, v, h)
	v.waited = time.Since(began)
	switch {
	case v.Answer != nil:
		g.reject(v, ruleRefused, "the credentials are not available", "")
		return
	case err != nil:
		v.Decision = policy.Decision{Rule: v.Approval.Rule, Reason: err.Error()}
	case by != "":
		v.approved = true
		if h.Sent != nil {
			m := *v.message
			m.Params = h.Sent
			v.message = &m
		}
	case held.Void:
		v.Decision = policy.Decision{Rule: v.Approval.Rule, Reason: errPolicy.Error()}
	case held.State == approval.Denied:
		v.Decision = policy.Decision{Rule: v.Approval.Rule, Reason: "a person has denied the call" + notes(&held)}
	default:
		g.pend(v, &held, h)
		return
	}
	v.confirmed = by
	g.commit(v, by)
}

// hold uses a standing approval, or waits for a person's decision and uses that. by names who
// agreed; it is set for one caller only.
func (g *Guard) hold(ctx context.Context, v *Verdict, h Holding) (by string, held approval.Held, err error) {
	b := g.c.Approvals
	call, err := g.heldCall(ctx, v, &h)
	if err != nil || v.Answer != nil {
		return "", held, err
	}
	known, ok, err := b.Find(call, g.c.Now())
	if err != nil {
		return "", held, err
	}
	if (!ok || known.State == approval.Waiting) && !call.Once { // a decision on this exact call takes precedence
		if by, err = g.useStanding(ctx, v, h, call); by != "" || err != nil {
			return by, held, err
		}
	}
	if held, err = b.Ask(call, v.Approval.Within, g.c.Now()); err != nil {
		return "", held, err
	}
	if held, err = g.await(ctx, held, h); err != nil || held.State != approval.Approved || ctx.Err() != nil {
		return "", held, err
	}
	if err := g.stale(v, h); err != nil {
		return "", held, err
	}
	used, err := b.Use(held.ID, g.c.Now())
	switch {
	case err != nil:
		return "", held, err
	case used:
		return approvers("approval "+held.ID+" of "+held.Digest[:12], held.Decisions), held, nil
	}
	held.State = approval.Expired // another call has used it, or it has just expired
	return "", held, nil
}

// heldCall returns the call as people see it. Without its credentials it has none, and the verdict
// has the answer.
func (g *Guard) heldCall(ctx context.Context, v *Verdict, h *Holding) (approval.Call, error) {
	s, a := &v.message.Subject, v.Approval
	p := cmp.Or(h.Preview, &guard.Preview{})
	secrets := slices.Concat(g.c.Secrets, h.Secrets)
	if p.Secrets != nil {
		own, refusal := p.Secrets(ctx)
		if v.Answer = refusal; refusal != nil {
			return approval.Call{}, nil
		}
		secrets = slices.Concat(secrets, own)
	}
	c := approval.Call{
		Grant: v.message.From.name(), GrantID: v.message.From.grantID(), Client: Clip(v.message.From.Client), Server: g.serverOf(p), Tool: first(s.Names), Arguments: jsontext.Value("{}"),
		Policy: v.policy.Version(), Rule: a.Rule, Also: a.Also, Reason: a.Reason, Approvers: a.Approvers, Within: a.Within,
		Effect: h.Effect, Caller: a.Caller, Once: a.Once || h.Once,
	}
	if p.Effect != nil {
		c.Effect = p.Effect()
	}
	if p.Request != nil {
		c.Request = p.Request()
	}
	if h.Definition != nil {
		c.Definition = h.Definition()
	}
	if s.Args != nil {
		c.Arguments = jsonvalue.Encode(s.Args)
	}
	if s.Inner != nil {
		c.Inner = s.Inner.Name
	}
	var err error
	c.Credentials, err = g.credentials(secrets)
	return c, err
}

// serverOf returns the name of the server of a call for people.
func (g *Guard) serverOf(p *guard.Preview) string {
	if g.c.Name != "" && p.Server != "" { // two servers may call the same API
		return g.c.Name + "@" + p.Server
	}
	return cmp.Or(p.Server, g.c.Server)
}

// useStanding uses a standing approval that covers the call, and returns who agreed to it.
func (g *Guard) useStanding(ctx context.Context, v *Verdict, h Holding, call approval.Call) (by string, err error) {
	m, s := v.message, &v.message.Subject
	session, _ := g.session(v)
	judged := policy.Call{
		Kind: s.Kind, Name: call.Tool, Args: s.Args, Beside: g.beside(v), Identity: m.From.Identity, Annotations: m.Annotations, Session: session, Time: v.since,
	}
	if s.Inner != nil {
		judged.Name, judged.Args, judged.Annotations = s.Inner.Name, s.Inner.Args, s.Inner.Annotations
	}
	meets := func(conditions []string) bool {
		for _, text := range conditions {
			q, err := policy.LoadCondition(ctx, "condition", []byte(text))
			if err != nil || !q.Meets(&judged) {
				return false
			}
		}
		return true
	}
	used, ok, err := g.c.Approvals.UseStanding(call, meets, func() error { return g.stale(v, h) }, g.c.Now())
	if err != nil || !ok {
		return "", err
	}
	count := fmt.Sprintf("approval %s, use %d", used.ID, used.Used)
	if used.Times > 0 {
		count += fmt.Sprintf(" of %d,", used.Times)
	}
	return approvers(count+" of "+used.Digest[:12], used.Decisions), nil
}

// errPolicy refuses a call that was held under another policy.
var errPolicy = errors.New("the policy has changed since the call was held: make it again")

// stale returns the reason why an approval must no longer be used.
func (g *Guard) stale(v *Verdict, h Holding) error {
	if g.Policy().Version() != v.policy.Version() {
		return errPolicy
	}
	if g.ended != nil {
		if err := g.ended(); err != nil {
			return err
		}
	}
	if h.Recheck != nil {
		if why := h.Recheck(); why != "" {
			return errors.New(why)
		}
	}
	return nil
}

// await waits for a decision, until ctx ends or for as long as h says.
func (g *Guard) await(ctx context.Context, held approval.Held, h Holding) (approval.Held, error) {
	if held.Caller && h.Caller.Answer != nil && held.State == approval.Waiting {
		if a := h.Caller.Answer(held.ID); a == Agrees || a == Declines {
			g.decideForCaller(&held, a)
			return g.c.Approvals.Get(held.ID, g.c.Now())
		}
		return held, nil
	}
	wait := cmp.Or(h.Wait, g.c.Wait)
	if h.Slot != nil {
		release, ok := h.Slot()
		if !ok {
			return held, nil
		}
		defer release()
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if held.Caller && h.Caller.Ask != nil && held.State == approval.Waiting && wait > minQuestion {
		var asked sync.WaitGroup
		defer asked.Wait()
		defer cancel()
		on := held
		if question, ok := approval.Question(&on); ok {
			asked.Go(func() {
				if a, err := h.Caller.Ask(ctx, question); err == nil {
					g.decideForCaller(&on, a)
				}
			})
		}
	}
	note, poll := time.NewTicker(approvalNote), time.NewTicker(approvalPoll)
	defer note.Stop()
	defer poll.Stop()
	for held.State == approval.Waiting {
		select {
		case <-ctx.Done():
			return held, nil
		case <-note.C:
			if h.Note != nil {
				h.Note(held.ID)
			}
			continue
		case <-poll.C:
		}
		var err error
		if held, err = g.c.Approvals.Get(held.ID, g.c.Now()); err != nil {
			return held, err
		}
	}
	return held, nil
}

// decideForCaller records the decision of the person who uses the client, if it is one: others may
// still approve after a closed question. It is ignored if somebody else has decided meanwhile.
func (g *Guard) decideForCaller(h *approval.Held, a Answer) {
	if a != Agrees && a != Declines {
		return
	}
	d := approval.Decision{By: approval.Caller(h.Grant), Approve: a == Agrees, Channel: approval.Elicitation}
	_, _ = g.c.Approvals.Decide(h.ID, h.Digest, d, g.c.Now())
}

// pend turns a verdict into the answer that the call waits for a person, and writes it to the
// audit.
func (g *Guard) pend(v *Verdict, held *approval.Held, h Holding) {
	r := g.record(v)
	r.Decision, r.Rule, r.Reason = "hold", v.Approval.Rule, "the call waits for a person's approval: "+held.ID
	d := policy.Decision{Rule: v.Approval.Rule, Reason: "the decision cannot be written to the audit"}
	_, err := g.append(r)
	if g.observeRecord(v, &r); err == nil {
		d.Reason = fmt.Sprintf(
			"the call has not been sent: it waits for a person's approval (%s), until %s. Make the same call again later, with the same arguments, to learn the outcome. Do not ask for the approval by other means.", held.ID, held.Expires.UTC().Format(time.RFC3339))
		if held.Follows != "" {
			d.Reason = "the policy has changed since this call was held as " + held.Follows + ", and no decision on that counts; " + d.Reason
		}
		v.Pending, v.Held = held.ID, held
		if held.Caller && h.Caller.Answer != nil && h.Caller.Answer(held.ID) == NoAnswer {
			if text, ok := approval.Question(held); ok {
				v.Question = text
			}
		}
	}
	v.Decision = d
}

// approvers names the people who agreed, for the audit.
func approvers(what string, all []approval.Decision) string {
	var names []string
	for _, d := range all {
		names = append(names, d.By+" ("+d.Channel+")")
	}
	return what + " by " + strings.Join(names, ", ")
}

func notes(h *approval.Held) string {
	for _, d := range h.Decisions {
		if !d.Approve && d.Note != "" {
			return ": " + d.Note
		}
	}
	return ""
}
