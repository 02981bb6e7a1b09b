package merge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcp/subject"
)

// CheckServers returns an error if a name could belong to two of the servers.
func CheckServers(servers []gateway.Server) error {
	for i, a := range servers {
		for _, b := range servers[i+1:] {
			if strings.HasPrefix(a.Prefix, b.Prefix) || strings.HasPrefix(b.Prefix, a.Prefix) {
				return fmt.Errorf("the prefixes %q of %s and %q of %s begin alike: a name could belong to both", a.Prefix, a.Name, b.Prefix, b.Name)
			}
		}
	}
	return nil
}

// Merger routes messages between one client and several servers, each with its own relay and
// policy. The client sees one server: lists are joined, and a call goes to the server to which its
// name or URI belongs. Lists omit a server while it does not run.
type Merger struct {
	down     jsonrpc.Conn
	log      *slog.Logger
	backends []*backend
	own      string // begins the ids of the merger's own requests and of those of servers

	mu       sync.Mutex
	next     uint64
	pending  map[waiting]*part
	unrouted map[*unrouted]bool
	streams  map[waiting]*listening
	asked    map[string]reversed // requests of servers, by the id that the client sees
	claims   map[string]claim    // on resources and templates, by URI
	served   map[string]*backend // the servers of requested resources
	ctx      context.Context
	working  sync.WaitGroup // requests of the client that are handled concurrently
	answers  int            // answers to the client that are neither pending nor sent yet

}

// waiting names a request that a backend has not answered, by its id and the HTTP request that
// brought it.
type waiting struct {
	via jsonrpc.Exchange
	id  string
}

// part is a request that one server has to answer.
type part struct {
	backend *backend
	request *jsonrpc.Message      // as the server sees it
	token   string                // of its progress, or ""
	answer  chan *jsonrpc.Message // of the merger's own requests; nil for those of the client
}

// reversed is a request of a server that the client has to answer.
type reversed struct {
	backend *backend
	id      string
}

// New returns a merger for a client with that identity in policies.
func New(servers []gateway.Server, identity map[string]any, session string, down jsonrpc.Conn, log *slog.Logger) *Merger {
	g := &Merger{
		down: down, log: log, own: jsonrpc.NewPrefix(),
		pending: map[waiting]*part{}, unrouted: map[*unrouted]bool{}, streams: map[waiting]*listening{},
		asked: map[string]reversed{}, claims: map[string]claim{}, served: map[string]*backend{},
	}
	for _, s := range servers {
		s.Stays = true
		be := &backend{merger: g, Server: s, identity: identity, session: session + "/" + s.Name,
			in: make(chan jsonrpc.Packet, maxQueued), log: log.With("server", s.Name)}
		be.relay = gateway.NewRelay(s, identity, be.session, be, be.log)
		g.backends = append(g.backends, be)
	}
	return g
}

// Run routes messages until the client ends the connection or ctx ends. A server that ends is
// restarted.
func (g *Merger) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g.ctx = ctx
	var running sync.WaitGroup
	for _, be := range g.backends {
		running.Go(func() { _ = be.relay.Run(ctx) }) // it ends with ctx, or with its messages
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
	ctx, cancel := context.WithTimeout(ctx, gateway.DrainTime)
	defer cancel()
	for err := pause.Until(ctx, &g.working); err == nil; err = pause.For(ctx, 10*time.Millisecond) {
		g.mu.Lock()
		left := len(g.pending) + g.answers
		g.mu.Unlock()
		if left == 0 {
			return
		}
	}
}

// receive handles the messages of the client.
func (g *Merger) receive() error {
	for {
		p, err := g.down.Receive()
		var bad *jsonrpc.Malformed
		switch {
		case errors.As(err, &bad):
			g.refuse(p, bad)
		case err != nil:
			return err
		case p.Gone:
			g.cancel(p, func(w waiting) bool { return w.via == p.Via })
		case p.IsResponse():
			g.answer(p)
		case p.IsNotification():
			g.notify(p)
		default:
			p.Message = withoutTasks(p.Message)
			g.request(p)
		}
	}
}

// refuse answers a message that goes to no server, and writes it to the audit.
func (g *Merger) refuse(p jsonrpc.Packet, bad *jsonrpc.Malformed) {
	be := g.backends[0]
	be.Guard.Malformed(enforce.Caller{Identity: be.identity, Session: strings.TrimSuffix(be.session, "/"+be.Name)}, enforce.ToServer, bad.Why)
	g.send(bad.Refusal(), p.Via)
}

func (g *Merger) send(m *jsonrpc.Message, via jsonrpc.Exchange) {
	if err := g.down.Send(m, via); err != nil {
		g.log.Debug("the message was not sent to the client", "error", err)
	}
}

// request sends a request to the servers that it concerns.
func (g *Merger) request(p jsonrpc.Packet) {
	switch p.Method {
	case "ping":
		g.send(jsonrpc.Response(p.ID, []byte(`{}`)), p.Via)
	case "initialize":
		g.working.Go(func() { g.join(p, mergeHello) })
	case "server/discover":
		g.working.Go(func() { g.join(p, mergeDiscovery) })
	case "logging/setLevel":
		g.working.Go(func() { g.join(p, mergeEmpty) })
	case "tools/list", "prompts/list", "resources/list", "resources/templates/list", "skills/list":
		g.working.Go(func() { g.joinLists(p) })
	case "subscriptions/listen":
		g.begin(p, func(u *unrouted) { g.listen(u, p) })
	case "resources/read", "skills/get", "resources/subscribe", "resources/unsubscribe", "completion/complete":
		g.begin(p, func(u *unrouted) { g.call(u, p) }) // it may have to ask for the server
	default:
		g.call(new(unrouted), p)
	}
}

// call sends a request to its server.
func (g *Merger) call(u *unrouted, p jsonrpc.Packet) {
	be, out, err := g.route(p.Message)
	switch {
	case err != nil:
		g.refuse(p, jsonrpc.NewMalformed(jsonrpc.CodeInvalidParams, p.ID, err.Error()))
		return
	case be == nil:
		code, text := jsonrpc.CodeInvalidParams, subject.Unknown(p.Message)
		if text == "method not found" {
			code = jsonrpc.CodeMethodNotFound
		}
		g.refuse(p, jsonrpc.NewMalformed(code, p.ID, text))
		return
	}
	p.Message = out
	u.hand(func() { g.ask(be, p) })
}

// ask hands a request of the client to a server.
func (g *Merger) ask(be *backend, p jsonrpc.Packet) {
	key, token := waiting{p.Via, jsonrpc.Key(p.ID)}, tokenOf(p.Message)
	g.mu.Lock()
	taken := g.pending[key] != nil || len(g.pending) >= gateway.MaxPending
	if !taken {
		g.pending[key] = &part{backend: be, request: p.Message, token: token}
	}
	g.mu.Unlock()
	if taken {
		g.refuse(p, jsonrpc.NewMalformed(jsonrpc.CodeInvalidRequest, p.ID, "another request with this id, or too many, are not answered yet"))
		return
	}
	be.deliver(p)
}

// notify hands a notification of the client to the servers that it concerns.
func (g *Merger) notify(p jsonrpc.Packet) {
	if isTaskNote(p.Message) {
		return
	}
	if p.Method != "notifications/cancelled" {
		for _, be := range g.backends {
			be.deliver(p)
		}
		return
	}
	if _, shared := jsonrpc.ByHTTP(g.down); shared { // other clients use the same ids
		return
	}
	id := jsonrpc.Key(string(rawjson.At(p.Params, "requestId")))
	g.cancel(p, func(w waiting) bool { return w.id == id })
}

// cancel removes the matching requests of the client, and tells their servers with p.
func (g *Merger) cancel(p jsonrpc.Packet, match func(waiting) bool) {
	g.giveUp(match)
	var of []*backend
	g.mu.Lock()
	for key, q := range g.pending {
		if match(key) && q.answer == nil {
			of = append(of, q.backend)
			delete(g.pending, key)
		}
	}
	for key, s := range g.streams {
		if match(key) {
			of = slices.AppendSeq(of, maps.Keys(s.open))
			delete(g.streams, key)
		}
	}
	g.mu.Unlock()
	for _, be := range of {
		be.deliver(p)
	}
}

// answer hands the client's answer to the server that asked.
func (g *Merger) answer(p jsonrpc.Packet) {
	g.mu.Lock()
	r, ok := g.asked[jsonrpc.Key(p.ID)]
	delete(g.asked, jsonrpc.Key(p.ID))
	g.mu.Unlock()
	if !ok {
		g.log.Warn("the client answered no request", "id", enforce.Clip(p.ID))
		return
	}
	out := *p.Message
	out.ID = r.id
	p.Message = out.Encoded()
	r.backend.deliver(p)
}

// fromServer forwards a message of a server.
func (g *Merger) fromServer(be *backend, m *jsonrpc.Message, via jsonrpc.Exchange) {
	if isTaskNote(m) {
		return
	}
	switch {
	case g.streamed(be, m, via), g.isForeignProgress(be, m):
		return
	case m.IsResponse():
		key := waiting{via, jsonrpc.Key(m.ID)}
		g.mu.Lock()
		q := g.pending[key]
		delete(g.pending, key)
		g.answers++ // drain waits until it is sent
		g.mu.Unlock()
		switch {
		case q == nil:
		case q.answer != nil:
			q.answer <- m
		default:
			g.send(answered(m), via)
		}
		g.mu.Lock()
		g.answers--
		g.mu.Unlock()
		return
	case m.IsRequest() && strings.HasPrefix(m.Method, "tasks/"):
		be.deliver(jsonrpc.Packet{Message: jsonrpc.Failure(m.ID, jsonrpc.CodeMethodNotFound, "method not found", nil)})
		return
	case m.IsRequest():
		g.mu.Lock()
		g.next++
		out := *withoutTasks(m)
		out.ID = fmt.Sprintf(`"%s%s-%d"`, g.own, be.Name, g.next)
		g.asked[jsonrpc.Key(out.ID)] = reversed{be, m.ID}
		g.mu.Unlock()
		m = out.Encoded()
	case m.Method == "notifications/cancelled":
		if m = g.cancelled(be, m); m == nil {
			return
		}
	}
	g.send(m, via)
}

// cancelled returns a server's cancellation with the client's id of the request, or nil if the
// request is unknown.
func (g *Merger) cancelled(be *backend, m *jsonrpc.Message) *jsonrpc.Message {
	params, _ := rawjson.Split(m.Params)
	id := jsonrpc.Key(string(rawjson.Get(params, "requestId")))
	g.mu.Lock()
	defer g.mu.Unlock()
	for known, r := range g.asked {
		if r.backend == be && jsonrpc.Key(r.id) == id {
			delete(g.asked, known)
			return jsonrpc.WithParams(m, rawjson.Set(params, "requestId", jsontext.Value(known)))
		}
	}
	return nil
}
