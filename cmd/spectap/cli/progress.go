package cli

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// progress shows the progress of long work on a terminal, in one line that End clears: the amount
// done, the rate, and the remaining time. Without a terminal it is silent.
type progress struct {
	line  *StatusLine
	Verb  string
	Began time.Time
	next  time.Time // time of the next update
	N     int
	now   func() time.Time
	// part returns the amount done and the total, in any unit. It is nil, or the total 0, if the
	// total is unknown.
	Part func() (done, total int64)
}

// StartProgress starts the progress of work such as "reading shop.har".
func (p *Program) StartProgress(verb string) *progress {
	began := time.Now()
	next := began.Add(time.Second) // work that takes less than a second shows no progress
	return &progress{line: p.NewStatusLine(), Verb: verb, Began: began, next: next, now: time.Now}
}

// Add counts a flow.
func (g *progress) Add() {
	if g.N++; g.N%64 == 0 { // reading the clock costs more than counting
		g.Set(Plural(g.N, "flow"))
	}
}

// Set shows text after the verb, at most every 200 ms.
func (g *progress) Set(text string) {
	if g.line.W == nil {
		return
	}
	if now := g.now(); now.After(g.next) {
		g.next = now.Add(200 * time.Millisecond)
		g.line.Show(g.Verb + ": " + text + g.pace(now.Sub(g.Began)))
	}
}

// pace formats the rate and the remaining time, such as ", 8,200/s, 34%, 12s left".
func (g *progress) pace(elapsed time.Duration) (text string) {
	if rate := float64(g.N) / elapsed.Seconds(); rate >= 1 && elapsed > 0 {
		text = fmt.Sprintf(", %.0f/s", rate)
	}
	if g.Part == nil {
		return text
	}
	done, total := g.Part()
	if done <= 0 || total <= 0 || done > total {
		return text
	}
	left := time.Duration(float64(elapsed) * float64(total-done) / float64(done))
	return text + fmt.Sprintf(", %d%%, %v left", 100*done/total, left.Round(time.Second))
}

// End clears the line.
func (g *progress) End() { g.line.Clear() }

// Shown returns a reader of st whose scans show their progress, until end is called.
func (p *Program) Shown(st store.Reader, verb string) (r store.Reader, end func()) {
	s := &shownReader{Reader: st, scans: scanProgress{g: p.StartProgress(verb)}}
	return s, s.scans.g.End
}

// learning returns the progress of a catalog that learns from flows that its model lacks, in
// several goroutines.
func (p *Program) learning(st store.Reader) func() (saw func(flow.Seq), done func()) {
	return func() (func(flow.Seq), func()) {
		s := &scanProgress{g: p.StartProgress("learning from new flows")}
		if s.g.line.W == nil {
			return func(flow.Seq) {}, s.g.End
		}
		if stat, err := st.Stat(context.Background()); err == nil {
			s.between(0, stat.Last)
		}
		return s.seen, s.g.End
	}
}

type shownReader struct {
	store.Reader
	scans scanProgress
}

// Scan implements [store.Reader].
func (s *shownReader) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	if s.scans.g.line.W == nil || q.Only != nil {
		return s.Reader.Scan(ctx, q)
	}
	return func(yield func(flow.Flow, error) bool) {
		s.scans.begin(ctx, s.Reader, q)
		for f, err := range s.Reader.Scan(ctx, q) {
			if err == nil {
				s.scans.seen(f.Last)
			}
			if !yield(f, err) {
				return
			}
		}
	}
}

// scanProgress shows the progress of scans, but not those of chosen records ([store.Query.Only]),
// which may run at the same time as others.
type scanProgress struct {
	mu       sync.Mutex
	g        *progress
	at       flow.Seq // the record farthest from the start
	from, to flow.Seq // a from of 0 stands for the first record of the scan
}

func (s *scanProgress) begin(ctx context.Context, st store.Reader, q store.Query) {
	stat, err := st.Stat(ctx)
	if err != nil {
		return // the scan returns the error
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
	s.g.Part = func() (done, total int64) { return distance(s.from, s.at), distance(s.from, s.to) }
}

func (s *scanProgress) seen(at flow.Seq) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.from == 0 {
		s.from, s.at = at, at
	}
	if distance(s.from, at) > distance(s.from, s.at) {
		s.at = at
	}
	s.g.Add()
}

func distance(a, b flow.Seq) int64 { return int64(max(a, b) - min(a, b)) }
