package route

// thin is a map by hash that keeps a sample when it is full: the keys whose leading bits are zero, with as
// few bits asked for as its size allows. What it holds depends only on the set of keys put into it.
type thin[V any] struct {
	limit int
	shift uint // leading bits that must be zero
	m     map[uint64]V
}

func newThin[V any](limit int) thin[V] { return thin[V]{limit: limit, m: map[uint64]V{}} }

// holds says whether a key is in the part of the space that is kept: if it is, absence means never seen.
func (t *thin[V]) holds(h uint64) bool { return t.shift == 0 || h>>(64-t.shift) == 0 }

// put stores a value under a key; it may be dropped at once.
func (t *thin[V]) put(h uint64, v V) {
	if !t.holds(h) {
		return
	}
	t.m[h] = v
	t.trim()
}

// narrow raises the shift to at least s.
func (t *thin[V]) narrow(s uint) {
	if s > t.shift {
		t.shift = s
		t.sweep()
	}
}

func (t *thin[V]) trim() {
	for len(t.m) > t.limit && t.shift < 63 {
		t.shift++
		t.sweep()
	}
}

func (t *thin[V]) sweep() {
	for h := range t.m {
		if !t.holds(h) {
			delete(t.m, h)
		}
	}
}
