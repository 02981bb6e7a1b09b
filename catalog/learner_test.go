package catalog

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
)

// runLearner runs a learner on a new store until stop.
func runLearner(t *testing.T) (*store.DB, *Learner, context.CancelFunc) {
	t.Helper()
	db := must.Get(store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true}))
	ctx, cancel := context.WithCancel(t.Context())
	l := NewLearner(LearnerConfig{Catalog: New(Config{Store: db, Save: SaveAlways})})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.Run(ctx)
	}()
	return db, l, func() {
		cancel()
		<-ended
	}
}

// answered is a finished flow with a JSON response.
func answered(path string) flow.Flow {
	return flow.Flow{
		ID: flow.NewID(), Done: true,
		Request:  flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: path},
		Response: &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}}, Body: flow.Body{Data: []byte(`{"a":1}`), Size: 7}},
	}
}

// operations counts the operations of the saved model.
func operations(t *testing.T, db *store.DB) int {
	t.Helper()
	data, _, err := db.LoadModel(t.Context(), ModelName)
	must.Do(t, err)
	m := infer.New()
	if data != nil {
		must.Do(t, m.UnmarshalBinary(data))
	}
	n := 0
	for _, h := range m.Hosts(infer.Options{}) {
		n += h.Operations
	}
	return n
}

// TestLearner checks that a learner reads new flows, including one that ends late, forgets deleted
// flows, and saves the model at the end.
func TestLearner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, l, stop := runLearner(t)
		defer db.Close()
		add := func(fs ...flow.Flow) {
			t.Helper()
			must.Get(db.Append(t.Context(), fs...))
		}
		caughtUp := func() {
			t.Helper()
			time.Sleep(2 * pollInterval)
			synctest.Wait()
			if st, err := db.Stat(t.Context()); err != nil || uint64(st.Last) != l.reached.Load() {
				t.Errorf("read %d of %d, %v", l.reached.Load(), st.Last, err)
			}
		}
		late := answered("/late")
		open := late
		open.Done, open.Response = false, nil
		add(answered("/one"), open)
		caughtUp()
		add(late, answered("/two"))
		caughtUp()
		l.Save(t.Context())
		if n := operations(t, db); n != 3 {
			t.Errorf("%d operations learned, want 3", n)
		}
		for _, q := range []store.Query{{Until: 1}, {}} { // after the first, the others are learned again
			must.Get(db.Delete(t.Context(), q))
			caughtUp()
			l.Save(t.Context())
			if n, want := operations(t, db), 2*int(q.Until); n != want {
				t.Errorf("%d operations after a deletion, want %d", n, want)
			}
		}
		add(answered("/three"))
		caughtUp()
		stop()
		if n := operations(t, db); n != 1 {
			t.Errorf("%d operations after all others were deleted, want 1", n)
		}
	})
}
