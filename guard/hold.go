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

// HeldCalls holds calls until somebody agrees to them. The zero value is ready to use. It is safe
// for concurrent use: of several goroutines that take one held call, one succeeds.
//
// It lives in memory. After a restart nothing is held, and callers must ask again.
type HeldCalls struct {
	// TTL is how long a call is held; zero means [DefaultHoldTTL].
	TTL time.Duration
	// Max bounds the number of held calls; beyond it, the principal with most of them loses the one
	// held longest. Zero means [DefaultMaxHeld].
	Max int
	// MaxPerPrincipal bounds the held calls of one principal; its call held longest is evicted.
	// Zero means [DefaultMaxHeldPerPrincipal].
	MaxPerPrincipal int
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	mu    sync.Mutex // guards the fields below
	held  map[heldKey]*list.Element
	order list.List      // of heldCall, the one held longest first
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

// Hold holds a call. Holding it again restarts its time and still allows one call only.
func (h *HeldCalls) Hold(principal, tool string, d Digest) {
	h.hold(heldKey{principal: principal, tool: tool, digest: d})
}

// Issue holds a call under a state, which the client carries from a question to its answer. It has
// 128 random bits at least, so it cannot be guessed and says nothing.
func (h *HeldCalls) Issue(principal, tool string, d Digest) string {
	state := rand.Text()
	h.hold(heldKey{principal, tool, d, state})
	return state
}

// Redeem is [HeldCalls.Take] for a call that is held under a state. Who asks does not learn why
// another state is not valid, because it may be guessing.
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

// evict removes the call of a principal that is held longest.
func (h *HeldCalls) evict(principal string) {
	for e := h.order.Front(); e != nil; e = e.Next() {
		if e.Value.(heldCall).key.principal == principal {
			h.remove(e)
			return
		}
	}
}

// busiest returns the principal with most held calls; of several, the one whose call is held
// longest.
func (h *HeldCalls) busiest() string {
	principal, most := "", 0
	for e := h.order.Front(); e != nil; e = e.Next() {
		if p := e.Value.(heldCall).key.principal; h.count[p] > most {
			principal, most = p, h.count[p]
		}
	}
	return principal
}

// Take removes a held call. It reports whether the very same call was held and had not expired.
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
