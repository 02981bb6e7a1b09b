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

// ErrState says that a state was not made here, not for this call, is too old, or was used already. Which of
// these it was is not told: the caller may be guessing.
var ErrState = errors.New("the confirmation does not belong to this call")

// Signer makes the state that a client carries from a question to its answer, and takes it back once. It is
// safe for concurrent use.
//
// A state is bound to principal, tool and arguments, expires, and counts once: its nonce is kept here until
// then. The client holds it, so it is signed (HMAC-SHA-256 with a key of this process) and has nothing to read.
type Signer struct {
	key   [32]byte
	asked Holds
}

// NewSigner returns a signer with a fresh key. States last as long as lasts says; zero means [DefaultHoldFor].
func NewSigner(lasts time.Duration, now func() time.Time) *Signer {
	s := &Signer{asked: Holds{For: lasts, Now: now}}
	rand.Read(s.key[:])
	return s
}

const nonceLen = 16

// Issue returns a state for one call.
func (s *Signer) Issue(principal, tool string, d Digest) string {
	var nonce [nonceLen]byte
	rand.Read(nonce[:])
	s.asked.Hold(s.question(principal, nonce[:]), tool, d)
	return base64.RawURLEncoding.EncodeToString(append(nonce[:], s.sign(nonce[:], principal, tool, d)...))
}

// Redeem takes a state back for the very same call: nil the first time, [ErrState] ever after.
func (s *Signer) Redeem(state, principal, tool string, d Digest) error {
	b, err := base64.RawURLEncoding.DecodeString(state)
	if err != nil || len(b) != nonceLen+sha256.Size {
		return ErrState
	}
	nonce, mac := b[:nonceLen], b[nonceLen:]
	if !hmac.Equal(mac, s.sign(nonce, principal, tool, d)) {
		return ErrState
	}
	if !s.asked.Take(s.question(principal, nonce), tool, d) {
		return ErrState
	}
	return nil
}

func (s *Signer) question(principal string, nonce []byte) string {
	return base64.RawURLEncoding.EncodeToString(nonce) + principal
}

func (s *Signer) sign(nonce []byte, principal, tool string, d Digest) []byte {
	m := hmac.New(sha256.New, s.key[:])
	m.Write(nonce)
	for _, part := range []string{principal, tool} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		m.Write(n[:])
		m.Write([]byte(part))
	}
	m.Write(d[:])
	return m.Sum(nil)
}
