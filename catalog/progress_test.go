package catalog

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// TestBacklog checks how many records a learner says it has not read.
func TestBacklog(t *testing.T) {
	db := openStore(t)
	l := NewLearner(LearnerConfig{Catalog: New(Config{Store: db, Save: SaveAlways})})
	if err := l.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		for want := range 4 {
			if got, err := l.Backlog(t.Context()); err != nil || got != int64(want) {
				t.Errorf("round %d: a backlog of %d, %v, want %d", round, got, err, want)
			}
			if _, err := db.Append(t.Context(), answered(fmt.Sprint("/", round, want))); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.catchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := l.Backlog(t.Context()); err == nil {
		t.Errorf("a store that is closed: %d", n)
	}
}

// TestSaveFails checks that a model which cannot be saved is reported and stays, and that it is
// no error if another learner has saved more.
func TestSaveFails(t *testing.T) {
	db := openStore(t)
	var log bytes.Buffer
	learner := func() *Learner {
		l := NewLearner(LearnerConfig{Catalog: New(Config{Store: db, Save: SaveAlways}), Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err := l.begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		return l
	}
	first, second := learner(), learner()
	learn := func(l *Learner, path string) {
		t.Helper()
		if _, err := db.Append(t.Context(), answered(path)); err != nil {
			t.Fatal(err)
		}
		if err := l.catchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	learn(second, "/a")
	learn(first, "/b")
	first.Save(t.Context())
	second.Save(t.Context()) // has less than the first has saved
	if first.cfg.Catalog.model == nil || second.cfg.Catalog.model != nil || log.Len() > 0 {
		t.Errorf("the model with less is kept, or the other one is not; logged %q", log.String())
	}
	learn(first, "/c")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if first.Save(t.Context()); !strings.Contains(log.String(), "save the model") || first.cfg.Catalog.model == nil {
		t.Errorf("a store that is closed: logged %q", log.String())
	}
}

// TestWindowsLaw checks that windows have all numbers that the model does not cover, once, and skip
// those portions that it covers.
func TestWindowsLaw(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		st := store.Stat{First: flow.Seq(1 + r.IntN(4)), Last: flow.Seq(1 + r.IntN(20))}
		size := int64(1 + r.IntN(6))
		var c Catalog
		for range r.IntN(4) {
			from := flow.Seq(1 + r.IntN(20))
			c.basis.Covers = c.basis.Covers.Union(store.Range{First: from, Last: from + flow.Seq(r.IntN(5))})
		}
		windows, left := c.windows(st, size)
		want, have := 0, map[flow.Seq]bool{}
		for _, w := range windows {
			missing := 0
			for n := w.First; n <= w.Last; n++ {
				if have[n] || n < st.First || n > st.Last {
					t.Errorf("%+v, portions of %d: number %d twice or of no flow", st, size, n)
				}
				if have[n] = true; !c.basis.Covers.Contains(n) {
					missing++
				}
			}
			if missing == 0 || int64(w.Last-w.First) >= size {
				t.Errorf("%+v, portions of %d: window %v is covered or too large", st, size, w)
			}
		}
		for n := st.First; n <= st.Last; n++ {
			if !c.basis.Covers.Contains(n) {
				if want++; !have[n] {
					t.Errorf("%+v, portions of %d, covered %v: no window has %d", st, size, c.basis.Covers, n)
				}
			}
		}
		if left != int64(want) {
			t.Errorf("%+v, covered %v: %d numbers are left, want %d", st, c.basis.Covers, left, want)
		}
	}
}
