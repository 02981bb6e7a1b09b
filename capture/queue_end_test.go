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

	"github.com/spectap/spectap/flow"
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

// TestQueueDropsMessages checks that a flow without room loses the data of its bodies and its
// messages, and says so, while what the caller holds of it is unchanged.
func TestQueueDropsMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &slowStore{}
		q := queue(t, QueueConfig{Store: st, Budget: 4000, MaxWait: -1})
		f := flowOf(1, true, 0)
		f.Request.Body = flow.Body{Data: make([]byte, 10), Size: 10}
		f.Response = &flow.Response{Body: flow.Body{Size: 7}}
		f.Messages = []flow.Message{{Data: make([]byte, 5000)}}
		if err := q.Record(context.Background(), f); err != nil {
			t.Fatal(err)
		}
		empty := flowOf(2, true, 0)
		empty.Request.Header = flow.Header{{Name: "X", Value: strings.Repeat("x", 4000)}}
		empty.Response = &flow.Response{}
		if err := q.Record(context.Background(), empty); !errors.Is(err, ErrNoRoom) {
			t.Errorf("a flow that is too large without bodies: %v", err)
		}
		q.Close(context.Background())
		got := st.flows[0]
		if b := got.Request.Body; b.Data != nil || b.Size != 10 || !b.Truncated || !b.Dropped {
			t.Errorf("request: %+v", b)
		}
		if b := got.Response.Body; b.Data != nil || b.Size != 7 || !b.Truncated || !b.Dropped || got.Messages != nil {
			t.Errorf("response: %+v with %d messages", b, len(got.Messages))
		}
		if f.Response.Body.Dropped || empty.Response.Body.Dropped {
			t.Error("the caller's response is changed")
		}
		if s := q.Stats(); s != (QueueStats{Stored: 1, Lost: 1, BodiesLost: 2}) || !slices.Equal(st.noted, []int64{1}) {
			t.Errorf("%+v, noted %v", s, st.noted)
		}
	})
}

// TestQueueIsolatesBadFlows checks that of a group only the flows are lost that the store refuses,
// wherever they are in it, unless it refuses all.
func TestQueueIsolatesBadFlows(t *testing.T) {
	for name, tt := range map[string]struct {
		bad  []byte
		logs bool // that some cannot be stored
	}{
		"first": {[]byte{0}, false}, "last": {[]byte{7}, false}, "middle": {[]byte{3}, false},
		"a half of a half": {[]byte{2, 3}, true}, "one in each quarter": {[]byte{0, 2}, true}, "all but one": {[]byte{0, 1, 2, 3, 4, 5, 6}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var logged bytes.Buffer
				st := &slowStore{bad: func(fs []flow.Flow) error {
					if slices.ContainsFunc(fs, func(f flow.Flow) bool { return slices.Contains(tt.bad, f.ID[0]) }) {
						return errors.New("cannot encode")
					}
					return nil
				}}
				q := queue(t, QueueConfig{Store: st, Logger: slog.New(slog.NewTextHandler(&logged, nil))})
				q.Record(context.Background(), flowOf(8, true, 0)) // the next are one group
				time.Sleep(time.Millisecond)
				for i := range byte(8) {
					q.Record(context.Background(), flowOf(i, true, 0))
				}
				q.Close(context.Background())
				lost := 0
				for i := range byte(8) {
					if !slices.ContainsFunc(st.flows, func(f flow.Flow) bool { return f.ID[0] == i }) {
						lost++
					}
				}
				if s := q.Stats(); s.Stored+s.Lost != 9 || s.Lost != int64(lost) || lost < len(tt.bad) || len(st.noted) != 1 || st.noted[0] != int64(lost) {
					t.Errorf("%+v, %d are missing, noted %v", s, lost, st.noted)
				}
				if name != "all but one" && name != "one in each quarter" && lost != len(tt.bad) {
					t.Errorf("%d flows are lost of %d bad ones", lost, len(tt.bad))
				}
				if got := strings.Contains(logged.String(), "some cannot be stored"); got != tt.logs {
					t.Errorf("logged: %s", &logged)
				}
			})
		})
	}
}

// pipelined is a store that takes the next group while an earlier one is being stored.
type pipelined struct {
	slowStore
	begun  int
	bad    int           // the number of a group that is refused after it has begun
	begins chan struct{} // lets the call that begins it return
	refuse bool          // Begin itself fails
}

func (s *pipelined) Begin(ctx context.Context, fs ...flow.Flow) (func() (flow.Seq, error), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun++
	switch {
	case s.refuse:
		return nil, errors.New("refused")
	case s.begun == s.bad:
		<-s.begins
		return func() (flow.Seq, error) { return 0, errors.New("not this group") }, nil
	}
	fs = slices.Clone(fs)
	return sync.OnceValues(func() (flow.Seq, error) { return s.Append(ctx, fs...) }), nil
}

// TestQueueOvertaken checks that of a group that is refused after the next one has begun, complete
// flows are stored late, and requests are not: their responses may be stored already.
func TestQueueOvertaken(t *testing.T) {
	for name, complete := range map[string]int{"requests only": 0, "both": 2} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := &pipelined{bad: 2, begins: make(chan struct{})}
				q := queue(t, QueueConfig{Store: st, Settle: pace / 2})
				ctx := context.Background()
				q.Record(ctx, flowOf(9, true, 0))
				time.Sleep(time.Millisecond)
				q.Record(ctx, flowOf(1, false, 0))
				for i := range complete {
					q.Record(ctx, flowOf(byte(2+i), true, 0))
				}
				time.Sleep(pace) // they are the second group
				q.Record(ctx, flowOf(1, true, 0))
				go q.Flush(ctx) // so that the third begins at once
				synctest.Wait()
				close(st.begins)
				synctest.Wait()
				if err := q.Close(ctx); err != nil {
					t.Fatal(err)
				}
				var got []byte
				for _, f := range st.flows {
					if got = append(got, f.ID[0]); !f.Done {
						t.Errorf("request %d is stored without its response", f.ID[0])
					}
				}
				slices.Sort(got)
				if want := slices.Concat([]byte{1}, []byte{2, 3}[:complete], []byte{9}); !slices.Equal(got, want) {
					t.Errorf("stored %v, want %v", got, want)
				}
				if s := q.Stats(); s != (QueueStats{Stored: int64(2 + complete), Failures: 1}) || len(st.noted) != 0 {
					t.Errorf("%+v, noted %v", s, st.noted)
				}
			})
		})
	}
}
