package sketch

import (
	"fmt"
	"math"
	"math/bits"
	"testing"
)

// TestHashIsFixed holds the results, because they are stored.
func TestHashIsFixed(t *testing.T) {
	for text, want := range map[string]uint64{
		"":                                  0xefd01f60ba992926,
		"a":                                 0x82a2a958a9bece5b,
		"id":                                0x1fec0f7f69fad036,
		"full_name":                         0xbb313d0e4366ab60,
		"0123456789abcdef0123456789abcdef":  0x26d521498b2056f3, // the longest text that is hashed byte by byte
		"0123456789abcdef0123456789abcdefg": 0xd9df758b726598e1,
		"0123456789abcdef0123456789abcdef01234567": 0xfa4e6197194b9aa4,
	} {
		if got := Hash(text); got != want {
			t.Errorf("Hash(%q) = %#x, want %#x", text, got, want)
		}
		if Hash([]byte(text)) != Hash(text) {
			t.Errorf("%q and its bytes differ", text)
		}
	}
	if got, want := Pair(1, 2), uint64(0xbf4fb27da415f659); got != want {
		t.Errorf("Pair(1, 2) = %#x, want %#x", got, want)
	}
	if got, want := Int(1), uint64(0xb456bcfc34c2cb2c); got != want {
		t.Errorf("Int(1) = %#x, want %#x", got, want)
	}
}

func TestPairIsOrdered(t *testing.T) {
	for _, p := range [][2]uint64{{1, 2}, {0, 1}, {Hash("a"), Hash("b")}} {
		if Pair(p[0], p[1]) == Pair(p[1], p[0]) {
			t.Errorf("Pair does not depend on the order of %v", p)
		}
	}
}

// TestUniform holds that the hashes of names that differ in one character or number are uniform in
// all bits. The high bits count most, since samples are the smallest hashes.
func TestUniform(t *testing.T) {
	const n = 1 << 17
	functions := map[string]func(i int) uint64{
		"numbers as text":                 func(i int) uint64 { return Hash(fmt.Sprint(i)) },
		"names":                           func(i int) uint64 { return Hash(fmt.Sprintf("property_%d_of_a_thing", i)) },
		"long texts":                      func(i int) uint64 { return Hash(fmt.Sprintf("https://api.example.com/orders/%d/items", i)) },
		"long texts with a common prefix": func(i int) uint64 { return Hash(fmt.Sprintf("https://api.example.com/orders/%08d", i)) },
		"numbers":                         func(i int) uint64 { return Int(uint64(i)) },
		"pairs":                           func(i int) uint64 { return Pair(Hash(fmt.Sprint(i>>8)), Hash(fmt.Sprint(i&255))) },
	}
	for name, hash := range functions {
		t.Run(name, func(t *testing.T) {
			var ones [64]int
			var highBytes [256]int
			seen := map[uint64]bool{}
			flips, last := 0, hash(n)
			for i := range n {
				h := hash(i)
				seen[h] = true
				highBytes[h>>56]++
				for b := range ones {
					ones[b] += int(h >> b & 1)
				}
				flips += bits.OnesCount64(h ^ last)
				last = h
			}
			if len(seen) < n {
				t.Errorf("%d of %d collide", n-len(seen), n)
			}
			for b, k := range ones {
				if math.Abs(float64(k)-n/2) > 6*math.Sqrt(n)/2 {
					t.Errorf("bit %d is set in %d of %d hashes", b, k, n)
				}
			}
			for v, k := range highBytes {
				if math.Abs(float64(k)-n/256) > 7*math.Sqrt(n/256) {
					t.Errorf("%d of %d hashes have the high byte %#x", k, n, v)
				}
			}
			if mean := float64(flips) / n; math.Abs(mean-32) > 0.2 {
				t.Errorf("successive hashes differ in %.2f bits on average", mean)
			}
		})
	}
}

func BenchmarkHash(b *testing.B) {
	for _, s := range []string{"id", "full_name", "https://api.example.com/repos/ann/blog/issues/1"} {
		b.Run(fmt.Sprint(len(s)), func(b *testing.B) {
			for b.Loop() {
				Hash(s)
			}
		})
	}
}
