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

// subscribers are the clients that want to hear of changes of resources. The library takes their requests and
// leaves it to its users to remember them and to tell them.
type subscribers struct {
	mu  sync.Mutex // guards all
	all map[subscription]server.ClientSession
	// count is how many a session has: what one client may ask for is bounded.
	count map[string]int
}

// subscription is one resource that one client asked for.
type subscription struct {
	session string
	// listen is the id of the request that opened the stream, as JSON; "" for clients of older revisions.
	listen string
	uri    string
}

// maxSubscriptions bounds the subscriptions of one session.
const maxSubscriptions = 1000

func newSubscribers() *subscribers {
	return &subscribers{all: map[subscription]server.ClientSession{}, count: map[string]int{}}
}

// hooks hear of subscriptions in both eras of the protocol: requests of their own until 2025-11-25, a stream that
// stays open from 2026-07-28 on.
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

func (s *subscribers) remove(which func(subscription) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for x := range s.all {
		if which(x) {
			delete(s.all, x)
			if s.count[x.session]--; s.count[x.session] == 0 {
				delete(s.count, x.session)
			}
		}
	}
}

// tell notifies those who want to hear of one of the resources. A client that does not read misses it.
func (s *subscribers) tell(changed map[string]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for x, session := range s.all {
		// A session of the newest revision is never initialized: there is no handshake.
		if !changed[subject(x.uri)] || x.listen == "" && !session.Initialized() {
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

// rawJSON is JSON that is written as it is.
type rawJSON string

// MarshalJSON gives it.
func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }

// subject is what of a resource is told of: an operation's host.
func subject(uri string) string {
	uri = plainURI(uri)
	if strings.HasPrefix(uri, operationURI) {
		if at := strings.LastIndexByte(uri, '/'); at >= len(operationURI) {
			return uri[:at]
		}
	}
	return uri
}

// plainURI is an address without escapes: a host's port may be written either way.
func plainURI(uri string) string {
	if s, err := url.PathUnescape(uri); err == nil {
		return strings.ToLower(s)
	}
	return uri
}

// settle is how long changes are gathered before clients are told: one notification for a burst of flows.
const settle = 30 * time.Millisecond

// Follow tells subscribed clients of what is appended to the store, until ctx is done or the store closed.
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
				wait = time.After(settle)
			}
		case <-wait:
			s.service.subscribers.tell(changed)
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
