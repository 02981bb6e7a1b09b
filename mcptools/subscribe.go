package mcptools

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/flow"
)

// subscribers holds the clients that subscribed to resources. The library accepts their requests
// but neither stores them nor sends notifications.
type subscribers struct {
	mu  sync.Mutex // guards all
	all map[subscription]server.ClientSession
	// count is the number of subscriptions of each session.
	count map[string]int
}

// subscription is a client's subscription to one resource.
type subscription struct {
	session string
	// listen is the JSON id of the request that opened the stream; "" for clients of older
	// protocols.
	listen string
	uri    string
}

// maxSubscriptions limits the subscriptions of one session.
const maxSubscriptions = 1000

func newSubscribers() *subscribers {
	return &subscribers{all: map[subscription]server.ClientSession{}, count: map[string]int{}}
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
				return x.session == session.SessionID() && x.listen == "" && x.uri == r.Params.URI
			})
		}
	})
	h.AddBeforeSubscriptionsListen(func(ctx context.Context, id any, r *mcp.SubscriptionsListenRequest) {
		session := server.ClientSessionFromContext(ctx)
		if session == nil || id == nil || len(r.Params.Notifications.ResourceSubscriptions) == 0 {
			return
		}
		listen, err := marshal(id)
		if err != nil {
			return
		}
		for _, uri := range r.Params.Notifications.ResourceSubscriptions {
			s.add(session, listen, uri)
		}
		context.AfterFunc(ctx, func() {
			s.remove(func(x subscription) bool { return x.session == session.SessionID() && x.listen == listen })
		})
	})
	h.AddOnUnregisterSession(func(_ context.Context, session server.ClientSession) {
		s.remove(func(x subscription) bool { return x.session == session.SessionID() })
	})
	return h
}

// add adds a subscription unless the session has too many.
func (s *subscribers) add(session server.ClientSession, listen, uri string) {
	if session == nil || len(uri) > 1000 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x := subscription{session.SessionID(), listen, uri}
	if _, has := s.all[x]; has || s.count[x.session] >= maxSubscriptions {
		return
	}
	s.all[x] = session
	s.count[x.session]++
}

// remove removes the matching subscriptions.
func (s *subscribers) remove(matches func(subscription) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for x := range s.all {
		if matches(x) {
			delete(s.all, x)
			if s.count[x.session]--; s.count[x.session] == 0 {
				delete(s.count, x.session)
			}
		}
	}
}

// notify notifies the subscribers of the changed resources. It drops notifications to a client that
// does not read.
func (s *subscribers) notify(changed map[string]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for x, session := range s.all {
		// Sessions of the newest protocol are never initialized: it has no handshake.
		if !changed[changeKey(x.uri)] || x.listen == "" && !session.Initialized() {
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

// changeKey returns the key of a resource in the set of changes. All operations of a host share one
// key.
func changeKey(uri string) string {
	uri = unescapeURI(uri)
	if strings.HasPrefix(uri, operationURI) {
		if at := strings.LastIndexByte(uri, '/'); at >= len(operationURI) {
			return uri[:at]
		}
	}
	return uri
}

// unescapeURI decodes a URI: clients may escape the colon before a port.
func unescapeURI(uri string) string {
	if s, err := url.PathUnescape(uri); err == nil {
		return strings.ToLower(s)
	}
	return uri
}

// notifyDelay is how long changes are collected, so that many flows cause one notification.
const notifyDelay = 30 * time.Millisecond

// Follow notifies subscribed clients of new flows until ctx ends or the store is closed.
func (s *Server) Follow(ctx context.Context) error {
	st, err := s.service.Store.Stat(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	flows := make(chan flow.Flow)
	failed := make(chan error, 1)
	go func() {
		for f, err := range s.service.Store.Watch(ctx, st.Last) {
			if err != nil {
				failed <- err
				return
			}
			select {
			case flows <- f:
			case <-ctx.Done():
			}
		}
		failed <- ctx.Err()
	}()
	changed := map[string]bool{}
	var wait <-chan time.Time
	for {
		select {
		case f := <-flows:
			for _, base := range []string{specURI, specYAMLURI, patternsURI, operationURI} {
				changed[base+f.Request.Authority] = true
			}
			changed[flowURI+strconv.FormatUint(uint64(f.Seq), 10)] = true
			changed[hostsURI] = true
			if wait == nil {
				wait = time.After(notifyDelay)
			}
		case <-wait:
			s.service.subscribers.notify(changed)
			clear(changed)
			wait = nil
		case err := <-failed:
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
}
