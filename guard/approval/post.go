package approval

import (
	"cmp"
	"slices"
	"time"
)

// Post is the state of delivering a held call to a webhook.
type Post struct {
	Attempts int       `json:"attempts"`
	Next     time.Time `json:"next,omitzero"` // the next attempt
	Done     time.Time `json:"done,omitzero"` // when it was delivered
	Tried    time.Time `json:"tried,omitzero"`
}

// The delivery attempts, with exponential backoff: the second comes after 2 s, and the delay
// doubles each time.
const (
	MaxPosts   = 9
	firstPause = 2 * time.Second
	// PostTimeout is the lease of an attempt: after that another process may try.
	PostTimeout = 10 * time.Second
)

// due reports whether the call is to be posted to a webhook now.
func (h *Held) due(now time.Time) bool {
	if h.State != Waiting || !now.Before(h.Expires) {
		return false
	}
	p := h.Post
	return p == nil || p.Done.IsZero() && p.Attempts < MaxPosts && !now.Before(p.Next)
}

// NextPost returns a call to be posted to a webhook and records the attempt as a lease: no other
// process gets the call before the next attempt is due. Grants take turns, so that many calls of
// one grant do not delay those of another while the webhook is slow. ok is false if no call is due.
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

// nextPost chooses the grant whose last turn is the longest ago and returns its due call with the
// fewest attempts, or nil if no call is due.
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

// Posted records whether a call was delivered to a webhook. If not, it is retried with backoff.
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
