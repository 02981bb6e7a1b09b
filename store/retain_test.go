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

// openAt makes a store whose clock can be moved.
func openAt(t *testing.T) *DB {
	t.Helper()
	db, err := Open(filepath.Join(t.TempDir(), "flows.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// pass lets time go by for the store. Only while the writer has nothing to do.
func (db *DB) pass(d time.Duration) { db.start = db.start.Add(d) }

func add(t *testing.T, db *DB, n int) {
	t.Helper()
	fs := make([]flow.Flow, n)
	for i := range fs {
		fs[i] = flow.Flow{Done: true, Request: flow.Request{Authority: "a.example", Path: fmt.Sprint(i), Body: flow.Body{Data: noise(300)}}}
	}
	if _, err := db.Append(t.Context(), fs...); err != nil {
		t.Fatal(err)
	}
}

func noise(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func numbers(t *testing.T, db *DB) []flow.Seq {
	t.Helper()
	var out []flow.Seq
	for f, err := range db.Scan(t.Context(), Query{NoBodies: true}) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f.Last)
	}
	return out
}

func TestRetainAge(t *testing.T) {
	const day = 24 * time.Hour
	db := openAt(t)
	add(t, db, 1500)
	im, err := db.Import(t.Context(), "import:a")
	if err != nil {
		t.Fatal(err)
	}
	for range 30 {
		if err := im.Append(t.Context(), flow.Flow{Done: true, Started: time.Unix(1, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	db.pass(5 * day)
	if err := im.Commit(t.Context()); err != nil { // 1501 to 1530
		t.Fatal(err)
	}
	add(t, db, 2000) // 1531 to 3530
	if err := db.SaveModel(t.Context(), "m", []byte("learnt"), Basis{Covers: Ranges{{1, 3530}}}); err != nil {
		t.Fatal(err)
	}
	db.pass(6 * day)
	for _, tt := range []struct {
		name        string
		age         time.Duration
		removed     int
		first, last flow.Seq
	}{
		{"no bound", 0, 0, 1, 3530},
		{"all young", 12 * day, 0, 1, 3530},
		// The first block of 1024 is older; the second has younger records too.
		{"some old", 10 * day, 1023, 1024, 3530},
		{"the same again", 10 * day, 0, 1024, 3530},
		{"all old", 5 * day, 2507, 0, 0},
	} {
		got, err := db.Retain(t.Context(), Retention{MaxAge: tt.age})
		if err != nil || got.Flows != tt.removed {
			t.Errorf("%s: removed %d, %v; want %d", tt.name, got.Flows, err, tt.removed)
		}
		left := numbers(t, db)
		if tt.last == 0 && len(left) > 0 || tt.last > 0 && (left[0] != tt.first || left[len(left)-1] != tt.last) {
			t.Errorf("%s: left %d from %d to %d", tt.name, len(left), left[0], left[len(left)-1])
		}
	}
	data, rests, err := db.LoadModel(t.Context(), "m")
	if string(data) != "learnt" || err != nil {
		t.Errorf("the model is gone: %q, %v", data, err)
	}
	if err := db.SaveModel(t.Context(), "m", data, rests); err != nil {
		t.Errorf("what was learnt from flows that were too old must stay: %v", err)
	}
	if _, err := db.Retain(t.Context(), Retention{MaxAge: day, Forget: true}); err != nil {
		t.Error(err)
	}
}

// Large flows go one by one, as many as have to.
func TestRetainSizeOfLargeFlows(t *testing.T) {
	db := openAt(t)
	for i := range 20 {
		body := make([]byte, 1<<20)
		rand.Read(body)
		f := flow.Flow{Done: true, Request: flow.Request{Path: fmt.Sprint("/", i), Body: flow.Body{Data: body, Size: 1 << 20}}}
		if _, err := db.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	got, err := db.Retain(t.Context(), Retention{MaxBytes: 12 << 20})
	if left := len(numbers(t, db)); err != nil || left < 8 || left > 11 {
		t.Errorf("%+v, %v: %d flows are left", got, err, left)
	}
}

func TestRetainSize(t *testing.T) {
	db := openAt(t)
	for range 20 {
		add(t, db, 500)
	}
	before, err := db.usedNow()
	if err != nil {
		t.Fatal(err)
	}
	limit := before / 2
	got, err := db.Retain(t.Context(), Retention{MaxBytes: limit})
	if err != nil || got.Used > limit*9/10 || got.Used < limit/2 {
		t.Errorf("%+v, %v; limit %d", got, err, limit)
	}
	left := numbers(t, db)
	if len(left)+got.Flows != 10_000 || left[len(left)-1] != 10_000 || !slices.IsSorted(left) {
		t.Errorf("%d flows are left after %d were removed, the last is %d", len(left), got.Flows, left[len(left)-1])
	}
	size, err := fileSize(db.path)
	if err != nil {
		t.Fatal(err)
	}
	for range 30 { // the file does not grow any more
		add(t, db, 500)
		if _, err := db.Retain(t.Context(), Retention{MaxBytes: limit}); err != nil {
			t.Fatal(err)
		}
	}
	if now, err := fileSize(db.path); err != nil || now > size {
		t.Errorf("the file grew from %d to %d bytes, %v", size, now, err)
	}
	if got, err := db.Retain(t.Context(), Retention{MaxBytes: 1}); err != nil || len(numbers(t, db)) != 0 {
		t.Errorf("%+v, %v: something is left", got, err)
	}
}
