package merge

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// listening is a subscription of the client to notifications of all servers.
type listening struct {
	request *jsonrpc.Message
	via     jsonrpc.Exchange
	open    map[*backend]bool  // servers that have not ended their stream
	waits   map[*backend]bool  // servers that have not acknowledged the subscription
	agreed  []rawjson.Member   // the subscriptions that the others acknowledged
	started bool               // a server has acknowledged a subscription
	held    []*jsonrpc.Message // messages that arrived before all servers had acknowledged
}

// maxHeld bounds the messages that are held back.
const maxHeld = 1000

// listen opens a stream of notifications: the servers' streams together. It begins when all servers
// have acknowledged the subscription, and ends when all have ended.
func (g *Merger) listen(u *unrouted, p jsonrpc.Packet) {
	params, err := rawjson.Split(p.Params)
	if err != nil {
		g.refuse(p, jsonrpc.NewMalformed(jsonrpc.CodeInvalidParams, p.ID, "the parameters are missing"))
		return
	}
	s := &listening{request: p.Message, via: p.Via, open: map[*backend]bool{}, waits: map[*backend]bool{}}
	own := map[*backend][]rawjson.Member{}
	for _, be := range g.backends {
		s.open[be], s.waits[be] = true, true
		own[be] = g.subscribed(be, params)
	}
	u.hand(func() { g.open(s, p, own) })
}

// open registers a stream of notifications and asks the servers for their parts of it, each with
// its own parameters.
func (g *Merger) open(s *listening, p jsonrpc.Packet, own map[*backend][]rawjson.Member) {
	key := waiting{p.Via, jsonrpc.Key(p.ID)}
	g.mu.Lock()
	taken := g.streams[key] != nil || len(g.streams) >= gateway.MaxPending
	if !taken {
		g.streams[key] = s
	}
	g.mu.Unlock()
	if taken {
		g.refuse(p, jsonrpc.NewMalformed(jsonrpc.CodeInvalidRequest, p.ID, "another request with this id, or too many, are not answered yet"))
		return
	}
	for _, be := range g.backends {
		be.deliver(jsonrpc.Packet{Message: jsonrpc.WithParams(p.Message, own[be]), Via: p.Via})
	}
}

// subscribed returns the parameters of a stream for one server: with the resources that are its
// own, and without tasks.
func (g *Merger) subscribed(be *backend, params []rawjson.Member) []rawjson.Member {
	notifications, err := rawjson.Split(rawjson.Get(params, "notifications"))
	if err != nil {
		return slices.Clone(params) // without subscriptions, or invalid: the server reports the error
	}
	notifications = rawjson.Without(notifications, "taskIds")
	if uris, err := rawjson.Elements(rawjson.Get(notifications, "resourceSubscriptions")); err == nil {
		var own []jsontext.Value
		for _, uri := range uris {
			if o, err := g.owner(rawjson.String(uri), params); err == nil && o == be {
				own = append(own, uri)
			}
		}
		notifications = rawjson.Set(notifications, "resourceSubscriptions", rawjson.Array(own))
	}
	return rawjson.Set(slices.Clone(params), "notifications", rawjson.Join(notifications))
}

// streamed handles a message of a server that belongs to a stream of notifications. It reports
// whether it has handled the message, which must then not be forwarded.
func (g *Merger) streamed(be *backend, m *jsonrpc.Message, via jsonrpc.Exchange) bool {
	isAck := m.Method == "notifications/subscriptions/acknowledged"
	params, meta := jsonrpc.MetaOf(m.Params)
	key := waiting{via, jsonrpc.Key(m.ID)}
	if !m.IsResponse() {
		key.id = jsonrpc.Key(string(rawjson.Get(meta, jsonrpc.SubscriptionID)))
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.streams[key]
	if s == nil || !s.open[be] {
		return false
	}
	waited := s.waits[be]
	switch {
	case isAck:
		agreed, _ := rawjson.Split(rawjson.Get(params, "notifications"))
		s.agreed, s.started = union(s.agreed, agreed), true
	case m.IsResponse():
		delete(s.open, be)
	case len(s.waits) > 0 && len(s.held) < maxHeld:
		s.held = append(s.held, m)
		return true
	default:
		return false
	}
	delete(s.waits, be)
	if waited && len(s.waits) == 0 && s.started {
		id := jsontext.Value(s.request.ID)
		meta := rawjson.Join([]rawjson.Member{{Name: jsonrpc.SubscriptionID, Value: id}})
		ack := []rawjson.Member{{Name: "_meta", Value: meta}, {Name: "notifications", Value: rawjson.Join(s.agreed)}}
		g.send(jsonrpc.Notification("notifications/subscriptions/acknowledged", rawjson.Join(ack)), s.via)
		for _, m := range s.held {
			g.send(m, s.via)
		}
		s.held = nil
	}
	if len(s.open) == 0 {
		delete(g.streams, key)
		g.send(m, s.via)
	}
	return true
}

// union returns the members of two objects. Arrays are joined.
func union(a, b []rawjson.Member) []rawjson.Member {
	for _, m := range b {
		known, err1 := rawjson.Elements(rawjson.Get(a, m.Name))
		more, err2 := rawjson.Elements(m.Value)
		if err1 == nil && err2 == nil {
			m.Value = rawjson.Array(append(known, more...))
		}
		a = rawjson.Set(a, m.Name, m.Value)
	}
	return a
}
