package capture

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow"
)

// timedStore is a store in memory that notes when flows and losses arrive, and how many at once.
type timedStore struct {
	mu     sync.Mutex // guards the fields below
	begin  time.Time
	full   bool // refuses everything
	groups []arrival
	losses []noted
}

type arrival struct {
	at time.Duration // since begin
	n  int
}

type noted struct {
	at           time.Duration
	flows        int64
	since, until time.Duration
}

var errFullStore = errors.New("full")

func (s *timedStore) Append(_ context.Context, fs ...flow.Flow) (flow.Seq, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		return 0, errFullStore
	}
	s.groups = append(s.groups, arrival{time.Since(s.begin), len(fs)})
	return 1, nil
}

func (s *timedStore) NoteLoss(_ context.Context, flows int64, since, until time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		return errFullStore
	}
	s.losses = append(s.losses, noted{time.Since(s.begin), flows, since.Sub(s.begin), until.Sub(s.begin)})
	return nil
}

func (s *timedStore) setFull(full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = full
}

// TestQueueAfterFailure checks that a store which refused a group gets the flows after it, that the
// refused ones count as lost, and that failures are counted by call.
func TestQueueAfterFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &timedStore{begin: time.Now()}
		q := queue(t, QueueConfig{Store: st})
		ctx := context.Background()
		// The first flow after a pause is a group of its own; those that follow at once are
		// another.
		q.Record(ctx, flowOf(0, true, 0))
		time.Sleep(time.Nanosecond)
		st.setFull(true)
		for i := range 4 {
			q.Record(ctx, flowOf(byte(1+i), true, 0))
		}
		time.Sleep(time.Second)
		// A group of four, its halves, and nothing smaller: the store takes no flow at all.
		if got, want := q.Stats(), (QueueStats{Stored: 1, Lost: 4, Failures: 3}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		q.Record(ctx, flowOf(6, true, 0))
		time.Sleep(time.Second)
		if got, want := q.Stats(), (QueueStats{Stored: 1, Lost: 5, Failures: 4}); got != want {
			t.Errorf("still failing: %+v, want %+v", got, want)
		}
		st.setFull(false)
		q.Record(ctx, flowOf(7, true, 0))
		time.Sleep(time.Second)
		if got, want := q.Stats(), (QueueStats{Stored: 2, Lost: 5, Failures: 4}); got != want {
			t.Errorf("working again: %+v, want %+v", got, want)
		}
		q.Close(ctx)
	})
}
