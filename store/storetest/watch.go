package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// watch sends the flows that a Watch yields. The channel is closed when the Watch has ended.
func watch(ctx context.Context, s store.Reader, after flow.Seq) <-chan flow.Flow {
	ch := make(chan flow.Flow)
	go func() {
		defer close(ch)
		for f, err := range s.Watch(ctx, after) {
			if err != nil {
				return
			}
			ch <- f
		}
	}()
	return ch
}

// testWatch checks that a Watch yields existing and new flows, each new state, and ends with its
// context.
func testWatch(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	a, b, c := sample(0), sample(1), sample(2)
	mustAppend(t, s, a)
	all, later := watch(ctx, s, 0), watch(ctx, s, 1)
	equal(t, <-all, a, 1, 1)
	mustAppend(t, s, awaited(b))
	equal(t, <-all, awaited(b), 2, 2)
	equal(t, <-later, awaited(b), 2, 2)
	mustAppend(t, s, c, b)
	for _, ch := range []<-chan flow.Flow{all, later} {
		equal(t, <-ch, c, 3, 3)
		equal(t, <-ch, b, 2, 4)
	}
	cancel()
	for _, ch := range []<-chan flow.Flow{all, later} {
		if f, ok := <-ch; ok {
			t.Errorf("flow %d after the end", f.Last)
		}
	}
	for _, err := range s.Watch(ctx, 0) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("watch with a context that is done: %v", err)
		}
	}
}

// watchDone watches a store until n flows are finished, and returns their IDs.
func watchDone(ctx context.Context, t *testing.T, s store.Reader, n int) map[flow.ID]bool {
	done := map[flow.ID]bool{}
	var last flow.Seq
	for f, err := range s.Watch(ctx, 0) {
		if err != nil {
			break
		}
		if f.Last <= last {
			t.Errorf("watch: %d after %d", f.Last, last)
		}
		last = f.Last
		if f.Done {
			done[f.ID] = true
		}
		if len(done) == n {
			break
		}
	}
	return done
}

// testConcurrent appends from many goroutines while others read. Each flow must arrive once, in
// order and complete.
func testConcurrent(t *testing.T, s store.Store) {
	const writers, each = 8, 60
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watched := make(chan map[flow.ID]bool)
	go func() { watched <- watchDone(ctx, t, s, writers*each) }()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				f := sample(w*each + i)
				first, err := s.Append(ctx, awaited(f))
				if err != nil {
					t.Error(err)
					return
				}
				last, err := s.Append(ctx, f)
				if err != nil {
					t.Error(err)
					return
				}
				got, err := s.Get(ctx, first)
				if err != nil || got.ID != f.ID || !got.Done {
					t.Errorf("get %d: %+v, %v", first, got, err)
				}
				if got, err := s.Get(ctx, last); err != nil || got.ID != f.ID {
					t.Errorf("get %d: %+v, %v", last, got, err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(<-watched); n != writers*each {
		t.Errorf("watch saw %d flows finished, want %d", n, writers*each)
	}
	seen := map[flow.ID]bool{}
	for _, f := range collect(t, s, store.Query{}) {
		if seen[f.ID] || !f.Done {
			t.Errorf("flow %d: twice or not done", f.Last)
		}
		seen[f.ID] = true
	}
	if st, err := s.Stat(t.Context()); err != nil || len(seen) != writers*each || st.Flows != writers*each {
		t.Errorf("%d flows, stat %+v, %v", len(seen), st, err)
	}
}
