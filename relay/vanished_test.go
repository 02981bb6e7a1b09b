package relay_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
)

// TestVanishedSource checks that a worker removes what the log has of sources that are gone for
// long, that others stay, and that one that comes back is learned from.
func TestVanishedSource(t *testing.T) {
	l, spool := logtest.NewMemoryLog(1, logtest.Faults{}), tempDB(t)
	record := func(n int, last uint64) {
		t.Helper()
		f := request(n)
		answer(&f)
		must.Get(spool.Append(t.Context(), f))
		fw, stop := startForwarder(t, l, spool, nil)
		defer stop()
		learned(t, l, tempDB(t), "pod.00000001", last)
		must.Do(t, fw.Wait(t.Context(), true))
	}
	record(1, 1)
	recent := fmt.Sprintf(`{"source":"pod.00000002","at":%q}`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	must.Get(l.Put(t.Context(), "sources/pod.00000002", 0, []byte(recent)))
	w := relay.NewWorker(relay.WorkerConfig{
		Log: l, Store: tempDB(t), Name: "w", NewModel: func() relay.Model { return infer.New() }, Beat: 5 * time.Millisecond, Forget: time.Nanosecond,
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	eventually(t, func() string {
		var left []string
		for _, prefix := range []string{"sources/", "marks/", "asks/"} {
			vs := must.Get(l.Get(t.Context(), prefix))
			for _, v := range vs {
				left = append(left, v.Key)
			}
		}
		if len(left) != 1 || left[0] != "sources/pod.00000002" {
			return fmt.Sprint("the log has ", left)
		}
		return ""
	})
	cancel()
	must.Do(t, <-ended)
	record(2, 2)
}
