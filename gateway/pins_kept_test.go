package gateway

import (
	"path/filepath"
	"strings"
	"testing"
)

// asked returns how often the server was asked for a list since the last time.
func (s *shifty) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.listings
	s.listings = 0
	return n
}

// TestPinsNotified calls tools of a server that notifies of changed lists. The policy decides
// whether notifications are trusted.
func TestPinsNotified(t *testing.T) {
	const call = `{"name":"add"}`
	for name, c := range map[string]struct {
		policy, capabilities string
		wantAsked            int // in three calls after the first
		byURL                bool
	}{
		"each call by default": {"", `{"tools":{"listChanged":true}}`, 3, false},
		"each call":            {"pins: {check: each_call}\n", `{"tools":{"listChanged":true}}`, 3, false},
		"notified":             {"pins: {check: notified}\n", `{"tools":{"listChanged":true}}`, 0, false},
		"by URL":               {"pins: {check: notified}\n", `{"tools":{"listChanged":true}}`, 3, true},
		"of another list":      {"pins: {check: notified}\n", `{"prompts":{"listChanged":true}}`, 3, false},
		"not declared":         {"pins: {check: notified}\n", `{}`, 3, false},
		"an hour":              {"pins: {check: 1h}\n", `{}`, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shifty{lists: map[string]string{"tools/list": `{"name":"add"}`}, capabilities: c.capabilities, byURL: c.byURL}
			b := newPinnedBy(t, s, filepath.Join(t.TempDir(), "pins.json"), c.policy)
			ask(b, "initialize", greeting)
			expect(t, ask(b, "tools/call", call), true, `"result"`)
			s.asked()
			for range 3 {
				expect(t, ask(b, "tools/call", call), true, `"result"`)
			}
			if got := s.asked(); got != c.wantAsked {
				t.Errorf("the server was asked %d times, want %d", got, c.wantAsked)
			}
			s.set("tools/list", `{"name":"add","description":"changed"}`)
			s.mu.Lock()
			wire := s.wire
			s.mu.Unlock()
			b.Send(wire, `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
			b.Expect(b.Client, "list_changed")
			expect(t, ask(b, "tools/call", call), true, "has changed")
			s.set("tools/list", `{"name":"add"}`)
			b.Send(wire, `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
			b.Expect(b.Client, "list_changed")
			expect(t, ask(b, "tools/call", call), true, `"result"`)
		})
	}
}

// The lists of a restarted server are read again, in spite of its earlier notifications.
func TestPinsNotifiedRestart(t *testing.T) {
	s := &shifty{lists: map[string]string{"tools/list": `{"name":"add"}`}, capabilities: `{"tools":{"listChanged":true}}`}
	b := newPinnedBy(t, s, filepath.Join(t.TempDir(), "pins.json"), "pins: {check: notified}\n")
	ask(b, "initialize", greeting)
	expect(t, ask(b, "tools/call", `{"name":"add"}`), true, `"result"`)
	s.set("tools/list", `{"name":"add","description":"changed"}`)
	s.mu.Lock()
	wire := s.wire
	s.mu.Unlock()
	wire.Close()
	for { // until it runs again
		got := ask(b, "tools/call", `{"name":"add"}`)
		if strings.Contains(got, `"content":[]`) {
			t.Fatalf("the call reached a server that describes the tool differently: %s", got)
		}
		if strings.Contains(got, "has changed") {
			return
		}
	}
}
