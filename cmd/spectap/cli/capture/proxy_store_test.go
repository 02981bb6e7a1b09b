package capture

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/store"
)

// stalled is a store whose writes wait until it is released.
type stalled struct {
	db      *store.DB
	release chan struct{}
}

func (s stalled) Append(ctx context.Context, fs ...flow.Flow) (flow.Seq, error) {
	<-s.release
	return s.db.Append(ctx, fs...)
}

func (s stalled) NoteLoss(ctx context.Context, n int64, since, until time.Time) error {
	return s.db.NoteLoss(ctx, n, since, until)
}

// A reader of the log flushes the queue when it asks how long the log is, and not again for those
// records. A scan of later ones does.
func TestReadersFlushOnce(t *testing.T) {
	done := func(path string) flow.Flow {
		return flow.Flow{ID: flow.NewID(), Source: "proxy", Started: time.Now(), Done: true,
			Request: flow.Request{Method: "GET", Scheme: "http", Authority: "a.example", Path: path}}
	}
	synctest.Test(t, func(t *testing.T) {
		db := must.Get(store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true}))
		defer db.Close()
		must.Get(db.Append(t.Context(), done("/1")))
		release := make(chan struct{})
		q := must.Get(capture.NewQueue(capture.QueueConfig{Store: stalled{db, release}}))
		st := flushedStore{db, &Tap{queue: q}}
		log, err := st.Stat(t.Context())
		if err != nil || log.Last != 1 {
			t.Fatalf("last %d, want 1: %v", log.Last, err)
		}
		must.Do(t, q.Record(t.Context(), done("/2")))
		scan := func(q store.Query) (n int, waited time.Duration) {
			start := time.Now()
			for _, err := range st.Scan(t.Context(), q) {
				must.Do(t, err)
				n++
			}
			return n, time.Since(start)
		}
		if n, waited := scan(store.Query{Until: log.Last}); n != 1 || waited != 0 {
			t.Errorf("a scan of reported records: %d flows after %v", n, waited)
		}
		for _, q := range []store.Query{{}, {Until: log.Last + 1}} {
			if n, waited := scan(q); n != 1 || waited != flushWait {
				t.Errorf("a scan of %+v: %d flows after %v, want 1 after %v", q, n, waited, flushWait)
			}
		}
		close(release)
		if n, _ := scan(store.Query{}); n != 2 {
			t.Errorf("%d flows, want 2", n)
		}
		must.Do(t, q.Close(t.Context()))
	})
}

// The page of a proxy reads the store of its process, including a flow that was just recorded,
// without the control socket. Once the proxy has ended, like that of spectap run, it reads the
// file.
func TestPageReadsOwnStore(t *testing.T) {
	p := &cli.Program{Stderr: visible.NewWriter(t.Output())}
	p.Global.LogLevel, p.Global.LogFormat = "warn", "text"
	p.Global.DB = filepath.Join(t.TempDir(), "flows.db")
	db := must.Get(store.Open(p.DBPath(), store.Options{Create: true}))
	q := must.Get(capture.NewQueue(capture.QueueConfig{Store: db}))
	here := &Tap{store: db, queue: q}
	lease := control.NewLease(here.openForPage(p))
	defer lease.Close()
	count := func() int64 {
		st := must.Get(lease.Stat(t.Context()))
		return st.Flows
	}
	for i := range int64(2) {
		f := flow.Flow{ID: flow.NewID(), Source: "proxy", Started: time.Now(), Done: true,
			Request: flow.Request{Method: "GET", Scheme: "http", Authority: "a.example", Path: "/"}}
		must.Do(t, q.Record(t.Context(), f))
		if n := count(); n != i+1 {
			t.Errorf("%d flows, want %d", n, i+1)
		}
		if err := lease.Close(); err != nil { // the proxy still records
			t.Error(err)
		}
	}
	count() // so that the lease holds the store when it ends
	must.Do(t, q.Close(t.Context()))
	here.ended.Store(true)
	must.Do(t, db.Close())
	if n := count(); n != 2 {
		t.Errorf("%d flows after the end, want 2", n)
	}
}
