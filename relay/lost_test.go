package relay_test

import (
	"testing"
	"time"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
)

// TestLogLost replaces the log by an empty one after a spool dropped what a worker had, as when the
// disk of the hub is lost. What the spool still has, and what comes, is learned and followed; for
// the rest there is no hope.
func TestLogLost(t *testing.T) {
	spool := tempDB(t)
	record := func(ids ...int) {
		for _, n := range ids {
			f := request(n)
			answer(&f)
			must.Get(spool.Append(t.Context(), f))
		}
	}
	first, second := logtest.NewMemoryLog(1, logtest.Faults{}), logtest.NewMemoryLog(2, logtest.Faults{})
	run := func(l relay.Log, last uint64) {
		t.Helper()
		fw, stop := startForwarder(t, l, spool, nil)
		defer stop()
		learned(t, l, tempDB(t), "pod.00000001", last)
		must.Do(t, fw.Wait(t.Context(), true))
	}
	record(1, 2, 3)
	run(first, 3)
	record(4, 5)
	live := tempDB(t) // has followed the new log from its beginning
	f := must.Get(relay.NewFollower(t.Context(), relay.FollowerConfig{Store: live, Log: second, Ask: time.Millisecond}))
	ended := make(chan error, 1)
	go func() { ended <- f.Run(t.Context()) }()
	run(second, 5)
	record(6)
	run(second, 6)
	eventually(t, func() string {
		if n := len(flows(t, live)); n != 3 {
			return "a follower that runs does not get on"
		}
		return ""
	})
	if f.Status().Partial["pod.00000001"] != 3 {
		t.Errorf("the follower does not say what is missing: %+v", f.Status())
	}
	if n := len(flows(t, catchUp(t, second))); n != 3 {
		t.Errorf("a new follower has %d flows, want 3", n)
	}
	facts, err := relay.Learned(t.Context(), second, func() relay.Model { return infer.New() })
	if err != nil || facts.Marks["pod.00000001"] != 6 {
		t.Errorf("the workers: %+v, %v", facts, err)
	}
}
