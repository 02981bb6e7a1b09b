package search

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spectap/spectap/flow"
)

// Step is one step of a search: the items found in one flow, or a number of flows without any.
type Step[T any] struct {
	Items    []T
	Next     flow.Seq // the argument with which the search continues after this step
	Examined int      // flows since the step before, including this one
}

// Func starts a search. from is 0 for its beginning, otherwise Next of an earlier step.
type Func[T any] func(ctx context.Context, from flow.Seq) iter.Seq2[Step[T], error]

// Request asks for one page of a search.
type Request[T any] struct {
	// Key names the search: requests with the same key continue the same search.
	Key []string
	// From is where the page begins: 0, or Next of the page before.
	From flow.Seq
	// Limit is the number of items at which the page ends. It may have more, because the items of
	// one step stay together.
	Limit int
	// Wait limits the time that the call takes. The first flow is waited for in any case.
	Wait time.Duration
	// Search is the search.
	Search Func[T]
	// Examined, unless nil, counts the flows examined while the call waits.
	Examined *atomic.Int64
}

// Page is one page of a search.
type Page[T any] struct {
	Items    []T
	Examined int // flows examined for this page
	Done     bool
	Next     flow.Seq // From of the next page, unless Done
}

const (
	// maxSearches limits the unfinished searches, and so the items that they hold.
	maxSearches = 8
	// searchAhead is how long a search continues after the time of its call.
	searchAhead = 2 * time.Second
)

// Searches runs searches of one kind and stores the unfinished ones for their next page. The zero
// value is ready for use, from any goroutine.
type Searches[T any] struct {
	mu         sync.Mutex // guards unfinished
	unfinished []*backgroundSearch[T]
}

// backgroundSearch is a search that continues for a while after its call has returned. It pauses
// between two flows, so a call never waits for a large flow.
type backgroundSearch[T any] struct {
	key string

	mu       sync.Mutex    // guards the fields below
	changed  chan struct{} // closed, and replaced, when a waiting call may continue
	found    []foundStep[T]
	items    int      // number of items in found
	examined int      // flows examined after the last step in found
	from     flow.Seq // where the examined flows begin
	at       flow.Seq // where the search continues
	next     flow.Seq // Next of the last page
	done     bool
	err      error
	running  bool
	limit    int       // the search pauses when it has this number of items
	deadline time.Time // and at this time
	counter  *atomic.Int64
	late     bool // the waiting call needs one step only
}

// foundStep is a step with items, and the position before the flows that were examined for it.
type foundStep[T any] struct {
	Step[T]
	from flow.Seq
}

// Page continues a search until it has a page or its time is over. life, not ctx, ends the search
// in the background.
func (s *Searches[T]) Page(ctx, life context.Context, r Request[T]) (Page[T], error) {
	end := time.Now().Add(r.Wait)
	key := strings.Join(r.Key, "\x00")
	b := s.take(key, r.From)
	if b == nil {
		b = &backgroundSearch[T]{key: key, at: r.From, from: r.From, changed: make(chan struct{})}
	}
	timer := time.NewTimer(r.Wait)
	defer timer.Stop()
	for late := false; ; {
		changed := b.resume(life, &r, end.Add(searchAhead), late)
		if changed == nil {
			break
		}
		select {
		case <-changed:
			continue
		case <-timer.C:
			late = true
			continue
		case <-ctx.Done():
			b.pause(time.Time{})
			return Page[T]{}, ctx.Err()
		}
	}
	out, err := b.page(r.Limit)
	if err == nil && !out.Done {
		s.add(b)
	}
	return out, err
}

// Pause stops searches that run ahead of their calls, to leave the processors to another call.
func (s *Searches[T]) Pause() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.unfinished {
		b.pause(time.Time{})
	}
}

// take removes and returns the search with a key whose last page ended at from; nil if there is
// none.
func (s *Searches[T]) take(key string, from flow.Seq) *backgroundSearch[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, b := range s.unfinished {
		if b.key == key && b.next == from { // next changes only in page, which needs take first
			s.unfinished = append(s.unfinished[:i:i], s.unfinished[i+1:]...)
			return b
		}
	}
	return nil
}

// add stores a search for its next page. It drops the oldest search if there are too many.
func (s *Searches[T]) add(b *backgroundSearch[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.unfinished) == maxSearches {
		s.unfinished[0].pause(time.Time{})
		s.unfinished = s.unfinished[1:]
	}
	s.unfinished = append(s.unfinished, b)
}

// resume runs the search in the background and returns a channel to wait on. It returns nil if the
// page is ready. After the time of the call, which is late then, a page with one flow is.
func (b *backgroundSearch[T]) resume(
	life context.Context, r *Request[T], deadline time.Time, late bool,
) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.limit, b.deadline = r.Limit+1, deadline // one more item shows whether the search continues
	b.counter, b.late = r.Examined, late
	if b.done || b.err != nil || b.items >= b.limit || late && (b.items > 0 || b.examined > 0) {
		return nil
	}
	if !b.running {
		b.running = true
		go b.run(r.Search(life, b.at))
	}
	return b.changed
}

// run searches until the search ends or pauses.
func (b *backgroundSearch[T]) run(search iter.Seq2[Step[T], error]) {
	finish := func(err error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.running, b.err = false, err
		b.done = err == nil
		b.broadcast()
	}
	defer func() { // a panic must not end the session
		if r := recover(); r != nil {
			finish(fmt.Errorf("panic: %v", r))
		}
	}()
	for step, err := range search {
		if err != nil {
			finish(err)
			return
		}
		if !b.record(step) {
			return
		}
	}
	finish(nil)
}

// record adds a step and reports whether to continue.
func (b *backgroundSearch[T]) record(step Step[T]) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.examined += step.Examined
	if b.counter != nil {
		b.counter.Add(int64(step.Examined))
	}
	b.at = step.Next
	if len(step.Items) > 0 {
		step.Examined, b.examined = b.examined, 0
		b.found = append(b.found, foundStep[T]{step, b.from})
		b.from = step.Next
		b.items += len(step.Items)
	}
	b.running = b.items < b.limit && time.Now().Before(b.deadline)
	if b.items >= b.limit || !b.running || b.late && step.Examined > 0 {
		b.broadcast()
	}
	return b.running
}

// broadcast wakes the waiting calls. The caller holds mu.
func (b *backgroundSearch[T]) broadcast() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// pause lets the search run until deadline at most.
func (b *backgroundSearch[T]) pause(deadline time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.deadline = deadline
}

// page removes and returns the next page.
func (b *backgroundSearch[T]) page(limit int) (Page[T], error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out Page[T]
	n := 0
	for ; n < len(b.found) && len(out.Items) < limit; n++ {
		step := &b.found[n]
		out.Items, out.Examined = append(out.Items, step.Items...), out.Examined+step.Examined
		b.items -= len(step.Items)
	}
	b.found = append([]foundStep[T](nil), b.found[n:]...)
	if len(b.found) > 0 {
		out.Next, b.next = b.found[0].from, b.found[0].from
		b.deadline = time.Time{} // the page is full: the client may never ask for the next one
		return out, nil
	}
	if b.err != nil && len(out.Items) == 0 {
		return Page[T]{}, b.err
	}
	out.Examined, b.examined, b.from = out.Examined+b.examined, 0, b.at
	out.Next, b.next, out.Done = b.at, b.at, b.done
	return out, nil
}
