package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/store"
)

// failoverWait limits the time that a failover waits for the file while processes compete for it.
const failoverWait = 30 * time.Second

// Failover is the store of a process that records concurrently with the owner of the file. When the
// owner ends, it opens the file itself, or connects to the next owner, and repeats the call. Flows
// of an Append whose answer was lost are stored once.
//
// All methods are safe for concurrent use. Scan and Watch end with the owner.
type Failover struct {
	open  func() (Store, error)
	adopt func(*store.DB)
	turn  chan struct{} // has an element while a call opens the next store

	mu     sync.Mutex // guards the fields below
	store  Store
	closed bool
	seen   flow.Seq // the newest record before the appends without an answer
}

var _ Store = (*Failover)(nil)

// NewFailover returns a store that begins with st. open opens the store again. adopt is called once
// the file itself was opened, and may serve it.
func NewFailover(ctx context.Context, st Store, open func() (Store, error), adopt func(*store.DB)) (*Failover, error) {
	stat, err := st.Stat(ctx)
	if err != nil {
		return nil, err
	}
	return &Failover{open: open, adopt: adopt, turn: make(chan struct{}, 1), store: st, seen: stat.Last}, nil
}

func (fo *Failover) now() Store {
	fo.mu.Lock()
	defer fo.mu.Unlock()
	return fo.store
}

// use runs f with the store, and again with the next one if the owner has ended.
func (fo *Failover) use(ctx context.Context, f func(st Store, again bool) error) error {
	for again := false; ; again = true {
		st := fo.now()
		err := f(st, again)
		if err == nil || !isGone(err) || ctx.Err() != nil {
			return err
		}
		if err := fo.failOver(ctx, st); err != nil {
			return err
		}
	}
}

// retried is [Failover.use] for a method with a result.
func retried[T any](ctx context.Context, fo *Failover, f func(Store) (T, error)) (v T, err error) {
	err = fo.use(ctx, func(st Store, _ bool) (err error) { v, err = f(st); return err })
	return v, err
}

// failOver replaces the store old, whose owner has ended, unless another call has done so.
func (fo *Failover) failOver(ctx context.Context, old Store) error {
	select {
	case fo.turn <- struct{}{}:
		defer func() { <-fo.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, failoverWait)
	defer cancel()
	for {
		if done, err := fo.has(old); done {
			return err
		}
		st, err := fo.open()
		switch {
		case err == nil:
			return fo.take(old, st)
		case !isGone(err) && !errors.Is(err, store.ErrLocked):
			return err
		}
		if pause.For(ctx, 20*time.Millisecond) != nil { // another process is about to serve the file
			return fmt.Errorf("wait for the store of a process that has ended: %w", err)
		}
	}
}

// has reports whether old was replaced already, or will not be replaced.
func (fo *Failover) has(old Store) (done bool, err error) {
	fo.mu.Lock()
	defer fo.mu.Unlock()
	_, own := old.(*store.DB)
	switch {
	case fo.store != old:
		return true, nil
	case own || fo.closed:
		return true, store.ErrClosed
	}
	return false, nil
}

// take replaces the store old with the next one, unless fo was closed meanwhile.
func (fo *Failover) take(old, st Store) error {
	fo.mu.Lock()
	defer fo.mu.Unlock()
	if fo.closed {
		st.Close()
		return store.ErrClosed
	}
	old.Close()
	fo.store = st
	if db, own := st.(*store.DB); own && fo.adopt != nil {
		fo.adopt(db)
	}
	return nil
}

// Append implements [store.Appender].
func (fo *Failover) Append(ctx context.Context, fs ...flow.Flow) (last flow.Seq, err error) {
	fo.mu.Lock()
	seen := fo.seen
	fo.mu.Unlock()
	for i := range fs { // the ID finds flows whose answer was lost
		if fs[i].ID == (flow.ID{}) {
			fs[i].ID = flow.NewID()
		}
	}
	err = fo.use(ctx, func(st Store, again bool) (err error) {
		left := fs
		if again {
			if left, err = missing(ctx, st, seen, fs); err != nil {
				return err
			}
		}
		last, err = st.Append(ctx, left...)
		return err
	})
	if err == nil {
		fo.mu.Lock()
		fo.seen = max(fo.seen, last)
		fo.mu.Unlock()
	}
	return last, err
}

// missing returns the flows that are not stored in the same state after a record.
func missing(ctx context.Context, st store.Reader, after flow.Seq, fs []flow.Flow) ([]flow.Flow, error) {
	type state struct {
		id   flow.ID
		done bool
	}
	have := map[state]bool{}
	for f, err := range st.Scan(ctx, store.Query{After: after, NoBodies: true}) {
		if err != nil {
			return nil, err
		}
		have[state{f.ID, f.Done}], have[state{f.ID, false}] = true, true
	}
	var left []flow.Flow
	for i := range fs {
		if !have[state{fs[i].ID, fs[i].Done}] {
			left = append(left, fs[i])
		}
	}
	return left, nil
}

// NoteLoss implements [store.Appender].
func (fo *Failover) NoteLoss(ctx context.Context, flows int64, since, until time.Time) error {
	return fo.use(ctx, func(st Store, _ bool) error { return st.NoteLoss(ctx, flows, since, until) })
}

// Apply implements [store.Receiver]. If the answer was lost with the owner, applied is false.
func (fo *Failover) Apply(ctx context.Context, mark store.Mark, flows []*flow.Flow) (bool, error) {
	return retried(ctx, fo, func(st Store) (bool, error) { return st.Apply(ctx, mark, flows) })
}

// Marks implements [store.Receiver].
func (fo *Failover) Marks(ctx context.Context) (map[string]uint64, error) {
	return retried(ctx, fo, func(st Store) (map[string]uint64, error) { return st.Marks(ctx) })
}

// BeginSession implements [store.SessionKeeper].
func (fo *Failover) BeginSession(ctx context.Context, s store.Session) (uint64, error) {
	return retried(ctx, fo, func(st Store) (uint64, error) { return st.BeginSession(ctx, s) })
}

// EndSession implements [store.SessionKeeper].
func (fo *Failover) EndSession(ctx context.Context, number uint64, ended time.Time, status int) error {
	return fo.use(ctx, func(st Store, _ bool) error { return st.EndSession(ctx, number, ended, status) })
}

// DeleteSession implements [store.SessionKeeper].
func (fo *Failover) DeleteSession(ctx context.Context, number uint64) error {
	return fo.use(ctx, func(st Store, _ bool) error { return st.DeleteSession(ctx, number) })
}

// Delete implements [store.Pruner].
func (fo *Failover) Delete(ctx context.Context, q store.Query) (int, error) {
	return retried(ctx, fo, func(st Store) (int, error) { return st.Delete(ctx, q) })
}

// Import implements [store.Importer].
func (fo *Failover) Import(ctx context.Context, source string) (store.Import, error) {
	return retried(ctx, fo, func(st Store) (store.Import, error) { return st.Import(ctx, source) })
}

// LoadModel implements [store.Models].
func (fo *Failover) LoadModel(ctx context.Context, name string) (data []byte, basis store.Basis, err error) {
	err = fo.use(ctx, func(st Store, _ bool) (err error) { data, basis, err = st.LoadModel(ctx, name); return err })
	return data, basis, err
}

// SaveModel implements [store.Models].
func (fo *Failover) SaveModel(ctx context.Context, name string, data []byte, basis store.Basis) error {
	return fo.use(ctx, func(st Store, again bool) error {
		err := st.SaveModel(ctx, name, data, basis)
		if again && errors.Is(err, store.ErrOutdated) { // by the call whose answer was lost
			saved, now, lerr := st.LoadModel(ctx, name)
			if lerr == nil && now.Revision == basis.Revision+1 && bytes.Equal(saved, data) {
				return nil
			}
		}
		return err
	})
}

// Secret implements [store.Keyed].
func (fo *Failover) Secret(ctx context.Context) ([]byte, error) {
	return retried(ctx, fo, func(st Store) ([]byte, error) { return st.Secret(ctx) })
}

// Get implements [store.Reader].
func (fo *Failover) Get(ctx context.Context, s flow.Seq) (flow.Flow, error) {
	return retried(ctx, fo, func(st Store) (flow.Flow, error) { return st.Get(ctx, s) })
}

// Stat implements [store.Reader].
func (fo *Failover) Stat(ctx context.Context) (store.Stat, error) {
	return retried(ctx, fo, func(st Store) (store.Stat, error) { return st.Stat(ctx) })
}

// Sessions implements [store.Reader].
func (fo *Failover) Sessions(ctx context.Context) ([]store.Session, error) {
	return retried(ctx, fo, func(st Store) ([]store.Session, error) { return st.Sessions(ctx) })
}

// Scan implements [store.Reader].
func (fo *Failover) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return fo.now().Scan(ctx, q)
}

// Watch implements [store.Reader].
func (fo *Failover) Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error] {
	return fo.now().Watch(ctx, after)
}

// Snapshot implements [store.Reader].
func (fo *Failover) Snapshot(ctx context.Context, w io.Writer) error {
	return fo.now().Snapshot(ctx, w)
}

// Verify makes the owner verify the store.
func (fo *Failover) Verify(ctx context.Context) (*store.Report, error) { return fo.now().Verify(ctx) }

// Reader returns a view whose type has only methods that read.
func (fo *Failover) Reader() store.Reader { return struct{ store.Reader }{fo} }

// Close closes the store. Later calls fail with [store.ErrClosed].
func (fo *Failover) Close() error {
	fo.mu.Lock()
	fo.closed = true
	fo.mu.Unlock()
	return fo.now().Close()
}
