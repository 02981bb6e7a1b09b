package relay_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
	"github.com/spectap/spectap/store"
)

// forward runs a forwarder of a spool until the test ends.
func forward(t *testing.T, l relay.Log, spool *store.DB, change func(*relay.ForwarderConfig)) *relay.Forwarder {
	t.Helper()
	f, stop := startForwarder(t, l, spool, change)
	t.Cleanup(stop)
	return f
}

// startForwarder runs a forwarder of a spool until stop is called.
func startForwarder(t *testing.T, l relay.Log, spool *store.DB, change func(*relay.ForwarderConfig)) (f *relay.Forwarder, stop func()) {
	t.Helper()
	cfg := relay.ForwarderConfig{
		Spool: relay.NewSpool(spool, false), Log: l, Source: "pod.00000001", Linger: time.Millisecond, Poll: 5 * time.Millisecond,
	}
	if change != nil {
		change(&cfg)
	}
	f = relay.NewForwarder(cfg)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	return f, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func tempDB(t *testing.T) *store.DB {
	db := openDB(t, filepath.Join(t.TempDir(), "x.db"))
	t.Cleanup(func() { db.Close() })
	return db
}

// catchUp returns a store with what a log has.
func catchUp(t *testing.T, l relay.Log) *store.DB {
	t.Helper()
	db := tempDB(t)
	f := must.Get(relay.NewFollower(t.Context(), relay.FollowerConfig{Store: db, Log: l}))
	must.Do(t, f.CatchUp(t.Context()))
	return db
}

// TestSessions checks that followers learn of sessions, with their end, and that commands pass the
// preparation.
func TestSessions(t *testing.T) {
	l, spool := logtest.NewMemoryLog(1, logtest.Faults{}), tempDB(t)
	ctx := t.Context()
	n := must.Get(spool.BeginSession(ctx, store.Session{Command: []string{"curl", "token=abc"}, Started: time.Unix(1_790_000_000, 0).UTC()}))
	fw := forward(t, l, spool, func(c *relay.ForwarderConfig) {
		c.PrepareSession = func(s *store.Session) { s.Command = []string{"curl", "***"} }
	})
	fl := request(1)
	answer(&fl)
	fl.Session = n
	must.Get(spool.Append(ctx, fl))
	must.Do(t, fw.Wait(ctx, false))
	must.Do(t, spool.EndSession(ctx, n, time.Unix(1_790_000_060, 0), 3))
	if err := fw.Wait(ctx, false); err != nil { // after the last flow
		t.Fatal(err)
	}
	list, err := catchUp(t, l).Sessions(ctx)
	if err != nil || len(list) != 1 || list[0].Status != 3 || list[0].Ended.IsZero() || fmt.Sprint(list[0].Command) != "[curl ***]" {
		t.Errorf("sessions: %+v, %v", list, err)
	}
}

// TestPrepare checks that sent flows have passed the preparation, and that those of the spool are
// unchanged.
func TestPrepare(t *testing.T) {
	l, spool := logtest.NewMemoryLog(1, logtest.Faults{}), tempDB(t)
	fw := forward(t, l, spool, func(c *relay.ForwarderConfig) {
		c.Prepare = func(f *flow.Flow) { f.Request.Path = strings.ReplaceAll(f.Request.Path, "orders", "redacted") }
	})
	fl := request(1)
	must.Get(spool.Append(t.Context(), fl))
	must.Do(t, fw.Wait(t.Context(), false))
	for f, err := range catchUp(t, l).Scan(t.Context(), store.Query{}) {
		if err != nil || f.Request.Path != "/redacted/1" {
			t.Errorf("sent %s, %v", f.Request.Path, err)
		}
	}
	for f, err := range spool.Scan(t.Context(), store.Query{}) {
		if err != nil || f.Request.Path != "/orders/1" {
			t.Errorf("the spool has %s, %v", f.Request.Path, err)
		}
	}
}

// TestForeignSpool checks that a spool that is older than what the log has of its source sends
// nothing: its numbers would mean other flows.
func TestForeignSpool(t *testing.T) {
	l := logtest.NewMemoryLog(1, logtest.Faults{})
	must.Get(l.Append(t.Context(), &relay.Entry{Source: "pod.00000001", Last: 9, Data: []byte{1}}, 0))
	f := relay.NewForwarder(relay.ForwarderConfig{Spool: relay.NewSpool(tempDB(t), false), Log: l, Source: "pod.00000001"})
	if err := f.Run(t.Context()); !errors.Is(err, relay.ErrForeignSpool) {
		t.Errorf("got %v", err)
	}
}

// TestReleaseNeedsMark checks that acknowledged flows stay in the spool until a worker's mark, and
// go then.
func TestReleaseNeedsMark(t *testing.T) {
	l, spool := logtest.NewMemoryLog(1, logtest.Faults{}), tempDB(t)
	ctx := t.Context()
	polled := make(chan struct{}, 1000)
	fw := forward(t, countedGets{l, polled}, spool, nil)
	for i := range 5 {
		must.Get(spool.Append(ctx, request(i)))
	}
	must.Do(t, fw.Wait(ctx, false))
	for range 6 { // two looks at the mark at least
		<-polled
	}
	if st, err := spool.Stat(ctx); err != nil || st.Flows != 5 {
		t.Errorf("without a mark the spool has %d flows, %v", st.Flows, err)
	}
	must.Get(l.Put(ctx, "marks/pod.00000001", relay.Anything, []byte(`{"last":3}`)))
	eventually(t, func() string {
		st, err := spool.Stat(ctx)
		if err != nil || st.Flows != 2 || st.First != 4 {
			return fmt.Sprintf("after the mark 3 the spool has %d flows from %d, %v", st.Flows, st.First, err)
		}
		return ""
	})
}

// countedGets tells of each Get.
type countedGets struct {
	relay.Log
	got chan struct{}
}

func (c countedGets) Get(ctx context.Context, key string) ([]relay.Value, error) {
	select {
	case c.got <- struct{}{}:
	default:
	}
	return c.Log.Get(ctx, key)
}

// TestLateFollower checks that a follower of a log whose first entries expired applies the rest,
// and reports it.
func TestLateFollower(t *testing.T) {
	l, spool := logtest.NewMemoryLog(1, logtest.Faults{}), tempDB(t)
	fw := forward(t, l, spool, nil)
	for i := range 4 {
		must.Get(spool.Append(t.Context(), request(i)))
		must.Do(t, fw.Wait(t.Context(), false))
	}
	l.Trim(3)
	db := tempDB(t)
	f := must.Get(relay.NewFollower(t.Context(), relay.FollowerConfig{Store: db, Log: l}))
	must.Do(t, f.CatchUp(t.Context()))
	st, err := db.Stat(t.Context())
	if s := f.Status(); err != nil || st.Flows != 2 || s.Partial["pod.00000001"] != 2 || len(s.Gaps) != 0 {
		t.Errorf("%d flows, %+v, %v", st.Flows, s, err)
	}
	read := 0
	for e, err := range l.Entries(t.Context(), -1, 0) {
		if read += len(e.Data); err != nil || e.Position == 4 {
			break
		}
	}
	if s := f.Status(); s.Bytes != int64(read) || read == 0 {
		t.Errorf("%+v, %d bytes are in the log", s, read)
	}
}
