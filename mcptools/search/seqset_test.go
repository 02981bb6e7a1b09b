package search

import (
	"testing"

	"github.com/spectap/spectap/flow"
)

func TestSeqSet(t *testing.T) {
	s := seqSet{}
	in := map[flow.Seq]bool{0: true, 1: true, 63: true, 64: true, 4095: true, 4096: true, 1 << 40: true, 1<<64 - 1: true}
	for n := range in {
		s.add(n)
	}
	for _, n := range []flow.Seq{0, 1, 2, 62, 63, 64, 65, 127, 128, 4094, 4095, 4096, 4097, 8192, 1 << 40, 1<<40 + 1, 1<<64 - 1} {
		if s.has(n) != in[n] {
			t.Errorf("%d: %v", n, s.has(n))
		}
	}
}
