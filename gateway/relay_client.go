package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spectap/spectap/gateway/jsonrpc"
	"github.com/spectap/spectap/gateway/mirror"
	"github.com/spectap/spectap/gateway/rawjson"
	"github.com/spectap/spectap/gateway/subject"
	"github.com/spectap/spectap/guard/enforce"
)

// receive handles the messages of the client.
func (r *Relay) receive(ctx context.Context) error {
	for {
		p, err := r.down.Receive()
		p.Arrived = time.Now()
		var bad *jsonrpc.Malformed
		switch {
		case errors.As(err, &bad):
			r.refuse(bad)
		case err != nil:
			return err
		case p.Gone:
			r.abandon(p.Via)
		case p.IsResponse():
			r.answerServer(p.Message)
		case r.needsPins(p.Message):
			r.judgeBeside(p, func() { r.fromClientPinned(ctx, p) })
		default:
			r.route(ctx, p)
		}
	}
}

// route judges and forwards a message of the client. What needs an answer of the server first does
// not wait for it here.
func (r *Relay) route(ctx context.Context, p jsonrpc.Packet) {
	if p.Method == "tools/call" && (r.guard.Policy().NeedsTools() || r.mirrors(p)) {
		r.judgeBeside(p, func() { r.fromClientListed(ctx, p) })
		return
	}
	r.fromClient(ctx, p, nil)
}

// refuse answers a message that could not be parsed.
func (r *Relay) refuse(bad *jsonrpc.Malformed) {
	r.guard.Malformed(r.who, enforce.ToServer, bad.Why)
	r.sendDown(bad.Refusal(), nil)
}

// fromClientListed judges a call of a tool with what the server says of it.
func (r *Relay) fromClientListed(ctx context.Context, p jsonrpc.Packet) {
	t, known := r.tool(ctx, p.Message)
	if s := subject.FromClient(p.Message); !known && s.How == enforce.ByPolicy && r.guard.Policy().NeedsTools() {
		s.How = enforce.Unknown
		if v := r.judge(enforce.ToServer, p.Message, s, nil); !v.Allowed {
			r.refuseCall(p, s, v)
			return
		}
	}
	if r.mirrors(p) {
		if bad := mirror.Set(p, t.headers); bad != nil {
			r.guard.Malformed(r.who, enforce.ToServer, bad.Why)
			r.sendDown(bad.Refusal(), p.Via)
			return
		}
	}
	r.fromClient(ctx, p, t.annotations)
}

// fromClient judges and forwards a request or notification of the client.
func (r *Relay) fromClient(ctx context.Context, p jsonrpc.Packet, annotations map[string]any) {
	if p.Method == "tools/call" && r.guard.Policy().NeedsApproval() {
		r.judgeBeside(p, func() { r.fromClientHeld(ctx, p, annotations) })
		return
	}
	s := subject.FromClient(p.Message)
	r.pass(p, s, r.judge(enforce.ToServer, p.Message, s, annotations))
}

// pass forwards what a verdict allows.
func (r *Relay) pass(p jsonrpc.Packet, s enforce.Subject, v enforce.Verdict) {
	m := p.Message
	if !v.Allowed {
		r.refuseCall(p, s, v)
		return
	}
	if m.Method == "initialize" {
		r.mu.Lock()
		r.hello = m.Params
		r.mu.Unlock()
	}
	if !m.IsRequest() {
		r.note(m)
		return
	}
	v.Times = enforce.Times{Arrived: p.Arrived, Sent: time.Now()}
	c := &call{request: m, via: p.Via, subject: s, verdict: v}
	c.leaving.Add(1)
	defer c.leaving.Done()
	out, why := r.register(c)
	switch {
	case why != "":
		r.guard.Outcome(v, enforce.Failed, 0)
		r.sendDown(jsonrpc.Failure(m.ID, jsonrpc.CodeInvalidRequest, why, nil), p.Via)
		return
	case out == nil:
		r.guard.Outcome(v, enforce.Cancelled, 0)
		if p.Via != nil {
			p.Via.End()
		}
		return
	}
	if err := r.sendStart(out, p.Start); err != nil {
		r.lose(c.id, err)
	}
}

// note forwards a notification of the client. A call that it cancels gets no answer.
func (r *Relay) note(m *jsonrpc.Message) {
	if r.shared { // a client without a session ends its request instead
		return
	}
	if m.Method == "notifications/cancelled" && !r.cancel(m) {
		return
	}
	_ = r.sendUp(m) // a notification has no answer that could tell
}

// cancel forgets the call that a notification of the client cancels: before the server has the
// notification, which it may answer. It reports false if the server has not seen the call.
func (r *Relay) cancel(m *jsonrpc.Message) bool {
	params, err := rawjson.Split(m.Params)
	id := rawjson.Get(params, "requestId")
	if err != nil || id == nil {
		return true
	}
	if r.cancelUnsent(string(id), nil) {
		return false
	}
	r.mu.Lock()
	c := r.pending[jsonrpc.Key(string(id))]
	r.mu.Unlock()
	if c != nil && c.reply == nil && c.request.Method != "initialize" {
		r.drop(c)
	}
	return true
}

// abandon cancels the call of an exchange whose client no longer waits.
func (r *Relay) abandon(via jsonrpc.Exchange) {
	if r.cancelUnsent("", via) {
		return
	}
	r.mu.Lock()
	var c *call
	for _, p := range r.pending {
		if p.via == via {
			c = p
		}
	}
	r.mu.Unlock()
	if c != nil {
		r.drop(c)
		_ = r.sendUp(jsonrpc.Notification("notifications/cancelled", fmt.Appendf(nil, `{"requestId":%s}`, c.id)))
	}
}

// drop forgets a call that the client cancelled. Afterwards the server has it: one that hears of
// the cancellation first ignores that, and does the work.
func (r *Relay) drop(c *call) {
	if r.take(&r.pending, jsonrpc.Key(c.id)) == nil {
		return // it was answered meanwhile
	}
	r.guard.Outcome(c.verdict, enforce.Cancelled, 0)
	if c.via != nil {
		c.via.End()
	}
	c.leaving.Wait()
}

// refuseCall answers a request that was denied. A notification gets no answer.
func (r *Relay) refuseCall(p jsonrpc.Packet, s enforce.Subject, v enforce.Verdict) {
	code := subject.RefusalCode(s, v.Hidden)
	if p.IsRequest() && p.Via != nil {
		if scopes := r.guard.Lacking(&v); len(scopes) > 0 {
			p.Via.Lacks(scopes)
		}
	}
	switch {
	case !p.IsRequest():
	case code == 0:
		r.sendDown(jsonrpc.Response(p.ID, enforce.Refusal(v)), p.Via)
	case v.Hidden:
		r.sendDown(jsonrpc.Failure(p.ID, code, subject.Unknown(p.Message), nil), p.Via)
	default:
		text := enforce.Prefix + v.Rule + ": " + v.Reason
		r.sendDown(jsonrpc.Failure(p.ID, code, text, map[string]any{"rule": v.Rule, "reason": v.Reason}), p.Via)
	}
}

// answerServer forwards the client's answer to a request of the server. An answer to no request is
// dropped.
func (r *Relay) answerServer(m *jsonrpc.Message) {
	c := r.take(&r.reversed, jsonrpc.Key(m.ID))
	if c == nil {
		r.log.Warn("the client answered no request", "id", enforce.Clip(m.ID))
		return
	}
	if c.reply != nil { // of the relay itself
		c.reply <- m
		return
	}
	r.guard.Outcome(c.verdict, outcomeOf(m), len(m.Result))
	if m.ID != c.request.ID {
		m = restoreAnswer(m, c)
	}
	_ = r.sendUp(m) // the server fails otherwise if it cannot
}
