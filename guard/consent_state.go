package guard

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"
)

// ErrState means that a state was not issued here, or for another call, has expired, or was
// redeemed before. The error does not tell which, because the caller may be guessing.
var ErrState = errors.New("the confirmation does not belong to this call")

// Signer issues the state that a client carries from a question to its answer, and redeems it once.
// It is safe for concurrent use.
//
// A state is bound to principal, tool and arguments. It is a nonce with an HMAC-SHA-256 under a key
// of this process, so the client, which holds it, can neither read nor change anything. The signer
// remembers the nonce until the state is redeemed or expires, and of one principal the newest
// [DefaultMaxHeldPerPrincipal].
type Signer struct {
	key    [32]byte
	issued HeldCalls
}

// NewSigner returns a signer with a fresh key. States expire after ttl; zero means
// [DefaultHoldTTL].
func NewSigner(ttl time.Duration, now func() time.Time) *Signer {
	s := &Signer{issued: HeldCalls{TTL: ttl, Now: now}}
	rand.Read(s.key[:])
	return s
}

const nonceLen = 16

// Issue returns a state for one call.
func (s *Signer) Issue(principal, tool string, d Digest) string {
	var nonce [nonceLen]byte
	rand.Read(nonce[:])
	s.issued.hold(heldKey{principal, tool, d, string(nonce[:])})
	return base64.RawURLEncoding.EncodeToString(append(nonce[:], s.mac(nonce[:], principal, tool, d)...))
}

// Redeem accepts a state for the very same call. It returns nil the first time and [ErrState] ever
// after.
func (s *Signer) Redeem(state, principal, tool string, d Digest) error {
	b, err := base64.RawURLEncoding.DecodeString(state)
	if err != nil || len(b) != nonceLen+sha256.Size {
		return ErrState
	}
	nonce, mac := b[:nonceLen], b[nonceLen:]
	if !hmac.Equal(mac, s.mac(nonce, principal, tool, d)) {
		return ErrState
	}
	if !s.issued.take(heldKey{principal, tool, d, string(nonce)}) {
		return ErrState
	}
	return nil
}

// mac authenticates a nonce and the call it is for. Each text is preceded by its length.
func (s *Signer) mac(nonce []byte, principal, tool string, d Digest) []byte {
	m := hmac.New(sha256.New, s.key[:])
	m.Write(nonce)
	for _, text := range []string{principal, tool} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(text)))
		m.Write(n[:])
		m.Write([]byte(text))
	}
	m.Write(d[:])
	return m.Sum(nil)
}
