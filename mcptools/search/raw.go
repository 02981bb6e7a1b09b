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

// part is what was found in some records.
type part struct {
	found []found
	rest  int      // flows examined after the last one that was found
	next  flow.Seq // with which the scan continues: the last record that was examined
	err   error
}

// rawUp scans some of the records after one that no index covers, oldest first, in all processors,
// at most as many in each as size says. It sets after to the last record that was examined. more is
// false at the end of the log, or if yield returned false.
func (x *Index) rawUp(
	ctx context.Context, p *Filter, after *flow.Seq, size flow.Seq, yield func(Visit, error) bool,
) (more bool) {
	high := x.newest()
	var parts []part
	var wg sync.WaitGroup
	x.reading.RLock()
	for i := range runtime.GOMAXPROCS(0) {
		if from := *after + flow.Seq(i)*size; from < high {
			parts = append(parts, part{next: min(from+size, high)})
		}
	}
	for i := range parts {
		from := *after + flow.Seq(i)*size
		wg.Go(func() {
			x.rawPart(ctx, p, store.Query{After: from, Until: parts[i].next}, &parts[i])
		})
	}
	wg.Wait()
	x.reading.RUnlock()
	for i := range parts {
		end := min(*after+size, high)
		last := &parts[i]
		if !last.report(yield) {
			return false
		}
		if *after = last.next; !yield(Visit{Next: *after, Examined: last.rest}, nil) {
			return false
		}
		if *after < end {
			break // it has not read all of its records
		}
	}
	return *after < high
}

// newest returns the number of the newest record that the index knows of.
func (x *Index) newest() flow.Seq {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.high
}

// report yields what was found in a part. It returns false if the scan has ended.
func (p *part) report(yield func(Visit, error) bool) bool {
	for k := range p.found {
		f := &p.found[k]
		e := EntryOf(&f.flow)
		if !yield(Visit{Flow: &f.flow, Entry: &e, Next: f.flow.Last, Examined: f.examined}, nil) {
			return false
		}
	}
	if p.err != nil {
		yield(Visit{}, p.err)
		return false
	}
	return true
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
			below := from - above
			out.next = max(below, size+1) - size
			q := store.Query{Newest: true, Until: below - 1, After: out.next - 1}
			wg.Go(func() { x.rawPart(ctx, p, q, out) })
		}
		wg.Wait()
		x.reading.RUnlock()
		for i := range parts {
			last := &parts[i]
			if !last.report(yield) {
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

// rawPart reads the records of a query. If it stops before the end, it changes next.
func (x *Index) rawPart(ctx context.Context, p *Filter, q store.Query, out *part) {
	bytes := 0
	var f flow.Flow
	for one, err := range x.Store.Scan(ctx, q) {
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
