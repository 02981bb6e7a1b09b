package format

import (
	"fmt"
	"testing"
)

// BenchmarkHash measures the cost of the hash of a body.
func BenchmarkHash(b *testing.B) {
	h := NewBodyHasher(make([]byte, 32))
	for _, size := range []int{1 << 10, 16 << 10, 1 << 20} {
		data := random(size)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				h.Sum(data)
			}
		})
	}
}
