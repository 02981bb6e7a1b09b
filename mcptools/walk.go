package mcptools

import (
	"slices"
	"sort"

	"github.com/spectap/spectap/flow"
)

// probe selects entries.
type probe struct {
	hosts []string // nil: all
	needs *needs
	wants func(*entry) bool // nil: all
}

func (p *probe) takes(e *entry) bool {
	return (p.hosts == nil || slices.Contains(p.hosts, e.host)) && (p.wants == nil || p.wants(e))
}

// candidate is an entry that can match, and how many were passed since the one before, with it.
type candidate struct {
	entry
	passed int
}

// walk gathers the entries that can match, up to n.
type walk struct {
	*probe
	skip   func(*entry) bool
	n      int
	out    []candidate
	passed int      // entries passed behind the last one taken
	next   flow.Seq // the first that there was no room for; 0 when there was room for all
}

// block visits the entries of a block, from its end when backward; it says whether there is room for more.
func (w *walk) block(b *block, backward bool) bool {
	may := w.needs.metBy(&b.filter)
	for i := range b.entries {
		e := &b.entries[i]
		if backward {
			e = &b.entries[len(b.entries)-1-i]
		}
		if w.skip(e) {
			continue
		}
		if may && w.takes(e) {
			if len(w.out) == w.n {
				w.next = e.last
				return false
			}
			w.out = append(w.out, candidate{*e, w.passed + 1})
			w.passed = 0
			continue
		}
		w.passed++
	}
	return true
}

// through visits blocks that were gathered the other way round, and then those gathered this way.
func (w *walk) through(back, forth []*block) {
	for _, b := range slices.Backward(back) {
		if !w.block(b, true) {
			return
		}
	}
	for _, b := range forth {
		if !w.block(b, false) {
			return
		}
	}
}

// candidates returns up to n entries that can match, going down from record number from (0: the newest), how many
// it passed behind the last, and the number to go on from; 0 when it came to the end of what is covered.
func (x *index) candidates(p *probe, from flow.Seq, n int) (out []candidate, passed int, next flow.Seq) {
	x.mu.Lock()
	defer x.mu.Unlock()
	w := walk{probe: p, n: n, skip: func(e *entry) bool { return from != 0 && e.last > from }}
	newer, older := x.newer, x.older
	if from != 0 {
		newer = newer[:sort.Search(len(newer), func(i int) bool { return newer[i].entries[0].last > from })]
		older = older[sort.Search(len(older), func(i int) bool { return older[i].lowest() <= from }):]
	}
	w.through(newer, older)
	return w.out, w.passed, w.next
}

// lowest is the last entry's number, the lowest where numbers fall.
func (b *block) lowest() flow.Seq { return b.entries[len(b.entries)-1].last }

// rising is candidates from the oldest flow up, after a record number. It has an answer only when all is covered.
func (x *index) rising(p *probe, after flow.Seq, n int) (out []candidate, passed int, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.bottom {
		return nil, 0, false
	}
	w := walk{probe: p, n: n, skip: func(e *entry) bool { return e.last <= after }}
	older := x.older[:sort.Search(len(x.older), func(i int) bool { return x.older[i].entries[0].last <= after })]
	newer := x.newer[sort.Search(len(x.newer), func(i int) bool { return x.newer[i].entries[len(x.newer[i].entries)-1].last > after }):]
	w.through(older, newer)
	return w.out, w.passed, true
}

// covered is the lowest number that is indexed, and whether that is all.
func (x *index) covered() (low flow.Seq, bottom bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.low, x.bottom
}

// above says how many of a capture's flows come after a record number. Where the index is not built it goes by the
// numbers alone.
func (x *index) above(s flow.Seq, flows int64) int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := int64(0)
	if i := sort.Search(len(x.newer), func(i int) bool { return x.newer[i].entries[len(x.newer[i].entries)-1].last > s }); i < len(x.newer) {
		last := x.newer[len(x.newer)-1]
		n += int64(last.before + len(last.entries) - x.newer[i].before - x.newer[i].upTo(s))
	}
	if i := sort.Search(len(x.older), func(i int) bool { return x.older[i].entries[0].last <= s }); i > 0 {
		n += int64(x.older[i-1].before + len(x.older[i-1].entries) - x.older[i-1].upTo(s))
	}
	if s < x.low && x.low > 1 {
		n += max(0, flows-x.flows) * int64(x.low-1-s) / int64(x.low-1)
	}
	return min(n, flows)
}

// upTo is how many of the entries have a number up to s.
func (b *block) upTo(s flow.Seq) (n int) {
	for i := range b.entries {
		if b.entries[i].last <= s {
			n++
		}
	}
	return n
}
