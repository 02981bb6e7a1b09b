// Package subscription holds the clients of an MCP server that subscribed to resources, and
// notifies them. The library accepts their requests but does neither.
//
// The package imports the MCP library only. Read subscription.go first.
package subscription

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// Subscribers holds subscriptions. Its methods may be called from any goroutine.
type Subscribers struct {
	key func(uri string) string

	mu  sync.Mutex // guards all
	all map[subscription]server.ClientSession
	// count is the number of subscriptions of each owner.
	count map[any]int
}

// subscription is a client's subscription to one resource.
type subscription struct {
	owner any
	// listen is the JSON id of the request that opened the stream; "" for clients of older
	// protocols.
	listen string
	uri    string
}

// ownerOf returns what tells the subscriptions of a session from those of others: its id. The
// streams of the newest protocol over HTTP have no id, and their clients number requests alike, so
// that each stream is its own owner.
func ownerOf(session server.ClientSession) any {
	if id := session.SessionID(); id != "" {
		return id
	}
	return session
}

// maxSubscriptions limits the subscriptions of one owner.
const maxSubscriptions = 1000

// New returns no subscribers. key returns the name under which a change of a resource is reported.
func New(key func(uri string) string) *Subscribers {
	return &Subscribers{key: key, all: map[subscription]server.ClientSession{}, count: map[any]int{}}
}

// Hooks returns callbacks for both protocol eras: subscribe requests up to 2025-11-25, a stream
// that stays open from 2026-07-28.
func (s *Subscribers) Hooks() *server.Hooks {
	h := &server.Hooks{}
	h.AddAfterSubscribe(func(ctx context.Context, _ any, r *mcp.SubscribeRequest, _ *mcp.EmptyResult) {
		s.add(server.ClientSessionFromContext(ctx), "", r.Params.URI)
	})
	h.AddAfterUnsubscribe(func(ctx context.Context, _ any, r *mcp.UnsubscribeRequest, _ *mcp.EmptyResult) {
		if session := server.ClientSessionFromContext(ctx); session != nil {
			s.remove(func(x subscription) bool {
				return x.owner == ownerOf(session) && x.listen == "" && x.uri == r.Params.URI
			})
		}
	})
	h.AddBeforeSubscriptionsListen(func(ctx context.Context, id any, r *mcp.SubscriptionsListenRequest) {
		session := server.ClientSessionFromContext(ctx)
		if session == nil || id == nil || len(r.Params.Notifications.ResourceSubscriptions) == 0 {
			return
		}
		raw, err := json.Marshal(id)
		if err != nil {
			return
		}
		listen := string(raw)
		for _, uri := range r.Params.Notifications.ResourceSubscriptions {
			s.add(session, listen, uri)
		}
		context.AfterFunc(ctx, func() {
			s.remove(func(x subscription) bool { return x.owner == ownerOf(session) && x.listen == listen })
		})
	})
	h.AddOnUnregisterSession(func(_ context.Context, session server.ClientSession) {
		s.remove(func(x subscription) bool { return x.owner == ownerOf(session) })
	})
	return h
}

// add adds a subscription unless its owner has too many.
func (s *Subscribers) add(session server.ClientSession, listen, uri string) {
	if session == nil || len(uri) > 1000 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x := subscription{ownerOf(session), listen, uri}
	if _, has := s.all[x]; has || s.count[x.owner] >= maxSubscriptions {
		return
	}
	s.all[x] = session
	s.count[x.owner]++
}

// remove removes the matching subscriptions.
func (s *Subscribers) remove(matches func(subscription) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for x := range s.all {
		if matches(x) {
			delete(s.all, x)
			if s.count[x.owner]--; s.count[x.owner] == 0 {
				delete(s.count, x.owner)
			}
		}
	}
}

// Notify notifies the subscribers of the changed resources that they may see now. It drops
// notifications to a client that does not read.
func (s *Subscribers) Notify(changed map[string]bool, shows func(uri string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for x, session := range s.all {
		// Sessions of the newest protocol are never initialized: it has no handshake.
		if !changed[s.key(x.uri)] || !shows(x.uri) || x.listen == "" && !session.Initialized() {
			continue
		}
		n := mcp.JSONRPCNotification{JSONRPC: mcp.JSONRPC_VERSION, Notification: mcp.Notification{
			Method: mcp.MethodNotificationResourceUpdated,
			Params: mcp.NotificationParams{AdditionalFields: map[string]any{"uri": x.uri}},
		}}
		if x.listen != "" {
			n.Params.Meta = map[string]any{mcp.MetaKeySubscriptionID: rawJSON(x.listen)}
		}
		select {
		case session.NotificationChannel() <- n:
		default:
		}
	}
}

// rawJSON is encoded JSON.
type rawJSON string

// MarshalJSON implements json.Marshaler.
func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }
