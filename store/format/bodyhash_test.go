package format

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// TestHasher checks that hashes depend on the body, its length and the secret, and that hashes of
// format 1 still match.
func TestHasher(t *testing.T) {
	one := NewBodyHasher(make([]byte, 32))
	other := NewBodyHasher(bytes.Repeat([]byte{1}, 32))
	data := random(100_000)
	if one.Sum(data) != one.Sum(bytes.Clone(data)) {
		t.Error("the same body has two hashes")
	}
	if one.Sum(data) == other.Sum(data) {
		t.Error("the hash does not depend on the secret")
	}
	seen := map[[BodyHashSize]byte]int{}
	for n := range 300 { // bodies of zeros differ only in length
		h := one.Sum(make([]byte, n))
		if m, ok := seen[h]; ok {
			t.Errorf("%d and %d zeros have the same hash", m, n)
		}
		seen[h] = n
	}
	sum := sha256.Sum256(data)
	old := BodyHash{Sum: [BodyHashSize]byte(sum[:BodyHashSize]), SHA: true}
	if !one.Matches(old, data) || one.Matches(old, data[1:]) {
		t.Error("a hash of format 1 does not match its body only")
	}
	now := BodyHash{Sum: one.Sum(data)}
	if !one.Matches(now, data) || one.Matches(now, data[1:]) {
		t.Error("a hash does not match its body only")
	}
}

// TestBodyhashBytes checks the hash that docs/format.md describes, by which bodies of existing stores are
// compared.
func TestBodyhashBytes(t *testing.T) {
	h := NewBodyHasher(make([]byte, 32))
	sum := h.Sum([]byte("x"))
	if got := hex.EncodeToString(sum[:]); got != "2e59ca72a0387f78094562698c221e15" {
		t.Errorf("got %s", got)
	}
}
