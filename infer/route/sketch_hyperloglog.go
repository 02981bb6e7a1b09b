package route

import (
	"math"
	"math/bits"
	"slices"
)

// Sizes of counters: the error is about 1.04 / sqrt(size).
const (
	prefixRegisters = 4096
	labelRegisters  = 256
	smallRegisters  = 64
)

// counter estimates the number of distinct hashes (HyperLogLog). The zero value is empty; its size is set
// by the first use and is a power of two.
type hyperLogLog struct {
	registers []uint8
}

func (s *hyperLogLog) put(h uint64, size int) bool {
	if s.registers == nil {
		s.registers = make([]uint8, size)
	}
	p := bits.TrailingZeros(uint(len(s.registers)))
	i, r := h>>(64-p), uint8(bits.LeadingZeros64(h<<p|1)+1)
	if s.registers[i] >= r {
		return false
	}
	s.registers[i] = r
	return true
}

func (s *hyperLogLog) merge(o *hyperLogLog) {
	if o.registers == nil {
		return
	}
	if s.registers == nil {
		s.registers = slices.Clone(o.registers)
		return
	}
	for i, r := range o.registers {
		s.registers[i] = max(s.registers[i], r)
	}
}

// count is the estimate: linear counting while registers are free, and never less for more hashes.
func (s *hyperLogLog) estimate() int64 {
	if s.registers == nil {
		return 0
	}
	var by [66]int
	for _, r := range s.registers {
		by[min(r, 65)]++
	}
	m := float64(len(s.registers))
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
