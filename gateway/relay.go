package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
)

// Conn carries messages in both directions. Receive is called from one goroutine, Send from
// several.
type Conn interface {
	// Receive returns the next message. It returns io.EOF when the other side has ended.
	Receive() ([]byte, error)
	// Send writes one message.
	Send(text []byte) error
	// Close ends the connection. A Receive that waits returns.
	Close() error
}

// Dial connects to the server, for the first time or again after it ended.
type Dial func(ctx context.Context) (Conn, error)

// Relay passes messages between one client and one server. Create it with [NewRelay].
type Relay struct {
	guard *enforce.Guard
	who   enforce.Caller
	down  Conn
	dial  Dial
	log   *slog.Logger

	mu       sync.Mutex
	up       Conn // nil while there is no server
	pending  map[string]*call
	reversed map[string]*call
	own      uint64         // of the relay's own requests
	prefix   string         // of their ids
	hello    jsontext.Value // the parameters of the client's initialize, nil in stateless revisions
	tools    toolList
	drained  chan struct{} // closed when the last call is answered, once the client has ended
}

// call is a request that was forwarded and not answered yet.
type call struct {
	request *message
	subject enforce.Subject
	verdict enforce.Verdict
	reply   chan *message // of a request of the relay itself
}

// maxPending bounds the calls of a client that are not answered.
const maxPending = 10_000

// NewRelay returns a relay for a client, which the policy knows as identity.
func NewRelay(g *enforce.Guard, identity map[string]any, session string, down Conn, dial Dial, log *slog.Logger) *Relay {
	return &Relay{
		guard: g, who: enforce.Caller{Identity: identity, Session: session}, down: down, dial: dial, log: log,
		pending: map[string]*call{}, reversed: map[string]*call{}, prefix: newPrefix(),
	}
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
		return err
	}
	r.up = first
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
		return cause
	}
	return nil
}

// drainTime bounds how long calls may go on after the client ended its side of the connection.
const drainTime = 30 * time.Second

// drain waits until all calls are answered.
func (r *Relay) drain(ctx context.Context) {
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
	case <-time.After(drainTime):
	}
}

// receive handles the messages of the client.
func (r *Relay) receive(ctx context.Context) error {
	for {
		m, err := receive(r.down)
		var bad *malformed
		switch {
		case errors.As(err, &bad):
			r.refuse(bad)
			continue
		case err != nil:
			return err
		}
		switch {
		case m.isResponse():
			r.answerServer(m)
		case r.guard.Policy().NeedsTools() && m.method == "tools/call":
			go r.fromClientListed(ctx, m)
		default:
			r.fromClient(m, nil)
		}
	}
}

// receive returns the next message of a connection. After a [*malformed] the connection goes on.
func receive(c Conn) (*message, error) {
	text, err := c.Receive()
	if err != nil {
		return nil, err
	}
	return parse(text)
}

// refuse answers a message that could not be parsed.
func (r *Relay) refuse(bad *malformed) {
	r.guard.Malformed(r.who, enforce.ToServer, bad.why)
	r.sendDown(failure(bad.id, bad.code, bad.why, nil))
}

// fromClientListed judges a call of a tool with what the server says of it.
func (r *Relay) fromClientListed(ctx context.Context, m *message) {
	t, known := r.tool(ctx, m)
	if s := fromClient(m); !known && s.How == enforce.ByPolicy {
		s.How = enforce.Unknown
		if v := r.judge(enforce.ToServer, m, s, nil); !v.Allowed {
			r.refuseCall(m, s, v)
			return
		}
	}
	r.fromClient(m, t)
}

// fromClient judges and forwards a request or notification of the client.
func (r *Relay) fromClient(m *message, annotations map[string]any) {
	s := fromClient(m)
	v := r.judge(enforce.ToServer, m, s, annotations)
	if !v.Allowed {
		r.refuseCall(m, s, v)
		return
	}
	if m.method == "initialize" {
		r.mu.Lock()
		r.hello = m.params
		r.mu.Unlock()
	}
	if !m.isRequest() {
		r.sendUp(m.text)
		return
	}
	key := idKey(m.id)
	if why := r.register(key, &call{request: m, subject: s, verdict: v}); why != "" {
		r.guard.Outcome(v, enforce.Failed, 0)
		r.sendDown(failure(m.id, codeInvalidRequest, why, nil))
		return
	}
	if err := r.sendUp(m.text); err != nil {
		if c := r.take(r.pending, key); c != nil {
			r.guard.Outcome(v, enforce.Lost, 0)
			r.sendDown(failure(m.id, codeInternal, err.Error(), nil))
		}
	}
}

// refuseCall answers a request that was denied. A notification gets no answer.
func (r *Relay) refuseCall(m *message, s enforce.Subject, v enforce.Verdict) {
	code := refusalCode(s, v.Hidden)
	switch {
	case !m.isRequest():
	case code == 0:
		r.sendDown(response(m.id, enforce.Denial(v.Decision)))
	case v.Hidden:
		r.sendDown(failure(m.id, code, hiddenText(m), nil))
	default:
		r.sendDown(failure(m.id, code, "[POLICY DENIED] "+v.Rule+": "+v.Reason, map[string]any{"rule": v.Rule, "reason": v.Reason}))
	}
}

// refusalCode returns how a refusal is said: 0 as a result of a tool, else the code of an error.
func refusalCode(s enforce.Subject, hidden bool) int {
	switch {
	case s.How == enforce.Refused:
		return codeInvalidParams
	case s.How == enforce.ByPolicy && s.Kind == policy.Tool && !hidden:
		return 0
	case s.How == enforce.ByPolicy && s.Kind == policy.Method && hidden:
		return codeMethodNotFound
	case hidden:
		return codeInvalidParams
	}
	return codeInvalidRequest
}

// hiddenText is the error for a name that does not exist, or must look as if it did not.
func hiddenText(m *message) string {
	switch m.method {
	case "tools/call":
		return "unknown tool"
	case "prompts/get":
		return "unknown prompt"
	case "resources/read", "resources/subscribe", "resources/unsubscribe", "subscriptions/listen":
		return "unknown resource"
	case "completion/complete":
		return "unknown reference"
	}
	return "method not found"
}

// register notes a request that is about to be forwarded. It returns why it cannot be.
func (r *Relay) register(key string, c *call) (why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.pending[key] != nil:
		return "another request with this id is not answered yet"
	case len(r.pending) >= maxPending:
		return fmt.Sprintf("%d requests are not answered yet: wait for some of them", maxPending)
	}
	r.pending[key] = c
	return ""
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
	r.sendUp(m.text)
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
func (r *Relay) sendUp(text []byte) error {
	r.mu.Lock()
	up := r.up
	r.mu.Unlock()
	if up == nil {
		return errNotRunning
	}
	if err := up.Send(text); err != nil {
		r.log.Warn("the message was not sent to the server", "error", err)
		return errEnded
	}
	return nil
}

// sendDown sends a message to the client. If it cannot, Receive fails as well.
func (r *Relay) sendDown(text []byte) {
	if err := r.down.Send(text); err != nil {
		r.log.Debug("the message was not sent to the client", "error", err)
	}
}
