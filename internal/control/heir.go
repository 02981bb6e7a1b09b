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

// inheritWait limits how long an heir waits for the file while processes compete for it.
const inheritWait = 30 * time.Second

// Heir is the store of a process that records beside the owner of the file. When the owner ends,
// the heir opens the file itself, or goes on through the next owner, and repeats the call. Flows of
// an Append whose answer was lost are stored once.
//
// All methods are safe for concurrent use. Scan and Watch end with the owner.
type Heir struct {
	open  func() (Store, error)
	adopt func(*store.DB)

	mu     sync.Mutex    // guards the fields below
	turn   chan struct{} // made when needed; has an element while a call looks for the next store
	store  Store
	closed bool
	seen   flow.Seq // the newest record before the appends without an answer
}

var _ Store = (*Heir)(nil)

// NewHeir returns an heir that begins with the store st. open opens the store again. adopt is
// called once the heir has opened the file itself, and may serve it.
func NewHeir(ctx context.Context, st Store, open func() (Store, error), adopt func(*store.DB)) (*Heir, error) {
	stat, err := st.Stat(ctx)
	if err != nil {
		return nil, err
	}
	return &Heir{open: open, adopt: adopt, store: st, seen: stat.Last}, nil
}

func (h *Heir) now() Store {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.store
}

// use runs f with the store, and again with the next one if the owner has ended.
func (h *Heir) use(ctx context.Context, f func(st Store, again bool) error) error {
	for again := false; ; again = true {
		st := h.now()
		err := f(st, again)
		if err == nil || !isGone(err) || ctx.Err() != nil {
			return err
		}
		if err := h.inherit(ctx, st); err != nil {
			return err
		}
	}
}

// inherited is [Heir.use] for a method with a result.
func inherited[T any](ctx context.Context, h *Heir, f func(Store) (T, error)) (v T, err error) {
	err = h.use(ctx, func(st Store, _ bool) (err error) { v, err = f(st); return err })
	return v, err
}

// inherit replaces the store old, whose owner has ended, unless another call has done so.
func (h *Heir) inherit(ctx context.Context, old Store) error {
	h.mu.Lock()
	if h.turn == nil {
		h.turn = make(chan struct{}, 1)
	}
	turn := h.turn
	h.mu.Unlock()
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, inheritWait)
	defer cancel()
	for {
		if done, err := h.has(old); done {
			return err
		}
		st, err := h.open()
		switch {
		case err == nil:
			return h.take(old, st)
		case !isGone(err) && !errors.Is(err, store.ErrLocked):
			return err
		}
		if pause.For(ctx, 20*time.Millisecond) != nil { // another process is about to serve the file
			return fmt.Errorf("wait for the store of a process that has ended: %w", err)
		}
	}
}

// has reports whether the heir has another store than old already, or will have none.
func (h *Heir) has(old Store) (done bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, own := old.(*store.DB)
	switch {
	case h.store != old:
		return true, nil
	case own || h.closed:
		return true, store.ErrClosed
	}
	return false, nil
}

// take replaces the store old, unless the heir was closed meanwhile.
func (h *Heir) take(old, st Store) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		st.Close()
		return store.ErrClosed
	}
	old.Close()
	h.store = st
	if db, own := st.(*store.DB); own && h.adopt != nil {
		h.adopt(db)
	}
	return nil
}

// Append implements [store.Appender].
func (h *Heir) Append(ctx context.Context, fs ...flow.Flow) (last flow.Seq, err error) {
	h.mu.Lock()
	seen := h.seen
	h.mu.Unlock()
	for i := range fs { // a lost answer is found again by the ID
		if fs[i].ID == (flow.ID{}) {
			fs[i].ID = flow.NewID()
		}
	}
	err = h.use(ctx, func(st Store, again bool) (err error) {
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
		h.mu.Lock()
		h.seen = max(h.seen, last)
		h.mu.Unlock()
	}
	return last, err
}

// missing returns the flows that the store does not have in this state after a record.
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
func (h *Heir) NoteLoss(ctx context.Context, flows int64, since, until time.Time) error {
	return h.use(ctx, func(st Store, _ bool) error { return st.NoteLoss(ctx, flows, since, until) })
}

// Apply implements [store.Receiver]. If the answer was lost with the owner, applied is false.
func (h *Heir) Apply(ctx context.Context, mark store.Mark, flows []*flow.Flow) (bool, error) {
	return inherited(ctx, h, func(st Store) (bool, error) { return st.Apply(ctx, mark, flows) })
}

// Marks implements [store.Receiver].
func (h *Heir) Marks(ctx context.Context) (map[string]uint64, error) {
	return inherited(ctx, h, func(st Store) (map[string]uint64, error) { return st.Marks(ctx) })
}

// BeginSession implements [store.SessionKeeper].
func (h *Heir) BeginSession(ctx context.Context, s store.Session) (uint64, error) {
	return inherited(ctx, h, func(st Store) (uint64, error) { return st.BeginSession(ctx, s) })
}

// EndSession implements [store.SessionKeeper].
func (h *Heir) EndSession(ctx context.Context, number uint64, ended time.Time, status int) error {
	return h.use(ctx, func(st Store, _ bool) error { return st.EndSession(ctx, number, ended, status) })
}

// DeleteSession implements [store.SessionKeeper].
func (h *Heir) DeleteSession(ctx context.Context, number uint64) error {
	return h.use(ctx, func(st Store, _ bool) error { return st.DeleteSession(ctx, number) })
}

// Delete implements [store.Pruner].
func (h *Heir) Delete(ctx context.Context, q store.Query) (int, error) {
	return inherited(ctx, h, func(st Store) (int, error) { return st.Delete(ctx, q) })
}

// Import implements [store.Importer].
func (h *Heir) Import(ctx context.Context, source string) (store.Import, error) {
	return inherited(ctx, h, func(st Store) (store.Import, error) { return st.Import(ctx, source) })
}

// LoadModel implements [store.Models].
func (h *Heir) LoadModel(ctx context.Context, name string) (data []byte, basis store.Basis, err error) {
	err = h.use(ctx, func(st Store, _ bool) (err error) { data, basis, err = st.LoadModel(ctx, name); return err })
	return data, basis, err
}

// SaveModel implements [store.Models].
func (h *Heir) SaveModel(ctx context.Context, name string, data []byte, basis store.Basis) error {
	return h.use(ctx, func(st Store, again bool) error {
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
func (h *Heir) Secret(ctx context.Context) ([]byte, error) {
	return inherited(ctx, h, func(st Store) ([]byte, error) { return st.Secret(ctx) })
}

// Get implements [store.Reader].
func (h *Heir) Get(ctx context.Context, s flow.Seq) (flow.Flow, error) {
	return inherited(ctx, h, func(st Store) (flow.Flow, error) { return st.Get(ctx, s) })
}

// Stat implements [store.Reader].
func (h *Heir) Stat(ctx context.Context) (store.Stat, error) {
	return inherited(ctx, h, func(st Store) (store.Stat, error) { return st.Stat(ctx) })
}

// Sessions implements [store.Reader].
func (h *Heir) Sessions(ctx context.Context) ([]store.Session, error) {
	return inherited(ctx, h, func(st Store) ([]store.Session, error) { return st.Sessions(ctx) })
}

// Scan implements [store.Reader].
func (h *Heir) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return h.now().Scan(ctx, q)
}

// Watch implements [store.Reader].
func (h *Heir) Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error] {
	return h.now().Watch(ctx, after)
}

// Snapshot implements [store.Reader].
func (h *Heir) Snapshot(ctx context.Context, w io.Writer) error { return h.now().Snapshot(ctx, w) }

// Verify makes the owner verify the store.
func (h *Heir) Verify(ctx context.Context) (*store.Report, error) { return h.now().Verify(ctx) }

// Reader returns a view whose type has only methods that read.
func (h *Heir) Reader() store.Reader { return struct{ store.Reader }{h} }

// Close closes the store. Later calls fail with [store.ErrClosed].
func (h *Heir) Close() error {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	return h.now().Close()
}
