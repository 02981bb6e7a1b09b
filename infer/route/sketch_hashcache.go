package route

// hashCache is a 4-way set-associative cache of recent hashes; entries may be evicted at any time.
// It saves looking up facts that repeated traffic has already recorded. The lowest bit of a hash is
// not compared; the caller stores a flag there.
type hashCache struct {
	slots  []uint64
	misses int
}

// minSlots and maxSlots bound the number of slots. A cache starts small and grows with its misses,
// since sites with little traffic have one, too.
const minSlots, maxSlots = 256, 16384

// ways is the number of slots in a set: half a cache line.
const ways = 4

// find returns the slot that holds a hash or, if ok is false, the slot to put it into.
func (c *hashCache) find(h uint64) (slot *uint64, ok bool) {
	if len(c.slots) == 0 {
		c.slots = make([]uint64, minSlots)
	}
	set := c.slots[h>>1&uint64(len(c.slots)/ways-1)*ways:][:ways]
	for i := range set {
		if set[i]|1 == h|1 {
			return &set[i], true
		}
	}
	return &set[c.misses%ways], false
}

// put stores a hash in a slot that find returned.
func (c *hashCache) put(slot *uint64, h uint64) {
	*slot = h
	if c.misses++; c.misses > len(c.slots) && len(c.slots) < maxSlots {
		*c = hashCache{slots: make([]uint64, 4*len(c.slots))}
	}
}
