package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/store"
)

// learning is a learner at work on a new store. activity may be nil.
func learning(t *testing.T, activity func() (int64, int64)) (*store.DB, *learner, context.CancelFunc) {
	t.Helper()
	db, err := store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	if activity == nil {
		activity = func() (int64, int64) { return 0, 0 }
	}
	ctx, cancel := context.WithCancel(t.Context())
	l := &learner{catalog: &catalog{store: db, saving: saveAll}, log: slog.New(slog.DiscardHandler), activity: activity, tight: func() bool { return false }}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.run(ctx)
	}()
	return db, l, func() {
		cancel()
		<-ended
	}
}

// got is a flow that a model learns from.
func got(path string) flow.Flow {
	return flow.Flow{
		ID: flow.NewID(), Done: true,
		Request:  flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: path},
		Response: &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}}, Body: flow.Body{Data: []byte(`{"a":1}`), Size: 7}},
	}
}

// operations counts what a saved model knows.
func operations(t *testing.T, db *store.DB) int {
	t.Helper()
	data, _, err := db.LoadModel(t.Context(), modelName)
	if err != nil {
		t.Fatal(err)
	}
	m := infer.New()
	if data != nil {
		if err := m.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for _, h := range m.Hosts(infer.Policy{}) {
		n += h.Operations
	}
	return n
}

// A learner learns from what comes, requests whose answer came late included, forgets what is deleted, and keeps
// what it learnt when it ends.
func TestLearner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, l, stop := learning(t, nil)
		defer db.Close()
		add := func(fs ...flow.Flow) {
			t.Helper()
			if _, err := db.Append(t.Context(), fs...); err != nil {
				t.Fatal(err)
			}
		}
		caughtUp := func() {
			t.Helper()
			time.Sleep(2 * learnLook)
			synctest.Wait()
			if st, err := db.Stat(t.Context()); err != nil || uint64(st.Last) != l.at.Load() {
				t.Errorf("looked at %d of %d, %v", l.at.Load(), st.Last, err)
			}
		}
		late := got("/late")
		open := late
		open.Done, open.Response = false, nil
		add(got("/one"), open)
		caughtUp()
		add(late, got("/two"))
		caughtUp()
		l.flush(t.Context())
		if n := operations(t, db); n != 3 {
			t.Errorf("%d operations learnt, want 3", n)
		}
		if _, err := db.Delete(t.Context(), store.Query{}); err != nil {
			t.Fatal(err)
		}
		add(got("/three"))
		caughtUp()
		stop()
		if n := operations(t, db); n != 1 {
			t.Errorf("%d operations after all others were deleted, want 1", n)
		}
	})
}

// What was saved is not learnt again.
func TestLearnerGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, _, stop := learning(t, nil)
		defer db.Close()
		for i := range 3 {
			if _, err := db.Append(t.Context(), got(fmt.Sprint("/", i, "/x"))); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * learnLook)
		stop()
		again := &learner{catalog: &catalog{store: db, saving: saveAll}}
		if err := again.begin(t.Context()); err != nil || again.at.Load() != 3 {
			t.Errorf("begins at %d, want 3; %v", again.at.Load(), err)
		}
	})
}

// While there are exchanges, a learner takes a twentieth of a core.
func TestLearnerRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n, active int64
		tight := 0
		l := &learner{activity: func() (int64, int64) { return n, active }, tight: func() bool {
			tight--
			return tight >= 0
		}}
		for _, tt := range []struct {
			name      string
			n, active int64
			tight     int
			worked    time.Duration
			want      time.Duration
		}{
			{"little was done", 0, 1, 0, time.Millisecond, 0},
			{"an exchange is under way", 0, 1, 0, 10 * time.Millisecond, 190 * time.Millisecond},
			{"nothing happens", 0, 0, 0, 10 * time.Millisecond, 0},
			{"an exchange was over meanwhile", 2, 0, 0, 3 * time.Millisecond, 285 * time.Millisecond},
			{"the store does not keep up", 2, 1, 3, 2 * time.Millisecond, 38*time.Millisecond + 3*learnLook},
		} {
			n, active, tight, l.worked = tt.n, tt.active, tt.tight, tt.worked
			start := time.Now()
			if err := l.rest(t.Context()); err != nil {
				t.Error(err)
			}
			if rested := time.Since(start); rested != tt.want {
				t.Errorf("%s: rested %v, want %v", tt.name, rested, tt.want)
			}
		}
	})
}
