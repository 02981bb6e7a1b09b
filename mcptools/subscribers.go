package mcptools

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// subscribers are the clients that subscribed to resources. The library accepts their requests but
// does not notify them. Its methods may be called from any goroutine.
type subscribers struct {
	key func(uri string) string

	mu  sync.Mutex // guards all
	all map[subscription]server.ClientSession
	// count is the number of subscriptions of each owner.
	count map[string]int
}

// subscription is a client's subscription to one resource.
type subscription struct {
	owner string // the id of a session
	// listen is the JSON id of the request that opened the stream; "" for clients of older
	// protocols.
	listen string
	uri    string
}

// maxSubscriptions limits the subscriptions of one owner.
const maxSubscriptions = 1000

// newSubscribers returns no subscribers. key returns the name under which a change of a resource is
// reported.
func newSubscribers(key func(uri string) string) *subscribers {
	return &subscribers{key: key, all: map[subscription]server.ClientSession{}, count: map[string]int{}}
}

// hooks returns callbacks for both protocol eras: subscribe requests up to 2025-11-25, a stream
// that stays open from 2026-07-28.
func (s *subscribers) hooks() *server.Hooks {
	h := &server.Hooks{}
	h.AddAfterSubscribe(func(ctx context.Context, _ any, r *mcp.SubscribeRequest, _ *mcp.EmptyResult) {
		s.add(server.ClientSessionFromContext(ctx), "", r.Params.URI)
	})
	h.AddAfterUnsubscribe(func(ctx context.Context, _ any, r *mcp.UnsubscribeRequest, _ *mcp.EmptyResult) {
		if session := server.ClientSessionFromContext(ctx); session != nil {
			s.remove(func(x subscription) bool {
				return x.owner == session.SessionID() && x.listen == "" && x.uri == r.Params.URI
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
			s.remove(func(x subscription) bool { return x.owner == session.SessionID() && x.listen == listen })
		})
	})
	h.AddOnUnregisterSession(func(_ context.Context, session server.ClientSession) {
		s.remove(func(x subscription) bool { return x.owner == session.SessionID() })
	})
	return h
}

// add adds a subscription unless its owner has too many.
func (s *subscribers) add(session server.ClientSession, listen, uri string) {
	if session == nil || len(uri) > 1000 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x := subscription{session.SessionID(), listen, uri}
	if _, has := s.all[x]; has || s.count[x.owner] >= maxSubscriptions {
		return
	}
	s.all[x] = session
	s.count[x.owner]++
}

// remove removes the matching subscriptions.
func (s *subscribers) remove(matches func(subscription) bool) {
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

// notify notifies the subscribers of the changed resources that they may see now. It drops
// notifications to a client that does not read.
func (s *subscribers) notify(changed map[string]bool, shows func(uri string) bool) {
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
			n.Params.Meta = map[string]any{mcp.MetaKeySubscriptionID: json.RawMessage(x.listen)}
		}
		select {
		case session.NotificationChannel() <- n:
		default:
		}
	}
}
