package main

import (
	"context"
	"iter"
	"sync"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// shown returns a reader of st whose scans show their progress, until end is called.
func (p *program) shown(st store.Reader, verb string) (r store.Reader, end func()) {
	s := &shownReader{Reader: st, scans: scanProgress{g: p.startProgress(verb)}}
	return s, s.scans.g.end
}

// learning returns the progress of a catalog that learns from flows that its model lacks, in
// several goroutines.
func (p *program) learning(st store.Reader) func() (saw func(flow.Seq), done func()) {
	return func() (func(flow.Seq), func()) {
		s := &scanProgress{g: p.startProgress("learning from new flows")}
		if s.g.line.w == nil {
			return func(flow.Seq) {}, s.g.end
		}
		if stat, err := st.Stat(context.Background()); err == nil {
			s.between(0, stat.Last)
		}
		return func(n flow.Seq) { s.seen(n, true) }, s.g.end
	}
}

type shownReader struct {
	store.Reader
	scans scanProgress
}

// Scan implements [store.Reader].
func (s *shownReader) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return s.scans.of(ctx, s.Reader, q)
}

// scanProgress shows the progress of scans. Those of chosen records ([store.Query.Only]) may run at
// the same time as others: they refresh the line, and count nothing.
type scanProgress struct {
	mu       sync.Mutex
	g        *progress
	read     int
	at       flow.Seq // the record that is farthest from the first
	from, to flow.Seq // a from of 0: the first record that is seen
}

// of is a scan of st that shows its progress.
func (s *scanProgress) of(ctx context.Context, st store.Reader, q store.Query) iter.Seq2[flow.Flow, error] {
	if s.g.line.w == nil {
		return st.Scan(ctx, q)
	}
	return func(yield func(flow.Flow, error) bool) {
		if q.Only == nil {
			s.begin(ctx, st, q)
		}
		for f, err := range st.Scan(ctx, q) {
			if err == nil {
				s.seen(f.Last, q.Only == nil)
			}
			if !yield(f, err) {
				return
			}
		}
	}
}

func (s *scanProgress) begin(ctx context.Context, st store.Reader, q store.Query) {
	stat, err := st.Stat(ctx)
	if err != nil {
		return // the scan will say so
	}
	from, to := max(stat.First, q.After+1), stat.Last
	if q.Until > 0 {
		to = min(to, q.Until)
	}
	if q.Newest {
		from, to = to, from
	}
	s.between(from, to)
}

func (s *scanProgress) between(from, to flow.Seq) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from, s.at, s.to = from, from, to
	s.g.part = func() (done, total int64) { return distance(s.from, s.at), distance(s.from, s.to) }
}

func (s *scanProgress) seen(at flow.Seq, counts bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if counts {
		if s.from == 0 {
			s.from, s.at = at, at
		}
		if distance(s.from, at) > distance(s.from, s.at) {
			s.at = at
		}
		s.g.n++
	}
	if s.read++; s.read%64 == 0 { // reading the clock costs more than counting
		s.g.set(plural(s.g.n, "flow"))
	}
}

func distance(a, b flow.Seq) int64 { return int64(max(a, b) - min(a, b)) }
