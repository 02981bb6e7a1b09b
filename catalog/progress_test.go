package catalog

import (
	"math/rand/v2"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// TestWindowsLaw checks that windows have all numbers that the model does not cover, once, and skip
// those portions that it covers.
func TestWindowsLaw(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		st := store.Stat{First: flow.Seq(1 + r.IntN(4)), Last: flow.Seq(1 + r.IntN(20))}
		size := int64(1 + r.IntN(6))
		var c Catalog
		for range r.IntN(4) {
			from := flow.Seq(1 + r.IntN(20))
			c.basis.Covers = c.basis.Covers.Union(store.Range{First: from, Last: from + flow.Seq(r.IntN(5))})
		}
		windows, left := c.windows(st, size)
		want, have := 0, map[flow.Seq]bool{}
		for _, w := range windows {
			missing := 0
			for n := w.First; n <= w.Last; n++ {
				if have[n] || n < st.First || n > st.Last {
					t.Errorf("%+v, portions of %d: number %d twice or of no flow", st, size, n)
				}
				if have[n] = true; !c.basis.Covers.Contains(n) {
					missing++
				}
			}
			if missing == 0 || int64(w.Last-w.First) >= size {
				t.Errorf("%+v, portions of %d: window %v is covered or too large", st, size, w)
			}
		}
		for n := st.First; n <= st.Last; n++ {
			if !c.basis.Covers.Contains(n) {
				if want++; !have[n] {
					t.Errorf("%+v, portions of %d, covered %v: no window has %d", st, size, c.basis.Covers, n)
				}
			}
		}
		if left != int64(want) {
			t.Errorf("%+v, covered %v: %d numbers are left, want %d", st, c.basis.Covers, left, want)
		}
	}
}
