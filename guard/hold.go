package guard

import (
	"container/list"
	"sync"
	"time"
)

// Defaults of [HeldCalls].
const (
	DefaultHoldTTL = 5 * time.Minute
	DefaultMaxHeld = 1024
)

// HeldCalls holds calls until somebody agrees to them. The zero value is ready to use. It is safe
// for concurrent use: of several goroutines that take one held call, one succeeds.
//
// It lives in memory. After a restart nothing is held, and callers must ask again.
type HeldCalls struct {
	// TTL is how long a call is held; zero means [DefaultHoldTTL].
	TTL time.Duration
	// Max bounds the number of held calls; the one held longest is evicted. Zero means
	// [DefaultMaxHeld].
	Max int
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	mu    sync.Mutex // guards the fields below
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

// Hold holds a call. Holding it again restarts its time and still allows one call only.
func (h *HeldCalls) Hold(principal, tool string, d Digest) {
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
	h.held[k] = h.order.PushBack(heldCall{k, now.Add(h.ttl())})
}

// Take removes a held call. It reports whether the very same call was held and had not expired.
func (h *HeldCalls) Take(principal, tool string, d Digest) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	e, ok := h.held[heldKey{principal, tool, d}]
	if !ok {
		return false
	}
	h.remove(e)
	return h.now().Before(e.Value.(heldCall).expires)
}

// Len returns the number of held calls, including expired ones.
func (h *HeldCalls) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.order.Len()
}

func (h *HeldCalls) remove(e *list.Element) {
	delete(h.held, e.Value.(heldCall).key)
	h.order.Remove(e)
}

func (h *HeldCalls) now() time.Time {
	if h.Now != nil {
		return h.Now()
	}
	return time.Now()
}

func (h *HeldCalls) ttl() time.Duration {
	if h.TTL > 0 {
		return h.TTL
	}
	return DefaultHoldTTL
}

func (h *HeldCalls) max() int {
	if h.Max > 0 {
		return h.Max
	}
	return DefaultMaxHeld
}
