package streamable

import (
	"errors"
	"fmt"
	"time"
)

// identityName returns the name of an identity.
func identityName(identity map[string]any) string {
	name, _ := identity["name"].(string)
	return name
}

// surplus returns the session that gives way to a new one of an identity: one of the identity that
// has the most sessions, the new one counted. So nobody with less than an equal share loses one to
// others, or is kept out by them. Of an identity's sessions the least recently used idle one gives
// way, or a busy one if it has no other, but not to a session of the same identity. It returns nil
// if there is none. The caller holds h.mu.
func (h *Handler) surplus(name string) *session {
	held := map[string]int{name: 1}
	for _, s := range h.sessions {
		held[identityName(s.identity)]++
	}
	var chosen candidate
	for _, s := range h.sessions {
		owner := identityName(s.identity)
		used, idle := s.isIdle()
		if owner == name && !idle || owner != name && held[owner] <= held[name] {
			continue
		}
		if c := (candidate{s, held[owner], idle, used}); chosen.session == nil || c.isBefore(chosen) {
			chosen = c
		}
	}
	return chosen.session
}

// candidate is a session that may give way to another.
type candidate struct {
	session *session
	held    int // sessions of its identity
	idle    bool
	used    time.Time
}

func (c candidate) isBefore(d candidate) bool {
	switch {
	case c.held != d.held:
		return c.held > d.held
	case c.idle != d.idle:
		return c.idle
	}
	return c.used.Before(d.used)
}

var errBusy = errors.New("sessions are in use")

// makeRoom ends the connection of stateless requests that was not used for longest if there are too
// many: its clients notice nothing when they come back. The caller holds h.mu.
func (h *Handler) makeRoom() error {
	if len(h.shared) < h.c.MaxSessions {
		return nil
	}
	oldest, when := "", time.Time{}
	for key, s := range h.shared {
		if since, idle := s.isIdle(); idle && (oldest == "" || since.Before(when)) {
			oldest, when = key, since
		}
	}
	if oldest == "" {
		return fmt.Errorf("%d %w: try again later", len(h.shared), errBusy)
	}
	h.shared[oldest].cancel()
	delete(h.shared, oldest)
	return nil
}
