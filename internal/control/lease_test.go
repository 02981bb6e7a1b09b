package control

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// viewed is a view of a store, as that of one session is.
type viewed struct{ Store }

func (v viewed) Unwrap() Store { return v.Store }

// TestLease checks that a lease misses no flow while owners open the store, record and close it.
func TestLease(t *testing.T) {
	t.Run("store", func(t *testing.T) { useLease(t, func(st Store) Store { return st }) })
	t.Run("view of a store", func(t *testing.T) { useLease(t, func(st Store) Store { return viewed{st} }) })
}

func useLease(t *testing.T, view func(Store) Store) {
	path := filepath.Join(t.TempDir(), "flows.db")
	createStore(t, path, sample("/1"), sample("/2"))
	l := NewLease(func(o store.Options) (Store, error) {
		st, err := Open(t.Context(), path, o)
		if err != nil {
			return nil, err
		}
		return view(st), nil
	})
	defer l.Close()
	count := func() (n int) {
		t.Helper()
		for _, err := range l.Scan(t.Context(), store.Query{Newest: true}) {
			noError(t, err)
			n++
		}
		return n
	}
	if n := count(); n != 2 {
		t.Fatalf("%d flows, want 2", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watched := make(chan string, 10)
	var last error
	go func() {
		defer close(watched)
		for f, err := range l.Watch(ctx, 2) {
			if last = err; err == nil {
				watched <- f.Request.Path
			}
		}
	}()
	for i, next := range []string{"/3", "/4"} {
		db, owner := ownBesideLease(t, path)
		must(db.Append(t.Context(), sample(next)))
		select {
		case got := <-watched:
			if got != next {
				t.Errorf("watched %s, want %s", got, next)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s was not watched", next)
		}
		if n := count(); n != 3+i {
			t.Errorf("%d flows through the owner, want %d", n, 3+i)
		}
		owner.Close()
		noError(t, db.Close())
		if n := count(); n != 3+i {
			t.Errorf("%d flows after the owner ended, want %d", n, 3+i)
		}
	}
	cancel()
	for range watched {
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("the watch ends with %v", last)
	}
}

// ownBesideLease opens and serves a store that a lease reads.
func ownBesideLease(t *testing.T, path string) (*store.DB, *Server) {
	t.Helper()
	// The lease closes the file before the timeout of Open.
	db := must(store.Open(path, store.Options{Timeout: time.Minute}))
	owner := must(Start(Config{Store: db, Path: path}))
	return db, owner
}

// createStore creates a store with the flows fs.
func createStore(t *testing.T, path string, fs ...flow.Flow) {
	t.Helper()
	db := openStore(t, path, store.Options{Create: true})
	_, err := db.Append(t.Context(), fs...)
	noError(t, errors.Join(err, db.Close()))
}
