package search

import (
	"slices"
	"sort"

	"github.com/spectap/spectap/flow"
)

// Filter selects the flows that a search reads.
type Filter struct {
	Hosts []string                // nil: all
	Query *Query                  // nil: all
	Match func(entry *Entry) bool // nil: all
}

func (p *Filter) selects(e *Entry) bool {
	return (p.Hosts == nil || slices.Contains(p.Hosts, e.Host)) && (p.Match == nil || p.Match(e))
}

// selected is an entry that may match.
type selected struct {
	Entry
	examined int // entries examined since the one before, including this one
}

// walk collects up to n selected entries.
type walk struct {
	*Filter
	skip     func(*Entry) bool
	n        int
	out      []selected
	examined int      // entries examined after the last selected one
	next     flow.Seq // the first selected entry beyond n; 0 if there is none
}

// block visits the entries of one block and reports whether to continue.
func (w *walk) block(b *block, backward bool) bool {
	mayMatch := w.Query.admits(&b.filter)
	for i := range b.entries {
		e := &b.entries[i]
		if backward {
			e = &b.entries[len(b.entries)-1-i]
		}
		if w.skip(e) {
			continue
		}
		if mayMatch && w.selects(e) {
			if len(w.out) == w.n {
				w.next = e.Last
				return false
			}
			w.out = append(w.out, selected{*e, w.examined + 1})
			w.examined = 0
			continue
		}
		w.examined++
	}
	return true
}

// blocks visits the blocks of backward from the last to the first, then those of forward in order.
func (w *walk) blocks(backward, forward []*block) {
	for _, b := range slices.Backward(backward) {
		if !w.block(b, true) {
			return
		}
	}
	for _, b := range forward {
		if !w.block(b, false) {
			return
		}
	}
}

// descending returns up to n entries that may match, from record from (0: the newest) down.
// examined counts the entries after the last of them. next is the record to continue at, or 0 at
// the end of the covered records.
func (x *Index) descending(p *Filter, from flow.Seq, n int) (out []selected, examined int, next flow.Seq) {
	x.mu.Lock()
	defer x.mu.Unlock()
	w := walk{Filter: p, n: n, skip: func(e *Entry) bool { return from != 0 && e.Last > from }}
	w.blocks(x.down(from))
	return w.out, w.examined, w.next
}

// entriesFrom appends entries from record from (0: the newest) down to list, up to its capacity.
// next is the record to continue at, or 0 at the end.
func (x *Index) entriesFrom(from flow.Seq, list []*Entry) (out []*Entry, next flow.Seq) {
	x.mu.Lock()
	defer x.mu.Unlock()
	newer, older := x.down(from)
	add := func(e *Entry) bool {
		if from != 0 && e.Last > from {
			return true
		}
		if len(list) == cap(list) {
			next = e.Last
			return false
		}
		list = append(list, e)
		return true
	}
	for _, b := range slices.Backward(newer) {
		for i := range slices.Backward(b.entries) {
			if !add(&b.entries[i]) {
				return list, next
			}
		}
	}
	for _, b := range older {
		for i := range b.entries {
			if !add(&b.entries[i]) {
				return list, next
			}
		}
	}
	return list, 0
}

// down returns the blocks that have records up to from (0: all). The caller holds mu.
func (x *Index) down(from flow.Seq) (newer, older []*block) {
	if from == 0 {
		return x.newer, x.older
	}
	newer = x.newer[:sort.Search(len(x.newer), func(i int) bool { return x.newer[i].first() > from })]
	older = x.older[sort.Search(len(x.older), func(i int) bool { return x.older[i].last() <= from }):]
	return newer, older
}

// ascending returns up to n entries that may match after a record, oldest first. ok is false unless
// the index is complete.
func (x *Index) ascending(p *Filter, after flow.Seq, n int) (out []selected, examined int, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.complete {
		return nil, 0, false
	}
	w := walk{Filter: p, n: n, skip: func(e *Entry) bool { return e.Last <= after }}
	older := x.older[:sort.Search(len(x.older), func(i int) bool { return x.older[i].first() <= after })]
	newer := x.newer[sort.Search(len(x.newer), func(i int) bool { return x.newer[i].last() > after }):]
	w.blocks(older, newer)
	return w.out, w.examined, true
}

// CountAfter returns how many of a store's flows come after a record number. For records that are
// not indexed it is an estimate from the numbers.
func (x *Index) CountAfter(record flow.Seq, flows int64) int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := int64(0)
	if i := sort.Search(len(x.newer), func(i int) bool { return x.newer[i].last() > record }); i < len(x.newer) {
		end := x.newer[len(x.newer)-1]
		n += int64(end.before + len(end.entries) - x.newer[i].before - x.newer[i].countUpTo(record))
	}
	if i := sort.Search(len(x.older), func(i int) bool { return x.older[i].first() <= record }); i > 0 {
		n += int64(x.older[i-1].before + len(x.older[i-1].entries) - x.older[i-1].countUpTo(record))
	}
	if record < x.low && x.low > 1 {
		n += max(0, flows-x.flows) * int64(x.low-1-record) / int64(x.low-1)
	}
	return min(n, flows)
}

// first and last return the record numbers of the first and the last entry.
func (b *block) first() flow.Seq { return b.entries[0].Last }
func (b *block) last() flow.Seq  { return b.entries[len(b.entries)-1].Last }

// countUpTo returns how many entries have a record number up to record.
func (b *block) countUpTo(record flow.Seq) (n int) {
	for i := range b.entries {
		if b.entries[i].Last <= record {
			n++
		}
	}
	return n
}
