package relay_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
	"github.com/spectap/spectap/store"
)

// failing is a log and a spool of which one operation fails.
type failing struct {
	relay.Log
	relay.Spool
	mu   sync.Mutex
	what string // fails; guarded by mu
}

var errBroken = errors.New("broken")

func (f *failing) err(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.what == what {
		return errBroken
	}
	return nil
}

func (f *failing) set(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.what = what
}

func (f *failing) Newest(ctx context.Context, source string) (relay.Entry, error) {
	if err := f.err("newest"); err != nil {
		return relay.Entry{}, err
	}
	return f.Log.Newest(ctx, source)
}

func (f *failing) Get(ctx context.Context, key string) ([]relay.Value, error) {
	if err := f.err(strings.Split(key, "/")[0]); err != nil {
		return nil, err
	}
	return f.Log.Get(ctx, key)
}

func (f *failing) Append(ctx context.Context, e *relay.Entry, after relay.Position) (relay.Position, error) {
	if err := f.err("append"); err != nil {
		return 0, err
	}
	return f.Log.Append(ctx, e, after)
}

func (f *failing) Stat(ctx context.Context) (store.Stat, error) {
	if err := f.err("stat"); err != nil {
		return store.Stat{}, err
	}
	return f.Spool.Stat(context.WithoutCancel(ctx))
}

func (f *failing) Sessions(ctx context.Context) ([]store.Session, error) {
	if err := f.err("sessions"); err != nil {
		return nil, err
	}
	return f.Spool.Sessions(ctx)
}

func (f *failing) Released(ctx context.Context) (uint64, error) {
	if err := f.err("released"); err != nil {
		return 0, err
	}
	return f.Spool.Released(ctx)
}

// TestForwarderSaysWhatFails checks that a forwarder says what fails, and goes on once it does not.
func TestForwarderSaysWhatFails(t *testing.T) {
	for what, want := range map[string]string{
		"newest": "read the newest block of pod.00000001: broken", "marks": "read the mark of pod.00000001: broken", "asks": "read the requests to pod.00000001: broken",
		"stat": "read the spool: broken", "released": "read the spool: broken", "sessions": "read the spool: broken", "append": "send pod.00000001 0-1: broken",
	} {
		t.Run(what, func(t *testing.T) {
			spool := tempDB(t)
			if _, err := spool.Append(t.Context(), request(1)); err != nil {
				t.Fatal(err)
			}
			f := &failing{Log: logtest.NewMemoryLog(1, logtest.Faults{}), Spool: relay.NewSpool(spool, false), what: what}
			fw := forward(t, f, spool, func(c *relay.ForwarderConfig) { c.Spool = f })
			eventually(t, func() string {
				if got := fw.Status().Err; !strings.HasPrefix(got, want) && !(what == "append" && strings.HasPrefix(got, "send ") && strings.HasSuffix(got, ": broken")) {
					return fmt.Sprintf("the status says %q, want %q", got, want)
				}
				return ""
			})
			if what != "stat" {
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				defer cancel()
				if err := fw.Wait(ctx, false); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("waited: %v", err)
				}
			} else if err := fw.Wait(t.Context(), false); !errors.Is(err, errBroken) {
				t.Errorf("waited: %v", err)
			}
			f.set("")
			if err := fw.Wait(t.Context(), false); err != nil {
				t.Fatal(err)
			}
			if s := fw.Status(); s.Sent != 1 || s.Recorded != 1 || s.Err != "" {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestRequestIsMetOnce checks that what a reader asks for is sent again, once.
func TestRequestIsMetOnce(t *testing.T) {
	l, spool := logtest.NewMemoryLog(1, logtest.Faults{}), tempDB(t)
	ctx := t.Context()
	fw := forward(t, l, spool, nil)
	for i := range 3 {
		if _, err := spool.Append(ctx, request(i)); err != nil {
			t.Fatal(err)
		}
		if err := fw.Wait(ctx, false); err != nil {
			t.Fatal(err)
		}
	}
	before, err := l.Newest(ctx, "pod.00000001")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Put(ctx, "asks/pod.00000001", relay.Anything, []byte(`{"after":1}`)); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string {
		v, err := l.Get(ctx, "asks/pod.00000001")
		if err != nil || len(v) != 1 || len(v[0].Data) > 0 || fw.Status().Resent != 1 || fw.Status().Sent != 3 {
			return fmt.Sprintf("the request is %v, %v, the status %+v", v, err, fw.Status())
		}
		return ""
	})
	// In one block or in several, as time permits.
	sent := uint64(1)
	for e, err := range l.Entries(ctx, -1, before.Position) {
		if err != nil || e.After != sent {
			t.Fatalf("sent again after %d: %+v, %v", sent, e, err)
		}
		if sent = e.Last; sent >= 3 {
			break
		}
	}
	if sent != 3 {
		t.Errorf("sent again up to %d", sent)
	}
	again := l.Len()
	if _, err := spool.Append(ctx, request(9)); err != nil {
		t.Fatal(err)
	}
	if err := fw.Wait(ctx, false); err != nil {
		t.Fatal(err)
	}
	if s := fw.Status(); s.Resent != 1 || s.Sent != 4 || l.Len() != again+1 {
		t.Errorf("%+v, %d entries more", s, l.Len()-again)
	}
}

// TestFlowsThatAreTooLarge checks that a forwarder passes over a flow that fits into no block, and
// says how many it lost.
func TestFlowsThatAreTooLarge(t *testing.T) {
	l := logtest.NewMemoryLog(1, logtest.Faults{})
	ctx, cancel := context.WithCancel(t.Context())
	large := request(2)
	large.Request.Body = flow.Body{Data: make([]byte, 130<<20), Size: 130 << 20}
	spool := &spoolOf{flows: []flow.Flow{request(1), large, request(3)}, losses: []store.Loss{{Flows: 5}, {Flows: 2}}}
	f, err := relay.NewForwarder(relay.ForwarderConfig{Spool: spool, Log: l, Source: "pod.00000001", Linger: time.Millisecond, Poll: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- f.Run(ctx) }()
	if err := f.Wait(ctx, false); err != nil {
		t.Fatal(err)
	}
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
	// The newest flow is passed over, too.
	fw := forward(t, logtest.NewMemoryLog(1, logtest.Faults{}), nil, func(c *relay.ForwarderConfig) { c.Spool = &spoolOf{flows: spool.flows[:2]} })
	if err := fw.Wait(t.Context(), false); err != nil {
		t.Fatal(err)
	}
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
