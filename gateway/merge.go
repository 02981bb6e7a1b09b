package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/gateway/rawjson"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// Server is one of several servers behind a gateway.
type Server struct {
	// Name is what people call it.
	Name string
	// Prefix begins the names of its tools and prompts, as clients see them. Its policy sees the
	// names without it. No prefix is the beginning of another, so that a name has one server.
	Prefix string
	Guard  *enforce.Guard
	Dial   Dial
	// Pins has what a person has accepted of the server, by its name; nil means that definitions
	// may change.
	Pins *pin.Book
	// Health, unless nil, learns how the connections to the server are.
	Health *Health
}

// CheckServers returns an error if a name could belong to two of the servers.
func CheckServers(servers []Server) error {
	for i, a := range servers {
		for _, b := range servers[i+1:] {
			if strings.HasPrefix(a.Prefix, b.Prefix) || strings.HasPrefix(b.Prefix, a.Prefix) {
				return fmt.Errorf("the prefixes %q of %s and %q of %s begin alike: a name could belong to both", a.Prefix, a.Name, b.Prefix, b.Name)
			}
		}
	}
	return nil
}

// Merger passes messages between one client and several servers, each with a relay and a policy of
// its own. The client sees one server: lists are joined, and a call goes to the server that its
// name or URI belongs to. A server that does not run is missing in lists until it does.
type Merger struct {
	down Conn
	log  *slog.Logger
	legs []*leg
	own  string // begins the ids of the merger's own requests and of those of servers

	mu      sync.Mutex
	next    uint64
	pending map[waiting]*part
	streams map[waiting]*listening
	asked   map[string]reversed // requests of servers, by the id that the client sees
	owners  map[string]*leg     // of resources and templates, by URI
	hello   jsontext.Value      // the parameters of initialize
	ctx     context.Context
}

// waiting names a request that a leg has not answered: its id, and the HTTP request that brought
// it.
type waiting struct {
	via *exchange
	id  string
}

// part is a request that one server has to answer.
type part struct {
	leg    *leg
	answer chan *message // of the merger's own requests; nil for those of the client
}

// reversed is a request of a server that the client has to answer.
type reversed struct {
	leg *leg
	id  string
}

// NewMerger returns a merger for a client, which policies know as identity.
func NewMerger(servers []Server, identity map[string]any, session string, down Conn, log *slog.Logger) *Merger {
	g := &Merger{
		down: down, log: log, own: newPrefix(),
		pending: map[waiting]*part{}, streams: map[waiting]*listening{}, asked: map[string]reversed{}, owners: map[string]*leg{},
	}
	for _, s := range servers {
		l := &leg{merger: g, Server: s, identity: identity, session: session + "/" + s.Name, in: make(chan packet, maxQueued), log: log.With("server", s.Name)}
		l.overHTTP, l.shared = byHTTP(down)
		g.legs = append(g.legs, l)
	}
	return g
}

// Run passes messages until the client ends the connection or ctx does. A server that ends is
// started again.
func (g *Merger) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g.ctx = ctx
	var running sync.WaitGroup
	for _, l := range g.legs {
		l.done = ctx.Done()
		running.Go(func() { l.run(ctx) })
	}
	received := make(chan error, 1)
	go func() { received <- g.receive() }()
	var err error
	select {
	case err = <-received:
		g.drain(ctx)
	case <-ctx.Done():
	}
	cancel()
	running.Wait()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// drain waits until the calls of a client that ended its side are answered.
func (g *Merger) drain(ctx context.Context) {
	end := time.After(drainTime)
	for {
		g.mu.Lock()
		left := len(g.pending)
		g.mu.Unlock()
		if left == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-end:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// receive handles the messages of the client.
func (g *Merger) receive() error {
	for {
		p, err := g.down.receive()
		var bad *malformed
		switch {
		case errors.As(err, &bad):
			g.refuse(packet{}, bad)
		case err != nil:
			return err
		case p.gone:
			g.forward(g.takeGone(p.via), p)
			for _, l := range g.ended(func(w waiting) bool { return w.via == p.via }) {
				l.deliver(p)
			}
		case p.isResponse():
			g.answer(p)
		case p.isNotification():
			g.notify(p)
		default:
			g.request(p)
		}
	}
}

// refuse answers a message that goes to no server, and writes it to the audit.
func (g *Merger) refuse(p packet, bad *malformed) {
	l := g.legs[0]
	l.Guard.Malformed(enforce.Caller{Identity: l.identity, Session: strings.TrimSuffix(l.session, "/"+l.Name)}, enforce.ToServer, bad.why)
	g.send(failure(bad.id, bad.code, bad.why, nil), p.via)
}

func (g *Merger) send(m *message, via *exchange) {
	if err := g.down.send(m, via); err != nil {
		g.log.Debug("the message was not sent to the client", "error", err)
	}
}

// forward hands a message to a server, if it is one.
func (g *Merger) forward(l *leg, p packet) {
	if l != nil {
		l.deliver(p)
	}
}

// request sends a request to the servers that it concerns.
func (g *Merger) request(p packet) {
	switch p.method {
	case "ping":
		g.send(response(p.id, []byte(`{}`)), p.via)
	case "initialize":
		g.mu.Lock()
		g.hello = p.params
		g.mu.Unlock()
		go g.join(p, mergeHello)
	case "server/discover":
		go g.join(p, mergeDiscovery)
	case "logging/setLevel":
		go g.join(p, mergeEmpty)
	case "tools/list", "prompts/list", "resources/list", "resources/templates/list":
		go g.joinLists(p)
	case "subscriptions/listen":
		go g.listen(p)
	case "resources/read", "resources/subscribe", "resources/unsubscribe", "completion/complete":
		go g.call(p) // it may have to look for the server
	default:
		g.call(p)
	}
}

// call sends a request to its server.
func (g *Merger) call(p packet) {
	l, out := g.route(p.message)
	if l == nil {
		g.refuse(p, &malformed{codeOf(p.message), p.id, hiddenText(p.message)})
		return
	}
	p.message = out
	g.ask(l, p)
}

// codeOf returns the code of the error for a request that concerns no server.
func codeOf(m *message) int {
	if hiddenText(m) == "method not found" {
		return codeMethodNotFound
	}
	return codeInvalidParams
}

// ask hands a request of the client to a server.
func (g *Merger) ask(l *leg, p packet) {
	key := waiting{p.via, idKey(p.id)}
	g.mu.Lock()
	taken := g.pending[key] != nil || len(g.pending) >= maxPending
	if !taken {
		g.pending[key] = &part{leg: l}
	}
	g.mu.Unlock()
	if taken {
		g.refuse(p, &malformed{codeInvalidRequest, p.id, "another request with this id, or too many, are not answered yet"})
		return
	}
	l.deliver(p)
}

// notify hands a notification of the client to the servers that it concerns.
func (g *Merger) notify(p packet) {
	if p.method != "notifications/cancelled" {
		for _, l := range g.legs {
			l.deliver(p)
		}
		return
	}
	params, _ := rawjson.Split(p.params)
	id := idKey(string(rawjson.Get(params, "requestId")))
	var cancelled *leg
	g.mu.Lock()
	for key, q := range g.pending {
		if key.id == id && q.answer == nil {
			cancelled = q.leg
			delete(g.pending, key)
		}
	}
	g.mu.Unlock()
	g.forward(cancelled, p)
	for _, l := range g.ended(func(w waiting) bool { return w.via == nil && w.id == id }) {
		l.deliver(p)
	}
}

// takeGone forgets the request of an HTTP request that ended, and returns its server.
func (g *Merger) takeGone(via *exchange) *leg {
	g.mu.Lock()
	defer g.mu.Unlock()
	var l *leg
	for key, q := range g.pending {
		if key.via == via {
			l = q.leg
			delete(g.pending, key)
		}
	}
	return l
}

// answer hands the client's answer to the server that asked.
func (g *Merger) answer(p packet) {
	g.mu.Lock()
	r, ok := g.asked[idKey(p.id)]
	delete(g.asked, idKey(p.id))
	g.mu.Unlock()
	if !ok {
		g.log.Warn("the client answered no request", "id", enforce.Clip(p.id))
		return
	}
	out := *p.message
	out.id = r.id
	p.message = out.encoded()
	r.leg.deliver(p)
}

// fromServer passes a message of a server on.
func (g *Merger) fromServer(l *leg, m *message, via *exchange) {
	switch {
	case g.streamed(l, m, via):
		return
	case m.isResponse():
		key := waiting{via, idKey(m.id)}
		g.mu.Lock()
		q := g.pending[key]
		delete(g.pending, key)
		g.mu.Unlock()
		switch {
		case q == nil:
		case q.answer != nil:
			q.answer <- m
		default:
			g.send(m, via)
		}
		return
	case m.isRequest():
		g.mu.Lock()
		g.next++
		out := *m
		out.id = fmt.Sprintf(`"%s%s-%d"`, g.own, l.Name, g.next)
		g.asked[idKey(out.id)] = reversed{l, m.id}
		g.mu.Unlock()
		m = out.encoded()
	case m.method == "notifications/cancelled":
		if m = g.cancelled(l, m); m == nil {
			return
		}
	}
	g.send(m, via)
}

// cancelled returns a server's cancellation of a request as the client knows it, nil if there is
// none.
func (g *Merger) cancelled(l *leg, m *message) *message {
	params, _ := rawjson.Split(m.params)
	id := idKey(string(rawjson.Get(params, "requestId")))
	g.mu.Lock()
	defer g.mu.Unlock()
	for known, r := range g.asked {
		if r.leg == l && idKey(r.id) == id {
			delete(g.asked, known)
			return withParams(m, rawjson.Set(params, "requestId", jsontext.Value(known)))
		}
	}
	return nil
}

// quoted returns a string as JSON.
func quoted(s string) jsontext.Value { return jsonvalue.Encode(s) }
