package relay_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
)

// slowLog holds up an append of a source's first numbers once there are others.
type slowLog struct {
	*logtest.MemoryLog
	waits chan struct{} // closed when an append waits
	goOn  chan struct{}
}

func (l *slowLog) Append(ctx context.Context, e *relay.Entry, after relay.Position) (relay.Position, error) {
	if e.After == 0 && after > 0 {
		close(l.waits)
		<-l.goOn
	}
	return l.MemoryLog.Append(ctx, e, after)
}

// TestSentAgainWhileReleased checks that a spool does not drop flows that are being sent again,
// although a worker has them: readers give up what is dropped, and would pass over what comes.
func TestSentAgainWhileReleased(t *testing.T) {
	l, spool := &slowLog{logtest.NewMemoryLog(1, logtest.Faults{}), make(chan struct{}), make(chan struct{})}, tempDB(t)
	for n := range 3 {
		f := request(n)
		answer(&f)
		if _, err := spool.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	fw, stop := startForwarder(t, l, spool, nil)
	defer stop()
	if err := fw.Wait(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	write := func(key, text string) {
		t.Helper()
		if _, err := l.Put(t.Context(), key, relay.Anything, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	write("asks/pod.00000001", `{"after":0}`)
	<-l.waits
	write("marks/pod.00000001", `{"last":3}`)
	write("asks/pod.00000001", `{"after":18446744073709551615,"ping":"x"}`)
	status := func() (s relay.SourceStatus) {
		t.Helper()
		v, err := l.Get(t.Context(), "sources/pod.00000001")
		if err == nil && len(v) > 0 {
			err = json.Unmarshal(v[0].Data, &s)
		}
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	eventually(t, func() string {
		if status().Pong != "x" {
			return "the forwarder does not answer"
		}
		return ""
	})
	if s := status(); s.Dropped != 0 || s.Released != 0 {
		t.Errorf("%d flows were dropped while they were sent again", s.Dropped)
	}
	close(l.goOn)
	eventually(t, func() string {
		if status().Dropped != 3 {
			return "flows are not dropped after they were sent again"
		}
		return ""
	})
}
