package main

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// guest reads a store for as long as it likes without being in anybody's way: it opens it when it is asked for
// something and lets go of it soon after, so that a proxy can start recording, or end, while an agent's server
// stays up. While a proxy owns the store, a guest reads through it. All methods may be called at once.
type guest struct {
	open func(store.Options) (control.Store, error)

	gate  sync.RWMutex // shut while another opens the store to write
	mu    sync.Mutex   // guards all below
	store control.Store
	users int
	timer *time.Timer
}

// How long a guest stays after its last question, and how often it looks for something new when nobody tells it.
const (
	guestStay = 300 * time.Millisecond
	guestLook = time.Second
)

var (
	_ store.Reader = (*guest)(nil)
	_ learnt       = (*guest)(nil)
)

func newGuest(open func(store.Options) (control.Store, error)) *guest { return &guest{open: open} }

// enter gives the store to one user, who leaves it.
func (g *guest) enter() (control.Store, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.store == nil {
		st, err := g.open(store.Options{ReadOnly: true})
		if err != nil {
			return nil, err
		}
		g.store = st
	}
	if g.timer != nil {
		g.timer.Stop()
	}
	g.users++
	return g.store, nil
}

func (g *guest) leave(st control.Store) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if st != g.store {
		return // it was dropped meanwhile
	}
	if g.users--; g.users == 0 {
		g.timer = time.AfterFunc(guestStay, func() { g.drop(st, true) })
	}
}

// drop closes the store: because nobody uses it, or because its owner is gone.
func (g *guest) drop(st control.Store, idle bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if st != g.store || idle && g.users > 0 {
		return
	}
	g.store, g.users = nil, 0
	st.Close()
}

// gone says whether an error means that the owner has ended: another try finds the file, or its next owner.
func gone(err error) bool {
	return errors.Is(err, control.ErrOwnerGone) || errors.Is(err, control.ErrNoOwner) || errors.Is(err, store.ErrClosed)
}

// visit runs f with the store, twice when the owner ended in between.
func (g *guest) visit(f func(control.Store) error) error {
	for try := 0; ; try++ {
		st, err := g.enter()
		if err != nil {
			return err
		}
		err = f(st)
		g.leave(st)
		if try > 0 || !gone(err) {
			return err
		}
		g.drop(st, false)
	}
}

// away runs f while the guest lets the store alone; questions wait meanwhile, and those under way ask again.
func (g *guest) away(f func() error) error {
	g.gate.Lock()
	defer g.gate.Unlock()
	g.Close()
	return f()
}

// Close lets go of the store.
func (g *guest) Close() error {
	g.mu.Lock()
	st := g.store
	g.mu.Unlock()
	if st != nil {
		g.drop(st, false)
	}
	return nil
}

// Get implements store.Reader.
func (g *guest) Get(ctx context.Context, s flow.Seq) (f flow.Flow, err error) {
	err = g.visit(func(st control.Store) error { f, err = st.Get(ctx, s); return err })
	return f, err
}

// Stat implements store.Reader.
func (g *guest) Stat(ctx context.Context) (s store.Stat, err error) {
	err = g.visit(func(st control.Store) error { s, err = st.Stat(ctx); return err })
	return s, err
}

// Snapshot implements store.Reader.
func (g *guest) Snapshot(ctx context.Context, w io.Writer) error {
	return g.visit(func(st control.Store) error { return st.Snapshot(ctx, w) })
}

// LoadModel implements store.Models.
func (g *guest) LoadModel(ctx context.Context, name string) (data []byte, rests store.Basis, err error) {
	err = g.visit(func(st control.Store) error { data, rests, err = st.LoadModel(ctx, name); return err })
	return data, rests, err
}

// SaveModel implements store.Models. It has the file for itself, or asks its owner, for no longer than that takes.
func (g *guest) SaveModel(ctx context.Context, name string, data []byte, rests store.Basis) error {
	return g.away(func() error {
		st, err := g.open(store.Options{})
		if err != nil {
			return err
		}
		return errors.Join(st.SaveModel(ctx, name, data, rests), st.Close())
	})
}

// Secret implements store.Keyed.
func (g *guest) Secret(ctx context.Context) (key []byte, err error) {
	err = g.visit(func(st control.Store) error { key, err = st.Secret(ctx); return err })
	return key, err
}

// Scan implements store.Reader. When the owner ends on the way it goes on where it was.
func (g *guest) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		stopped := false
		err := g.visit(func(st control.Store) error {
			for f, err := range st.Scan(ctx, q) {
				if err != nil {
					return err
				}
				if stopped = !yield(f, nil); stopped {
					return nil
				}
				if q.Limit > 0 {
					if q.Limit--; q.Limit == 0 {
						return nil
					}
				}
				if !q.Newest {
					q.After = f.Last
				} else if q.Until = f.Last - 1; q.Until == 0 {
					return nil // 0 would be no bound
				}
			}
			return nil
		})
		if err != nil && !stopped {
			yield(flow.Flow{}, err)
		}
	}
}

// Watch implements store.Reader. Through an owner it hears of each flow at once; without one nothing is recorded,
// and it looks now and then whether one has come.
func (g *guest) Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		for {
			stopped := false
			err := g.visit(func(st control.Store) error {
				news := st.Watch(ctx, after)
				if _, file := st.(*store.DB); file {
					news = st.Scan(ctx, store.Query{After: after}) // Watch would keep the file
				}
				for f, err := range news {
					if err != nil {
						return err
					}
					if stopped = !yield(f, nil); stopped {
						return nil
					}
					after = f.Last
				}
				return nil
			})
			switch {
			case stopped:
				return
			case ctx.Err() != nil:
				yield(flow.Flow{}, ctx.Err())
				return
			case err != nil && !gone(err) && !errors.Is(err, store.ErrLocked):
				yield(flow.Flow{}, err)
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(guestLook):
			}
		}
	}
}
