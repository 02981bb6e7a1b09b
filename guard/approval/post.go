package approval

import (
	"cmp"
	"slices"
	"time"
)

// Post is what became of telling a webhook of a held call.
type Post struct {
	Attempts int       `json:"attempts"`
	Next     time.Time `json:"next,omitzero"` // when it is tried again
	Done     time.Time `json:"done,omitzero"` // when it was told
	Tried    time.Time `json:"tried,omitzero"`
}

// The attempts to tell a webhook of a call: the second after 2 s, then after twice the time each.
const (
	MaxPosts   = 9
	firstPause = 2 * time.Second
	// PostTimeout bounds an attempt. Only then may another process try.
	PostTimeout = 10 * time.Second
)

// due reports whether a webhook is to be told of the call now.
func (h *Held) due(now time.Time) bool {
	if h.State != Waiting || !now.Before(h.Expires) {
		return false
	}
	p := h.Post
	return p == nil || p.Done.IsZero() && p.Attempts < MaxPosts && !now.Before(p.Next)
}

// NextPost returns a call of which a webhook is to be told, and notes the attempt: no other process
// gets the call before the next one is due. Grants take turns, so that the calls of one, which a
// slow webhook takes minutes for, do not hold up that of another. ok is false if there is none.
func (b *Book) NextPost(now time.Time) (held Held, ok bool, err error) {
	all, err := b.List(now)
	if err != nil || !slices.ContainsFunc(all, func(h Held) bool { return h.due(now) }) {
		return held, false, err
	}
	err = b.update("tell the webhook", now, func(c *content, now time.Time) error {
		h := c.nextPost(now)
		if h == nil {
			return nil
		}
		h.Post = &Post{Attempts: h.attempts() + 1, Next: now.Add(PostTimeout + firstPause), Tried: now}
		held, ok = *h, true
		return nil
	})
	return held, ok && err == nil, err
}

func (h *Held) attempts() int {
	if h.Post == nil {
		return 0
	}
	return h.Post.Attempts
}

// nextPost returns the call that is due of the grant whose turn is the longest ago, the one that
// was tried least; nil if none is due.
func (c *content) nextPost(now time.Time) (next *Held) {
	turn := map[string]time.Time{} // the last of each grant
	for _, h := range c.Held {
		if h.Post != nil && h.Post.Tried.After(turn[h.Grant]) {
			turn[h.Grant] = h.Post.Tried
		}
	}
	for _, h := range c.Held {
		if h.due(now) && (next == nil || cmp.Or(turn[h.Grant].Compare(turn[next.Grant]), cmp.Compare(h.attempts(), next.attempts())) < 0) {
			next = h
		}
	}
	return next
}

// Posted notes whether a webhook was told of a call. If not, it is tried again after a while.
func (b *Book) Posted(id string, delivered bool, now time.Time) error {
	return b.update("note whether the webhook was told", now, func(c *content, now time.Time) error {
		h := c.find(id)
		if h == nil || h.Post == nil {
			return nil
		}
		p := *h.Post
		if delivered {
			p.Done = now
		} else {
			p.Next = now.Add(firstPause << (p.Attempts - 1))
		}
		h.Post = &p
		return nil
	})
}
