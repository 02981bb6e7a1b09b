package store

import (
	"encoding/hex"
	"fmt"
	"testing"
)

// BenchmarkBody measures the cost of a body before the writer gets it: its hash and its chunks.
func BenchmarkBody(b *testing.B) {
	c, err := newCodec(DefaultPageSize)
	if err != nil {
		b.Fatal(err)
	}
	defer c.close()
	h, err := newHasher(make([]byte, secretSize))
	if err != nil {
		b.Fatal(err)
	}
	for _, size := range []int{1 << 10, 16 << 10, 1 << 20} {
		random := noise(size)
		text := []byte(hex.EncodeToString(random[:size/2]))
		for name, data := range map[string][]byte{"noise": random, "hex": text} {
			b.Run(fmt.Sprintf("%d/%s/hash", size, name), func(b *testing.B) {
				b.SetBytes(int64(size))
				for b.Loop() {
					h.hash(data)
				}
			})
			b.Run(fmt.Sprintf("%d/%s/compress", size, name), func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					c.compress(data)
				}
			})
		}
	}
}
