package streamable

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestRefusalsAreBounded checks that a stranger cannot fill the audit: a thousand refusals a minute
// are written, and the next record says how many were not.
func TestRefusalsAreBounded(t *testing.T) {
	var c refusals
	now := time.Unix(1000, 0)
	for i := range 1000 {
		if n := c.take(now); n != 1 {
			t.Fatalf("refusal %d stands for %d", i, n)
		}
	}
	for range 5 {
		if n := c.take(now.Add(time.Minute)); n != 0 {
			t.Fatalf("a refusal beyond the bound stands for %d", n)
		}
	}
	next := now.Add(time.Minute + time.Nanosecond)
	if n := c.take(next); n != 6 {
		t.Errorf("the first refusal of the next minute stands for %d, want 6", n)
	}
	if n := c.take(next); n != 1 {
		t.Errorf("the second refusal of the next minute stands for %d", n)
	}
}

// TestSessionIsOfItsIdentity checks that a session belongs to who has the same members in JSON, as
// an identity has that was decoded again, and to nobody else.
func TestSessionIsOfItsIdentity(t *testing.T) {
	s, _ := newSession(t.Context(), map[string]any{"name": "anna", "scopes": []any{"read"}, "level": 1.0}, false, time.Hour)
	defer s.Close()
	for _, x := range []struct {
		name     string
		identity map[string]any
		want     bool
	}{
		{"same", map[string]any{"name": "anna", "scopes": []any{"read"}, "level": 1.0}, true},
		{"same with other types of Go", map[string]any{"name": "anna", "scopes": []string{"read"}, "level": 1}, true},
		{"more rights", map[string]any{"name": "anna", "scopes": []any{"read", "write"}, "level": 1.0}, false},
		{"fewer members", map[string]any{"name": "anna"}, false},
		{"nobody", nil, false},
	} {
		if got := s.isOf(x.identity); got != x.want {
			t.Errorf("%s: %t", x.name, got)
		}
	}
}

// TestSessionBeginsBusy checks that a session does not expire before the request that begins it has
// ended, however long that takes.
func TestSessionBeginsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newSession(t.Context(), nil, false, time.Second)
		time.Sleep(time.Minute) // of the fake clock
		if s.ended() != nil {
			t.Error("the session has expired")
		}
		s.leave()
		time.Sleep(time.Minute)
		if s.ended() == nil {
			t.Error("the session has not expired")
		}
	})
}
