package enforce

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// How long a call waits for a person before it is answered as pending: well below the 60 s after
// which clients give up (the default of the TypeScript SDK). approvalPoll is how often the decision
// is looked for, approvalNote how often the client is told that the call waits.
const (
	approvalWait = 45 * time.Second
	approvalPoll = 200 * time.Millisecond
	approvalNote = 5 * time.Second
)

// Holding says what a call that needs a person's approval is bound to, and what happens meanwhile.
type Holding struct {
	// Definition, unless nil, returns the hash of the tool's pin. It is called only if the call
	// needs an approval.
	Definition func() string
	// Recheck, unless nil, is called before an approval is used. It returns why the call must not
	// be sent any more, "" if it may.
	Recheck func() string
	// Note, unless nil, is called while the call waits, every few seconds.
	Note func(id string)
	// Wait bounds the wait; zero means 45 s.
	Wait time.Duration
}

// JudgeHeld is [Guard.Judge] for a call that may need a person's approval. It waits for one until
// ctx ends, but not for long: then the verdict is a denial that says that the call is pending. The
// same call finds the decision later. An approval is used before the verdict allows the call.
func (g *Guard) JudgeHeld(ctx context.Context, m *Message, h Holding) Verdict {
	v := g.decide(m)
	if !v.Allowed || v.Approval == nil || g.c.Shadow || g.c.Approvals == nil {
		g.commit(&v, "")
		return v
	}
	if err := g.c.Limits.Check(g.c.Now(), v.Charges); err != nil {
		g.commit(&v, "") // which refuses it
		return v
	}
	began := time.Now()
	held, err := g.hold(ctx, &v, h)
	v.waited = time.Since(began)
	confirmed := ""
	switch {
	case err != nil:
		v.Decision = policy.Decision{Rule: v.Approval.Rule, Reason: err.Error()}
	case held.State == approval.Used:
		v.approved, confirmed = true, approvers(&held)
	case held.State == approval.Denied:
		v.Decision = policy.Decision{Rule: v.Approval.Rule, Reason: "a person has denied the call" + notes(&held)}
	default:
		g.pend(&v, &held)
		return v
	}
	g.commit(&v, confirmed)
	return v
}

// hold waits for the decision of a person, and uses an approval. The state of the result is Used
// for one caller only.
func (g *Guard) hold(ctx context.Context, v *Verdict, h Holding) (approval.Held, error) {
	m, b := v.message, g.c.Approvals
	args, definition := jsontext.Value("{}"), ""
	if h.Definition != nil {
		definition = h.Definition()
	}
	if m.Subject.Args != nil {
		args = jsonvalue.Encode(m.Subject.Args)
	}
	call := approval.Call{
		Grant: m.From.name(), Server: g.c.Server, Tool: first(m.Subject.Names), Definition: definition, Arguments: args,
		Policy: v.policy.Version(), Rule: v.Approval.Rule, Reason: v.Approval.Reason, Approvers: v.Approval.Approvers,
	}
	held, err := b.Ask(call, v.Approval.Within, g.c.Now())
	if err != nil {
		return held, err
	}
	if held, err = g.await(ctx, held, h); err != nil || held.State != approval.Approved || ctx.Err() != nil {
		return held, err
	}
	if g.Policy().Version() != v.policy.Version() {
		return held, errors.New("the policy has changed since the call was held: make it again")
	}
	if h.Recheck != nil {
		if why := h.Recheck(); why != "" {
			return held, errors.New(why)
		}
	}
	used, err := b.Use(held.ID, g.c.Now())
	switch {
	case err != nil:
		return held, err
	case used:
		held.State = approval.Used
	default:
		held.State = approval.Expired // another call has used it, or it has just expired
	}
	return held, nil
}

// await waits for a decision, until ctx ends or for as long as h says.
func (g *Guard) await(ctx context.Context, held approval.Held, h Holding) (approval.Held, error) {
	if h.Wait == 0 {
		h.Wait = approvalWait
	}
	until := time.NewTimer(h.Wait)
	defer until.Stop()
	note, poll := time.NewTicker(approvalNote), time.NewTicker(approvalPoll)
	defer note.Stop()
	defer poll.Stop()
	for held.State == approval.Waiting {
		select {
		case <-ctx.Done():
			return held, nil
		case <-until.C:
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

// pend makes a verdict the answer that a call waits for a person, and writes it to the audit.
func (g *Guard) pend(v *Verdict, held *approval.Held) {
	r := g.record(v)
	r.Decision, r.Rule, r.Reason = "hold", v.Approval.Rule, "the call waits for a person's approval: "+held.ID
	d := policy.Decision{Rule: v.Approval.Rule, Reason: "the decision cannot be written to the audit"}
	_, err := g.append(r)
	if g.observeRecord(v, &r); err == nil {
		d.Reason = fmt.Sprintf(
			"the call has not been sent: it waits for a person's approval (%s). Make the same call again later, with the same arguments, to learn the outcome. Do not ask for the approval by other means.", held.ID)
		v.Pending = held.ID
	}
	v.Decision = d
}

func approvers(h *approval.Held) string {
	var names []string
	for _, d := range h.Decisions {
		names = append(names, d.By+" ("+d.Channel+")")
	}
	return "approval " + h.ID + " of " + h.Digest[:12] + " by " + strings.Join(names, ", ")
}

func notes(h *approval.Held) string {
	for _, d := range h.Decisions {
		if !d.Approve && d.Note != "" {
			return ": " + d.Note
		}
	}
	return ""
}
