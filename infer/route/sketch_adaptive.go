package route

// adaptiveSample is a map keyed by hash that keeps an adaptive sample of its keys once it is full:
// those whose leading hash bits are zero, with as few zero bits as the limit allows. Which keys it
// holds depends only on the set of keys put into it, so merging is commutative. The method is due
// to Wegman; see P. Flajolet, "On adaptive sampling", Computing 43 (1990).
type adaptiveSample[V any] struct {
	limit    int
	zeroBits uint // number of leading bits that must be zero
	entries  map[uint64]V
}

// newAdaptiveSample returns an empty sample of at most limit entries.
func newAdaptiveSample[V any](limit int) adaptiveSample[V] {
	return adaptiveSample[V]{limit: limit, entries: map[uint64]V{}}
}

// covers reports whether a key is in the sampled part of the key space. If it is and has no entry,
// it was never put.
func (s *adaptiveSample[V]) covers(h uint64) bool { return s.zeroBits == 0 || h>>(64-s.zeroBits) == 0 }

// put stores a value under a key. If the key is outside the sample, put does nothing.
func (s *adaptiveSample[V]) put(h uint64, v V) {
	if !s.covers(h) {
		return
	}
	s.entries[h] = v
	s.trim()
}

// raiseZeroBits raises zeroBits to at least the given number.
func (s *adaptiveSample[V]) raiseZeroBits(bits uint) {
	if bits > s.zeroBits {
		s.zeroBits = bits
		s.removeUncovered()
	}
}

// trim raises zeroBits until the sample is within its limit.
func (s *adaptiveSample[V]) trim() {
	for len(s.entries) > s.limit && s.zeroBits < 63 {
		s.zeroBits++
		s.removeUncovered()
	}
}

// removeUncovered removes the entries outside the sample.
func (s *adaptiveSample[V]) removeUncovered() {
	for h := range s.entries {
		if !s.covers(h) {
			delete(s.entries, h)
		}
	}
}
