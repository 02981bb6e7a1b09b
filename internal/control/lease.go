package control

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/store"
)

// The time that a lease holds an unused store, and the interval at which Watch polls a store
// without an owner.
const (
	leaseIdle = 300 * time.Millisecond
	leasePoll = time.Second
)

// Lease reads a store without holding it for long. It opens the store for the first call and closes
// it soon after the last one, so that a proxy can open the file, or end, while a server for agents
// runs. While a proxy owns the store, a lease reads through the proxy. If the owner ends during a
// call, the call is retried once. Calls interrupted by Suspend are always retried.
//
// All methods are safe for concurrent use.
type Lease struct {
	open func(store.Options) (Store, error)

	gate  sync.RWMutex // write-locked while Suspend runs
	mu    sync.Mutex   // guards the fields below
	store Store
	users int
	timer *time.Timer
}

var (
	_ store.Reader = (*Lease)(nil)
	_ store.Models = (*Lease)(nil)
	_ store.Keyed  = (*Lease)(nil)
)

// NewLease returns a lease of the store that open opens: for writing in SaveModel, and otherwise
// for reading only.
func NewLease(open func(store.Options) (Store, error)) *Lease { return &Lease{open: open} }

// acquire gives the store to one user, who must release it.
func (l *Lease) acquire() (Store, error) {
	l.gate.RLock()
	defer l.gate.RUnlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.store == nil {
		st, err := l.open(store.Options{ReadOnly: true})
		if err != nil {
			return nil, err
		}
		l.store = st
	}
	if l.timer != nil {
		l.timer.Stop()
	}
	l.users++
	return l.store, nil
}

// release ends the use of a store. It reports whether the store was dropped meanwhile.
func (l *Lease) release(st Store) (dropped bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if st != l.store {
		return true
	}
	if l.users--; l.users == 0 {
		l.timer = time.AfterFunc(leaseIdle, func() { l.drop(st, true) })
	}
	return false
}

// drop closes the store. With ifIdle it does so only if the store has no users.
func (l *Lease) drop(st Store, ifIdle bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if st != l.store || ifIdle && l.users > 0 {
		return
	}
	l.store, l.users = nil, 0
	st.Close()
}

// isGone reports whether err means that the owner has ended. Another try finds the file or its next
// owner.
func isGone(err error) bool {
	return errors.Is(err, ErrOwnerGone) || errors.Is(err, ErrNoOwner) || errors.Is(err, store.ErrClosed)
}

// use runs f with the store, a second time if the owner ended meanwhile, and again whenever another
// call dropped the store: a long scan may outlive several suspensions.
func (l *Lease) use(f func(Store) error) error {
	for tries := 0; ; {
		st, err := l.acquire()
		if err != nil {
			return err
		}
		err = f(st)
		switch dropped := l.release(st); {
		case !isGone(err):
			return err
		case dropped:
		case tries > 0:
			return err
		default:
			tries++
			l.drop(st, false)
		}
	}
}

// Suspend releases the store and runs f, which may open the file for writing. Calls wait until f
// returns; calls in progress are tried again.
func (l *Lease) Suspend(f func() error) error {
	l.gate.Lock()
	defer l.gate.Unlock()
	l.Close()
	return f()
}

// Close closes the store. A later call opens it again. The error is always nil.
func (l *Lease) Close() error {
	l.mu.Lock()
	st := l.store
	l.mu.Unlock()
	if st != nil {
		l.drop(st, false)
	}
	return nil
}

// Get implements [store.Reader].
func (l *Lease) Get(ctx context.Context, s flow.Seq) (f flow.Flow, err error) {
	err = l.use(func(st Store) error { f, err = st.Get(ctx, s); return err })
	return f, err
}

// Stat implements [store.Reader].
func (l *Lease) Stat(ctx context.Context) (s store.Stat, err error) {
	err = l.use(func(st Store) error { s, err = st.Stat(ctx); return err })
	return s, err
}

// Snapshot implements [store.Reader]. An interrupted copy is not retried.
func (l *Lease) Snapshot(ctx context.Context, w io.Writer) error {
	out, cut := &begun{w: w}, error(nil)
	return l.use(func(st Store) error {
		if cut != nil {
			return cut
		}
		err := st.Snapshot(ctx, out)
		if out.any {
			cut = err
		}
		return err
	})
}

// begun records whether anything was written.
type begun struct {
	w   io.Writer
	any bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.any = true
	return b.w.Write(p)
}

// Sessions implements [store.Reader].
func (l *Lease) Sessions(ctx context.Context) (list []store.Session, err error) {
	err = l.use(func(st Store) error { list, err = st.Sessions(ctx); return err })
	return list, err
}

// LoadModel implements [store.Models].
func (l *Lease) LoadModel(ctx context.Context, name string) (data []byte, basis store.Basis, err error) {
	err = l.use(func(st Store) error { data, basis, err = st.LoadModel(ctx, name); return err })
	return data, basis, err
}

// SaveModel implements [store.Models]. It opens the store for writing, for the time of the save.
func (l *Lease) SaveModel(ctx context.Context, name string, data []byte, basis store.Basis) error {
	return l.Suspend(func() error {
		st, err := l.open(store.Options{})
		if err != nil {
			return err
		}
		return errors.Join(st.SaveModel(ctx, name, data, basis), st.Close())
	})
}

// Secret implements [store.Keyed].
func (l *Lease) Secret(ctx context.Context) (key []byte, err error) {
	err = l.use(func(st Store) error { key, err = st.Secret(ctx); return err })
	return key, err
}

// Scan implements [store.Reader]. If the owner ends during the scan, the scan continues after the
// last yielded flow.
func (l *Lease) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		stopped := false
		err := l.use(func(st Store) error {
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
					return nil // as a bound, 0 means none
				}
			}
			return nil
		})
		if err != nil && !stopped {
			yield(flow.Flow{}, err)
		}
	}
}

// isFile reports whether a store, or the one that it is a view of, is the file itself.
func isFile(st Store) bool {
	if view, ok := st.(interface{ Unwrap() Store }); ok {
		st = view.Unwrap()
	}
	_, file := st.(*store.DB)
	return file
}

// Watch implements [store.Reader]. An owner sends each flow at once. Without an owner nothing is
// recorded, and Watch polls for an owner or new flows.
func (l *Lease) Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		for {
			stopped := false
			err := l.use(func(st Store) error {
				news := st.Watch(ctx, after)
				if isFile(st) {
					news = st.Scan(ctx, store.Query{After: after}) // Watch of the store would hold the file
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
			case err != nil && !isGone(err) && !errors.Is(err, store.ErrLocked):
				yield(flow.Flow{}, err)
				return
			}
			_ = pause.For(ctx, leasePoll) // the next attempt yields the error
		}
	}
}
