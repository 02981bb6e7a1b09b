package route

// lately remembers hashes that were seen lately, as traffic repeats itself: what was noted once need not be looked
// up to be noted again. It forgets at any time. The lowest bit of a hash is whatever is to be remembered with it.
type hashCache struct {
	slots  []uint64
	misses int
}

// Slots of a memory: few until there is traffic for more, as a site that is hardly asked has a memory, too.
const minSlots, maxSlots = 256, 16384

// ways is how many slots a hash may have: half a line of memory.
const ways = 4

// find returns where a hash is remembered; if it is not, where it may be put.
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

// put remembers a hash in its slot.
func (c *hashCache) put(slot *uint64, h uint64) {
	*slot = h
	if c.misses++; c.misses > len(c.slots) && len(c.slots) < maxSlots {
		*c = hashCache{slots: make([]uint64, 4*len(c.slots))}
	}
}
