package route

// lately remembers hashes that were seen lately, as traffic repeats itself: what was noted once need not be looked
// up to be noted again. It forgets at any time.
type lately struct {
	slots  []uint64
	misses int
}

// Slots of a memory: few until there is traffic for more, as a site that is hardly asked has a memory, too.
const fewSlots, manySlots = 256, 16384

// slot returns where a hash is, if it is remembered.
func (l *lately) slot(h uint64) *uint64 {
	if len(l.slots) == 0 {
		l.slots = make([]uint64, fewSlots)
	}
	return &l.slots[h&uint64(len(l.slots)-1)]
}

// put remembers a hash in its slot.
func (l *lately) put(slot *uint64, h uint64) {
	*slot = h
	if l.misses++; l.misses > len(l.slots) && len(l.slots) < manySlots {
		*l = lately{slots: make([]uint64, 4*len(l.slots))}
	}
}
