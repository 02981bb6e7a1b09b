package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/format"
)

// TestSet compares sets of runs with sets of numbers, for all sets of the numbers 1 to 7.
func TestSet(t *testing.T) {
	const most = 7
	sets := make([]Ranges, 1<<most)
	has := func(bits int, n flow.Seq) bool { return bits>>(n-1)&1 != 0 }
	for bits := range sets {
		for n := flow.Seq(1); n <= most; n++ {
			if has(bits, n) {
				sets[bits] = sets[bits].Add(n)
			}
		}
		for n := flow.Seq(1); n <= most; n++ {
			if sets[bits].Contains(n) != has(bits, n) {
				t.Fatalf("%v contains %d: %t", sets[bits], n, !has(bits, n))
			}
		}
		for i := 1; i < len(sets[bits]); i++ {
			if sets[bits][i].First <= sets[bits][i-1].Last+1 {
				t.Fatalf("%v has runs that touch", sets[bits])
			}
		}
	}
	for a := range sets {
		for b := range sets {
			if got := sets[a].ContainsAll(sets[b]); got != (a&b == b) {
				t.Fatalf("%v contains all of %v: %t", sets[a], sets[b], got)
			}
		}
		for first := flow.Seq(1); first <= most; first++ {
			for last := first - 1; last <= most; last++ {
				bits := a
				for n := first; n <= last; n++ {
					bits |= 1 << (n - 1)
				}
				if got := slices.Clone(sets[a]).Union(Range{first, last}); !slices.Equal(got, sets[bits]) {
					t.Fatalf("%v and %d to %d: %v, want %v", sets[a], first, last, got, sets[bits])
				}
			}
		}
	}
}

// setOf returns the set of the numbers whose bits are set.
func setOf(bits int) (s Ranges) {
	for n := flow.Seq(1); bits>>(n-1) != 0; n++ {
		if bits>>(n-1)&1 != 0 {
			s = s.Add(n)
		}
	}
	return s
}

// TestEncoding checks that sets are read as they were written, and that other bytes are refused.
func TestEncoding(t *testing.T) {
	for bits := range 1 << 7 {
		s := setOf(bits)
		if got, err := readRanges(appendRanges(nil, s)); err != nil || !slices.Equal(got, s) {
			t.Fatalf("%v: %v, %v", s, got, err)
		}
	}
	long := Ranges{{1, 1}, {1 << 40, 1<<50 - 1}}
	if got := appendRanges([]byte("x"), Ranges{{2, 4}, {8, 8}}); !bytes.Equal(got, []byte("x\x02\x02\x04\x00")) {
		t.Errorf("encoded as %x", got)
	}
	encoded := appendRanges(nil, long)
	if got, err := readRanges(encoded); err != nil || !slices.Equal(got, long) {
		t.Errorf("%v, %v", got, err)
	}
	most := binary.AppendUvarint(nil, math.MaxUint64)
	for name, b := range map[string][]byte{
		"cut short":          encoded[:len(encoded)-1],
		"half a run":         {1},
		"number 0":           {0, 0},
		"no distance":        {1, 0, 0, 0},
		"beyond all numbers": append([]byte{1, 0}, append(slices.Clone(most), 0)...),
		"endless":            append([]byte{2}, most...),
	} {
		if got, err := readRanges(b); !errors.Is(err, format.ErrCorrupt) || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
