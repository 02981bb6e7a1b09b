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

// Holding configures how a call that needs a person's approval is held: what the approval is bound
// to, and what happens during the wait.
type Holding struct {
	// Server is the name of the server for people; "" means the guard's.
	Server string
	// Definition, unless nil, returns the hash of the tool's pin. It is called only if the call
	// needs an approval.
	Definition func() string
	// Request and Effect describe what the call does beyond its arguments. Both may be empty.
	Request *approval.Request
	Effect  string
	// Secrets are the credentials that are sent with the call, in addition to those of the guard.
	Secrets []Secret
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

// Secret is a credential that an approval is bound to. People see its scheme and, unless it is
// hidden, its first characters.
type Secret struct {
	Scheme, Value string
	Hidden        bool
}

// Asker asks the person who uses a client. ok is false if there is no answer. Both functions may be
// nil.
type Asker struct {
	// Ask asks while the call waits, until ctx ends.
	Ask func(ctx context.Context, h *approval.Held) (agrees, ok bool)
	// Answer returns the answer that the call itself carries, to a question in the result of an
	// earlier call. The call is answered at once, so that its result can be a question.
	Answer func(h *approval.Held) (agrees, ok bool)
}

// JudgeHeld is [Guard.Judge] for a call that may need a person's approval. It waits until ctx ends
// or the wait is over. Without a decision the verdict is a denial that says that the call is
// pending; an identical call later finds the decision. An approval is used before the verdict
// allows the call.
func (g *Guard) JudgeHeld(ctx context.Context, m *Message, h Holding) Verdict {
	v := g.decide(m)
	g.settle(ctx, &v, h, "")
	return v
}

// mustHold reports whether an allowed call waits for a person.
func (g *Guard) mustHold(v *Verdict) bool {
	return v.Allowed && v.Approval != nil && !g.c.Shadow && g.c.Approvals != nil
}

// settle waits for a required approval, reserves the limits and writes the audit. confirmed names
// who agreed to a call that needs no approval.
func (g *Guard) settle(ctx context.Context, v *Verdict, h Holding, confirmed string) {
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
		g.pend(v, &held)
		return
	}
	g.commit(v, by)
}

// hold uses a standing approval, or waits for a person's decision and uses that. by names who
// agreed; it is set for one caller only.
func (g *Guard) hold(ctx context.Context, v *Verdict, h Holding) (by string, held approval.Held, err error) {
	b := g.c.Approvals
	call, err := g.heldCall(v, &h)
	if err != nil {
		return "", held, err
	}
	decided, err := b.IsDecided(call, g.c.Now())
	if err != nil {
		return "", held, err
	}
	if !decided && !call.Once { // a decision on this exact call takes precedence
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

// heldCall returns the call as people see it.
func (g *Guard) heldCall(v *Verdict, h *Holding) (approval.Call, error) {
	s, a := &v.message.Subject, v.Approval
	server := cmp.Or(h.Server, g.c.Server)
	if g.c.Name != "" && h.Server != "" { // two servers may call the same API
		server = g.c.Name + "@" + h.Server
	}
	c := approval.Call{
		Grant: v.message.From.name(), GrantID: v.message.From.grantID(), Client: Clip(v.message.From.Client), Server: server, Tool: first(s.Names), Arguments: jsontext.Value("{}"),
		Policy: v.policy.Version(), Rule: a.Rule, Also: a.Also, Reason: a.Reason, Approvers: a.Approvers, Within: a.Within,
		Request: h.Request, Effect: h.Effect, Caller: a.Caller, Once: a.Once || h.Once,
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
	for _, x := range slices.Concat(g.c.Secrets, h.Secrets) {
		credential, err := g.c.Approvals.Credential(x.Scheme, x.Value)
		if err != nil {
			return c, err
		}
		if x.Hidden {
			credential.Begins = ""
		}
		c.Credentials = append(c.Credentials, credential)
	}
	return c, nil
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
		if agrees, ok := h.Caller.Answer(&held); ok {
			g.decideForCaller(&held, agrees)
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
		question := held
		asked.Go(func() {
			if agrees, ok := h.Caller.Ask(ctx, &question); ok {
				g.decideForCaller(&question, agrees)
			}
		})
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

// decideForCaller records the decision of the person who uses the client. It is ignored if somebody
// else has decided in the meantime.
func (g *Guard) decideForCaller(h *approval.Held, agrees bool) {
	d := approval.Decision{By: approval.Caller(h.Grant), Approve: agrees, Channel: approval.Elicitation}
	_, _ = g.c.Approvals.Decide(h.ID, h.Digest, d, g.c.Now())
}

// pend turns a verdict into the answer that the call waits for a person, and writes it to the
// audit.
func (g *Guard) pend(v *Verdict, held *approval.Held) {
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
