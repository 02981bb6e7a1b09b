package store

import (
	"sync"

	"github.com/spectap/spectap/store/bodyhash"
)

// recentSize is the number of recent bodies that are deduplicated; about 2 MB of memory when full.
const recentSize = 1 << 15

// recent maps the hashes of the latest bodies to their ids. The writer changes it within its
// transaction. For all other callers an entry is only a hint.
type recent struct {
	mu   sync.Mutex // guards the fields below
	ids  map[[bodyhash.Size]byte]uint64
	ring [][bodyhash.Size]byte
	next int
}

func (r *recent) get(h [bodyhash.Size]byte) (uint64, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id, ok := r.ids[h]
	return id, ok
}

func (r *recent) add(h [bodyhash.Size]byte, id uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ids == nil {
		r.ids = map[[bodyhash.Size]byte]uint64{}
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

func (r *recent) remove(h [bodyhash.Size]byte, id uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ids[h] == id {
		delete(r.ids, h)
	}
}

// clear removes all entries, because none can be trusted after a failed transaction.
func (r *recent) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ids, r.ring, r.next = nil, nil, 0
}
