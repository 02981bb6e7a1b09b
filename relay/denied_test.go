package relay_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/memlog"
)

// boundless is a log whose ends cannot be read, for a reason, a number of times.
type boundless struct {
	relay.Log
	err   error
	times atomic.Int64 // left to fail
	then  func()       // is called when they can be read
}

func (l *boundless) Bounds(ctx context.Context) (first, last relay.Position, err error) {
	if l.times.Add(-1) >= 0 {
		return 0, 0, l.err
	}
	l.then()
	return l.Log.Bounds(ctx)
}

// TestDeniedBounds checks that a reader of models and a worker end with an error if they may not read
// the log, and that a worker goes on after an error that may not come again.
func TestDeniedBounds(t *testing.T) {
	log := memlog.New(1, memlog.Faults{})
	denied := &boundless{Log: log, err: relay.ErrDenied}
	denied.times.Store(1)
	if f, err := relay.Learned(t.Context(), denied, func() relay.Model { return infer.New() }); f != nil || !errors.Is(err, relay.ErrDenied) {
		t.Errorf("models: %v, %v", f, err)
	}
	for _, tt := range []struct {
		fails, want error
		times       int64
	}{{relay.ErrDenied, relay.ErrDenied, 1 << 40}, {errors.New("no network"), nil, 17}} { // once more than there are partitions
		ctx, cancel := context.WithCancel(t.Context())
		l := &boundless{Log: log, err: tt.fails, then: cancel}
		l.times.Store(tt.times)
		w, err := relay.NewWorker(relay.WorkerConfig{
			Name: "w", Store: tempDB(t), Log: l, NewModel: func() relay.Model { return infer.New() }, Beat: 5 * time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Run(ctx); !errors.Is(err, tt.want) || (ctx.Err() != nil) != (tt.want == nil) {
			t.Errorf("%v: the worker ended with %v", tt.fails, err)
		}
		cancel()
	}
}
