package bridge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// Dial returns a dial whose connections take requests of both eras, for servers of either. name and
// version identify the client to the server if the client does not.
func Dial(dial jsonrpc.Dial, name, version string) jsonrpc.Dial {
	return dialAs(dial, implementation(name, version), false)
}

// DialNewest is [Dial] for a client of the first era that prefers the second one if the server has
// both, and that shows people the server's own messages: results are not translated, and the answer
// to initialize has the revision that the server speaks.
func DialNewest(dial jsonrpc.Dial) jsonrpc.Dial { return dialAs(dial, nil, true) }

func dialAs(dial jsonrpc.Dial, self jsontext.Value, newest bool) jsonrpc.Dial {
	return func(ctx context.Context) (jsonrpc.Conn, error) {
		up, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		c := &conn{
			up: up, prefix: jsonrpc.NewPrefix(), self: self, newest: newest, in: make(chan arrival), wake: make(chan struct{}, 1),
			own: map[string]chan jsonrpc.Packet{}, calls: map[string]*call{}, held: map[string]*call{}, asked: map[string]asked{},
			listens: map[string]*listener{}, uris: map[string]bool{},
		}
		c.ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
		go c.read()
		if jsonrpc.SendsApart(up) {
			return apart{c}, nil
		}
		return c, nil
	}
}

// conn is a connection to a server of either era.
type conn struct {
	up     jsonrpc.Conn
	prefix string // of the ids of its own requests
	self   jsontext.Value
	newest bool // see DialNewest
	ctx    context.Context
	cancel context.CancelFunc
	in     chan arrival
	wake   chan struct{} // has an element if local has some

	mu       sync.Mutex
	era      era
	deciding bool
	ended    bool                           // nothing comes from the server any more
	queue    []*jsonrpc.Message             // of the client, until the era is known
	local    []jsonrpc.Packet               // for the client, of this connection itself
	own      map[string]chan jsonrpc.Packet // that wait for an answer, by the key of the request's id
	n        uint64                         // of its own requests
	calls    map[string]*call               // that the server has, by the key of the id that it knows
	level    string                         // of log messages that the client wants, or ""

	// Of a server of the first era with clients of the second.
	greeting jsontext.Value       // its answer to initialize, nil if the client sent that
	held     map[string]*call     // that wait for input, by their state
	listens  map[string]*listener // by the key of their id

	// Of a server of the second era with a client of the first.
	hello   []rawjson.Member               // _meta of each request, nil if the client sends its own
	asked   map[string]asked               // requests to the client, by the key of their id
	stream  string                         // the id of the request for notifications
	uris    map[string]bool                // of resources whose changes the client wants to hear of
	headers map[string]map[string][]string // paths of arguments by header, by tool
}

// apart is a conn whose server gets each message as an HTTP request.
type apart struct{ *conn }

// SendsApart implements what [jsonrpc.SendsApart] looks for.
func (apart) SendsApart() {}

// call is a request of a client that the server gets in the other era.
type call struct {
	request *jsonrpc.Message // as the client sent it, the last time
	waits   bool             // the client waits for an answer to request
	id      string           // that the server knows, "" while it has no request
	rounds  int
	order   uint64         // greater for later calls
	token   jsontext.Value // of its progress, nil if the client did not ask for it

	// Of a server of the first era.
	state     string // that the client sends back with its input
	questions []question
	lacks     map[string]any   // the capability that the server needed and the client did not declare
	answer    *jsonrpc.Message // that came while the client was asked
	expire    func() bool      // stops the timer that ends a call which is held

	// Of a server of the second era.
	inputs []rawjson.Member
	opaque jsontext.Value // the server's requestState
	open   int            // inputs that the client owes
}

// arrival is what the server's connection returned.
type arrival struct {
	p   jsonrpc.Packet
	err error
}

// read hands over what arrives from the server.
func (c *conn) read() {
	for {
		p, err := c.up.Receive()
		select {
		case c.in <- arrival{p, err}:
		case <-c.ctx.Done():
			return
		}
		if bad := (*jsonrpc.Malformed)(nil); err != nil && !errors.As(err, &bad) {
			return
		}
	}
}

// Receive implements [jsonrpc.Conn].
func (c *conn) Receive() (jsonrpc.Packet, error) {
	for {
		c.mu.Lock()
		if len(c.local) > 0 {
			p := c.local[0]
			c.local = c.local[1:]
			c.mu.Unlock()
			return p, nil
		}
		c.mu.Unlock()
		select {
		case <-c.wake:
		case a := <-c.in:
			if p, err, passes := c.fromServer(a); passes {
				return p, err
			}
		case <-c.ctx.Done():
			return jsonrpc.Packet{}, io.EOF
		}
	}
}

// Close implements [jsonrpc.Conn].
func (c *conn) Close() error {
	c.cancel()
	err := c.up.Close() // ends a Send that waits, which may hold c.mu
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range c.held {
		h.expire()
	}
	return err
}

// Send implements [jsonrpc.Conn].
func (c *conn) Send(m *jsonrpc.Message, via jsonrpc.Exchange) error {
	c.mu.Lock()
	switch {
	case c.deciding:
		c.queue = append(c.queue, m)
		c.mu.Unlock()
		return nil
	case c.era == unknown && m.IsRequest():
		c.deciding = true
		c.mu.Unlock()
		go c.decide(m)
		return nil
	}
	c.mu.Unlock()
	return c.forward(m, via)
}

// forward sends a message of the client in the era of the server.
func (c *conn) forward(m *jsonrpc.Message, via jsonrpc.Exchange) error {
	c.mu.Lock()
	switch {
	case c.era == legacy && c.greeting != nil:
		defer c.mu.Unlock()
		return c.toLegacy(m)
	case c.era == modern && c.hello != nil && jsonrpc.VersionOf(m) == "":
		defer c.mu.Unlock()
		return c.toModern(m)
	}
	c.mu.Unlock() // a server that does not read must not stop what it sends
	return c.up.Send(m, via)
}

// fromServer returns what the client gets of what arrived, and whether it gets something.
func (c *conn) fromServer(a arrival) (jsonrpc.Packet, error, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := a.p
	if bad := (*jsonrpc.Malformed)(nil); errors.As(a.err, &bad) {
		return c.malformed(p, bad)
	}
	if a.err != nil {
		c.ended = true
		for _, key := range slices.Collect(maps.Keys(c.own)) {
			c.reply(key, jsonrpc.Packet{Lost: jsonrpc.ErrEnded})
		}
		return p, a.err, true
	}
	switch {
	case p.Lost != nil:
		if c.reply(jsonrpc.Key(p.Stream), p) {
			return p, nil, false
		}
		if call := c.calls[jsonrpc.Key(p.Stream)]; call != nil {
			return c.lost(call, p.Lost)
		}
		return p, nil, true
	case p.IsResponse() && c.reply(jsonrpc.Key(p.ID), p):
		return p, nil, false
	case c.era == legacy && c.greeting != nil:
		return c.fromLegacy(p)
	case c.era == modern && c.hello != nil:
		return c.fromModern(p)
	}
	return p, nil, true
}

// malformed returns what the client gets of a message that is not valid: the call that it answers
// has another id there.
func (c *conn) malformed(p jsonrpc.Packet, bad *jsonrpc.Malformed) (jsonrpc.Packet, error, bool) {
	id := p.Stream
	if id == "" && !bad.Asks {
		id = bad.ID
	}
	if id == "" {
		return p, bad, true
	}
	if c.reply(jsonrpc.Key(id), jsonrpc.Packet{Lost: bad}) {
		return p, nil, false
	}
	if call := c.calls[jsonrpc.Key(id)]; call != nil {
		return c.lost(call, fmt.Errorf("the answer of the MCP server is not valid: %w", bad))
	}
	return p, bad, true
}

// lost returns what the client gets of a call that the server does not answer.
func (c *conn) lost(call *call, why error) (jsonrpc.Packet, error, bool) {
	c.forget(call)
	if !call.waits {
		return jsonrpc.Packet{}, nil, false
	}
	return jsonrpc.Packet{Stream: call.request.ID, Lost: why}, nil, true
}

// forget forgets a call. The caller holds c.mu.
func (c *conn) forget(call *call) {
	delete(c.calls, jsonrpc.Key(call.id))
	delete(c.held, call.state)
	if call.expire != nil {
		call.expire()
	}
	maps.DeleteFunc(c.asked, func(_ string, a asked) bool { return a.call == call })
}

// deliver gives the client a message of this connection. The caller holds c.mu.
func (c *conn) deliver(p jsonrpc.Packet) {
	c.local = append(c.local, p)
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// answer gives the client a result. The caller holds c.mu.
func (c *conn) answer(m *jsonrpc.Message, result jsontext.Value) {
	c.deliver(jsonrpc.Packet{Message: jsonrpc.Response(m.ID, result), Stream: m.ID})
}

// refuse gives the client an error. The caller holds c.mu.
func (c *conn) refuse(m *jsonrpc.Message, code int, why string, data any) {
	c.deliver(jsonrpc.Packet{Message: jsonrpc.Failure(m.ID, code, why, data), Stream: m.ID})
}

// nextID returns the id of a request of this connection. The caller holds c.mu.
func (c *conn) nextID() string {
	c.n++
	return fmt.Sprintf(`"%s%d"`, c.prefix, c.n)
}

// reply ends the wait for the answer to a request of this connection, and reports whether somebody
// waits. The caller holds c.mu.
func (c *conn) reply(key string, p jsonrpc.Packet) bool {
	waits, ok := c.own[key]
	if ok {
		delete(c.own, key)
		waits <- p
	}
	return ok
}

// called returns the call of the client with an id, or nil. The caller holds c.mu.
func (c *conn) called(id string) *call {
	key := jsonrpc.Key(id)
	for _, calls := range []map[string]*call{c.calls, c.held} {
		for _, call := range calls {
			if call.waits && jsonrpc.Key(call.request.ID) == key {
				return call
			}
		}
	}
	for _, a := range c.asked {
		if jsonrpc.Key(a.call.request.ID) == key {
			return a.call
		}
	}
	return nil
}

// cancelled tells the server that a call of the client is cancelled. It reports whether the call
// was translated. The caller holds c.mu.
func (c *conn) cancelled(m *jsonrpc.Message) bool {
	id := string(rawjson.At(m.Params, "requestId"))
	if l := c.listens[jsonrpc.Key(id)]; l != nil {
		c.endListen(l)
		return true
	}
	call := c.called(id)
	if call == nil {
		return false
	}
	c.forget(call)
	c.tellCancelled(call)
	return true
}

// tellCancelled tells the server that the answer to a call is no longer needed.
func (c *conn) tellCancelled(call *call) {
	if call.id != "" {
		_ = c.up.Send(jsonrpc.Notification("notifications/cancelled", fmt.Appendf(nil, `{"requestId":%s}`, call.id)), nil)
	}
}
