package relay_test

import (
	"testing"
	"time"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/memlog"
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
			if _, err := spool.Append(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
	}
	first, second := memlog.New(1, memlog.Faults{}), memlog.New(2, memlog.Faults{})
	run := func(l relay.Log, last uint64) {
		t.Helper()
		fw, stop := startForwarder(t, l, spool, nil)
		defer stop()
		learned(t, l, tempDB(t), "pod.00000001", last)
		if err := fw.Wait(t.Context(), true); err != nil {
			t.Fatal(err)
		}
	}
	record(1, 2, 3)
	run(first, 3)
	record(4, 5)
	live := tempDB(t) // has followed the new log from its beginning
	f, err := relay.NewFollower(t.Context(), relay.FollowerConfig{Store: live, Log: second, Ask: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
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

// TestGivesUpAmongOthers lets a worker wait for lost flows while another partition gets entries. It
// passes over them once their spool has dropped them.
func TestGivesUpAmongOthers(t *testing.T) {
	l := memlog.New(1, memlog.Faults{})
	a, b := &pod{t: t, log: l, name: "pod-1.01"}, &pod{t: t, log: l, name: "pod-2.02"}
	if relay.Partition(a.name) == relay.Partition(b.name) {
		t.Fatal("both sources are in one partition")
	}
	a.append(3, 5, block(t, 3, 4, 5))
	go func() {
		eventually(t, func() string {
			if v, err := l.Get(t.Context(), "asks/"+a.name); err != nil || len(v) == 0 {
				return "the worker does not ask for what is missing"
			}
			return ""
		})
		b.append(0, 1, block(t, 0, 11))
		if _, err := l.Put(t.Context(), "sources/"+a.name, 0, []byte(`{"source":"pod-1.01","dropped":3}`)); err != nil {
			t.Error(err)
		}
	}()
	learned(t, l, tempDB(t), a.name, 5)
}
