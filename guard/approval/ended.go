package approval

import (
	"maps"
	"slices"
	"time"
)

// maxKnownEnded bounds the ended approvals that a process remembers. With a key, nobody else can
// add any.
const maxKnownEnded = 100_000

// noteEnded remembers the approvals that are used, denied, revoked or expired, so that restoring an
// older file does not revive them. Without a key, anyone who can write the file can still make new
// ones.
func (b *Book) noteEnded(c *content) {
	if !b.IsShared() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	note := func(s subject, state State, all []Decision) {
		if _, known := b.ended[s.id]; known || state == Waiting || state == Approved {
			return
		}
		approves := func(d Decision) bool { return d.Approve }
		if !slices.ContainsFunc(all, approves) || !slices.ContainsFunc(b.coded(s, all), approves) {
			return
		}
		if len(b.ended) >= maxKnownEnded {
			maps.DeleteFunc(b.ended, func(_ string, until time.Time) bool { return until.Before(c.Latest) })
		}
		if b.key == nil && len(b.ended) >= maxKnownEnded {
			return
		}
		if b.ended == nil {
			b.ended = map[string]time.Time{}
		}
		b.ended[s.id] = s.expires
	}
	for _, h := range c.Held {
		note(h.subject(), h.State, h.Decisions)
	}
	for _, s := range c.Standing {
		note(s.subject(), s.State, s.Decisions)
	}
}

// hasEnded reports whether this process has seen the end of an approval.
func (b *Book) hasEnded(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.ended[id]
	return ok
}

// uses returns how often this process has used a held call or a standing approval.
func (b *Book) uses(id string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used[id]
}

func (b *Book) noteUses(id string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used[id] = n
}
