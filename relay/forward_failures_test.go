package relay_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
	"github.com/spectap/spectap/store"
)

// TestFlowsThatAreTooLarge checks that a forwarder passes over a flow that fits into no block, and
// says how many it lost.
func TestFlowsThatAreTooLarge(t *testing.T) {
	l := logtest.NewMemoryLog(1, logtest.Faults{})
	ctx, cancel := context.WithCancel(t.Context())
	large := request(2)
	large.Request.Body = flow.Body{Data: make([]byte, 130<<20), Size: 130 << 20}
	spool := &spoolOf{flows: []flow.Flow{request(1), large, request(3)}, losses: []store.Loss{{Flows: 5}, {Flows: 2}}}
	f := relay.NewForwarder(relay.ForwarderConfig{Spool: spool, Log: l, Source: "pod.00000001", Linger: time.Millisecond, Poll: time.Millisecond})
	done := make(chan error)
	go func() { done <- f.Run(ctx) }()
	must.Do(t, f.Wait(ctx, false))
	if s := f.Status(); s.Lost != 1 || s.Sent != 3 {
		t.Errorf("%+v", s)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	list, err := relay.Statuses(t.Context(), l)
	if err != nil || len(list) != 1 || list[0].Lost != 8 || list[0].Recorded != 3 || list[0].Dropped != 0 || !list[0].Ended || time.Since(list[0].At) > time.Minute {
		t.Errorf("reported as %+v, %v", list, err)
	}
	if n := len(flows(t, catchUp(t, l))); n != 2 {
		t.Errorf("%d flows were sent", n)
	}
	wide := request(2) // by its header, not by what its bodies hold
	wide.Request.Header = flow.Header{{Name: "X", Value: strings.Repeat("x", 130<<20)}}
	if _, err := newCodec(t).Encode(0, nil, []*flow.Flow{&wide}); !errors.Is(err, relay.ErrTooLarge) {
		t.Error(err)
	}
	// The newest flow is passed over, too.
	fw := forward(t, logtest.NewMemoryLog(1, logtest.Faults{}), nil, func(c *relay.ForwarderConfig) { c.Spool = &spoolOf{flows: spool.flows[:2]} })
	must.Do(t, fw.Wait(t.Context(), false))
	if s := fw.Status(); s.Lost != 1 || s.Sent != 2 {
		t.Errorf("%+v", s)
	}
}

// spoolOf is a spool with some flows.
type spoolOf struct {
	flows  []flow.Flow
	losses []store.Loss
}

func (s *spoolOf) Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		for i, f := range s.flows {
			f.Seq, f.Last = flow.Seq(i+1), flow.Seq(i+1)
			if f.Last > after && !yield(f, nil) {
				return
			}
		}
		<-ctx.Done()
	}
}
func (s *spoolOf) Stat(context.Context) (store.Stat, error) {
	return store.Stat{Last: flow.Seq(len(s.flows)), Losses: s.losses}, nil
}
func (*spoolOf) Sessions(context.Context) ([]store.Session, error) { return nil, nil }
func (*spoolOf) Release(context.Context, uint64) error             { return nil }
func (*spoolOf) Released(context.Context) (uint64, error)          { return 0, nil }
