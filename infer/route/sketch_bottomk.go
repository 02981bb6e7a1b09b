package route

import "slices"

// sample keeps the k smallest of the hashes put into it, each with bits that are united. Being smallest by
// hash, not first, the sample of a union is the same in any order.
type bottomK struct {
	hashes []uint64 // ascending
	flags  []uint32
}

// put adds a hash unless k smaller ones are there.
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

func (s *bottomK) merge(o *bottomK, k int) {
	for i, h := range o.hashes {
		s.put(h, o.flags[i], k)
	}
}

// get returns the bits of a hash. known is false when the sample is full and would have dropped it.
func (s *bottomK) get(h uint64, k int) (b uint32, in, known bool) {
	if i, ok := slices.BinarySearch(s.hashes, h); ok {
		return s.flags[i], true, true
	}
	return 0, false, len(s.hashes) < k || h < s.hashes[len(s.hashes)-1]
}
