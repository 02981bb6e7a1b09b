package route

import (
	"math"
	"math/bits"
	"slices"
)

// sample keeps the k smallest of the hashes put into it, each with bits that are united. Being smallest by
// hash, not first, the sample of a union is the same in any order.
type sample struct {
	hash []uint64 // ascending
	bits []uint32
}

// put adds a hash unless k smaller ones are there.
func (s *sample) put(h uint64, b uint32, k int) {
	if n := len(s.hash); n >= k && h > s.hash[n-1] {
		return
	}
	i, ok := slices.BinarySearch(s.hash, h)
	if ok {
		s.bits[i] |= b
		return
	}
	if len(s.hash) >= k {
		s.hash, s.bits = s.hash[:k-1], s.bits[:k-1]
	}
	s.hash = slices.Insert(s.hash, i, h)
	s.bits = slices.Insert(s.bits, i, b)
}

func (s *sample) merge(o *sample, k int) {
	for i, h := range o.hash {
		s.put(h, o.bits[i], k)
	}
}

// get returns the bits of a hash. known is false when the sample is full and would have dropped it.
func (s *sample) get(h uint64, k int) (b uint32, in, known bool) {
	if i, ok := slices.BinarySearch(s.hash, h); ok {
		return s.bits[i], true, true
	}
	return 0, false, len(s.hash) < k || h < s.hash[len(s.hash)-1]
}

// Sizes of counters: the error is about 1.04 / sqrt(size).
const (
	sizeRegisters  = 4096
	wordRegisters  = 256
	smallRegisters = 64
)

// counter estimates the number of distinct hashes (HyperLogLog). The zero value is empty; its size is set
// by the first use and is a power of two.
type counter struct {
	reg []uint8
}

func (c *counter) put(h uint64, size int) bool {
	if c.reg == nil {
		c.reg = make([]uint8, size)
	}
	p := bits.TrailingZeros(uint(len(c.reg)))
	i, r := h>>(64-p), uint8(bits.LeadingZeros64(h<<p|1)+1)
	if c.reg[i] >= r {
		return false
	}
	c.reg[i] = r
	return true
}

func (c *counter) merge(o *counter) {
	if o.reg == nil {
		return
	}
	if c.reg == nil {
		c.reg = slices.Clone(o.reg)
		return
	}
	for i, r := range o.reg {
		c.reg[i] = max(c.reg[i], r)
	}
}

// count is the estimate: linear counting while registers are free, and never less for more hashes.
func (c *counter) count() int64 {
	if c.reg == nil {
		return 0
	}
	var by [66]int
	for _, r := range c.reg {
		by[min(r, 65)]++
	}
	m := float64(len(c.reg))
	if by[0] > 0 {
		if e := m * math.Log(m/float64(by[0])); e <= 2.5*m {
			return int64(e + 0.5)
		}
	}
	sum := 0.0
	for r, n := range by {
		sum += float64(n) * math.Ldexp(1, -r)
	}
	return int64(max(2.5*m, 0.7213/(1+1.079/m)*m*m/sum) + 0.5)
}
