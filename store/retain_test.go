package store

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// openWithClock creates a store whose clock can be moved.
func openWithClock(t *testing.T) *DB {
	t.Helper()
	db := must(Open(filepath.Join(t.TempDir(), "flows.db"), Options{Create: true}))
	t.Cleanup(func() { db.Close() })
	return db
}

// pass advances the clock of the store by d. The writer must be idle.
func (db *DB) pass(d time.Duration) { db.start = db.start.Add(d) }

// add appends n flows with unique bodies.
func add(t *testing.T, db *DB, n int) {
	t.Helper()
	fs := make([]flow.Flow, n)
	for i := range fs {
		fs[i] = flow.Flow{Done: true, Request: flow.Request{
			Authority: "a.example", Path: fmt.Sprint(i), Body: flow.Body{Data: noise(300)},
		}}
	}
	must(db.Append(t.Context(), fs...))
}

// noise returns n random bytes.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// numbers returns the last sequence numbers of all flows.
func numbers(t *testing.T, db *DB) []flow.Seq {
	t.Helper()
	var out []flow.Seq
	for f, err := range db.Scan(t.Context(), Query{NoBodies: true}) {
		noError(t, err)
		out = append(out, f.Last)
	}
	return out
}

// TestRetainAge checks which flows Retain deletes by age, and that a model learned from them stays
// valid unless Forget is set.
func TestRetainAge(t *testing.T) {
	const day = 24 * time.Hour
	db := openWithClock(t)
	add(t, db, 1500)
	im := must(db.Import(t.Context(), "import:a"))
	for range 30 {
		noError(t, im.Append(t.Context(), flow.Flow{Done: true, Started: time.Unix(1, 0)}))
	}
	db.pass(5 * day)
	if err := im.Commit(t.Context()); err != nil { // 1501 to 1530
		t.Fatal(err)
	}
	add(t, db, 2000) // 1531 to 3530
	noError(t, db.SaveModel(t.Context(), "m", []byte("learned"), Basis{Covers: Ranges{{First: 1, Last: 3530}}}))
	db.pass(6 * day)
	for _, tt := range []struct {
		name        string
		age         time.Duration
		removed     int
		first, last flow.Seq
	}{
		{"no limit", 0, 0, 1, 3530},
		{"all younger", 12 * day, 0, 1, 3530},
		// All records of the first block of 1024 are older. The second block has younger ones as
		// well.
		{"first block older", 10 * day, 1023, 1024, 3530},
		{"same limit again", 10 * day, 0, 1024, 3530},
		{"all older", 5 * day, 2507, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := db.Retain(t.Context(), Retention{MaxAge: tt.age})
			if err != nil || got.Flows != tt.removed {
				t.Errorf("removed %d, %v; want %d", got.Flows, err, tt.removed)
			}
			left := numbers(t, db)
			if tt.last == 0 && len(left) > 0 || tt.last > 0 && (left[0] != tt.first || left[len(left)-1] != tt.last) {
				t.Errorf("left %d from %d to %d", len(left), left[0], left[len(left)-1])
			}
		})
	}
	data, basis, err := db.LoadModel(t.Context(), "m")
	if string(data) != "learned" || err != nil {
		t.Errorf("the model was lost: %q, %v", data, err)
	}
	if err := db.SaveModel(t.Context(), "m", data, basis); err != nil {
		t.Errorf("the model of flows deleted by age cannot be saved: %v", err)
	}
	must(db.Retain(t.Context(), Retention{MaxAge: day, Forget: true}))
}

// TestRetainSize checks that Retain deletes the oldest flows down to the size limit, and that the
// file then stops growing.
func TestRetainSize(t *testing.T) {
	if testing.Short() {
		t.Skip("many flows in one goroutine")
	}
	db := openWithClock(t)
	for range 20 {
		add(t, db, 500)
	}
	before := must(db.usedNow())
	limit := before / 2
	got, err := db.Retain(t.Context(), Retention{MaxBytes: limit})
	if used := must(db.usedNow()); err != nil || used > limit*9/10 || used < limit/2 {
		t.Errorf("%+v, %v; %d bytes are used, limit %d", got, err, used, limit)
	}
	left := numbers(t, db)
	if len(left)+got.Flows != 10_000 || left[len(left)-1] != 10_000 || !slices.IsSorted(left) {
		t.Errorf("%d flows are left after %d were removed, the last is %d", len(left), got.Flows, left[len(left)-1])
	}
	size := must(fileSize(db.path))
	for range 30 { // the file must not grow
		add(t, db, 500)
		must(db.Retain(t.Context(), Retention{MaxBytes: limit}))
	}
	if now, err := fileSize(db.path); err != nil || now > size {
		t.Errorf("the file grew from %d to %d bytes, %v", size, now, err)
	}
	if got, err := db.Retain(t.Context(), Retention{MaxBytes: 1}); err != nil || len(numbers(t, db)) != 0 {
		t.Errorf("%+v, %v: flows are left", got, err)
	}
}
