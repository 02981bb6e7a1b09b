package search

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// Limits of the records that one goroutine reads at a time.
const (
	firstPart = 64 // the first flows are found soon
	mostPart  = 2048
	partBytes = 1 << 20 // of bodies and messages of flows that may match
)

// part is what was found in some records, newest first.
type part struct {
	found []found
	rest  int      // flows examined after the last one that was found
	next  flow.Seq // the record above the next one
	err   error
}

// found is a flow that may match, and how many were examined for it.
type found struct {
	flow     flow.Flow
	examined int
}

// raw scans the records below one that the index does not cover, newest first, in all processors.
// It neither redacts nor indexes them, which would take most of the time, except that it starts a
// build of the index at its end. It returns false if yield does.
func (x *Index) raw(ctx context.Context, p *Filter, from flow.Seq, yield func(Visit, error) bool) bool {
	for size := flow.Seq(firstPart); from > 1; size = min(2*size, mostPart) {
		parts := make([]part, runtime.GOMAXPROCS(0))
		var wg sync.WaitGroup
		x.reading.RLock()
		for i := range parts {
			above := flow.Seq(i) * size
			if above+1 >= from {
				parts = parts[:i]
				break
			}
			out := &parts[i] // parts may become shorter
			wg.Go(func() { x.rawPart(ctx, p, from-above, size, out) })
		}
		wg.Wait()
		x.reading.RUnlock()
		for i := range parts {
			last := &parts[i]
			for k := range last.found {
				f := &last.found[k]
				e := EntryOf(&f.flow)
				if !yield(Visit{Flow: &f.flow, Entry: &e, Next: f.flow.Last, Examined: f.examined}, nil) {
					return false
				}
			}
			if last.err != nil {
				yield(Visit{}, last.err)
				return false
			}
			end := max(from, size+1) - size
			if from = last.next; !yield(Visit{Next: from, Examined: last.rest}, nil) {
				return false
			}
			if from > end {
				break // it has not read all of its records, and the others come later
			}
		}
	}
	x.startBuild()
	return true
}

// rawPart reads the records below from, as many as size says.
func (x *Index) rawPart(ctx context.Context, p *Filter, from, size flow.Seq, out *part) {
	out.next = max(from, size+1) - size
	bytes := 0
	var f flow.Flow
	for one, err := range x.Store.Scan(ctx, store.Query{Newest: true, Until: from - 1, After: out.next - 1}) {
		if err != nil {
			out.err = err
			return
		}
		f = one // one variable for all flows, since its address is passed on
		out.rest++
		if p.Hosts != nil && !slices.Contains(p.Hosts, f.Request.Authority) || !x.selectsRaw(p, &f) {
			continue
		}
		out.found, out.rest = append(out.found, found{f, out.rest}), 0
		if bytes += bodyBytes(&f); bytes > partBytes {
			out.next = f.Last
			return
		}
	}
}

// selectsRaw reports whether a flow that is not redacted may be selected. After a panic it may.
func (x *Index) selectsRaw(p *Filter, f *flow.Flow) (selected bool) {
	defer func() {
		if r := recover(); r != nil {
			selected = true
			if x.Failed != nil {
				x.Failed(f.Seq, r)
			}
		}
	}()
	if !p.Raw(f) {
		return false
	}
	e := EntryOf(f)
	return p.Match == nil || p.Match(&e)
}
