package search

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sort"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
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
	next     flow.Seq // the first selected entry beyond n, or 0 if there is none
}

// each yields the entries of blocks, those of backward from the last to the first, then those of
// forward in order.
func each(backward, forward []*block) iter.Seq2[*block, *Entry] {
	return func(yield func(*block, *Entry) bool) {
		for _, b := range slices.Backward(backward) {
			for i := range slices.Backward(b.entries) {
				if !yield(b, &b.entries[i]) {
					return
				}
			}
		}
		for _, b := range forward {
			for i := range b.entries {
				if !yield(b, &b.entries[i]) {
					return
				}
			}
		}
	}
}

// entries visits entries in the order of [each].
func (w *walk) entries(backward, forward []*block) {
	var last *block
	mayMatch := false
	for b, e := range each(backward, forward) {
		if b != last {
			last, mayMatch = b, w.Query.admits(&b.filter)
		}
		switch {
		case w.skip(e):
		case !mayMatch || !w.selects(e):
			w.examined++
		case len(w.out) == w.n:
			w.next = e.Last
			return
		default:
			w.out = append(w.out, selected{*e, w.examined + 1})
			w.examined = 0
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
	w.entries(x.down(from))
	return w.out, w.examined, w.next
}

// entriesFrom appends entries from record from (0: the newest) down to list, up to its capacity.
// next is the record to continue at, or 0 at the end.
func (x *Index) entriesFrom(from flow.Seq, list []*Entry) (out []*Entry, next flow.Seq) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range each(x.down(from)) {
		if from != 0 && e.Last > from {
			continue
		}
		if len(list) == cap(list) {
			return list, e.Last
		}
		list = append(list, e)
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
	w.entries(older, newer)
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

// pageEntries is the number of entries taken from the index at a time.
const pageEntries = 32

// Visit is one step of a scan through the flows that a [Filter] selects.
type Visit struct {
	// Flow may match; it is not redacted. It is nil if the step only counts examined flows.
	Flow *flow.Flow
	// Entry is that of Flow; nil if the index does not have it yet.
	Entry *Entry
	// Next is the argument with which a scan continues after this step.
	Next flow.Seq
	// Examined counts the flows since the step before, including Flow.
	Examined int
}

// Descending scans from the newest flow down, and extends the index as it goes. from is 0 for the
// newest flow, 1 for the end, otherwise Next of an earlier Visit: the number above the next record.
func (x *Index) Descending(ctx context.Context, p *Filter, from flow.Seq) iter.Seq2[Visit, error] {
	return func(yield func(Visit, error) bool) {
		if err := x.Update(ctx); err != nil {
			yield(Visit{}, err)
			return
		}
		for from != 1 {
			entries, examined, next := x.descending(p, max(from, 1)-1, pageEntries)
			for _, e := range entries {
				f, err := x.get(ctx, &e.Entry)
				if !yield(Visit{Flow: f, Entry: &e.Entry, Next: e.Last, Examined: e.examined}, err) || err != nil {
					return
				}
			}
			if next != 0 {
				from = next + 1
				if !yield(Visit{Next: from, Examined: examined}, nil) {
					return
				}
				continue
			}
			// All covered records were examined.
			low, complete := x.covered()
			if from == 0 || from > low {
				from = low
			}
			if !yield(Visit{Next: from, Examined: examined}, nil) || complete {
				return
			}
			if _, err := x.extend(ctx); err != nil {
				yield(Visit{}, err)
				return
			}
		}
	}
}

// Ascending scans from the oldest flow up, after a record number. Until the index is complete, it
// builds the index in the background and reads every flow of the hosts.
func (x *Index) Ascending(ctx context.Context, p *Filter, after flow.Seq) iter.Seq2[Visit, error] {
	return func(yield func(Visit, error) bool) {
		if err := x.Update(ctx); err != nil {
			yield(Visit{}, err)
			return
		}
		for {
			entries, examined, ok := x.ascending(p, after, pageEntries)
			if !ok {
				more, err := x.unindexed(ctx, p, &after, yield)
				if err != nil {
					yield(Visit{}, err)
				}
				if !more || err != nil {
					return
				}
				continue
			}
			for _, e := range entries {
				after = e.Last
				f, err := x.get(ctx, &e.Entry)
				if !yield(Visit{Flow: f, Entry: &e.Entry, Next: after, Examined: e.examined}, err) || err != nil {
					return
				}
			}
			if len(entries) == 0 {
				yield(Visit{Next: after, Examined: examined}, nil)
				return
			}
		}
	}
}

// get reads the flow of an entry. It returns nil if the flow was deleted or has changed: a changed
// flow has another entry.
func (x *Index) get(ctx context.Context, e *Entry) (*flow.Flow, error) {
	f, err := x.Store.Get(ctx, e.Seq)
	if errors.Is(err, store.ErrNotFound) || err == nil && f.Last != e.Last {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &f, nil
}

// unindexed yields one batch of flows after a record without the index. more is false if the scan
// has ended.
func (x *Index) unindexed(
	ctx context.Context, p *Filter, after *flow.Seq, yield func(Visit, error) bool,
) (more bool, err error) {
	x.startBuild()
	n := 0
	for f, err := range x.Store.Scan(ctx, store.Query{After: *after}) {
		if err != nil {
			return false, err
		}
		if n++; n > batchFlows {
			return true, nil
		}
		*after = f.Last
		v := Visit{Next: f.Last, Examined: 1}
		if p.Hosts == nil || slices.Contains(p.Hosts, f.Request.Authority) {
			v.Flow = &f
		}
		if !yield(v, nil) {
			return false, nil
		}
	}
	return false, nil
}
