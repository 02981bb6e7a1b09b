package route

// thin is a map by hash that keeps a sample when it is full: the keys whose leading bits are zero, with as
// few bits asked for as its size allows. What it holds depends only on the set of keys put into it.
type adaptiveSample[V any] struct {
	limit    int
	zeroBits uint // leading bits that must be zero
	entries  map[uint64]V
}

func newAdaptiveSample[V any](limit int) adaptiveSample[V] {
	return adaptiveSample[V]{limit: limit, entries: map[uint64]V{}}
}

// holds says whether a key is in the part of the space that is kept: if it is, absence means never seen.
func (s *adaptiveSample[V]) covers(h uint64) bool { return s.zeroBits == 0 || h>>(64-s.zeroBits) == 0 }

// put stores a value under a key; it may be dropped at once.
func (s *adaptiveSample[V]) put(h uint64, v V) {
	if !s.covers(h) {
		return
	}
	s.entries[h] = v
	s.trim()
}

// narrow raises the shift to at least s.
func (s *adaptiveSample[V]) raiseZeroBits(bits uint) {
	if bits > s.zeroBits {
		s.zeroBits = bits
		s.removeUncovered()
	}
}

func (s *adaptiveSample[V]) trim() {
	for len(s.entries) > s.limit && s.zeroBits < 63 {
		s.zeroBits++
		s.removeUncovered()
	}
}

func (s *adaptiveSample[V]) removeUncovered() {
	for h := range s.entries {
		if !s.covers(h) {
			delete(s.entries, h)
		}
	}
}
