package bodyhash

import (
	"encoding/binary"
	"testing"
)

// TestRecentKeepsTheLatest checks that a new body takes the place of the oldest one, and only that.
func TestRecentKeepsTheLatest(t *testing.T) {
	var r Recent
	hash := func(i int) (h [Size]byte) {
		binary.BigEndian.PutUint64(h[:], uint64(i))
		return h
	}
	const more = 10
	for _, more := range []int{recentSize + more, more} { // the second time after all were removed
		r.Clear()
		for i := range recentSize + more {
			r.Add(hash(i), uint64(i))
			if len(r.ids) > recentSize {
				t.Fatalf("%d bodies are kept", len(r.ids))
			}
		}
		for i := range recentSize + more {
			if id, ok := r.Get(hash(i)); ok != (i >= more) || ok && id != uint64(i) {
				t.Fatalf("body %d: id %d, %t", i, id, ok)
			}
		}
	}
	r.Remove(hash(more), 0) // another body has this id
	if _, ok := r.Get(hash(more)); !ok {
		t.Error("removed with the id of another body")
	}
	r.Remove(hash(more), more)
	if _, ok := r.Get(hash(more)); ok {
		t.Error("still there after it was removed")
	}
	r.Clear()
	if _, ok := r.Get(hash(more + 1)); ok {
		t.Error("still there after all were removed")
	}
}
