package mcptools

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// subscriber is a client.
type subscriber struct {
	id          string
	initialized bool
	heard       chan mcp.JSONRPCNotification
}

func (s *subscriber) SessionID() string                                   { return s.id }
func (s *subscriber) Initialize()                                         { s.initialized = true }
func (s *subscriber) Initialized() bool                                   { return s.initialized }
func (s *subscriber) NotificationChannel() chan<- mcp.JSONRPCNotification { return s.heard }

func newSubscriber(id string) *subscriber {
	return &subscriber{id, true, make(chan mcp.JSONRPCNotification, 100)}
}

// news returns what a client has heard, as "URI of STREAM".
func (s *subscriber) news(t *testing.T) (out []string) {
	t.Helper()
	for {
		select {
		case n := <-s.heard:
			raw, err := json.Marshal(n.Params)
			if err != nil || n.Method != "notifications/resources/updated" || n.JSONRPC != "2.0" {
				t.Errorf("%s: %v", n.Method, err)
			}
			var p struct {
				URI  string         `json:"uri"`
				Meta map[string]any `json:"_meta"`
			}
			if err := json.Unmarshal(raw, &p); err != nil {
				t.Fatal(err)
			}
			out = append(out, fmt.Sprint(p.URI, " of ", p.Meta[mcp.MetaKeySubscriptionID]))
		default:
			slices.Sort(out)
			return out
		}
	}
}

func all(string) bool { return true }

// TestNotify notifies subscribers of what has changed and what they may see, once for each stream,
// until they leave.
func TestNotify(t *testing.T) { synctest.Test(t, testNotify) }

func testNotify(t *testing.T) {
	s := newSubscribers(strings.ToLower)
	m := server.NewMCPServer("x", "1")
	h := s.hooks()
	a, b, stream, early := newSubscriber("a"), newSubscriber("b"), newSubscriber("stream"), newSubscriber("early")
	early.initialized = false
	in := func(c *subscriber) context.Context { return m.WithContext(t.Context(), c) }
	subscribe := func(c *subscriber, uri string) {
		var r mcp.SubscribeRequest
		r.Params.URI = uri
		for _, f := range h.OnAfterSubscribe {
			f(in(c), 1, &r, nil)
		}
	}
	listen := func(ctx context.Context, id any, uris ...string) {
		var r mcp.SubscriptionsListenRequest
		r.Params.Notifications.ResourceSubscriptions = uris
		for _, f := range h.OnBeforeSubscriptionsListen {
			f(ctx, id, &r)
		}
	}
	subscribe(a, "x:One")
	subscribe(a, "x:One") // twice is once
	subscribe(a, "x:two")
	subscribe(b, "x:two")
	subscribe(early, "x:one")
	ctx, end := context.WithCancel(in(stream))
	listen(ctx, 7, "x:one", "x:two")
	listen(in(a), "s", "x:one")
	listen(in(a), nil, "x:one")
	listen(t.Context(), 8, "x:one")
	changed := map[string]bool{"x:one": true, "x:three": true}
	hears := func(when string, want map[*subscriber]string) {
		t.Helper()
		for c, w := range want {
			if got := fmt.Sprint(c.news(t)); got != w {
				t.Errorf("%s: %q hears %s, want %s", when, c.id, got, w)
			}
		}
	}
	s.notify(changed, all)
	hears("a change", map[*subscriber]string{a: "[x:One of <nil> x:one of s]", b: "[]", stream: "[x:one of 7]", early: "[]"})
	s.notify(map[string]bool{"x:one": true, "x:two": true}, func(uri string) bool { return uri == "x:two" })
	hears("with one that is hidden", map[*subscriber]string{a: "[x:two of <nil>]", b: "[x:two of <nil>]", stream: "[x:two of 7]"})
	var r mcp.UnsubscribeRequest
	r.Params.URI = "x:One"
	for _, f := range h.OnAfterUnsubscribe {
		f(in(a), 1, &r, nil)
		f(t.Context(), 1, &r, nil)
	}
	s.notify(changed, all)
	hears("after the end of a subscription", map[*subscriber]string{a: "[x:one of s]", stream: "[x:one of 7]"})
	end()
	synctest.Wait() // it is removed by another goroutine
	s.notify(changed, all)
	hears("after the end of a stream", map[*subscriber]string{a: "[x:one of s]", stream: "[]"})
	for _, f := range h.OnUnregisterSession {
		f(t.Context(), a)
	}
	s.notify(map[string]bool{"x:one": true, "x:two": true}, all)
	hears("after the end of a session", map[*subscriber]string{a: "[]", b: "[x:two of <nil>]"})
	if len(s.count) != 2 || len(s.all) != 2 {
		t.Errorf("%d subscriptions of %d clients are left", len(s.all), len(s.count))
	}
}

// TestSubscriptionLimits bounds the subscriptions of one client, the length of a URI, and what is queued for a
// client that does not read.
func TestSubscriptionLimits(t *testing.T) {
	s := newSubscribers(func(uri string) string { return uri })
	a, b := newSubscriber("a"), newSubscriber("b")
	for i := range maxSubscriptions + 5 {
		s.add(a, "", fmt.Sprint("x:", i))
	}
	s.add(b, "", strings.Repeat("x", 1000))
	s.add(b, "", strings.Repeat("x", 1001))
	s.add(nil, "", "x:1")
	if s.count["a"] != maxSubscriptions || s.count["b"] != 1 || len(s.all) != maxSubscriptions+1 {
		t.Errorf("%d and %d subscriptions, %d in all", s.count["a"], s.count["b"], len(s.all))
	}
	changed := map[string]bool{}
	for i := range maxSubscriptions {
		changed[fmt.Sprint("x:", i)] = true
	}
	s.notify(changed, all)
	if n := len(a.news(t)); n != 100 {
		t.Errorf("%d notifications in a queue of 100", n)
	}
	s.remove(func(x subscription) bool { return x.uri == "x:0" })
	s.add(a, "", "x:new")
	if s.count["a"] != maxSubscriptions {
		t.Errorf("%d subscriptions", s.count["a"])
	}
}
