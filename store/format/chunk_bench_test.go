package format

import (
	"encoding/hex"
	"fmt"
	"testing"
)

// BenchmarkCompress measures the cost of the chunks of a body.
func BenchmarkCompress(b *testing.B) {
	c, err := NewCodec(16 << 10)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for _, size := range []int{1 << 10, 16 << 10, 1 << 20} {
		random := noise(size)
		text := []byte(hex.EncodeToString(random[:size/2]))
		for name, data := range map[string][]byte{"noise": random, "hex": text} {
			b.Run(fmt.Sprintf("%d/%s", size, name), func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					c.Compress(data)
				}
			})
		}
	}
}
