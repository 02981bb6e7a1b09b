package format

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// noise returns random bytes, always the same.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

// TestChunkBytes compares chunks with the bytes in docs/format.md.
func TestChunkBytes(t *testing.T) {
	c := must.Get(NewCodec(16 << 10))
	defer c.Close()
	abc := c.chunk([]byte("abc"))
	if got := hex.EncodeToString(abc.Bytes()); got != "00"+"364b3fb7"+"616263" {
		t.Errorf("raw chunk: got %s", got)
	}
	if short, long := c.chunk(make([]byte, 127)), c.chunk(make([]byte, 128)); !short.Raw() || long.Raw() {
		t.Error("text of less than 128 bytes is to be stored as it is")
	}
	if got := c.chunk(bytes.Repeat([]byte("abc"), 100)); got.Raw() || hex.EncodeToString(got.data[:4]) != "28b52ffd" {
		t.Errorf("compressed chunk: got %x", got.Bytes())
	}
}

// TestIsNoise checks that only incompressible data is detected as noise: data that compresses by a
// tenth must not be.
func TestIsNoise(t *testing.T) {
	c := must.Get(NewCodec(16 << 10))
	defer c.Close()
	random := noise(ChunkSize)
	if !isNoise(random) {
		t.Error("noise is not detected")
	}
	const least = 2 * samples * sampleSize
	if isNoise(random[:1000]) || isNoise(random[:least-1]) || !isNoise(random[:least]) {
		t.Error("a sample that is too small is detected as noise, or a larger one is not")
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
	half := append(bytes.Clone(random[:ChunkSize/2]), bytes.Repeat([]byte("text "), ChunkSize/10)...)
	if isNoise(half) {
		t.Error("noise followed by text is detected as noise")
	}
	if n := c.noise(append(noise(3*ChunkSize), half...)); n != 3*ChunkSize {
		t.Errorf("%d bytes of noise before text, want %d", n, 3*ChunkSize)
	}
}
