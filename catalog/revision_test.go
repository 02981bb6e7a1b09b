package catalog

import (
	"fmt"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
)

// TestLateSave checks that a catalog that saves late does not replace what another one saved
// meanwhile, unless it has learned from all of that.
func TestLateSave(t *testing.T) {
	db := openStore(t)
	defer db.Close()
	add := func(paths ...string) {
		t.Helper()
		for _, p := range paths {
			must.Get(db.Append(t.Context(), answered(p)))
		}
	}
	learned := func(c *Catalog) int {
		t.Helper()
		hosts, err := c.Hosts(t.Context())
		if err != nil || len(hosts) != 1 {
			t.Fatalf("%v, %v", hosts, err)
		}
		return hosts[0].Operations
	}
	early, late := New(Config{Store: db, Save: SaveAlways}), New(Config{Store: db, Save: SaveAlways})
	add("/users")
	if n := learned(early) + learned(late); n != 2 { // both have the first revision
		t.Fatalf("%d operations, want 1 in each", n)
	}
	add("/orders")
	if n := learned(late); n != 2 { // saves the second
		t.Fatalf("%d operations, want 2", n)
	}
	// early learns from other flows than late did, as if retention had removed the new ones.
	must.Get(db.Retain(t.Context(), store.Retention{MaxAge: 1}))
	early.mu.Lock()
	early.unsaved = 1
	err := early.save(t.Context())
	early.mu.Unlock()
	if !isSuperseded(err) {
		t.Errorf("late save of less: %v, want ErrOutdated", err)
	}
	data, basis, err := db.LoadModel(t.Context(), ModelName)
	m := infer.New()
	if err != nil || m.UnmarshalBinary(data) != nil || basis.Revision != 2 || m.Hosts(infer.Options{})[0].Operations != 2 {
		t.Errorf("saved model: revision %d, %v", basis.Revision, err)
	}
	late.mu.Lock()
	late.basis.Revision, late.unsaved = 1, 1 // an answer was lost: it has learned from all that was saved
	err = late.save(t.Context())
	late.mu.Unlock()
	if _, basis, lerr := db.LoadModel(t.Context(), ModelName); err != nil || lerr != nil || basis.Revision != 3 {
		t.Errorf("late save of as much: %v, revision %d, %v", err, basis.Revision, lerr)
	}
	late.mu.Lock()
	late.unsaved = 1
	err = late.save(t.Context())
	late.mu.Unlock()
	if _, basis, lerr := db.LoadModel(t.Context(), ModelName); err != nil || lerr != nil || basis.Revision != 4 {
		t.Errorf("the save after it: %v, revision %d, %v", err, basis.Revision, lerr)
	}
}

// TestFillsGaps checks that a catalog learns each flow once whose neighbours its model covers, and
// so does a learner.
func TestFillsGaps(t *testing.T) {
	const n = 1000
	for _, how := range []string{"catalog", "learner"} {
		db := openStore(t)
		var fs []flow.Flow
		for i := range n {
			fs = append(fs, answered(fmt.Sprint("/users/", i)))
		}
		must.Get(db.Append(t.Context(), fs...))
		c := New(Config{Store: db})
		l := NewLearner(LearnerConfig{Catalog: c})
		must.Do(t, l.begin(t.Context()))
		for seq := flow.Seq(1); seq <= n; seq += 2 {
			c.basis.Covers = c.basis.Covers.Add(seq)
		}
		var err error
		if how == "learner" {
			err = l.catchUp(t.Context())
		} else {
			_, _, err = c.learn(t.Context())
		}
		if err != nil || c.unsaved != n/2 || len(c.basis.Covers) != 1 {
			t.Errorf("a %s learned %d flows, want %d, and covers %v: %v", how, c.unsaved, n/2, c.basis.Covers, err)
		}
	}
}
