package disclose

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcp/subject"
)

// Config says when the three tools replace a list.
type Config struct {
	// Always replaces every list. Otherwise a list within the bounds below is shown unchanged.
	Always             bool
	MaxTools, MaxBytes int
}

// The bounds of a list that is searched: its size in bytes, the number of lists that are read
// concurrently, the time for the server's answer, and the time for pending answers after a client
// has ended its side.
const (
	maxList   = 64 << 20
	maxReads  = 4
	askTime   = time.Minute
	drainTime = 30 * time.Second
)

// Wrap returns the connection to a client as a relay sees it.
func Wrap(down jsonrpc.Conn, c Config) jsonrpc.Conn {
	return &conn{
		down: down, c: c, prefix: jsonrpc.NewPrefix(), received: make(chan arrival, 1), own: make(chan jsonrpc.Packet), reads: make(chan struct{}, maxReads),
		works: map[*work]bool{}, asked: map[string]chan *jsonrpc.Message{},
	}
}

type conn struct {
	down   jsonrpc.Conn
	c      Config
	prefix string // of the ids of its own requests

	// Used by Receive only.
	reading bool
	end     error         // the reason why the client sends nothing more
	idle    chan struct{} // closed after end when all its requests are answered

	received chan arrival
	own      chan jsonrpc.Packet // for the relay
	reads    chan struct{}       // has an element for each list that is read
	working  sync.WaitGroup

	mu    sync.Mutex
	n     uint64 // of its own requests
	works map[*work]bool
	asked map[string]chan *jsonrpc.Message // requests without an answer, by id
	known *catalogue                       // the last list, or nil
}

// arrival is a result of Receive on the client's connection.
type arrival struct {
	p   jsonrpc.Packet
	err error
}

// work is a request of the client that needs the list of the relay.
type work struct {
	jsonrpc.Packet
	id   string        // of the pending request to the relay, or ""
	gone chan struct{} // closed when the client no longer waits
	over bool          // answered or cancelled; guarded by the lock of the connection
}

// ByHTTP implements the interface for [jsonrpc.ByHTTP].
func (c *conn) ByHTTP() (overHTTP, shared bool) { return jsonrpc.ByHTTP(c.down) }

// Close implements [jsonrpc.Conn].
func (c *conn) Close() error { return c.down.Close() }

// Receive implements [jsonrpc.Conn].
func (c *conn) Receive() (jsonrpc.Packet, error) {
	for {
		if !c.reading && c.end == nil {
			c.reading = true
			go func() {
				p, err := c.down.Receive()
				c.received <- arrival{p, err}
			}()
		}
		select {
		case p := <-c.own:
			return p, nil
		case <-c.idle:
			return jsonrpc.Packet{}, c.end
		case a := <-c.received:
			c.reading = false
			if bad := (*jsonrpc.Malformed)(nil); a.err != nil && !errors.As(a.err, &bad) {
				c.drain(a.err)
			} else if p, passes := c.fromClient(a); passes {
				return p, a.err
			}
		}
	}
}

// drain waits for the requests that need a list, after the client has ended its side.
func (c *conn) drain(end error) {
	c.end, c.idle = end, make(chan struct{})
	go func() {
		defer close(c.idle)
		ctx, cancel := context.WithTimeout(context.Background(), drainTime)
		defer cancel()
		_ = pause.Until(ctx, &c.working) // it ends in any case
	}()
}

// fromClient returns the message for the relay, if any, and whether there is one.
func (c *conn) fromClient(a arrival) (jsonrpc.Packet, bool) {
	p := a.p
	switch {
	case a.err != nil || p.Message == nil && !p.Gone:
		return p, true
	case p.Gone:
		c.giveUp(func(w *work) bool { return w.Via == p.Via })
		return p, true
	case p.Method == "notifications/cancelled":
		return c.cancelled(p)
	case !p.IsRequest():
		return p, true
	case p.Method == "tools/list":
		c.begin(p, "", c.list)
		return p, false
	case p.Method != "tools/call":
		return p, true
	}
	name := rawjson.String(rawjson.At(p.Params, "name"))
	do := map[string]func(*work, *catalogue){searchTool: c.search, describeTool: c.describe, callTool: c.callListed}[name]
	if do == nil {
		return p, true
	}
	c.mu.Lock()
	known := c.known
	c.mu.Unlock()
	if name == callTool && (c.c.Always || known != nil && !known.shadows(c.c, name)) { // calls stay in order
		return c.call(p)
	}
	c.begin(p, name, do)
	return p, false
}

// begin handles a request that needs the list of the relay in a new goroutine. A call of the tool
// with the name is forwarded if the list is shown unchanged and the server has such a tool.
func (c *conn) begin(p jsonrpc.Packet, name string, do func(*work, *catalogue)) {
	w := &work{Packet: p, gone: make(chan struct{})}
	c.mu.Lock()
	c.works[w] = true
	c.mu.Unlock()
	c.working.Go(func() {
		switch l := c.fetch(w); {
		case l == nil: // it was answered
		case name != "" && l.shadows(c.c, name):
			c.pass(w, p)
		default:
			do(w, l)
		}
	})
}

// giveUp cancels works whose clients no longer wait. It returns the ids of their requests to the
// relay.
func (c *conn) giveUp(match func(*work) bool) (ids []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for w := range c.works {
		if !match(w) {
			continue
		}
		if w.id != "" {
			ids = append(ids, w.id)
		}
		close(w.gone)
		c.forget(w)
		if w.Via != nil {
			w.Via.End()
		}
	}
	return ids
}

// cancelled returns the cancellation for the relay. If the client cancels a request that needs the
// list, it names the connection's own request instead. Without a session, a client ends its HTTP
// request instead.
func (c *conn) cancelled(p jsonrpc.Packet) (jsonrpc.Packet, bool) {
	if _, shared := c.ByHTTP(); shared {
		return p, true
	}
	key, found := jsonrpc.Key(string(rawjson.At(p.Params, "requestId"))), false
	ids := c.giveUp(func(w *work) bool {
		is := jsonrpc.Key(w.ID) == key
		found = found || is
		return is
	})
	if len(ids) > 0 {
		p.Message = jsonrpc.Notification(p.Method, fmt.Appendf(nil, `{"requestId":%s}`, ids[0]))
	}
	return p, !found || len(ids) > 0
}

// forget removes a work. The caller holds c.mu.
func (c *conn) forget(w *work) {
	w.over = true
	delete(c.works, w)
}

// finish removes a work. It reports false if the client has cancelled it.
func (c *conn) finish(w *work) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	over := w.over
	c.forget(w)
	return !over
}

// answer answers the request of a work, unless the client has cancelled it.
func (c *conn) answer(w *work, m *jsonrpc.Message) {
	if c.finish(w) {
		_ = c.down.Send(m, w.Via) // the connection fails otherwise if it cannot
	}
}

// pass hands the request of a work to the relay, unless the client has cancelled it.
func (c *conn) pass(w *work, p jsonrpc.Packet) {
	if !c.finish(w) {
		return
	}
	select {
	case c.own <- p:
	case <-time.After(askTime): // nobody receives any more
	}
}

// Send implements [jsonrpc.Conn]. Answers to the connection's own requests are not forwarded.
func (c *conn) Send(m *jsonrpc.Message, via jsonrpc.Exchange) error {
	if !m.IsResponse() || !strings.HasPrefix(m.ID, `"`+c.prefix) {
		return c.down.Send(m, via)
	}
	c.mu.Lock()
	reply := c.asked[m.ID]
	delete(c.asked, m.ID)
	c.mu.Unlock()
	if reply != nil {
		reply <- m
	}
	return nil
}

// refusal is the error of a relay for one of the connection's own requests.
type refusal struct{ err jsontext.Value }

func (r *refusal) Error() string { return "the list of tools is refused" }

var errGone = errors.New("the client no longer waits")

// ask sends a request to the relay, and returns the result.
func (c *conn) ask(w *work, method string, params []byte) (jsontext.Value, error) {
	ctx, cancel := context.WithTimeout(context.Background(), askTime)
	defer cancel()
	reply := make(chan *jsonrpc.Message, 1)
	c.mu.Lock()
	if w.over {
		c.mu.Unlock()
		return nil, errGone
	}
	c.n++
	id := fmt.Sprintf(`"%s%d"`, c.prefix, c.n)
	c.asked[id], w.id = reply, id
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.asked, id)
		w.id = ""
	}()
	select {
	case c.own <- jsonrpc.Packet{Message: jsonrpc.Request(id, method, params), Via: w.Via}:
	case <-w.gone:
		return nil, errGone
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: no answer within %v", method, askTime)
	}
	select {
	case m := <-reply:
		if m.Err != nil {
			return nil, &refusal{m.Err}
		}
		return m.Result, nil
	case <-w.gone:
		return nil, errGone
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: no answer within %v", method, askTime)
	}
}

// fetch returns the list that the relay shows the client of a work now. On failure it answers the
// request with an error and returns nil. It requests the list each time, because policies and pins
// may change.
func (c *conn) fetch(w *work) *catalogue {
	select {
	case c.reads <- struct{}{}:
		defer func() { <-c.reads }()
	case <-w.gone:
		return nil
	}
	var own []rawjson.Member
	_, meta := jsonrpc.MetaOf(w.Params)
	for _, m := range meta {
		if strings.HasPrefix(m.Name, jsonrpc.MetaPrefix) { // which stateless revisions require
			own = append(own, m)
		}
	}
	var params []rawjson.Member
	if own != nil {
		params = rawjson.Set(params, "_meta", rawjson.Join(own))
	}
	list, size := &catalogue{}, 0
	ask := func(method string, params []byte) (jsontext.Value, error) {
		result, err := c.ask(w, method, params)
		if size += len(result); size > maxList {
			return nil, fmt.Errorf("the list of tools has more than %d bytes", maxList)
		}
		if list.result == nil && err == nil {
			list.result, err = rawjson.Split(result)
		}
		return result, err
	}
	err := subject.Pages(ask, "tools/list", params, list.add)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		c.answer(w, jsonrpc.Error(w.ID, refused.err))
		return nil
	case err != nil:
		c.answer(w, jsonrpc.Failure(w.ID, jsonrpc.CodeInternal, "the tools of the MCP server cannot be listed: "+err.Error(), nil))
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	list.takeOver(c.known)
	c.known = list
	return list
}
