package approval

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// Calls that wait for a confirmation are held like those that need an approval, so that a person
// may agree to them here as well. What the client confirms is no decision: it takes the call.

// The bounds of a book in memory.
const (
	maxHeld       = 1024
	maxHeldCaller = 64 // of one caller, so that it cannot evict the calls of all others
)

// New returns a book in memory. After a restart nothing is held, and callers must ask again. Beyond
// its bounds it forgets the oldest call of the caller with the most calls.
func New() *Book { return &Book{used: map[string]int{}, file: newFile("")} }

// IsShared reports whether people outside of the process can decide on the calls of the book.
func (b *Book) IsShared() bool { return b.file.File.Path != "" }

// Find returns the call that equals c and is waiting, approved or denied, without holding it.
func (b *Book) Find(c Call, now time.Time) (held Held, ok bool, err error) {
	digest, err := b.digest(c)
	if err != nil {
		return held, false, err
	}
	err = b.look(now, func(s *content, now time.Time) {
		if h := s.open(digest, now); h != nil {
			held, ok = *h, true
			held.Decisions = slices.Clone(h.Decisions)
		}
	})
	return held, ok, err
}

// digest returns the hash of everything that an approval is bound to. Nothing but this process
// compares those of a book in memory.
func (b *Book) digest(c Call) (string, error) {
	if b.IsShared() {
		return c.digest()
	}
	text, err := json.Marshal(c)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}

// Take ends a call that waits, after its caller was answered. It reports true to one caller only.
func (b *Book) Take(id string, now time.Time) (taken bool, err error) {
	err = b.update("end the wait of "+id, now, func(s *content, now time.Time) error {
		i := slices.IndexFunc(s.Held, func(h *Held) bool { return h.ID == id })
		if i < 0 || s.Held[i].State != Waiting {
			return nil
		}
		taken = true
		if s.Held[i].State, s.Held[i].Ended = Used, now; !b.IsShared() {
			s.Held = slices.Delete(s.Held, i, i+1)
		}
		return nil
	})
	return taken && err == nil, err
}

// evict makes room for a call of a caller in a book in memory.
func (c *content) evict(grant, id string) {
	type caller struct{ grant, id string }
	of := func(h *Held) caller { return caller{h.Grant, h.GrantID} }
	who, own, count := caller{grant, id}, 0, map[caller]int{}
	for _, h := range c.Held {
		if of(h) == who {
			own++
		}
	}
	if own < maxHeldCaller && len(c.Held) < maxHeld {
		return
	}
	if own < maxHeldCaller {
		for _, h := range c.Held {
			count[of(h)]++
		}
		for _, h := range c.Held {
			if count[of(h)] > count[who] {
				who = of(h)
			}
		}
	}
	i := slices.IndexFunc(c.Held, func(h *Held) bool { return of(h) == who })
	c.Held = slices.Delete(c.Held, i, i+1)
}
