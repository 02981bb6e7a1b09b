package format

import "sync"

// recentSize is the number of recent bodies that are deduplicated; about 2 MB of memory when full.
const recentSize = 1 << 15

// RecentBodies maps the hashes of the latest bodies to their ids. The writer changes it within its
// transaction. For all other callers an entry is only a hint.
type RecentBodies struct {
	mu   sync.Mutex // guards the fields below
	ids  map[BodyHash]uint64
	ring []BodyHash
	next int
}

// Get returns the id of a body, and false if it is not among the latest.
func (r *RecentBodies) Get(h BodyHash) (uint64, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id, ok := r.ids[h]
	return id, ok
}

// Add adds a body, in place of the oldest if there are many.
func (r *RecentBodies) Add(h BodyHash, id uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ids == nil {
		r.ids = map[BodyHash]uint64{}
	}
	if len(r.ring) < recentSize {
		r.ring = append(r.ring, h)
	} else {
		delete(r.ids, r.ring[r.next])
		r.ring[r.next] = h
		r.next = (r.next + 1) % recentSize
	}
	r.ids[h] = id
}

// Remove removes the entry of a body that has this id.
func (r *RecentBodies) Remove(h BodyHash, id uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ids[h] == id {
		delete(r.ids, h)
	}
}

// Clear removes all entries, because none can be trusted after a failed transaction.
func (r *RecentBodies) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ids, r.ring, r.next = nil, nil, 0
}
