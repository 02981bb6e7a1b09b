package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/mirror"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcp/subject"
	"github.com/spectap/spectap/mcp/vouch"
)

// receive handles the messages of the client.
func (r *Relay) receive(ctx context.Context) error {
	for {
		p, err := r.down.Receive()
		p.Arrived = time.Now()
		if p.Message != nil {
			p.Message, _ = vouch.Key(nil).Open(p.Message) // no word of a client counts
		}
		var bad *jsonrpc.Malformed
		switch {
		case errors.As(err, &bad):
			r.guard.Malformed(r.who, enforce.ToServer, bad.Why)
			r.sendDown(bad.Refusal(), p.Via)
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

// route judges and forwards a message of the client. A message that first needs an answer of the
// server is handled concurrently.
func (r *Relay) route(ctx context.Context, p jsonrpc.Packet) {
	s := subject.FromClient(p.Message)
	if p.Method != "tools/call" {
		r.pass(ctx, p, s, r.judge(enforce.ToServer, p.Message, s, nil))
		return
	}
	if list := r.knownTools(); list != nil || s.How != enforce.ByPolicy {
		r.routeCall(ctx, p, s, list.named(s))
		return
	}
	r.judgeBeside(p, func() { r.routeCall(ctx, p, s, r.named(ctx, p.Message, s)) })
}

// routeCall judges and forwards a call of a tool. named is its subject s with the name for the
// policy.
func (r *Relay) routeCall(ctx context.Context, p jsonrpc.Packet, s, named enforce.Subject) {
	if v, ok := r.guard.Denied(r.message(enforce.ToServer, p.Message, named, nil)); ok {
		r.refuseCall(p, named, v)
		return
	}
	if r.needsNothing(s) { // calls stay in order, and wait for a server that does not read
		r.fromClientListed(ctx, p)
		return
	}
	r.judgeBeside(p, func() { r.fromClientListed(ctx, p) })
}

// needsNothing reports whether a call can be judged at once: without an answer of the server or a
// person.
func (r *Relay) needsNothing(s enforce.Subject) bool {
	if s.How != enforce.ByPolicy {
		return true
	}
	if r.guard.NeedsApproval() {
		return false
	}
	r.pins.mu.Lock()
	defer r.pins.mu.Unlock()
	if r.pins.tools == nil {
		return false
	}
	_, isListed := r.pins.tools.tools[s.Names[0]]
	s = r.pins.tools.dispatched(s)
	return isListed && (s.Inner == nil || !s.Inner.Unknown)
}

// fromClientListed judges a call of a tool with the server's definition of it.
func (r *Relay) fromClientListed(ctx context.Context, p jsonrpc.Packet) {
	start := r.start()
	s, t, isListed, err := r.called(ctx, p.Message)
	if err != nil || !isListed && r.guard.Policy().NeedsTools() {
		unknown := s
		unknown.How = enforce.Unknown
		v := r.judge(enforce.ToServer, p.Message, unknown, nil)
		switch {
		case v.Allowed:
		case err != nil && p.IsRequest():
			r.sendDown(jsonrpc.Failure(p.ID, jsonrpc.CodeInternal, "the tools of the MCP server cannot be listed, so no call can be judged: "+err.Error(), nil), p.Via)
			return
		default:
			r.refuseCall(p, s, v)
			return
		}
	}
	if r.mirrors(p) { // the headers of the call depend on the schema of its tool
		if bad := mirror.Set(p, t.headers); bad != nil {
			r.guard.Malformed(r.who, enforce.ToServer, bad.Why)
			r.sendDown(bad.Refusal(), p.Via)
			return
		}
	}
	if s.How == enforce.ByPolicy && r.guard.NeedsApproval() {
		r.fromClientHeld(ctx, p, s, t.annotations)
		return
	}
	p.Start = cmp.Or(p.Start, start) // after another one, the server may have other tools
	r.pass(ctx, p, s, r.judge(enforce.ToServer, p.Message, s, t.annotations))
}

// pass forwards an allowed message.
func (r *Relay) pass(ctx context.Context, p jsonrpc.Packet, s enforce.Subject, v enforce.Verdict) {
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
	m = r.limited(ctx, m, s)
	// A server that believes the gateway asks nobody again.
	m = r.key.Sign(m, vouch.Word{Settled: v.IsApproved(), Identity: r.told, Header: r.credentialsOf(p)})
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

// credentialsOf returns the headers of a message's HTTP request that the server takes credentials
// from, or nil.
func (r *Relay) credentialsOf(p jsonrpc.Packet) http.Header {
	if p.Via == nil {
		return nil
	}
	var out http.Header
	for _, name := range r.tells.Headers {
		if v := p.Via.Request().Header.Get(name); v != "" {
			if out == nil {
				out = http.Header{}
			}
			out.Set(name, v)
		}
	}
	return out
}

// note forwards a notification of the client. A cancelled call gets no answer.
func (r *Relay) note(m *jsonrpc.Message) {
	if r.shared { // a client without a session ends its request instead
		return
	}
	if m.Method == "notifications/cancelled" && !r.cancel(m) {
		return
	}
	if subject.FromClient(m).How == enforce.Passes && !r.guard.AllowsText(enforce.ToServer, m.Method) {
		m = subject.Bare(m)
	}
	_ = r.sendUp(m) // a notification has no answer to report the error
}

// cancel removes the call that a notification of the client cancels, before the notification is
// sent to the server, which may still answer. It reports false if the server has not seen the call.
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

// drop removes a call that the client cancelled. It returns after the call was sent, because a
// server that gets the cancellation first ignores it and does the work.
func (r *Relay) drop(c *call) {
	if r.take(&r.pending, jsonrpc.Key(c.id)) == nil {
		return // it was answered in the meantime
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
	if s.Inner != nil && v.Hidden && s.How == enforce.ByPolicy && r.guard.Lists(s.Kind, s.Names[0]) {
		code, v.Decision = 0, policy.Decision{Rule: policy.RuleHidden, Reason: unknownOperation}
	}
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

// unknownOperation refuses a call of an operation that does not exist, or is hidden.
const unknownOperation = "there is no operation of this name: write the name exactly as the server's list of operations has it"

// answerServer forwards the client's answer to a request of the server. An answer without a pending
// request is dropped.
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
	said := enforce.Subject{How: enforce.Passes}
	if v := r.judge(enforce.ToServer, &jsonrpc.Message{Method: c.request.Method, Params: slices.Concat(m.Result, m.Err)}, said, nil); !v.Allowed {
		r.guard.Outcome(c.verdict, enforce.Withheld, 0)
		r.log.Warn("an answer of the client was not sent to the server", "method", c.request.Method, "rule", v.Rule, "reason", v.Reason)
		_ = r.sendUp(jsonrpc.Failure(c.request.ID, jsonrpc.CodeInvalidRequest, "the policy of the gateway does not let the answer pass", nil))
		return
	}
	r.guard.Outcome(c.verdict, outcomeOf(m), len(m.Result))
	if m.ID != c.request.ID {
		m = restoreAnswer(m, c)
	}
	_ = r.sendUp(m) // the server fails otherwise if it cannot
}
