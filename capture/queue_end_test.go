package capture

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestQueueCloseIsCut checks that Close gives up with its context, that a closed queue refuses
// flows and keeps no memory for them, and that those refused while the last group is stored are
// noted as lost.
func TestQueueCloseIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &slowStore{gate: make(chan struct{})}
		q := queue(t, QueueConfig{Store: st, Budget: 1 << 20})
		ctx := context.Background()
		q.Record(ctx, flowOf(1, true, 10))
		synctest.Wait() // the store has it
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		begin := time.Now()
		if err := q.Close(short); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Second {
			t.Errorf("Close: %v after %v", err, time.Since(begin))
		}
		for _, done := range []bool{true, false} {
			if err := q.Record(ctx, flowOf(2, done, 10)); !errors.Is(err, ErrQueueClosed) {
				t.Errorf("done %t: %v, want ErrQueueClosed", done, err)
			}
		}
		f := flowOf(3, true, 10)
		patience := time.Duration(0)
		if !q.reserve(flowWeight(&f), &patience) {
			t.Fatal("no room")
		}
		if err := q.commit(f); !errors.Is(err, ErrQueueClosed) {
			t.Errorf("commit: %v, want ErrQueueClosed", err)
		}
		close(st.gate)
		<-q.ended
		if len(st.flows) != 1 || !slices.Equal(st.noted, []int64{2}) {
			t.Errorf("%d flows are stored, %v lost", len(st.flows), st.noted)
		}
		if s := q.Stats(); s != (QueueStats{Stored: 1}) {
			t.Errorf("%+v", s)
		}
		if !q.room.TryAcquire(1 << 20) {
			t.Error("the budget was not released")
		}
	})
}
