package ranges

import (
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestSet compares sets of runs with sets of numbers, for all sets of the numbers 1 to 7.
func TestSet(t *testing.T) {
	const most = 7
	sets := make([]Set, 1<<most)
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
