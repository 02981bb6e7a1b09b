package streamable

import "time"

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
