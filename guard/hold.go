package guard

import (
	"container/list"
	"crypto/rand"
	"sync"
	"time"
)

// Defaults of [HeldCalls].
const (
	DefaultHoldTTL = 5 * time.Minute
	DefaultMaxHeld = 1024
	// DefaultMaxHeldPerPrincipal is lower, so that one caller cannot evict the calls of all others.
	DefaultMaxHeldPerPrincipal = 64
)

// HeldCalls holds calls until somebody consents to them. The zero value is ready to use. It is safe
// for concurrent use: if several goroutines take the same held call, one succeeds.
//
// It is in memory only. After a restart nothing is held, and callers must ask again.
type HeldCalls struct {
	// TTL is how long a call is held; zero means [DefaultHoldTTL].
	TTL time.Duration
	// Max bounds the number of held calls. Beyond it, the oldest call of the principal with the
	// most calls is evicted. Zero means [DefaultMaxHeld].
	Max int
	// MaxPerPrincipal bounds the held calls of one principal. Beyond it, its oldest call is
	// evicted. Zero means [DefaultMaxHeldPerPrincipal].
	MaxPerPrincipal int
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	mu    sync.Mutex // guards the fields below
	held  map[heldKey]*list.Element
	order list.List      // of heldCall, oldest first
	count map[string]int // of calls by principal
}

type heldKey struct {
	principal, tool string
	digest          Digest
	state           string // see [HeldCalls.Issue]; "" for others
}

type heldCall struct {
	key     heldKey
	expires time.Time
}

// Hold holds a call. Holding it again restarts its TTL and still allows only one call.
func (h *HeldCalls) Hold(principal, tool string, d Digest) {
	h.hold(heldKey{principal: principal, tool: tool, digest: d})
}

// Issue holds a call under a state, which the client carries from a question to its answer. It has
// at least 128 random bits, so it cannot be guessed and reveals nothing.
func (h *HeldCalls) Issue(principal, tool string, d Digest) string {
	state := rand.Text()
	h.hold(heldKey{principal, tool, d, state})
	return state
}

// Redeem is [HeldCalls.Take] for a call that is held under a state. The result does not reveal why
// a state is invalid, because the caller may be guessing.
func (h *HeldCalls) Redeem(state, principal, tool string, d Digest) bool {
	return state != "" && h.take(heldKey{principal, tool, d, state})
}

func (h *HeldCalls) hold(k heldKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held == nil {
		h.held, h.count = make(map[heldKey]*list.Element), make(map[string]int)
	}
	if e, ok := h.held[k]; ok {
		h.remove(e)
	}
	now := h.now()
	for e := h.order.Front(); e != nil && !now.Before(e.Value.(heldCall).expires); e = h.order.Front() {
		h.remove(e)
	}
	if h.count[k.principal] >= h.maxPerPrincipal() {
		h.evict(k.principal)
	}
	if h.order.Len() >= h.max() {
		h.evict(h.busiest())
	}
	h.held[k] = h.order.PushBack(heldCall{k, now.Add(h.ttl())})
	h.count[k.principal]++
}

// evict removes the oldest held call of a principal.
func (h *HeldCalls) evict(principal string) {
	for e := h.order.Front(); e != nil; e = e.Next() {
		if e.Value.(heldCall).key.principal == principal {
			h.remove(e)
			return
		}
	}
}

// busiest returns the principal with the most held calls, and of several the one with the oldest
// call.
func (h *HeldCalls) busiest() string {
	principal, most := "", 0
	for e := h.order.Front(); e != nil; e = e.Next() {
		if p := e.Value.(heldCall).key.principal; h.count[p] > most {
			principal, most = p, h.count[p]
		}
	}
	return principal
}

// Take removes a held call. It reports whether an identical call was held and had not expired.
func (h *HeldCalls) Take(principal, tool string, d Digest) bool {
	return h.take(heldKey{principal: principal, tool: tool, digest: d})
}

func (h *HeldCalls) take(k heldKey) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	e, ok := h.held[k]
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
	k := e.Value.(heldCall).key
	delete(h.held, k)
	if h.count[k.principal]--; h.count[k.principal] == 0 {
		delete(h.count, k.principal)
	}
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

func (h *HeldCalls) maxPerPrincipal() int {
	if h.MaxPerPrincipal > 0 {
		return h.MaxPerPrincipal
	}
	return DefaultMaxHeldPerPrincipal
}
