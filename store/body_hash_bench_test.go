package store

import (
	"fmt"
	"testing"
)

// BenchmarkHash measures the cost of the hash of a body.
func BenchmarkHash(b *testing.B) {
	h, err := newHasher(make([]byte, secretSize))
	if err != nil {
		b.Fatal(err)
	}
	for _, size := range []int{1 << 10, 16 << 10, 1 << 20} {
		data := noise(size)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				h.hash(data)
			}
		})
	}
}
