package control

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// TestFailover checks that recorders which outlive each other store every flow once: each owner ends
// while the others append.
func TestFailover(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	createStore(t, path)
	first := openStore(t, path, store.Options{})
	server := must(Start(Config{Store: first, Path: path}))
	const recorders, flows = 3, 60
	var all, started sync.WaitGroup
	started.Add(recorders)
	for i := range recorders {
		all.Go(func() { record(t, path, i, flows, &started) })
	}
	started.Wait() // each has appended through the first owner
	server.Close()
	noError(t, first.Close())
	all.Wait()
	db := openStore(t, path, store.Options{ReadOnly: true})
	defer db.Close()
	seen := map[string]int{}
	for f, err := range db.Scan(t.Context(), store.Query{}) {
		noError(t, err)
		seen[f.Request.Path]++
	}
	for i := range recorders {
		for j := range flows {
			if p := fmt.Sprintf("/%d/%d", i, j); seen[p] != 1 {
				t.Errorf("%s was stored %d times", p, seen[p])
			}
		}
	}
}

// record appends flows through a Failover, and serves the store from when it owns it until it ends.
func record(t *testing.T, path string, recorder, flows int, started *sync.WaitGroup) {
	open := func() (Store, error) { return Open(t.Context(), path, store.Options{}) }
	st, err := open()
	if err != nil {
		t.Error(err)
		started.Done()
		return
	}
	var server *Server
	h, err := NewFailover(t.Context(), st, open, func(db *store.DB) {
		if server, err = Start(Config{Store: db, Path: path}); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Error(err)
		started.Done()
		return
	}
	for j := range flows {
		f := sample(fmt.Sprintf("/%d/%d", recorder, j))
		f.ID = flow.NewID()
		pending := f
		pending.Done, pending.Response = false, nil
		for _, state := range []flow.Flow{pending, f} {
			if _, err := h.Append(t.Context(), state); err != nil {
				t.Errorf("recorder %d, flow %d: %v", recorder, j, err)
			}
		}
		if j == 5 {
			started.Done()
		}
	}
	if server != nil {
		server.Close()
	}
	noError(t, h.Close())
}
