package route

import "slices"

// bottomK is a bottom-k sample: the k smallest of the hashes put into it, each with flags that are
// combined by OR. The sample of a union does not depend on the order in which hashes arrive.
type bottomK struct {
	hashes []uint64 // ascending
	flags  []uint32
}

// put adds a hash unless the sample holds k smaller ones.
func (s *bottomK) put(h uint64, b uint32, k int) {
	if n := len(s.hashes); n >= k && h > s.hashes[n-1] {
		return
	}
	i, ok := slices.BinarySearch(s.hashes, h)
	if ok {
		s.flags[i] |= b
		return
	}
	if len(s.hashes) >= k {
		s.hashes, s.flags = s.hashes[:k-1], s.flags[:k-1]
	}
	s.hashes = slices.Insert(s.hashes, i, h)
	s.flags = slices.Insert(s.flags, i, b)
}

// merge adds the hashes of o.
func (s *bottomK) merge(o *bottomK, k int) {
	for i, h := range o.hashes {
		s.put(h, o.flags[i], k)
	}
}

// get returns the flags of a hash, or 0 if the sample does not hold it.
func (s *bottomK) get(h uint64) uint32 {
	if i, ok := slices.BinarySearch(s.hashes, h); ok {
		return s.flags[i]
	}
	return 0
}
