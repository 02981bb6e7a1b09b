package capture

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/capture/weight"
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

func (s *timedStore) stored() []arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.groups)
}

func (s *timedStore) noted() []noted {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.losses)
}

func (s *timedStore) setFull(full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = full
}

// TestQueueTimes checks when flows reach the store, and in what groups.
func TestQueueTimes(t *testing.T) {
	const ms = time.Millisecond
	f := flowOf(0, true, 0)
	leastFlow := int(weight.Flow(&f))
	done := func(q *Queue, from, n int) {
		for i := range n {
			f := flowOf(0, true, 0)
			f.ID[0], f.ID[1] = byte(from+i), byte((from+i)>>8)
			q.Record(context.Background(), f)
		}
	}
	awaited := func(q *Queue, id byte) { q.Record(context.Background(), flowOf(id, false, 0)) }
	for _, tt := range []struct {
		name string
		cfg  QueueConfig
		do   func(q *Queue)
		want []arrival
	}{
		{"first flow", QueueConfig{}, func(q *Queue) { done(q, 1, 1) }, []arrival{{0, 1}}},
		{"next ones", QueueConfig{}, func(q *Queue) {
			done(q, 1, 1)
			time.Sleep(ms)
			done(q, 2, 1)
			time.Sleep(10 * ms)
			done(q, 3, 1)
		}, []arrival{{0, 1}, {pace, 2}}},
		{"after a pause", QueueConfig{}, func(q *Queue) {
			done(q, 1, 1)
			time.Sleep(2 * pace)
			done(q, 2, 1)
		}, []arrival{{0, 1}, {2 * pace, 1}}},
		{"full group", QueueConfig{}, func(q *Queue) {
			done(q, 1, 1)
			time.Sleep(ms)
			done(q, 2, maxGroup-1)
			time.Sleep(ms)
			done(q, 2+maxGroup, 1)
		}, []arrival{{0, 1}, {2 * ms, maxGroup}}},
		{"more than a full group", QueueConfig{}, func(q *Queue) {
			done(q, 1, 1)
			time.Sleep(ms)
			done(q, 2, maxGroup+1)
		}, []arrival{{0, 1}, {ms, maxGroup}, {ms + busyPace, 1}}},
		{"busy, then not", QueueConfig{}, func(q *Queue) {
			done(q, 1, 1) // more at once could be stored in parts: only the pace lets a queue wait
			time.Sleep(ms)
			done(q, 2, busyGroup)
			time.Sleep(pace)
			done(q, 2*busyGroup, busyGroup-1)
			time.Sleep(busyPace)
			done(q, 4*busyGroup, 1)
		}, []arrival{{0, 1}, {pace, busyGroup}, {pace + busyPace, busyGroup - 1}, {2*pace + busyPace, 1}}},
		{"many bytes", QueueConfig{}, func(q *Queue) {
			done(q, 1, 1)
			time.Sleep(ms)
			q.Record(context.Background(), flowOf(2, true, maxGroupBytes))
			q.Record(context.Background(), flowOf(3, true, 1))
		}, []arrival{{0, 1}, {ms, 1}, {ms + pace, 1}}},
		{"exactly as many", QueueConfig{}, func(q *Queue) {
			done(q, 1, 1)
			time.Sleep(ms)
			q.Record(context.Background(), flowOf(2, true, maxGroupBytes-leastFlow))
		}, []arrival{{0, 1}, {ms, 1}}},
		{"a byte less", QueueConfig{}, func(q *Queue) {
			done(q, 1, 1)
			time.Sleep(ms)
			q.Record(context.Background(), flowOf(2, true, maxGroupBytes-leastFlow-1))
		}, []arrival{{0, 1}, {pace, 1}}},
		{"as many, in two flows", QueueConfig{}, func(q *Queue) {
			done(q, 1, 1)
			time.Sleep(ms)
			q.Record(context.Background(), flowOf(2, true, maxGroupBytes-2*leastFlow-1))
			q.Record(context.Background(), flowOf(3, true, 1))
			q.Record(context.Background(), flowOf(4, true, 1))
		}, []arrival{{0, 1}, {ms, 2}, {ms + pace, 1}}},
		{"request without a response", QueueConfig{}, func(q *Queue) { awaited(q, 1) }, []arrival{{250 * ms, 1}}},
		{"requests in turn", QueueConfig{Settle: 100 * ms}, func(q *Queue) {
			awaited(q, 1)
			time.Sleep(10 * ms)
			awaited(q, 2)
		}, []arrival{{100 * ms, 1}, {110 * ms, 1}}},
		{"request changed while it waits", QueueConfig{Settle: 100 * ms}, func(q *Queue) {
			awaited(q, 1)
			time.Sleep(50 * ms)
			awaited(q, 1)
		}, []arrival{{100 * ms, 1}}},
		{"requests are not settled", QueueConfig{Settle: -1}, func(q *Queue) {
			awaited(q, 1)
			time.Sleep(ms)
			awaited(q, 2)
		}, []arrival{{0, 1}, {ms, 1}}},
		{"response while the next request waits", QueueConfig{Settle: 100 * ms}, func(q *Queue) {
			awaited(q, 1)
			time.Sleep(50 * ms)
			awaited(q, 2)
			done(q, 1, 1)
		}, []arrival{{50 * ms, 1}, {150 * ms, 1}}},
		{"flush", QueueConfig{}, func(q *Queue) {
			done(q, 1, 1)
			time.Sleep(ms)
			done(q, 2, 1)
			q.Flush(context.Background())
		}, []arrival{{0, 1}, {ms, 1}}},
		{"no room for the next exchange", QueueConfig{Budget: 1 << 20, MaxWait: time.Second}, func(q *Queue) {
			done(q, 1, 1)
			time.Sleep(ms)
			done(q, 2, 1)
			if patience := q.patience(); !q.reserve(1<<20, &patience) || patience != time.Second {
				t.Errorf("room is made with a patience of %v left", patience)
			}
			q.release(1 << 20)
		}, []arrival{{0, 1}, {ms, 1}}},
		{"close", QueueConfig{}, func(q *Queue) {
			done(q, 1, 1)
			time.Sleep(ms)
			done(q, 2, 1)
			awaited(q, 3)
			q.Close(context.Background())
		}, []arrival{{0, 1}, {ms, 2}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := &timedStore{begin: time.Now()}
				tt.cfg.Store = st
				q := queue(t, tt.cfg)
				tt.do(q)
				time.Sleep(time.Second)
				if groups := st.stored(); !slices.Equal(groups, tt.want) {
					t.Errorf("stored %v, want %v", groups, tt.want)
				}
				stored := 0
				for _, g := range tt.want {
					stored += g.n
				}
				if got := q.Stats(); got != (QueueStats{Stored: int64(stored)}) {
					t.Errorf("counted %+v, want %d stored", got, stored)
				}
				if err := q.Close(context.Background()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestQueueNotesLosses checks when losses are noted: at most once per interval, with the times of
// the first and the last one, again if the store refuses the note, and at the end in any case.
func TestQueueNotesLosses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &timedStore{begin: time.Now()}
		time.Sleep(time.Minute) // a queue has run for a while
		q := queue(t, QueueConfig{Store: st})
		lose := func(n int64) { q.countLost(n) }
		lose(2)
		synctest.Wait()
		time.Sleep(100 * time.Millisecond)
		lose(3)
		time.Sleep(200 * time.Millisecond)
		lose(1)
		time.Sleep(3 * time.Second)
		st.setFull(true)
		lose(4)
		time.Sleep(500 * time.Millisecond)
		lose(5)
		time.Sleep(time.Second)
		st.setFull(false)
		time.Sleep(10 * time.Second)
		lose(6)
		synctest.Wait()
		lose(7)
		if err := q.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		const s, m = time.Second, time.Minute
		want := []noted{
			{m, 2, m, m},
			{m + s, 4, m + s/10, m + 3*s/10},
			{m + 53*s/10, 9, m + 33*s/10, m + 38*s/10},
			{m + 148*s/10, 6, m + 148*s/10, m + 148*s/10},
			{m + 148*s/10, 7, m + 148*s/10, m + 148*s/10},
		}
		if losses := st.noted(); !slices.Equal(losses, want) {
			t.Errorf("noted\n%v, want\n%v", losses, want)
		}
	})
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

// TestQueueIsCongested checks that a queue is congested while more than half of its budget is used.
func TestQueueIsCongested(t *testing.T) {
	q := queue(t, QueueConfig{Store: &slowStore{}, Budget: 1000})
	defer q.Close(context.Background())
	patience := time.Duration(0)
	for _, tt := range []struct {
		used int64
		want bool
	}{{0, false}, {499, false}, {500, false}, {501, true}, {1000, true}} {
		if !q.reserve(tt.used, &patience) {
			t.Fatalf("%d bytes do not fit", tt.used)
		}
		if got := q.IsCongested(); got != tt.want {
			t.Errorf("%d of 1000 bytes used: %t, want %t", tt.used, got, tt.want)
		}
		q.release(tt.used)
	}
	for n, fits := range map[int64]bool{0: true, -1: true, 1000: true, 1001: false} {
		if got := q.reserve(n, &patience); got != fits {
			t.Errorf("%d of 1000 bytes: %t, want %t", n, got, fits)
		} else if got {
			q.release(n)
		}
	}
}

// TestQueuePatience checks that one exchange waits for room no longer than MaxWait in total, and
// that exchanges stop waiting once the store has made no progress for that long.
func TestQueuePatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		var logged bytes.Buffer
		log := slog.New(slog.NewTextHandler(&logged, nil))
		q := queue(t, QueueConfig{Store: &slowStore{gate: gate}, Budget: 1000, MaxWait: time.Second, Logger: log})
		first, second, third := q.patience(), q.patience(), q.patience()
		if !q.reserve(1000, &first) || first != time.Second {
			t.Errorf("patience %v after a reservation that did not wait", first)
		}
		go func() {
			time.Sleep(300 * time.Millisecond)
			q.release(1000)
		}()
		if !q.reserve(1000, &second) || second != 700*time.Millisecond {
			t.Errorf("patience %v after a wait of 300 ms", second)
		}
		begin := time.Now()
		if q.reserve(1, &second) || time.Since(begin) != 700*time.Millisecond || second != 0 {
			t.Errorf("waited %v, %v are left", time.Since(begin), second)
		}
		begin = time.Now()
		if q.reserve(1, &third) || time.Since(begin) != 0 {
			t.Errorf("waited %v for a store without progress", time.Since(begin))
		}
		if n := strings.Count(logged.String(), "the store does not keep up"); n != 1 {
			t.Errorf("warned %d times: %s", n, &logged)
		}
		q.release(1000)
		close(gate)
		q.Close(context.Background())
	})
}

// TestMessagePatience checks that a message of a WebSocket waits for room as long as its exchange may.
func TestMessagePatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const budget = 1 << 20
		q := queue(t, QueueConfig{Store: &slowStore{}, Budget: budget, MaxWait: time.Second})
		tr := &transcript{max: budget, left: budget, room: q, patience: q.patience(), started: time.Now()}
		var first time.Duration
		if !q.reserve(budget, &first) {
			t.Fatal("no room")
		}
		go func() {
			time.Sleep(time.Second / 2)
			q.release(budget)
		}()
		f := &frames{to: tr}
		begin := time.Now()
		f.Write(frame(true, 2, 0, nil, make([]byte, 1000)))
		waited, got := time.Since(begin), tr.messages()
		if len(got) != 1 || len(got[0].Data) != 1000 || waited != time.Second/2 || tr.hasDropped() {
			t.Errorf("%d messages after %v, dropped %t", len(got), waited, tr.hasDropped())
		}
		for i := range got {
			q.release(weight.Message(&got[i]))
		}
		q.Close(context.Background())
	})
}
