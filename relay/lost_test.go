package relay_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/spectap/spectap/infer"
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
			if _, err := spool.Append(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
	}
	first, second := logtest.NewMemoryLog(1, logtest.Faults{}), logtest.NewMemoryLog(2, logtest.Faults{})
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
	l := logtest.NewMemoryLog(1, logtest.Faults{})
	a, b := &pod{t: t, log: l, name: "pod-1.01"}, &pod{t: t, log: l, name: "pod-2.02"}
	if relay.Partition(a.name) == relay.Partition(b.name) {
		t.Fatal("both sources are in one partition")
	}
	a.append(3, 5, block(t, 3, 4, 5))
	go func() {
		eventually(t, func() string {
			if !isSet(t, l, "asks/"+a.name) {
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

// TestAsksAfterRestart ends a worker that waits for lost flows, after a part of the log beyond them
// is committed and its request is gone. The next worker asks again.
func TestAsksAfterRestart(t *testing.T) {
	l, st := logtest.NewMemoryLog(1, logtest.Faults{}), tempDB(t)
	a := &pod{t: t, log: l, name: "pod-1.01"}
	b := &pod{t: t, log: l, name: neighbour(a.name)}
	a.append(0, 1, block(t, 0, 1))
	a.append(2, 3, block(t, 2, 3))
	status := fmt.Sprintf(`{"source":"pod-1.01","sent":3,"at":%q}`, time.Now().Format(time.RFC3339))
	if _, err := l.Put(t.Context(), "sources/"+a.name, 0, []byte(status)); err != nil {
		t.Fatal(err)
	}
	ask := "asks/" + a.name
	asked := func() string {
		if !isSet(t, l, ask) {
			return "the worker does not ask for what is missing"
		}
		return ""
	}
	workUntil(t, l, st, asked)
	b.append(0, 1, block(t, 0, 11))
	learned(t, l, st, b.name, 1)
	if _, err := l.Put(t.Context(), ask, relay.Anything, nil); err != nil { // as a forwarder whose blocks are lost again
		t.Fatal(err)
	}
	workUntil(t, l, st, asked)
}

// TestFollowerRemembersGaps begins a follower on the store of one that waited for lost flows.
func TestFollowerRemembersGaps(t *testing.T) {
	l, st := logtest.NewMemoryLog(1, logtest.Faults{}), tempDB(t)
	a := &pod{t: t, log: l, name: "pod-1.01"}
	a.append(0, 1, block(t, 0, 1))
	a.append(2, 3, block(t, 2, 3))
	for range 2 {
		f, err := relay.NewFollower(t.Context(), relay.FollowerConfig{Store: st, Log: l})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if after, ok := f.Status().Gaps[a.name]; !ok || after != 1 {
			t.Errorf("the follower misses flows after %d, %v; want 1", after, ok)
		}
		if !isSet(t, l, "asks/"+a.name) {
			t.Error("the follower does not ask for what is missing")
		}
		if _, err := l.Put(t.Context(), "asks/"+a.name, relay.Anything, nil); err != nil {
			t.Fatal(err)
		}
	}
	a.append(1, 2, block(t, 1, 2))
	a.append(2, 3, block(t, 2, 3))
	f, err := relay.NewFollower(t.Context(), relay.FollowerConfig{Store: st, Log: l})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.CatchUp(t.Context()); err != nil || len(f.Status().Gaps) != 0 || len(flows(t, st)) != 3 {
		t.Errorf("%d flows, gaps %v, %v", len(flows(t, st)), f.Status().Gaps, err)
	}
}

// isSet reports whether a key of a log has a value.
func isSet(t *testing.T, l relay.Log, key string) bool {
	t.Helper()
	list, err := l.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return len(list) > 0 && len(list[0].Data) > 0
}

// neighbour returns the name of a source in the partition of another.
func neighbour(source string) string {
	for i := 0; ; i++ {
		if name := fmt.Sprintf("pod-2.%02x", i); relay.Partition(name) == relay.Partition(source) {
			return name
		}
	}
}
