package guard

import (
	"crypto/rand"
	"time"
)

// States issues the state that a client carries from a question to its answer, and redeems it once.
// It is safe for concurrent use.
//
// A state is at least 128 random bits, so it cannot be guessed and says nothing. It is bound to
// principal, tool and arguments until it is redeemed or expires. Of one principal, the newest
// [DefaultMaxHeldPerPrincipal] are valid.
type States struct{ issued HeldCalls }

// NewStates returns an empty set of states. They expire after ttl; zero means [DefaultHoldTTL]. The
// clock now may be nil, for time.Now.
func NewStates(ttl time.Duration, now func() time.Time) *States {
	return &States{HeldCalls{TTL: ttl, Now: now}}
}

// Issue returns a state for one call.
func (s *States) Issue(principal, tool string, d Digest) string {
	state := rand.Text()
	s.issued.hold(heldKey{principal, tool, d, state})
	return state
}

// Redeem accepts a state for the very same call, and reports whether it is valid. It is valid once.
// The caller does not learn why another is not, because it may be guessing.
func (s *States) Redeem(state, principal, tool string, d Digest) bool {
	return s.issued.take(heldKey{principal, tool, d, state})
}
