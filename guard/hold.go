package guard

import (
	"container/list"
	"sync"
	"time"
)

// Defaults of [Holds].
const (
	DefaultHoldFor = 5 * time.Minute
	DefaultMaxHeld = 1024
)

// Holds keeps the calls that wait for a confirmation. The zero value is ready to use. It is safe for concurrent
// use: of any number of goroutines that take one held call, one gets it.
//
// It lives in memory: a restart forgets what was held, and the caller has to ask again.
type Holds struct {
	// For is how long a call is held; zero means [DefaultHoldFor].
	For time.Duration
	// Max bounds the number of calls held at once; the one held longest makes room. Zero means [DefaultMaxHeld].
	Max int
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	mu    sync.Mutex // guards what follows
	held  map[heldKey]*list.Element
	order list.List // of heldCall, the one held longest first
}

type heldKey struct {
	principal, tool string
	digest          Digest
}

type heldCall struct {
	key     heldKey
	expires time.Time
}

// Hold keeps a call. Holding it again starts its time anew and still allows one call only.
func (h *Holds) Hold(principal, tool string, d Digest) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held == nil {
		h.held = make(map[heldKey]*list.Element)
	}
	k := heldKey{principal, tool, d}
	if e, ok := h.held[k]; ok {
		h.remove(e)
	}
	now := h.now()
	for e := h.order.Front(); e != nil; e = h.order.Front() {
		if h.order.Len() < h.max() && now.Before(e.Value.(heldCall).expires) {
			break
		}
		h.remove(e)
	}
	h.held[k] = h.order.PushBack(heldCall{k, now.Add(h.lasts())})
}

// Take says whether the very same call is held and its time is not over, and forgets it.
func (h *Holds) Take(principal, tool string, d Digest) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	e, ok := h.held[heldKey{principal, tool, d}]
	if !ok {
		return false
	}
	h.remove(e)
	return h.now().Before(e.Value.(heldCall).expires)
}

// Len counts the calls held, those whose time is over included.
func (h *Holds) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.order.Len()
}

func (h *Holds) remove(e *list.Element) {
	delete(h.held, e.Value.(heldCall).key)
	h.order.Remove(e)
}

func (h *Holds) now() time.Time {
	if h.Now != nil {
		return h.Now()
	}
	return time.Now()
}

func (h *Holds) lasts() time.Duration {
	if h.For > 0 {
		return h.For
	}
	return DefaultHoldFor
}

func (h *Holds) max() int {
	if h.Max > 0 {
		return h.Max
	}
	return DefaultMaxHeld
}
