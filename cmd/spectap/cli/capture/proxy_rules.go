package capture

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"mime"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/openapi/bundle"
	"github.com/spectap/spectap/rules"
)

// ruleChanger implements [capture.Changer] with the current rules. Their patterns and filters see
// redacted exchanges, as an agent does, so their effects reveal nothing about secrets.
type ruleChanger struct {
	live *rules.Live
	red  *redact.Redactor
	// control is the server through which a person releases held messages. Without it, no message
	// is held.
	control *atomic.Pointer[control.Server]
}

// Idle implements [capture.Changer].
func (x ruleChanger) Idle() bool { return x.live.IsEmpty() }

// Change implements [capture.Changer].
func (x ruleChanger) Change(url string, f *flow.Flow) *capture.Change {
	live := x.live
	shown := sync.OnceValue(func() *flow.Flow {
		r := x.red.Flow(*f)
		return &r
	})
	plan := live.Match(f.Request.Method, x.red.For(f).URL(url), shown)
	if plan == nil {
		return nil
	}
	out, back := &plan.Request, &plan.Response
	c := &capture.Change{
		Request: x.side(out, "blocked by the rule ", "failed by the rule ", f),
		MaxBody: rules.MaxBody,
		Skipped: live.CountSkipped,
		Applied: func() []string { return slices.Concat(out.Applied, back.Applied) },
	}
	if out.Respond != nil {
		x.apply(out, out.Respond.ID)
		c.Answer = func() *http.Response { return ruleAnswer(out.Respond) }
		return c
	}
	x.responses(c, plan, f)
	if plan.NeedsAnswer() {
		c.Answered = func(f *flow.Flow) {
			r := x.red.Flow(*f)
			plan.Answered(&r)
			x.responses(c, plan, f)
		}
	}
	return c
}

// responses sets the changes of the response.
func (x ruleChanger) responses(c *capture.Change, plan *rules.Plan, f *flow.Flow) {
	back := &plan.Response
	c.Response = x.side(back, "the response was withheld by the rule ", "the response was failed by the rule ", f)
	if c.Status = back.Status; c.Status != 0 {
		x.apply(back, back.StatusRule)
	}
}

// side returns what the rules do to one message. refused and failed are prefixes of the reason for
// a message that is not forwarded.
func (x ruleChanger) side(to *rules.Changes, refused, failed string, f *flow.Flow) capture.Side {
	recorded := *f
	s := capture.Side{
		Header: func(h http.Header) bool { return x.live.SetHeader(to, h) },
		Delay:  to.Delay,
		Hold:   x.hold(to, &recorded),
	}
	if to.Blocked != "" {
		x.apply(to, to.Blocked)
		s.Refuse = refused + to.Blocked
	}
	if to.Fail != "" {
		x.apply(to, to.Fail)
		s.Fail = failed + to.Fail
	}
	x.apply(to, to.DelayRules...)
	if to.HasBodies() {
		s.Body = func(h http.Header, body []byte) ([]byte, bool) { return x.live.Body(to, &recorded, h, body, x.red) }
	}
	return s
}

// apply records that rules took effect.
func (x ruleChanger) apply(to *rules.Changes, ids ...string) {
	for _, id := range ids {
		if !slices.Contains(to.Applied, id) {
			to.Applied = append(to.Applied, id)
			x.live.CountApplied()
		}
	}
}

// hold returns a function that holds a message of an exchange until a person decides, or nil.
func (x ruleChanger) hold(side *rules.Changes, f *flow.Flow) func(context.Context, *capture.Held) (flow.Change, bool) {
	if side.Hold == "" {
		return nil
	}
	return func(ctx context.Context, h *capture.Held) (flow.Change, bool) {
		if x.control.Load() == nil {
			x.live.CountSkipped()
			return 0, false
		}
		side.Applied = append(side.Applied, side.Hold)
		m := &rules.Message{Flow: f, Method: h.Method, Target: h.Target, Status: h.Status, Header: h.Header, Body: h.Body, NoBody: h.NoBody}
		changed, drop := x.live.Hold(ctx, side.Hold, m, x.red)
		h.Method, h.Target, h.Status, h.Body = m.Method, m.Target, m.Status, m.Body
		return changed, drop
	}
}

// ruleAnswer returns the response of a rule. A file that cannot be read gives 502 with the reason.
func ruleAnswer(r *rules.Rule) *http.Response {
	status, media, body := r.Status, r.ContentType, []byte(r.Value)
	status = cmp.Or(status, http.StatusOK)
	if r.File != "" {
		data, err := bundle.ReadIn(filepath.Split(r.File))
		if err != nil {
			status, media, data = http.StatusBadGateway, "text/plain; charset=utf-8", []byte("spectap: the rule "+r.ID+" cannot answer: "+err.Error()+"\n")
		} else if media == "" {
			media = mime.TypeByExtension(filepath.Ext(r.File))
		}
		body = data
	}
	if media == "" {
		media = http.DetectContentType(body)
		if t := bytes.TrimSpace(body); len(t) > 0 && (t[0] == '{' || t[0] == '[') {
			media = "application/json"
		}
	}
	return &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {media}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
}
