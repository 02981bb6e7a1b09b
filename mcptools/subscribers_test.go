package mcptools

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
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
			noError(t, json.Unmarshal(raw, &p))
			out = append(out, fmt.Sprint(p.URI, " of ", p.Meta[mcp.MetaKeySubscriptionID]))
		default:
			slices.Sort(out)
			return out
		}
	}
}

func all(string) bool { return true }

// TestSubscriptionLimits bounds the subscriptions of one client, the length of a URI, and the queue
// for a client that does not read.
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
