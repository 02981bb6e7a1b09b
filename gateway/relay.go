package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/gateway/rawjson"
	"github.com/spectap/spectap/guard/enforce"
)

// Relay passes messages between one client and one server. Create it with [NewRelay].
type Relay struct {
	guard *enforce.Guard
	who   enforce.Caller
	down  Conn
	dial  Dial
	log   *slog.Logger
	// overHTTP means that the client reaches the gateway by HTTP: its messages have exchanges.
	overHTTP bool
	// shared means that the clients of stateless requests share the server. It sees ids of the
	// relay, which are restored in what it answers.
	shared bool

	mu       sync.Mutex
	up       Conn             // nil while there is no server
	pending  map[string]*call // by the id that the server sees
	reversed map[string]*call
	own      uint64         // of the relay's own requests
	prefix   string         // of their ids
	hello    jsontext.Value // the parameters of the client's initialize, nil in stateless revisions
	tools    toolList
	pins     pinState
	health   *Health
	holds    map[*message]hold // calls that wait for a person
	ending   bool              // the client sends nothing more
	judging  sync.WaitGroup    // messages of the client that are judged beside the others
	drained  chan struct{}     // closed when the last call is answered, once the client has ended
}

// call is a request that was forwarded and not answered yet.
type call struct {
	request *message
	via     *exchange // that brought the request, nil on stdio
	id      string    // that the server sees
	subject enforce.Subject
	verdict enforce.Verdict
	reply   chan *message // of a request of the relay itself
}

// maxPending bounds the calls of a client that are not answered.
const maxPending = 10_000

// NewRelay returns a relay between a client, which the policy knows as identity, and a server.
func NewRelay(s Server, identity map[string]any, session string, down Conn, log *slog.Logger) *Relay {
	r := &Relay{
		guard: s.Guard, pins: pinState{book: s.Pins, server: cmp.Or(s.Name, "upstream")}, who: enforce.Caller{Identity: identity, Session: session}, down: down, dial: s.Dial, log: log,
		pending: map[string]*call{}, reversed: map[string]*call{}, prefix: newPrefix(),
	}
	r.overHTTP, r.shared = byHTTP(down)
	r.health = s.Health
	return r
}

// The errors for calls without a server.
var (
	errEnded      = errors.New("the MCP server ended before it answered")
	errNotRunning = errors.New("the MCP server is not running and is being started again: try again later")
)

// Run passes messages until the client ends the connection or ctx does. When the client ends it,
// calls are answered first. The error says why the server could not be started, or what ended the
// connection. A Receive of the client's connection may go on when ctx has ended: close it.
func (r *Relay) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	first, err := r.dial(ctx)
	if err != nil {
		r.health.failed(ctx, err)
		return err
	}
	r.up = first
	r.health.begin(r)
	defer r.health.end(r)
	var server sync.WaitGroup
	server.Go(func() { cancel(r.serve(ctx, first)) })
	received := make(chan error, 1)
	go func() { received <- r.receive(ctx) }()
	select {
	case err = <-received:
		r.drain(ctx)
	case <-ctx.Done():
	}
	cancel(err)
	server.Wait()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) && !errors.Is(cause, io.EOF) {
		r.health.failed(ctx, cause)
		return cause
	}
	return nil
}

// drainTime bounds how long calls may go on after the client ended its side of the connection.
const drainTime = 30 * time.Second

// drain waits until all calls are answered.
func (r *Relay) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	r.endHolds()
	judged := make(chan struct{})
	go func() {
		r.judging.Wait()
		close(judged)
	}()
	select {
	case <-judged:
	case <-ctx.Done():
		return
	}
	r.mu.Lock()
	answered := make(chan struct{})
	if len(r.pending) == 0 {
		close(answered)
	} else {
		r.drained = answered
	}
	r.mu.Unlock()
	select {
	case <-answered:
	case <-ctx.Done():
	}
}

// receive handles the messages of the client.
func (r *Relay) receive(ctx context.Context) error {
	for {
		p, err := r.down.receive()
		var bad *malformed
		switch {
		case errors.As(err, &bad):
			r.refuse(bad)
		case err != nil:
			return err
		case p.gone:
			r.abandon(p.via)
		case p.isResponse():
			r.answerServer(p.message)
		case r.needsPins(p.message):
			r.judging.Go(func() { r.fromClientPinned(ctx, p) })
		default:
			r.route(ctx, p)
		}
	}
}

// refuse answers a message that could not be parsed.
func (r *Relay) refuse(bad *malformed) {
	r.guard.Malformed(r.who, enforce.ToServer, bad.why)
	r.sendDown(failure(bad.id, bad.code, bad.why, nil), nil)
}

// fromClientListed judges a call of a tool with what the server says of it.
func (r *Relay) fromClientListed(ctx context.Context, p packet) {
	t, known := r.tool(ctx, p.message)
	if s := fromClient(p.message); !known && s.How == enforce.ByPolicy && r.guard.Policy().NeedsTools() {
		s.How = enforce.Unknown
		if v := r.judge(enforce.ToServer, p.message, s, nil); !v.Allowed {
			r.refuseCall(p, s, v)
			return
		}
	}
	if r.mirrors(p) {
		if bad := mirror(p, t.headers); bad != nil {
			r.guard.Malformed(r.who, enforce.ToServer, bad.why)
			r.sendDown(failure(bad.id, bad.code, bad.why, nil), p.via)
			return
		}
	}
	r.fromClient(ctx, p, t.annotations)
}

// fromClient judges and forwards a request or notification of the client.
func (r *Relay) fromClient(ctx context.Context, p packet, annotations map[string]any) {
	if p.method == "tools/call" && r.guard.Policy().NeedsApproval() {
		r.judging.Go(func() { r.fromClientHeld(ctx, p, annotations) })
		return
	}
	s := fromClient(p.message)
	r.pass(p, s, r.judge(enforce.ToServer, p.message, s, annotations))
}

// pass forwards what a verdict allows.
func (r *Relay) pass(p packet, s enforce.Subject, v enforce.Verdict) {
	m := p.message
	if !v.Allowed {
		r.refuseCall(p, s, v)
		return
	}
	if m.method == "initialize" {
		r.mu.Lock()
		r.hello = m.params
		r.mu.Unlock()
	}
	if !m.isRequest() {
		r.note(m)
		return
	}
	c := &call{request: m, via: p.via, subject: s, verdict: v}
	out, why := r.register(c)
	if why != "" {
		r.guard.Outcome(v, enforce.Failed, 0)
		r.sendDown(failure(m.id, codeInvalidRequest, why, nil), p.via)
		return
	}
	if err := r.sendUp(out); err != nil {
		r.lose(c.id, err)
	}
}

// note forwards a notification of the client. A call that it cancels gets no answer.
func (r *Relay) note(m *message) {
	if r.shared { // a client without a session ends its request instead
		return
	}
	if m.method == "notifications/cancelled" {
		params, err := rawjson.Split(m.params)
		if id := rawjson.Get(params, "requestId"); err == nil && id != nil && r.cancelHeld(string(id), nil) {
			return // the server has not seen the call
		}
	}
	_ = r.sendUp(m) // a notification has no answer that could tell
	if m.method != "notifications/cancelled" {
		return
	}
	params, err := rawjson.Split(m.params)
	if id := rawjson.Get(params, "requestId"); err == nil && id != nil {
		r.mu.Lock()
		c := r.pending[idKey(string(id))]
		r.mu.Unlock()
		if c != nil && c.reply == nil && c.request.method != "initialize" {
			r.drop(c)
		}
	}
}

// abandon cancels the call of an exchange whose client no longer waits.
func (r *Relay) abandon(via *exchange) {
	if r.cancelHeld("", via) {
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
		_ = r.sendUp(notification("notifications/cancelled", fmt.Appendf(nil, `{"requestId":%s}`, c.id)))
		r.drop(c)
	}
}

// drop forgets a call that the client cancelled.
func (r *Relay) drop(c *call) {
	if r.take(r.pending, idKey(c.id)) == nil {
		return // it was answered meanwhile
	}
	r.guard.Outcome(c.verdict, enforce.Cancelled, 0)
	if c.via != nil {
		c.via.end()
	}
}

// lose answers a call that the server will not answer. It reports whether there is one.
func (r *Relay) lose(id string, why error) bool {
	c := r.take(r.pending, idKey(id))
	switch {
	case c == nil:
		return false
	case c.reply != nil:
		close(c.reply)
	default:
		r.guard.Outcome(c.verdict, enforce.Lost, 0)
		r.sendDown(failure(c.request.id, codeInternal, why.Error(), nil), c.via)
	}
	return true
}

// refuseCall answers a request that was denied. A notification gets no answer.
func (r *Relay) refuseCall(p packet, s enforce.Subject, v enforce.Verdict) {
	code := refusalCode(s, v.Hidden)
	switch {
	case !p.isRequest():
	case code == 0:
		r.sendDown(response(p.id, enforce.Denial(v.Decision)), p.via)
	case v.Hidden:
		r.sendDown(failure(p.id, code, hiddenText(p.message), nil), p.via)
	default:
		text := enforce.Prefix + v.Rule + ": " + v.Reason
		r.sendDown(failure(p.id, code, text, map[string]any{"rule": v.Rule, "reason": v.Reason}), p.via)
	}
}

// register notes a request that is about to be forwarded, and returns it as the server gets it. It
// returns why it cannot be forwarded.
func (r *Relay) register(c *call) (out *message, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out = c.request
	if r.shared {
		r.own++
		out = withID(c.request, r.own)
	}
	c.id = out.id
	key := idKey(c.id)
	switch {
	case r.pending[key] != nil:
		return nil, "another request with this id is not answered yet"
	case len(r.pending) >= maxPending:
		return nil, fmt.Sprintf("%d requests are not answered yet: wait for some of them", maxPending)
	}
	r.pending[key] = c
	return out, ""
}

// take removes a call from pending or reversed, nil if there is none.
func (r *Relay) take(calls map[string]*call, key string) *call {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := calls[key]
	delete(calls, key)
	if c != nil && r.drained != nil && len(r.pending) == 0 {
		close(r.drained)
		r.drained = nil
	}
	return c
}

// answerServer forwards the client's answer to a request of the server. An answer to no request is
// dropped.
func (r *Relay) answerServer(m *message) {
	c := r.take(r.reversed, idKey(m.id))
	if c == nil {
		r.log.Warn("the client answered no request", "id", enforce.Clip(m.id))
		return
	}
	r.guard.Outcome(c.verdict, outcomeOf(m), len(m.result))
	_ = r.sendUp(m) // the server fails otherwise if it cannot
}

func outcomeOf(m *message) string {
	if m.err != nil {
		return enforce.Failed
	}
	return enforce.Answered
}

// judge decides on a message of the client or the server.
func (r *Relay) judge(direction string, m *message, s enforce.Subject, annotations map[string]any) enforce.Verdict {
	return r.guard.Judge(&enforce.Message{
		From: r.who, Direction: direction, Method: m.method, Params: m.params, Subject: s, Annotations: annotations,
	})
}

// sendUp sends a message to the server.
func (r *Relay) sendUp(m *message) error {
	r.mu.Lock()
	up := r.up
	r.mu.Unlock()
	if up == nil {
		return errNotRunning
	}
	return r.sendTo(up, m)
}

func (r *Relay) sendTo(up Conn, m *message) error {
	if err := up.send(m, nil); err != nil {
		r.log.Warn("the message was not sent to the server", "error", err)
		return errEnded
	}
	return nil
}

// sendDown sends a message to the client. If it cannot, receive fails as well.
func (r *Relay) sendDown(m *message, via *exchange) {
	if err := r.down.send(m, via); err != nil {
		r.log.Debug("the message was not sent to the client", "error", err)
	}
}
