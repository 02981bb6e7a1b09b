package front

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/mcp/handler"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcp/vouch"
)

// ServeStdio serves s over in and out, one message on each line, until in ends or ctx is cancelled.
// When in ends, it waits up to 30 seconds for the requests under way. A message that is malformed
// or longer than 16 MiB gets an error as its response. If log is nil, logs are discarded.
func ServeStdio(ctx context.Context, s Server, in io.Reader, out io.Writer, log *slog.Logger) error {
	return serve(ctx, s, "stdio", in, out, log)
}

func serve(ctx context.Context, s Server, session string, in io.Reader, out io.Writer, log *slog.Logger) error {
	log = cmp.Or(log, slog.New(slog.DiscardHandler))
	return newConnection(newJudge(s), jsonrpc.OneHandshake(jsonrpc.Lines(in, out, 0)), session, log).Run(ctx)
}

// The bounds of one connection.
const (
	maxRunning     = 256       // requests that run at a time; others wait
	maxIdle        = 32        // goroutines that wait for further requests
	maxPending     = 10_000    // requests without an answer
	maxPendingSize = 256 << 20 // their bytes
	drainTime      = 30 * time.Second
)

// connection answers the messages of a connection with a server of the library.
//
// The library handles messages ([server.MCPServer.HandleMessage]) and has no part in how they come.
// A connection without a session carries requests of several clients: each has a session of its
// own, as far as the library is concerned.
type connection struct {
	*judge
	mcp  *server.MCPServer
	conn jsonrpc.Conn
	log  *slog.Logger
	// shared means that the requests are those of clients without sessions, by HTTP.
	shared  bool
	session *session // of the handshake
	running chan struct{}
	idle    chan struct{} // one for each goroutine that waits for next
	next    chan *call
	calls   sync.WaitGroup
	fail    context.CancelCauseFunc // ends the connection
	// named is the last identity that the gateway has named, and caller what it says. Only receive
	// uses them.
	named  jsontext.Value
	caller handler.Admitted

	mu        sync.Mutex
	pending   map[*call]struct{}
	size      int  // bytes of pending
	ended     bool // there are no further requests
	asked     int  // questions so far
	questions map[string]chan<- *jsonrpc.Message
}

// call is a request without an answer.
type call struct {
	jsonrpc.Packet
	ctx context.Context
	// word is what the gateway says that started this process; caller is whom it names.
	word    vouch.Word
	caller  handler.Admitted
	token   string // that its progress has, as JSON
	version string // that a stateless request names
	cancel  context.CancelFunc
	dropped bool // it gets no answer; guarded by connection.mu
}

// newConnection returns what serves conn. id names the session to the handlers of the server.
func newConnection(j *judge, conn jsonrpc.Conn, id string, log *slog.Logger) *connection {
	c := &connection{
		judge: j, mcp: j.MCP(), conn: conn, log: log, running: make(chan struct{}, maxRunning), idle: make(chan struct{}, maxIdle), next: make(chan *call),
		pending: map[*call]struct{}{}, questions: map[string]chan<- *jsonrpc.Message{},
	}
	if _, c.shared = jsonrpc.ByHTTP(conn); c.shared {
		id = ""
	}
	c.session = newSession(id, c)
	return c
}

// Run answers messages until the client ends the connection, or ctx does.
func (c *connection) Run(ctx context.Context) error {
	ctx, c.fail = context.WithCancelCause(ctx)
	defer c.end()
	if !c.shared {
		if err := c.mcp.RegisterSession(ctx, c.session); err != nil {
			return fmt.Errorf("begin a session: %w", err)
		}
		defer c.mcp.UnregisterSession(context.WithoutCancel(ctx), c.session.id)
		defer c.endSession(c.session)
		go c.pump(ctx, c.session)
	}
	received := make(chan error, 1)
	go func() { received <- c.receive(ctx) }()
	select {
	case err := <-received:
		if !errors.Is(err, io.EOF) {
			return err
		}
		c.drain(ctx)
	case <-ctx.Done():
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return nil
}

// end cancels the requests under way and waits until their handlers have returned.
func (c *connection) end() {
	c.fail(nil)
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.calls.Wait()
}

// drain waits until the requests under way are answered, except for those that stay open.
func (c *connection) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	c.mu.Lock()
	for x := range c.pending {
		if x.Method == listen {
			x.cancel()
		}
	}
	c.mu.Unlock()
	_ = pause.Until(ctx, &c.calls) // the others are cancelled
}

// listen is the method whose requests stay open.
const listen = string(mcp.MethodSubscriptionsListen)

func (c *connection) receive(ctx context.Context) error {
	for {
		p, err := c.conn.Receive()
		var bad *jsonrpc.Malformed
		switch {
		case errors.As(err, &bad):
			c.send(bad.Refusal(), p.Via)
		case err != nil:
			return err
		case p.Gone:
			c.drop(func(x *call) bool { return x.Via == p.Via })
		case p.IsResponse():
			c.answerQuestion(p.Message)
		case p.Method == string(mcp.MethodNotificationCancelled):
			c.cancelled(p.Message)
		case !p.IsRequest():
			c.handle(c.mcp.WithContext(ctx, c.session), p.Message)
		default:
			c.begin(ctx, p)
		}
	}
}

// send writes a message. The end of a client on stdio ends the connection; one by HTTP may come
// back.
func (c *connection) send(m *jsonrpc.Message, via jsonrpc.Exchange) {
	if err := c.conn.Send(m, via); err != nil {
		c.log.Debug("the message was not sent to the client", "error", err)
		if overHTTP, _ := jsonrpc.ByHTTP(c.conn); !overHTTP {
			c.fail(fmt.Errorf("write to the client: %w", err))
		}
	}
}

// cancelled ends the request that a notification cancels. Clients without a session cannot use it,
// since ids of several clients may be equal: they close the response instead.
func (c *connection) cancelled(m *jsonrpc.Message) {
	params, _ := rawjson.Split(m.Params)
	if id := rawjson.Get(params, "requestId"); id != nil && !c.shared {
		c.drop(func(x *call) bool {
			return jsonrpc.Key(x.ID) == jsonrpc.Key(string(id)) && x.Method != string(mcp.MethodInitialize)
		})
	}
}

// drop ends requests, which get no answer.
func (c *connection) drop(matches func(*call) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for x := range c.pending {
		if matches(x) {
			x.dropped = true
			x.cancel()
			if x.Via != nil {
				x.Via.End()
			}
		}
	}
}

// begin starts a request, or refuses it.
func (c *connection) begin(base context.Context, p jsonrpc.Packet) {
	ctx, cancel := context.WithCancel(base)
	x := &call{Packet: p, ctx: ctx, cancel: cancel}
	x.Message, x.word = c.key.Open(p.Message)
	if named := x.word.Identity; !bytes.Equal(named, c.named) {
		c.named, c.caller = named, handler.Admitted{}
		c.caller.Identity, _ = jsonvalue.Decode(named).(map[string]any)
		c.caller.Caller, _ = c.caller.Identity["name"].(string)
	}
	x.caller = c.caller
	_, meta := jsonrpc.MetaOf(x.Params)
	x.token, x.version = string(rawjson.Get(meta, "progressToken")), rawjson.String(rawjson.Get(meta, jsonrpc.MetaVersion))
	if why := c.register(x); why != "" {
		cancel()
		c.send(jsonrpc.Failure(p.ID, jsonrpc.CodeInvalidRequest, why, nil), p.Via)
		return
	}
	if p.Method == string(mcp.MethodInitialize) {
		c.answer(base, x) // before what follows it
		return
	}
	select {
	case c.next <- x:
	default:
		go c.work(base, x)
	}
}

// work answers a request, and then others. The stack of a new goroutine would grow in several steps
// with each request.
func (c *connection) work(base context.Context, x *call) {
	for {
		c.answer(base, x)
		select {
		case c.idle <- struct{}{}:
		default:
			return
		}
		select {
		case x = <-c.next:
			<-c.idle
		case <-base.Done():
			return
		}
	}
}

// register notes a request. It returns why it cannot be served, or "".
func (c *connection) register(x *call) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended:
		return "the server ends"
	case len(c.pending) >= maxPending || c.size+len(x.Text) > maxPendingSize:
		return "too many requests are not answered yet: wait for some of them"
	case !c.shared:
		for other := range c.pending {
			if jsonrpc.Key(other.ID) == jsonrpc.Key(x.ID) {
				return "another request with this id is not answered yet"
			}
		}
	}
	c.size += len(x.Text)
	c.pending[x] = struct{}{}
	c.calls.Add(1)
	return ""
}

// answer handles a request and sends the answer. base is the context of the connection.
func (c *connection) answer(base context.Context, x *call) {
	ctx := x.ctx
	defer func() {
		defer c.calls.Done()
		x.cancel()
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.pending, x)
		c.size -= len(x.Text)
	}()
	s := c.session
	if c.shared || jsonrpc.IsStateless(x.version) {
		s = newSession(s.id, c)
		s.via, s.optIn = x.Via, true
		if x.Method == listen { // the library broadcasts to registered sessions, which have distinct ids
			s.id += "/" + rand.Text()
			s.listens = x.ID
			if c.mcp.RegisterSession(ctx, s) == nil {
				defer c.mcp.UnregisterSession(context.WithoutCancel(ctx), s.id)
			}
		}
		pumped, stop := context.WithCancel(base)
		defer stop()
		go c.pump(pumped, s)
	}
	if x.Method != listen {
		select {
		case c.running <- struct{}{}:
			defer func() { <-c.running }()
		case <-ctx.Done():
		}
	}
	m := c.judged(withWord(withRequest(c.mcp.WithContext(ctx, s), x.Via), x), s, x.Message)
	s.flush(base)
	c.mu.Lock()
	dropped := x.dropped
	c.mu.Unlock()
	if m != nil && !dropped {
		c.send(m, x.Via)
	}
}

// handle passes a message to the library. It returns the answer, or nil for a notification, and
// whether the answer says that a call failed. The text of a panic does not reach the client.
func (c *connection) handle(ctx context.Context, m *jsonrpc.Message) (answer *jsonrpc.Message, failed bool) {
	defer func() {
		if v := recover(); v != nil {
			logPanic(c.log, v)
			answer, failed = jsonrpc.Failure(m.ID, jsonrpc.CodeInternal, errDefect.Error(), nil), true
		}
	}()
	if m.Method == "skills/list" || m.Method == "skills/get" {
		return c.answerSkills(ctx, m)
	}
	var member any
	switch r := c.mcp.HandleMessage(ctx, json.RawMessage(m.Text)).(type) {
	case mcp.JSONRPCResponse:
		member = r.Result
		if res, ok := r.Result.(*mcp.CallToolResult); ok {
			failed = res.IsError
		}
	case mcp.JSONRPCError:
		e, err := json.Marshal(r.Error)
		if err != nil {
			return jsonrpc.Failure(m.ID, r.Error.Code, r.Error.Message, nil), true
		}
		return jsonrpc.Error(m.ID, e), true
	default:
		return nil, false
	}
	result, err := json.Marshal(member)
	if err != nil {
		c.log.Error("a result cannot be written as JSON", "method", m.Method, "error", err)
		return jsonrpc.Failure(m.ID, jsonrpc.CodeInternal, "the result cannot be written as JSON", nil), true
	}
	return jsonrpc.Response(m.ID, result), failed
}

// pump sends the notifications of a session until ctx ends.
func (c *connection) pump(ctx context.Context, s *session) {
	for {
		select {
		case n := <-s.notifications:
			c.notify(s, n)
		case flushed := <-s.flushes:
			for len(s.notifications) > 0 {
				c.notify(s, <-s.notifications)
			}
			close(flushed)
		case <-ctx.Done():
			return
		}
	}
}

// notify sends a notification of the library: with the response to the request that it concerns, if
// that is known.
func (c *connection) notify(s *session, n mcp.JSONRPCNotification) {
	if s.listens != "" { // each message of the stream names it
		meta := maps.Clone(n.Params.Meta)
		if meta == nil {
			meta = map[string]any{}
		}
		meta[mcp.MetaKeySubscriptionID] = json.RawMessage(s.listens)
		n.Params.Meta = meta
	}
	text, err := json.Marshal(n)
	if err != nil {
		c.log.Error("a notification cannot be written as JSON", "method", n.Method, "error", err)
		return
	}
	via := s.via
	if token, err := json.Marshal(n.Params.AdditionalFields["progressToken"]); err == nil && via == nil && n.Method == string(mcp.MethodNotificationProgress) {
		c.mu.Lock()
		for x := range c.pending {
			if x.token == string(token) {
				via = x.Via
			}
		}
		c.mu.Unlock()
	}
	c.send(&jsonrpc.Message{Method: n.Method, Text: text}, via)
}

// ask puts a question to the client and waits for its answer, until ctx ends.
func (c *connection) ask(ctx context.Context, method string, params any) (*jsonrpc.Message, error) {
	raw, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	answered := make(chan *jsonrpc.Message, 1)
	c.mu.Lock()
	c.asked++
	id := strconv.Itoa(c.asked)
	c.questions[id] = answered
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.questions, id)
	}()
	via, _ := ctx.Value(exchangeKey{}).(jsonrpc.Exchange)
	c.send(jsonrpc.Request(id, method, raw), via)
	select {
	case m := <-answered:
		return m, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// answerQuestion passes the client's answer to a question on. The first one counts.
func (c *connection) answerQuestion(m *jsonrpc.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := jsonrpc.Key(m.ID)
	if answered := c.questions[id]; answered != nil {
		delete(c.questions, id)
		answered <- m // has room for it
	}
}

type exchangeKey struct{}

// withRequest returns the context of a call that a client made by an HTTP request.
func withRequest(ctx context.Context, via jsonrpc.Exchange) context.Context {
	if via == nil {
		return ctx
	}
	r := via.Request()
	ctx = handler.WithHeader(context.WithValue(ctx, exchangeKey{}, via), r.Header)
	return handler.WithAdmitted(ctx, handler.AdmittedOf(r.Context()))
}

type settledKey struct{}

// withWord returns the context of a request of which the gateway says something.
func withWord(ctx context.Context, x *call) context.Context {
	if x.caller.Identity != nil {
		ctx = handler.WithAdmitted(ctx, x.caller)
	}
	if x.word.Header != nil {
		ctx = handler.WithHeader(ctx, x.word.Header)
	}
	if x.word.Settled {
		ctx = context.WithValue(ctx, settledKey{}, true)
	}
	return ctx
}

// Pipe serves s to a client in this process, over a pipe for each direction, until the client
// closes its side or ctx ends.
func Pipe(ctx context.Context, s Server, log *slog.Logger) (in io.Reader, out io.WriteCloser) {
	fromClient, out := io.Pipe()
	in, toClient := io.Pipe()
	go func() {
		defer toClient.Close()
		defer fromClient.Close()
		_ = serve(ctx, s, rand.Text(), fromClient, toClient, log) // the client sees the end
	}()
	return in, out
}
