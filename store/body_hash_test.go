package store

import (
	"bytes"
	"crypto/sha256"
	"testing"
)

// TestHasher checks that hashes depend on the body, its length and the secret, and that hashes of
// format 1 still match.
func TestHasher(t *testing.T) {
	one, err := newHasher(make([]byte, secretSize))
	if err != nil {
		t.Fatal(err)
	}
	other, err := newHasher(bytes.Repeat([]byte{1}, secretSize))
	if err != nil {
		t.Fatal(err)
	}
	data := noise(100_000)
	if one.hash(data) != one.hash(bytes.Clone(data)) {
		t.Error("the same body has two hashes")
	}
	if one.hash(data) == other.hash(data) {
		t.Error("the hash does not depend on the secret")
	}
	seen := map[[hashSize]byte]int{}
	for n := range 300 { // bodies of zeros differ only in length
		h := one.hash(make([]byte, n))
		if m, ok := seen[h]; ok {
			t.Errorf("%d and %d zeros have the same hash", m, n)
		}
		seen[h] = n
	}
	sum := sha256.Sum256(data)
	old := bodyHash{sum: [hashSize]byte(sum[:hashSize]), sha: true}
	if !one.matches(old, data) || one.matches(old, data[1:]) {
		t.Error("a hash of format 1 does not match its body only")
	}
	now := bodyHash{sum: one.hash(data)}
	if !one.matches(now, data) || one.matches(now, data[1:]) {
		t.Error("a hash does not match its body only")
	}
}
