package capture

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow"
)

// slowStore is a store in memory. Append waits for gate if there is one, and returns the error of
// bad.
type slowStore struct {
	gate chan struct{} // nil: Append does not wait
	bad  func([]flow.Flow) error

	mu     sync.Mutex
	flows  []flow.Flow
	groups []int
	noted  []int64
}

func (s *slowStore) Append(_ context.Context, fs ...flow.Flow) (flow.Seq, error) {
	if s.gate != nil {
		<-s.gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bad != nil {
		if err := s.bad(fs); err != nil {
			return 0, err
		}
	}
	s.flows = append(s.flows, fs...)
	s.groups = append(s.groups, len(fs))
	return flow.Seq(len(s.flows)), nil
}

func (s *slowStore) NoteLoss(_ context.Context, flows int64, _, _ time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bad != nil {
		if err := s.bad(nil); err != nil {
			return err
		}
	}
	s.noted = append(s.noted, flows)
	return nil
}

func queue(t *testing.T, cfg QueueConfig) *Queue {
	t.Helper()
	q := must(NewQueue(cfg))
	return q
}

func flowOf(id byte, done bool, body int) flow.Flow {
	f := flow.Flow{ID: flow.ID{id}, Done: done, Request: flow.Request{Path: "/"}}
	if body > 0 {
		f.Response = &flow.Response{Body: flow.Body{Data: make([]byte, body), Size: int64(body)}}
	}
	return f
}

// TestQueueJoinsRequestAndResponse checks that a request whose response arrives soon is stored as
// one record, and that a late response becomes a second record.
func TestQueueJoinsRequestAndResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &slowStore{}
		q := queue(t, QueueConfig{Store: st})
		ctx := context.Background()
		q.Record(ctx, flowOf(1, false, 0))
		q.Record(ctx, flowOf(2, false, 0))
		time.Sleep(100 * time.Millisecond)
		q.Record(ctx, flowOf(1, true, 10))
		time.Sleep(time.Second)
		q.Record(ctx, flowOf(2, true, 10))
		q.Record(ctx, flowOf(3, false, 0)) // has no response
		noError(t, q.Close(ctx))
		type state struct {
			id   byte
			done bool
		}
		var got []state
		for _, f := range st.flows {
			got = append(got, state{f.ID[0], f.Done})
		}
		slices.SortStableFunc(got, func(a, b state) int { return int(a.id) - int(b.id) })
		if want := []state{{1, true}, {2, false}, {2, true}, {3, false}}; !slices.Equal(got, want) {
			t.Errorf("stored %v, want %v", got, want)
		}
		if err := q.Record(ctx, flowOf(4, true, 0)); !errors.Is(err, ErrQueueClosed) {
			t.Errorf("Record after Close: %v, want ErrQueueClosed", err)
		}
	})
}

// TestQueueDropsBodyThenFlow checks that Record waits a limited time for a full budget, then drops
// the body, then the flow, and that it does not wait again while the store is blocked.
func TestQueueDropsBodyThenFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &slowStore{gate: make(chan struct{})}
		q := queue(t, QueueConfig{Store: st, Budget: 10_000, MaxWait: time.Second})
		ctx := context.Background()
		start := time.Now()
		q.Record(ctx, flowOf(1, true, 7000)) // 8 KB with its header
		if err := q.Record(ctx, flowOf(2, true, 7000)); err != nil {
			t.Error(err)
		}
		if waited := time.Since(start); waited != time.Second {
			t.Errorf("waited %v", waited)
		}
		if err := q.Record(ctx, flowOf(3, true, 7000)); !errors.Is(err, ErrNoRoom) {
			t.Errorf("third flow: %v, want ErrNoRoom", err)
		}
		if waited := time.Since(start); waited != time.Second {
			t.Errorf("waited %v in total, want 1s", waited)
		}
		close(st.gate)
		synctest.Wait()
		if err := q.Record(ctx, flowOf(4, true, 7000)); err != nil {
			t.Error(err)
		}
		q.Close(ctx)
		var sizes []int
		for _, f := range st.flows {
			sizes = append(sizes, len(f.Response.Body.Data))
		}
		if !slices.Equal(sizes, []int{7000, 0, 7000}) {
			t.Errorf("bodies of %v stored", sizes)
		}
		if !st.flows[1].Response.Body.Truncated || st.flows[1].Response.Body.Size != 7000 {
			t.Errorf("the dropped body is %+v", st.flows[1].Response.Body)
		}
		if s := q.Stats(); s.Lost != 1 || s.BodiesLost != 2 {
			t.Errorf("%+v", s)
		}
		if !q.room.TryAcquire(10_000) {
			t.Error("the budget was not released")
		}
	})
}

// TestQueueAndFailingStore checks that Record does not wait for a store that fails, and that the
// flows it refuses are counted and noted as lost when it works again.
func TestQueueAndFailingStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("disk full")
		st := &slowStore{bad: func([]flow.Flow) error { return full }}
		q := queue(t, QueueConfig{Store: st, Budget: 1 << 20})
		ctx := context.Background()
		start := time.Now()
		for i := range 200 {
			q.Record(ctx, flowOf(byte(i), true, 10_000))
			q.Flush(ctx)
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("waited %v", waited)
		}
		st.mu.Lock()
		st.bad = nil
		st.mu.Unlock()
		q.Record(ctx, flowOf(201, true, 10))
		q.Close(ctx)
		if s := q.Stats(); s.Lost != 200 || s.Stored != 1 || s.Queued != 0 {
			t.Errorf("%+v", s)
		}
		if !slices.Equal(st.noted, []int64{200}) { // noted when the store works again
			t.Errorf("noted %v", st.noted)
		}
		if !q.room.TryAcquire(1 << 20) {
			t.Error("the budget was not released")
		}
	})
}

// TestQueueIsolatesABadFlow checks that a flow which the store refuses does not lose the other
// flows of its group.
func TestQueueIsolatesABadFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &slowStore{gate: make(chan struct{}), bad: func(fs []flow.Flow) error {
			if slices.ContainsFunc(fs, func(f flow.Flow) bool { return f.ID[0] == 42 }) {
				return errors.New("cannot encode")
			}
			return nil
		}}
		q := queue(t, QueueConfig{Store: st})
		ctx := context.Background()
		for i := range 100 {
			q.Record(ctx, flowOf(byte(i), true, 10))
		}
		close(st.gate)
		q.Close(ctx)
		if s := q.Stats(); s.Stored != 99 || s.Lost != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// TestBudgetCoversUnfinishedBodies checks that bodies which are still being recorded count against
// the budget of the queue.
func TestBudgetCoversUnfinishedBodies(t *testing.T) {
	st := &slowStore{}
	q := queue(t, QueueConfig{Store: st, Budget: 4096, MaxWait: -1})
	patience := q.patience()
	b := tee{max: 1 << 20, expect: -1, room: q, patience: patience}
	for range 100 {
		b.write(make([]byte, 100))
	}
	if body := b.take(); !body.Dropped || len(body.Data) != 0 || body.Size != 10_000 || !body.Truncated {
		t.Errorf("%+v", body)
	}
	if !q.room.TryAcquire(4096) {
		t.Error("the budget was not released")
	}
	q.Close(context.Background())
}

// TestBudgetCoversResponseHeaders checks that headers and trailers of responses count against the
// budget, and that one without room is dropped with its body.
func TestBudgetCoversResponseHeaders(t *testing.T) {
	gate := make(chan struct{})
	q := queue(t, QueueConfig{Store: &slowStore{gate: gate}, Budget: 1 << 20, MaxWait: -1})
	p := &Proxy{room: q, log: slog.New(slog.DiscardHandler)}
	large := flow.Header{{Name: "X", Value: strings.Repeat("v", 400_000)}}
	for i, kept := range []bool{true, false, true} {
		x := &exchange{p: p, recorded: true, f: flow.Flow{ID: flow.NewID(), Response: &flow.Response{Status: 200, Header: large}}}
		x.trailer = func() http.Header { return http.Header{"Y": {large[0].Value}} }
		if i == 2 {
			x.f.Response.Header = flow.Header{{Name: "X", Value: "small"}}
			x.trailer = func() http.Header { return http.Header{} }
		}
		patience := time.Duration(0)
		if !q.reserve(requestWeight(&x.f), &patience) {
			t.Fatal("no room for a request")
		}
		x.res = tee{max: 1 << 20, expect: -1, room: q}
		x.res.write([]byte("body"))
		x.finish(nil)
		r := x.f.Response
		if got := len(r.Header) > 0; got != kept || r.Body.Dropped == kept || (len(r.Trailer) > 0) != (i == 0) || (len(r.Body.Data) > 0) != kept {
			t.Errorf("flow %d: header kept: %t, body %+v", i, got, r.Body)
		}
		if i == 2 && r.Trailer != nil {
			t.Errorf("a response without a trailer has %v", r.Trailer)
		}
	}
	if n := p.stats.bodiesLost.Load(); n != 1 {
		t.Errorf("%d bodies counted as lost", n)
	}
	close(gate)
	noError(t, q.Close(context.Background()))
	if !q.room.TryAcquire(1 << 20) {
		t.Error("the budget was not released")
	}
}
