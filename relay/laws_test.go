package relay_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// relayed is the store of a follower. Recorded flows, imports and sessions come to it through a
// spool and a log. The rest is its own.
type relayed struct {
	*store.DB
	spool *store.DB
	log   relay.Log
	fw    *relay.Forwarder
	stop  func()

	mu       sync.Mutex
	follower *relay.Follower // guarded by mu
	imports  int             // guarded by mu
}

// TestMemoryLog runs the conformance tests of a log with the one in memory, which other tests use.
func TestMemoryLog(t *testing.T) {
	logtest.Run(t, func(*testing.T) relay.Log { return logtest.NewMemoryLog(1, logtest.Faults{}) })
}

// TestLawsOfStores checks that a store that is fed through a log keeps the laws of stores: record
// numbers, states of flows, imports that show as a whole, sessions. Random operations are those of
// replicas agree.
func TestLawsOfStores(t *testing.T) {
	t.Parallel()
	storetest.RunLaws(t, func(t *testing.T) store.Store {
		r := &relayed{DB: openDB(t, t.TempDir()+"/follower.db"), spool: openDB(t, t.TempDir()+"/spool.db"), log: logtest.NewMemoryLog(1, logtest.Faults{})}
		r.fw, r.stop = startForwarder(t, r.log, r.spool, func(c *relay.ForwarderConfig) { c.Spool = relay.NewSpool(r.spool, true) })
		r.stop = sync.OnceFunc(r.stop)
		r.follower = must.Get(relay.NewFollower(t.Context(), relay.FollowerConfig{Store: r.DB, Log: r.log}))
		return r
	})
}

// follow brings the follower to where the spool is. The caller holds mu.
func (r *relayed) follow(ctx context.Context) error {
	if err := r.fw.Wait(ctx, false); err != nil {
		return err
	}
	return r.follower.CatchUp(ctx)
}

// Append records flows in the spool, and returns the number of the last record here.
func (r *relayed) Append(ctx context.Context, fs ...flow.Flow) (flow.Seq, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.DB.Append(ctx); err != nil { // closed, for example
		return 0, err
	}
	if last, err := r.spool.Append(ctx, fs...); err != nil || last == 0 {
		return last, err
	}
	if err := r.follow(context.WithoutCancel(ctx)); err != nil {
		return 0, err
	}
	st, err := r.DB.Stat(context.WithoutCancel(ctx))
	return st.Last, err
}

func (r *relayed) BeginSession(ctx context.Context, s store.Session) (uint64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err := r.spool.BeginSession(ctx, s)
	if err != nil {
		return 0, err
	}
	return n, r.follow(ctx)
}

func (r *relayed) EndSession(ctx context.Context, n uint64, at time.Time, status int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.spool.EndSession(ctx, n, at, status), r.follow(ctx))
}

// Sessions returns the sessions without their sources, which only a follower has.
func (r *relayed) Sessions(ctx context.Context) ([]store.Session, error) {
	list, err := r.DB.Sessions(ctx)
	for i := range list {
		if list[i].Source == spoolSource {
			list[i].Source, list[i].Origin = "", 0
		}
	}
	return list, err
}

// Import begins an import through the log.
func (r *relayed) Import(ctx context.Context, source string) (store.Import, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.imports++
	im := relay.NewImporter(relay.ImporterConfig{Log: r.log, Source: fmt.Sprintf("import.%08x", r.imports)})
	return &relayedImport{im, r, source, uint64(r.imports)}, nil
}

type relayedImport struct {
	*relay.Importer
	r      *relayed
	source string
	number uint64
}

func (i *relayedImport) Number() uint64 { return i.number }

func (i *relayedImport) Append(ctx context.Context, fs ...flow.Flow) error {
	for k := range fs {
		if fs[k].Source == "" {
			fs[k].Source = i.source
		}
	}
	return i.Importer.Append(ctx, fs...)
}

func (i *relayedImport) Commit(ctx context.Context) error {
	i.r.mu.Lock()
	defer i.r.mu.Unlock()
	if err := i.Importer.Commit(ctx); err != nil {
		return err
	}
	return i.r.follower.CatchUp(ctx)
}

func (r *relayed) Close() error {
	r.stop()
	return errors.Join(r.spool.Close(), r.DB.Close())
}

const spoolSource = "pod.00000001"
