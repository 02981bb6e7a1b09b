package relay_test

import (
	"context"
	"testing"
	"time"

	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/memlog"
)

// TestAwait asks a source what it has recorded: flows that it has in memory when it is asked count,
// and a source that was killed is named after a while.
func TestAwait(t *testing.T) {
	l, spool := memlog.New(1, memlog.Faults{}), tempDB(t)
	flushed := false
	ctx, kill := context.WithCancel(t.Context())
	f, err := relay.NewForwarder(relay.ForwarderConfig{
		Spool: relay.NewSpool(spool, false), Log: l, Source: "pod.00000001", Linger: time.Millisecond, Poll: time.Millisecond,
		Flush: func(ctx context.Context) {
			if !flushed {
				fl := request(1)
				answer(&fl)
				if _, err := spool.Append(ctx, fl); err != nil {
					t.Error(err)
				}
			}
			flushed = true
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- f.Run(ctx) }()
	now := time.Now()
	eventually(t, func() string { // the source has said that it has nothing
		if list, err := relay.Statuses(t.Context(), l); err != nil || len(list) == 0 {
			return "no status"
		}
		return ""
	})
	a := relay.NewAwaiter(l, "reader")
	for range 2 {
		if missing, _, err := a.Missing(t.Context(), nil, now); err != nil || len(missing) != 1 {
			t.Errorf("before the answer: %v, %v", missing, err)
		}
		eventually(t, func() string {
			if f.Status().Pong == "" {
				return "no answer"
			}
			return ""
		})
	}
	eventually(t, func() string {
		missing, silent, err := a.Missing(t.Context(), map[string]uint64{"pod.00000001": 1}, now)
		if err != nil || len(missing)+len(silent) != 0 {
			return "the follower has all, and is told that it has not"
		}
		return ""
	})
	kill()
	<-done
	b := relay.NewAwaiter(killed{l}, "other")
	marks := map[string]uint64{"pod.00000001": 1}
	if missing, silent, err := b.Missing(t.Context(), marks, now); err != nil || len(missing) != 1 || len(silent) != 0 {
		t.Errorf("at first: %v, %v, %v", missing, silent, err)
	}
	if missing, silent, err := b.Missing(t.Context(), marks, now.Add(time.Minute)); err != nil || len(missing) != 0 || len(silent) != 1 {
		t.Errorf("after a minute: %v, %v, %v", missing, silent, err)
	}
}

// killed is a log to which no source could say that it ends.
type killed struct{ relay.Log }

func (k killed) Get(ctx context.Context, key string) ([]relay.Value, error) {
	vs, err := k.Log.Get(ctx, key)
	for i := range vs {
		if key == "sources/" {
			vs[i].Data = []byte(`{"source":"pod.00000001","recorded":1,"at":"` + time.Now().Format(time.RFC3339) + `"}`)
		}
	}
	return vs, err
}
