package route

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
)

// Numbers of registers. The relative standard error is about 1.04 / sqrt(registers).
const (
	prefixRegisters = 4096
	labelRegisters  = 256
	smallRegisters  = 64
)

// hyperLogLog estimates the number of distinct hashes. See P. Flajolet et al., "HyperLogLog: the
// analysis of a near-optimal cardinality estimation algorithm" (2007). The zero value is empty. The
// first put sets the number of registers, a power of two.
type hyperLogLog struct {
	registers []uint8
}

// put adds a hash and reports whether a register changed. size is the number of registers.
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

// merge adds the hashes of o, which has as many registers.
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

// estimate returns the estimated number of distinct hashes. It uses linear counting while registers
// are free. More hashes never give a lower estimate.
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

// encoded returns the registers if most are set. Otherwise it returns, for each that is set, how
// many before it are not, and its value. That is shorter than the registers.
func (s *hyperLogLog) encoded() []byte {
	var b []byte
	last := -1
	for i, r := range s.registers {
		if r > 0 {
			b = append(binary.AppendUvarint(b, uint64(i-last-1)), r)
			last = i
		}
		if len(b) >= len(s.registers) {
			return s.registers
		}
	}
	return b
}

// decodeRegisters returns what encoded wrote of a number of registers.
func decodeRegisters(b []byte, size int) (s hyperLogLog, ok bool) {
	switch {
	case len(b) == 0:
		return s, true
	case len(b) == size:
		return hyperLogLog{slices.Clone(b)}, true
	}
	s.registers = make([]uint8, size)
	for i := 0; len(b) > 0; i++ {
		skipped, n := binary.Uvarint(b)
		if n <= 0 || n >= len(b) || b[n] == 0 || skipped >= uint64(size-i) {
			return hyperLogLog{}, false
		}
		i += int(skipped)
		s.registers[i], b = b[n], b[n+1:]
	}
	return s, true
}
