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
	"golang.org/x/time/rate"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/vouch"
)

// Relay forwards messages between one client and one server. Create it with [NewRelay].
type Relay struct {
	guard *enforce.Guard
	who   enforce.Caller
	key   vouch.Key
	tells Tells
	told  jsontext.Value // the identity for the server, nil if it learns none
	down  jsonrpc.Conn
	dial  jsonrpc.Dial
	log   *slog.Logger
	// overHTTP means that the client reaches the gateway by HTTP: its messages have exchanges.
	overHTTP bool
	// shared means that the clients of stateless requests share the server. It sees ids of the
	// relay, which are replaced by the clients' ids in its answers.
	shared bool

	// stays is [Server.Stays].
	stays bool

	mu          sync.Mutex
	up          jsonrpc.Conn     // nil while there is no server
	starts      uint64           // how often the server was connected
	ends        uint64           // how often its connection ended
	failed      error            // why the server failed, nil while it works
	handshake   chan struct{}    // closed when the relay's handshake is done; nil if the client makes it
	pending     map[string]*call // by the id that the server sees
	reversed    map[string]*call
	pendingSize int            // bytes of pending
	own         uint64         // of the relay's own requests
	prefix      string         // of their ids
	hello       jsontext.Value // the parameters of the client's initialize, nil in stateless revisions
	pins        pinState
	health      *Health
	outputs     *Outputs
	issued      issued
	holds       map[*jsonrpc.Message]hold // calls that wait for a person
	unsent      map[unsentKey]*unsent
	ending      bool           // the client sends nothing more
	judging     sync.WaitGroup // messages of the client that are judged concurrently
	pace        *rate.Limiter  // of messages of the server that answer no call; nil if nothing is audited
	paced       sync.Once      // logs that the server is slowed down
	drained     chan struct{}  // closed when the last call is answered, once the client has ended
}

// call is a request that was forwarded and not answered yet.
type call struct {
	request *jsonrpc.Message
	via     jsonrpc.Exchange // that brought the request, nil on stdio
	id      string           // that the server sees
	subject enforce.Subject
	verdict enforce.Verdict
	reply   chan *jsonrpc.Message // of a request of the relay itself
	size    int                   // bytes of a request of the client
	leaving sync.WaitGroup        // until it is sent
}

// MaxPending bounds the pending calls of a client, and maxPendingSize their bytes.
const (
	MaxPending     = 10_000
	maxPendingSize = 256 << 20
)

// maxQuestions bounds the pending requests of a server to the client, and maxQuestionSize their
// bytes. A person answers most of them, one after the other.
const (
	maxQuestions    = 64
	maxQuestionSize = 32 << 20
)

// NewRelay returns a relay between a client, with that identity in the policy, and a server.
func NewRelay(s Server, identity map[string]any, session string, down jsonrpc.Conn, log *slog.Logger) *Relay {
	r := &Relay{
		guard: s.Guard, pins: pinState{book: s.Pins, server: cmp.Or(s.Identity, s.Name)},
		who: enforce.Caller{Identity: identity, Session: session}, down: down, dial: s.Dial, key: s.Key, tells: s.Tells, stays: s.Stays, log: log,
		pending: map[string]*call{}, reversed: map[string]*call{}, unsent: map[unsentKey]*unsent{}, prefix: jsonrpc.NewPrefix(),
	}
	if s.Tells.Identity {
		r.told = jsonvalue.Encode(identity)
	}
	r.overHTTP, r.shared = jsonrpc.ByHTTP(down)
	r.health, r.outputs, r.pace = cmp.Or(s.Health, new(Health)), cmp.Or(s.Outputs, new(Outputs)), newPace(s.Guard.Audits())
	return r
}

// ErrNotRunning is the error for a call without a server.
var ErrNotRunning = errors.New("the MCP server is not running and is being started again: try again later")

// Run forwards messages until the client ends the connection or ctx ends. When the client ends it,
// pending calls are answered first. The error says why the server could not be started or why the
// connection ended. A Receive of the client's connection may continue after ctx has ended: close
// the connection.
func (r *Relay) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	first, err := r.dial(ctx)
	if err != nil && !r.stays {
		r.health.failed(ctx, err)
		return err
	}
	r.health.begin(r)
	defer r.health.end(r)
	if err != nil {
		r.giveUp(ctx, err)
		r.log.Warn("the MCP server cannot be started", "error", err, "pause", jsonrpc.FirstPause)
	} else {
		r.mu.Lock()
		r.up, r.starts, r.pins.remote = first, 1, jsonrpc.SendsApart(first)
		r.mu.Unlock()
	}
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

// Failure returns why the server failed, nil while it works or is started again after its end.
func (r *Relay) Failure() error { return get(&r.mu, &r.failed) }

// get returns a field that mu guards.
func get[T any](mu *sync.Mutex, field *T) T {
	mu.Lock()
	defer mu.Unlock()
	return *field
}

// giveUp records that the server failed.
func (r *Relay) giveUp(ctx context.Context, why error) {
	r.health.failed(ctx, why)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = why
}

// DrainTime bounds the wait for pending calls after the client has ended its side of the
// connection.
const DrainTime = 30 * time.Second

// drain waits until all calls are answered.
func (r *Relay) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, DrainTime)
	defer cancel()
	r.endHolds()
	if pause.Until(ctx, &r.judging) != nil {
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

// lose answers a pending call that the server will not answer, if there is one.
func (r *Relay) lose(id string, why error) { r.endCall(id, enforce.Lost, why.Error()) }

// endCall answers a pending call without an answer of the server. It reports whether there was such
// a call.
func (r *Relay) endCall(id, outcome, why string) bool {
	c := r.take(&r.pending, jsonrpc.Key(id))
	switch {
	case c == nil:
		return false
	case c.reply != nil:
		close(c.reply)
	default:
		r.guard.Outcome(c.verdict, outcome, 0)
		answer, _ := r.failure(c, jsonrpc.Failure(c.request.ID, jsonrpc.CodeInternal, why, nil))
		r.sendDown(answer, c.via)
	}
	return true
}

// register records a request that is about to be forwarded. It returns the request as the server
// gets it, or nil if the client has cancelled it. The error says why it cannot be forwarded.
func (r *Relay) register(c *call) (out *jsonrpc.Message, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.leaves(c) {
		return nil, ""
	}
	out = c.request
	if r.shared {
		r.own++
		out = withID(c.request, r.own)
	}
	c.id = out.ID
	key := jsonrpc.Key(c.id)
	switch {
	case r.pending[key] != nil:
		return nil, "another request with this id is not answered yet"
	case len(r.pending) >= MaxPending:
		return nil, fmt.Sprintf("%d requests are not answered yet: wait for some of them", MaxPending)
	case r.pendingSize+len(c.request.Text) > maxPendingSize:
		return nil, fmt.Sprintf("the requests that are not answered yet have %d MiB: wait for some of them", maxPendingSize>>20)
	}
	c.size = len(c.request.Text)
	r.pendingSize += c.size
	r.pending[key] = c
	return out, ""
}

// take removes a call from pending or reversed and returns it, or nil. It gets a pointer because
// the end of a server replaces the maps.
func (r *Relay) take(calls *map[string]*call, key string) *call {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := (*calls)[key]
	delete(*calls, key)
	if c != nil {
		r.pendingSize -= c.size
		r.endDrain()
	}
	return c
}

// endDrain ends the drain, if any, when all calls are answered. The caller holds r.mu.
func (r *Relay) endDrain() {
	if r.drained != nil && len(r.pending) == 0 {
		close(r.drained)
		r.drained = nil
	}
}

func outcomeOf(m *jsonrpc.Message) string {
	if m.Err != nil {
		return enforce.Failed
	}
	return enforce.Answered
}

// judge decides on a message of the client or the server.
func (r *Relay) judge(direction string, m *jsonrpc.Message, s enforce.Subject, annotations map[string]any) enforce.Verdict {
	return r.guard.Judge(r.message(direction, m, s, annotations))
}

// message returns the message for the guard.
func (r *Relay) message(direction string, m *jsonrpc.Message, s enforce.Subject, annotations map[string]any) *enforce.Message {
	return &enforce.Message{
		From: r.who, Direction: direction, Method: m.Method, Params: m.Params, ID: m.ID, Subject: s, Annotations: annotations, Fits: r.fits(m), Issued: r.issued.has,
	}
}

// sendUp sends a message to the server.
func (r *Relay) sendUp(m *jsonrpc.Message) error { return r.sendStart(m, 0) }

// sendStart sends a message to the server unless it was restarted since the given start; 0 means
// any start.
func (r *Relay) sendStart(m *jsonrpc.Message, start uint64) error {
	r.mu.Lock()
	up, starts, handshake := r.up, r.starts, r.handshake
	r.mu.Unlock()
	switch {
	case up == nil:
		return ErrNotRunning
	case start != 0 && start != starts:
		return jsonrpc.ErrEnded // it was judged by the lists of the previous start
	}
	if handshake != nil {
		<-handshake
	}
	return r.sendTo(up, m)
}

// start returns the number of starts of the server, from 1.
func (r *Relay) start() uint64 { return get(&r.mu, &r.starts) }

func (r *Relay) sendTo(up jsonrpc.Conn, m *jsonrpc.Message) error {
	if err := up.Send(m, nil); err != nil {
		r.log.Warn("the message was not sent to the server", "error", err)
		return jsonrpc.ErrEnded
	}
	return nil
}

// sendDown sends a message to the client, and reports whether it could. If it could not, receive
// also fails, or the client does not read.
func (r *Relay) sendDown(m *jsonrpc.Message, via jsonrpc.Exchange) bool {
	err := r.down.Send(m, via)
	if err != nil {
		r.log.Debug("the message was not sent to the client", "error", err)
	}
	return err == nil
}
