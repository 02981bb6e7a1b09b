package search

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

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
