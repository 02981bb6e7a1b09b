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

// surplus returns the session that gives way to a new one of an identity: the least recently used
// idle one of the identity that has the most sessions, the new one counted. So nobody with less
// than an equal share loses one to others. It returns nil if there is none. The caller holds h.mu.
func (h *Handler) surplus(name string) *session {
	held := map[string]int{name: 1}
	for _, s := range h.sessions {
		held[identityName(s.identity)]++
	}
	var oldest *session
	var since time.Time
	for _, s := range h.sessions {
		owner := identityName(s.identity)
		if owner != name && held[owner] <= held[name] {
			continue
		}
		used, idle := s.isIdle()
		if !idle {
			continue
		}
		more := 0
		if oldest != nil {
			more = held[owner] - held[identityName(oldest.identity)]
		}
		if oldest == nil || more > 0 || more == 0 && used.Before(since) {
			oldest, since = s, used
		}
	}
	return oldest
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
