package gateway

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/subject"
)

// serve handles the messages of the server, and restarts it when it ends. up is nil if it could not
// be started. The error is that of a server that failed, unless the relay stays, or of ctx.
func (r *Relay) serve(ctx context.Context, up jsonrpc.Conn) (err error) {
	wait := jsonrpc.FirstPause
	for {
		if up != nil {
			if err := r.serveOnce(ctx, up, &wait); err != nil {
				return err
			}
		}
		if up, err = r.restart(ctx, &wait); err != nil {
			return err
		}
		go r.greetAgain(ctx, up, get(&r.mu, &r.ends))
	}
}

// serveOnce handles the messages of the server until it ends. The error says that it must not be
// started again.
func (r *Relay) serveOnce(ctx context.Context, up jsonrpc.Conn, wait *time.Duration) error {
	started := time.Now()
	answered, err := r.receiveServer(ctx, up)
	r.mu.Lock()
	r.up = nil
	r.ends++
	r.mu.Unlock()
	closed := up.Close()
	over := r.overHTTP && errors.Is(err, jsonrpc.ErrSession) // the client learns it from the state of its own session
	r.failPending(!over || r.stays)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch {
	case over || answered:
	case errors.Is(err, io.EOF):
		err = fmt.Errorf("the MCP server ended before it sent a message: %w", cmp.Or(closed, errors.New("it closed its output")))
	default:
		err = fmt.Errorf("the MCP server ended before it sent a message: %w", err)
	}
	if over || !answered {
		if !r.stays {
			return err
		}
		r.giveUp(ctx, err)
	}
	if time.Since(started) > jsonrpc.MaxPause {
		*wait = jsonrpc.FirstPause
	}
	r.mu.Lock()
	r.endDrain() // not before: the error of a server that cannot go on is the cause of the end
	r.mu.Unlock()
	r.log.Warn("the MCP server ended and is started again", "reason", errors.Join(err, closed), "pause", *wait)
	return nil
}

// restart reconnects, with exponential backoff, until it succeeds or ctx ends.
func (r *Relay) restart(ctx context.Context, wait *time.Duration) (jsonrpc.Conn, error) {
	for {
		if err := pause.For(ctx, *wait); err != nil {
			return nil, err
		}
		*wait = min(2**wait, jsonrpc.MaxPause)
		up, err := r.dial(ctx)
		if err != nil {
			r.health.failed(ctx, err)
			r.log.Warn("the MCP server cannot be started", "error", err, "pause", *wait)
			continue
		}
		return up, nil
	}
}

// greetAgain sends the client's handshake to a restarted server; ends is the number of connections
// that had ended. The server gets other messages after it.
func (r *Relay) greetAgain(ctx context.Context, up jsonrpc.Conn, ends uint64) {
	r.forgetLists("")
	r.pins.mu.Lock()
	r.pins.remote = jsonrpc.SendsApart(up)
	r.pins.mu.Unlock()
	hello := get(&r.mu, &r.hello)
	if hello != nil {
		m, err := r.ask(ctx, up, "initialize", hello)
		if err == nil {
			_, err = r.greeted("initialize", m.Result) // it may describe itself differently now
		}
		if err != nil {
			r.health.failed(ctx, err)
			r.log.Warn("the MCP server does not answer as it should since it was started again", "error", err)
			up.Close() // and try again
			return
		}
	}
	handshake := make(chan struct{})
	defer close(handshake)
	r.mu.Lock()
	if r.ends != ends { // it has ended in the meantime, and another one may have started
		r.mu.Unlock()
		return
	}
	r.up, r.handshake = up, handshake
	r.starts++
	failed := r.failed != nil
	r.failed = nil
	r.mu.Unlock()
	r.health.restarted()
	if hello == nil {
		return
	}
	_ = r.sendTo(up, jsonrpc.Notification("notifications/initialized", nil)) // the connection fails otherwise if it cannot
	for _, what := range []string{"tools", "prompts", "resources"} {
		if failed { // the client's lists may be without it
			r.sendDown(jsonrpc.Notification("notifications/"+what+"/list_changed", nil), nil)
		}
	}
}

// failPending answers and removes the calls of a server that ended. Of the requests to the client,
// only the relay's own stay.
func (r *Relay) failPending(answer bool) {
	r.mu.Lock()
	calls := r.pending
	r.pending, r.pendingSize = map[string]*call{}, 0
	maps.DeleteFunc(r.reversed, func(_ string, c *call) bool { return c.reply == nil })
	r.mu.Unlock()
	for _, c := range calls {
		if c.reply != nil {
			close(c.reply)
			continue
		}
		r.guard.Outcome(c.verdict, enforce.Lost, 0)
		if answer {
			r.sendDown(jsonrpc.Failure(c.request.ID, jsonrpc.CodeInternal, jsonrpc.ErrEnded.Error(), nil), c.via)
		}
	}
}

// maxDropNotes bounds the log of messages that were dropped.
const maxDropNotes = 10

// receiveServer handles the messages of the server until it ends. It reports whether there was a
// message.
func (r *Relay) receiveServer(ctx context.Context, up jsonrpc.Conn) (answered bool, err error) {
	stop := context.AfterFunc(ctx, func() { up.Close() })
	defer stop()
	apart := jsonrpc.SendsApart(up)
	for dropped := 0; ; {
		p, err := up.Receive()
		var bad *jsonrpc.Malformed
		switch {
		case errors.As(err, &bad):
			if dropped++; dropped <= maxDropNotes {
				r.log.Warn("a message of the server is not valid and was dropped", "error", err)
			}
			r.guard.Malformed(r.who, enforce.ToClient, bad.Why)
			if err := r.refuseServer(bad, p.Stream, apart); err != nil {
				return answered, err
			}
			if err := r.keepPace(ctx, 0); err != nil {
				return answered, err
			}
			continue
		case err != nil:
			return answered, err
		}
		answered = true
		switch {
		case p.Lost != nil:
			r.lose(p.Stream, p.Lost)
		case p.IsResponse():
			r.answerClient(p.Message)
		default:
			r.fromServer(p)
			if err := r.keepPace(ctx, len(p.Text)); err != nil {
				return answered, err
			}
		}
	}
}

// refuseServer answers a message of the server that is not valid, or fails the call that waits for
// it. apart means that each call has its own stream. The error ends the connection.
func (r *Relay) refuseServer(bad *jsonrpc.Malformed, stream string, apart bool) error {
	id := cmp.Or(stream, bad.ID)
	switch {
	case stream == "" && bad.Asks:
		if id != "" {
			_ = r.sendUp(bad.Refusal()) // the connection fails otherwise if it cannot
		}
	case id != "" && r.endCall(id, enforce.Withheld, "the answer of the MCP server is not valid: "+bad.Why):
	case bad.Code != jsonrpc.CodeParse && !apart: // a call would wait forever
		return fmt.Errorf("a message of the server is refused, and it answers no call that could be told: %w", bad)
	}
	return nil
}

// fromServer judges and forwards a request or notification of the server.
func (r *Relay) fromServer(p jsonrpc.Packet) {
	m := p.Message
	r.forgetLists(m.Method)
	s := subject.FromServer(m)
	v := r.judge(enforce.ToClient, m, s, nil)
	c := r.callOf(p)
	switch {
	case !v.Allowed && m.IsRequest():
		code := subject.RefusalCode(s, v.Hidden)
		if code == 0 || v.Hidden {
			code = jsonrpc.CodeMethodNotFound
		}
		_ = r.sendUp(jsonrpc.Failure(m.ID, code, "the policy of the gateway does not allow "+enforce.Clip(m.Method), nil))
		return
	case !v.Allowed:
		return
	case m.IsNotification() && s.How == enforce.ByPolicy && !r.judgeInputs(m.Params, true).Allowed: // the state of a task
		r.guard.Outcome(v, enforce.Withheld, 0)
		return
	}
	isProgress := m.Method == "notifications/progress" && r.progressOf(m, c) != nil // of an allowed call
	if s.How == enforce.Passes && !isProgress && !r.guard.AllowsText(enforce.ToClient, m.Method) {
		m = subject.Bare(m)
	}
	if m = r.treated(m, &v, c); m == nil {
		return
	}
	if r.guard.Policy().LooksAtSent() {
		r.issued.learn(m.Params) // the state of a task
	}
	if m.Method == "notifications/cancelled" {
		r.cancelReversed(m)
	}
	switch {
	case r.shared && m.IsRequest():
		r.guard.Outcome(v, enforce.Failed, 0)
		_ = r.sendUp(jsonrpc.Failure(m.ID, jsonrpc.CodeMethodNotFound, "a client without a session takes no requests", nil))
		return
	case r.shared && c != nil:
		r.sendDown(restoreNote(m, c), c.via)
		return
	case r.shared:
		for _, c := range r.listeners(m) {
			r.sendDown(withListener(m, c), c.via)
		}
		return
	}
	var via jsonrpc.Exchange
	if c != nil {
		via = c.via
	}
	if m.IsRequest() {
		r.askFor(&call{request: m, subject: s, verdict: v}, via)
		return
	}
	r.sendDown(m, via)
}

// answerClient forwards the server's answer to a request of the client. An answer without a pending
// request is dropped.
func (r *Relay) answerClient(m *jsonrpc.Message) {
	c := r.take(&r.pending, jsonrpc.Key(m.ID))
	switch {
	case c == nil:
		r.log.Debug("the server answered no request", "id", enforce.Clip(m.ID))
		return
	case c.reply != nil:
		c.reply <- m
		return
	}
	c.verdict.Times.Answered = time.Now()
	if m.ID != c.request.ID {
		m = restoreAnswer(m, c)
	}
	if m.Err != nil {
		out, outcome := r.failure(c, m)
		r.guard.Outcome(c.verdict, outcome, len(m.Text))
		r.sendDown(out, c.via)
		return
	}
	out, outcome := r.result(c, m)
	if r.guard.Policy().LooksAtSent() {
		r.issued.learn(out.Result)
	}
	if outcome == enforce.Answered { // the client may act on it as soon as it arrives
		r.guard.Succeeded(c.verdict, m.Result)
	}
	r.guard.Outcome(c.verdict, outcome, len(m.Result))
	r.sendDown(out, c.via)
}

// result returns the answer to a call as the client receives it.
func (r *Relay) result(c *call, m *jsonrpc.Message) (out *jsonrpc.Message, outcome string) {
	if d := r.judgeInputs(m.Result, c.subject.How == enforce.ByPolicy); !d.Allowed {
		return r.withhold(c, d)
	}
	if _, isList := subject.Lists[c.request.Method]; isList {
		list, err := subject.Filter(r.guard, c.request.Method, m.Result)
		if err == nil {
			list, err = r.hideQuarantined(c.request.Method, list)
		}
		if err != nil {
			return jsonrpc.Failure(c.request.ID, jsonrpc.CodeInternal, "the list of the MCP server cannot be filtered: "+err.Error(), nil), enforce.Withheld
		}
		if c.request.Method == "tools/list" {
			list = r.outputs.withObjects(list, func(tool string) {
				r.log.Warn("the output schema of a tool is left out of the list: it is no schema of an object, and clients would refuse all tools for it",
					"tool", enforce.Clip(tool))
			})
			r.outputs.learn(list)
		}
		return jsonrpc.Response(c.request.ID, list), enforce.Answered
	}
	greeting, err := r.greeted(c.request.Method, m.Result)
	if err != nil {
		return r.withhold(c, policy.Decision{Rule: enforce.RulePins, Reason: err.Error()})
	}
	treated, why := r.guard.Treat(c.verdict, greeting)
	switch {
	case why != "":
		return r.withhold(c, policy.Decision{Rule: c.verdict.Rule, Reason: why})
	case c.verdict.Results.IsZero() && bytes.Equal(greeting, m.Result):
		return m, enforce.Answered
	}
	return jsonrpc.Response(c.request.ID, treated), enforce.Answered
}

// judgeInputs decides on the input requests in a result, or in the state of a task. mayAsk means
// that the request may have any.
func (r *Relay) judgeInputs(result jsontext.Value, mayAsk bool) policy.Decision {
	inputs, err := subject.Requested(result)
	if len(inputs) > 0 && !mayAsk {
		err = errors.New("the answer to this request asks for an input")
	}
	if err != nil {
		return policy.Decision{Rule: policy.RuleDefaultDeny, Reason: err.Error()}
	}
	for _, in := range inputs {
		if v := r.judge(enforce.ToClient, in, subject.FromServer(in), nil); !v.Allowed {
			return v.Decision
		}
	}
	return policy.Decision{Allowed: true}
}

// ask sends a request of the relay itself to the server and returns the answer.
func (r *Relay) ask(ctx context.Context, up jsonrpc.Conn, method string, params []byte) (*jsonrpc.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	r.mu.Lock()
	r.own++
	id := fmt.Sprintf(`"%s%d"`, r.prefix, r.own)
	reply := make(chan *jsonrpc.Message, 1)
	r.pending[id] = &call{reply: reply, id: id}
	r.mu.Unlock()
	if err := r.sendTo(up, jsonrpc.Request(id, method, params)); err != nil {
		r.take(&r.pending, id)
		return nil, err
	}
	select {
	case m, ok := <-reply:
		switch {
		case !ok:
			return nil, jsonrpc.ErrEnded
		case m.Err != nil:
			return nil, fmt.Errorf("%s: the server answers with an error", method)
		}
		return m, nil
	case <-ctx.Done():
		if r.take(&r.pending, id) != nil && method != "initialize" { // which cannot be cancelled
			_ = r.sendTo(up, jsonrpc.Notification("notifications/cancelled", fmt.Appendf(nil, `{"requestId":%s}`, id)))
		}
		return nil, fmt.Errorf("%s: no answer within %v", method, askTimeout)
	}
}

// askTimeout bounds the wait for an answer to a request of the relay itself.
const askTimeout = 10 * time.Second
