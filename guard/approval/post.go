package approval

import (
	"slices"
	"time"
)

// Post is what became of telling a webhook of a held call.
type Post struct {
	Attempts int       `json:"attempts"`
	Next     time.Time `json:"next,omitzero"` // when it is tried again
	Done     time.Time `json:"done,omitzero"` // when it was told
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
// gets the call before the next one is due. ok is false if there is none.
func (b *Book) NextPost(now time.Time) (held Held, ok bool, err error) {
	all, err := b.List(now)
	if err != nil || !slices.ContainsFunc(all, func(h Held) bool { return h.due(now) }) {
		return held, false, err
	}
	err = b.update("tell the webhook", now, func(c *content, now time.Time) error {
		for _, h := range c.Held {
			if !h.due(now) {
				continue
			}
			p := Post{Attempts: 1}
			if h.Post != nil {
				p.Attempts = h.Post.Attempts + 1
			}
			p.Next = now.Add(PostTimeout + firstPause)
			h.Post = &p
			held, ok = *h, true
			return nil
		}
		return nil
	})
	return held, ok && err == nil, err
}

// Posted notes whether a webhook was told of a call. If not, it is tried again after a while.
func (b *Book) Posted(id string, told bool, now time.Time) error {
	return b.update("note whether the webhook was told", now, func(c *content, now time.Time) error {
		h := c.find(id)
		if h == nil || h.Post == nil {
			return nil
		}
		p := *h.Post
		if told {
			p.Done = now
		} else {
			p.Next = now.Add(firstPause << (p.Attempts - 1))
		}
		h.Post = &p
		return nil
	})
}
