package catalog

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/store"
)

// runLearner runs a learner on a new store until stop.
func runLearner(t *testing.T) (*store.DB, *Learner, context.CancelFunc) {
	t.Helper()
	db, err := store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
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
			if _, err := db.Append(t.Context(), fs...); err != nil {
				t.Fatal(err)
			}
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
			if _, err := db.Delete(t.Context(), q); err != nil {
				t.Fatal(err)
			}
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

// TestLearnerResumes checks that a learner starts behind the flows of the saved model.
func TestLearnerResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, _, stop := runLearner(t)
		defer db.Close()
		for i := range 3 {
			if _, err := db.Append(t.Context(), answered(fmt.Sprint("/", i, "/x"))); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * pollInterval)
		stop()
		next := NewLearner(LearnerConfig{Catalog: New(Config{Store: db, Save: SaveAlways})})
		if err := next.begin(t.Context()); err != nil || next.reached.Load() != 3 {
			t.Errorf("begins at %d, want 3; %v", next.reached.Load(), err)
		}
	})
}

// slow is a store that takes a second for each flow, and counts the models that are saved.
type slow struct {
	*store.DB
	saves int
}

func (s *slow) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		for f, err := range s.DB.Scan(ctx, q) {
			time.Sleep(time.Second)
			if !yield(f, err) {
				return
			}
		}
	}
}

func (s *slow) SaveModel(ctx context.Context, name string, data []byte, b store.Basis) error {
	s.saves++
	return s.DB.SaveModel(ctx, name, data, b)
}

// TestLearnerSaves checks that a learner with much to read saves what it has learned now and then.
func TestLearnerSaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for i := range 100 {
			if _, err := db.Append(t.Context(), answered(fmt.Sprint("/users/", i))); err != nil {
				t.Fatal(err)
			}
		}
		st := &slow{DB: db}
		l := NewLearner(LearnerConfig{Catalog: New(Config{Store: st, Save: SaveAlways})})
		if err := l.begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := l.catchUp(t.Context()); err != nil || st.saves != 3 {
			t.Errorf("saved %d times in 100 seconds, want 3; %v", st.saves, err)
		}
	})
}

// TestLearnerFails checks that a learner ends if its store fails, and says so if it has a log.
func TestLearnerFails(t *testing.T) {
	db := openStore(t)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	for _, logger := range []*slog.Logger{nil, slog.New(slog.NewTextHandler(&log, nil))} {
		NewLearner(LearnerConfig{Catalog: New(Config{Store: db}), Logger: logger}).Run(t.Context())
	}
	if !strings.Contains(log.String(), "learning from flows has stopped") {
		t.Errorf("the log has %q", log.String())
	}
}

// TestLearnerPause checks how long a learner pauses for what the proxy does.
func TestLearnerPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended, open int64
		congested := 0
		l := NewLearner(LearnerConfig{
			Activity: func() (int64, int64) { return ended, open },
			Congested: func() bool {
				congested--
				return congested >= 0
			},
		})
		for _, tt := range []struct {
			name        string
			ended, open int64
			congested   int
			worked      time.Duration
			want        time.Duration
		}{
			{"less work than a slice", 0, 1, 0, time.Millisecond, 0},
			{"an exchange is open", 0, 1, 0, 10 * time.Millisecond, 190 * time.Millisecond},
			{"no exchanges", 0, 0, 0, 10 * time.Millisecond, 0},
			{"an exchange has ended", 2, 0, 0, 3 * time.Millisecond, 285 * time.Millisecond},
			{"the store falls behind", 2, 1, 3, 2 * time.Millisecond, 38*time.Millisecond + 3*pollInterval},
		} {
			ended, open, congested, l.worked = tt.ended, tt.open, tt.congested, tt.worked
			start := time.Now()
			if err := l.pause(t.Context()); err != nil {
				t.Error(err)
			}
			if paused := time.Since(start); paused != tt.want {
				t.Errorf("%s: paused %v, want %v", tt.name, paused, tt.want)
			}
		}
		proxied := NewLearner(LearnerConfig{Activity: func() (int64, int64) { return 0, 1 }})
		proxied.worked = time.Second
		begun := time.Now()
		if err := proxied.pause(t.Context()); err != nil || time.Since(begun) != 19*time.Second {
			t.Errorf("a store that never falls behind: paused %v, %v", time.Since(begun), err)
		}
		alone := NewLearner(LearnerConfig{})
		alone.worked = time.Minute
		start := time.Now()
		if err := alone.pause(t.Context()); err != nil || time.Since(start) > 0 {
			t.Errorf("without a proxy: paused %v, %v", time.Since(start), err)
		}
	})
}
