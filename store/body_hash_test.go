package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
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

// TestIsNoise checks that only incompressible data is detected as noise: data that compresses by a
// tenth must not be.
func TestIsNoise(t *testing.T) {
	c, err := newCodec(DefaultPageSize)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	random := noise(chunkSize)
	if !isNoise(random) {
		t.Error("noise is not detected")
	}
	if isNoise(random[:1000]) {
		t.Error("a sample that is too small is detected as noise")
	}
	for _, letters := range []int{16, 64, 128, 200} {
		text := bytes.Clone(random)
		for i := range text {
			text[i] = byte(int(text[i]) * letters / 256)
		}
		if isNoise(text) {
			t.Errorf("text of %d letters is detected as noise", letters)
		}
	}
	half := append(bytes.Clone(random[:chunkSize/2]), bytes.Repeat([]byte("text "), chunkSize/10)...)
	if isNoise(half) {
		t.Error("noise followed by text is detected as noise")
	}
	if n := c.noise(append(noise(3*chunkSize), half...)); n != 3*chunkSize {
		t.Errorf("%d bytes of noise before text, want %d", n, 3*chunkSize)
	}
}

// TestHexIsCompressed checks that text without repetitions is compressed as well.
func TestHexIsCompressed(t *testing.T) {
	c, err := newCodec(DefaultPageSize)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	text := []byte(hex.EncodeToString(noise(chunkSize)))
	size := 0
	for _, chunk := range c.compress(text) {
		size += chunk.size()
	}
	if size > len(text)*6/10 {
		t.Errorf("%d bytes of hexadecimal digits became %d", len(text), size)
	}
}
