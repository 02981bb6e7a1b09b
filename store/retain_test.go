package store

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// openWithClock creates a store whose clock can be moved.
func openWithClock(t *testing.T) *DB {
	t.Helper()
	db, err := Open(filepath.Join(t.TempDir(), "flows.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
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
	if _, err := db.Append(t.Context(), fs...); err != nil {
		t.Fatal(err)
	}
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
		if err != nil {
			t.Fatal(err)
		}
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
	if err := db.SaveModel(t.Context(), "m", []byte("learned"), Basis{Covers: Ranges{{First: 1, Last: 3530}}}); err != nil {
		t.Fatal(err)
	}
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
	if _, err := db.Retain(t.Context(), Retention{MaxAge: day, Forget: true}); err != nil {
		t.Error(err)
	}
}

// TestRetainSizeOfLargeFlows checks that Retain deletes only as many large flows as the limit
// requires.
func TestRetainSizeOfLargeFlows(t *testing.T) {
	db := openWithClock(t)
	for i := range 20 {
		body := make([]byte, 1<<20)
		rand.Read(body)
		f := flow.Flow{Done: true, Request: flow.Request{
			Path: fmt.Sprint("/", i), Body: flow.Body{Data: body, Size: 1 << 20},
		}}
		if _, err := db.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	got, err := db.Retain(t.Context(), Retention{MaxBytes: 12 << 20})
	if left := len(numbers(t, db)); err != nil || left < 8 || left > 11 {
		t.Errorf("%+v, %v: %d flows are left", got, err, left)
	}
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
	for range 30 { // the file must not grow
		add(t, db, 500)
		if _, err := db.Retain(t.Context(), Retention{MaxBytes: limit}); err != nil {
			t.Fatal(err)
		}
	}
	if now, err := fileSize(db.path); err != nil || now > size {
		t.Errorf("the file grew from %d to %d bytes, %v", size, now, err)
	}
	if got, err := db.Retain(t.Context(), Retention{MaxBytes: 1}); err != nil || len(numbers(t, db)) != 0 {
		t.Errorf("%+v, %v: flows are left", got, err)
	}
}

// TestRetainAgeOfSpool checks that flows of a spool that were not sent stay, whatever their age.
func TestRetainAgeOfSpool(t *testing.T) {
	db := openWithClock(t)
	add(t, db, 2500)
	if err := db.SetSent(t.Context(), 1500); err != nil {
		t.Fatal(err)
	}
	db.pass(48 * time.Hour)
	got, err := db.Retain(t.Context(), Retention{MaxAge: time.Hour})
	left := numbers(t, db)
	if err != nil || got.Flows != 1500 || got.Unsent != 1000 || len(left) != 1000 || left[0] != 1501 {
		t.Errorf("removed %d flows, kept %d records, %d are left: %v", got.Flows, got.Unsent, len(left), err)
	}
}

// TestRetainForgetsLater checks that the names of hosts, the losses and the sessions of removed flows
// are also forgotten if the call that removed the flows came no further, or its process ended.
func TestRetainForgetsLater(t *testing.T) {
	for _, tt := range []struct {
		name    string
		reopen  bool
		removed Retention
	}{
		{"the next call", false, Retention{MaxBytes: 1}},
		{"the next process", true, Retention{MaxAge: time.Hour}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := openWithClock(t)
			number, err := db.BeginSession(t.Context(), Session{Command: []string{"npm"}})
			if err != nil {
				t.Fatal(err)
			}
			if err := db.NoteLoss(t.Context(), 1, time.Unix(1, 0), time.Unix(2, 0)); err != nil {
				t.Fatal(err)
			}
			add(t, db, 10)
			if err := db.EndSession(t.Context(), number, time.Unix(3, 0), 0); err != nil {
				t.Fatal(err)
			}
			if n, err := db.deletePages(t.Context(), Query{}, deletion{}); n != 10 || err != nil {
				t.Fatalf("%d flows are removed, %v", n, err)
			}
			if tt.reopen {
				db.Close()
				if db, err = Open(db.Path(), Options{}); err != nil {
					t.Fatal(err)
				}
				defer db.Close()
			}
			if got, err := db.Retain(t.Context(), tt.removed); err != nil || got.Flows != 0 {
				t.Errorf("%+v, %v", got, err)
			}
			var names, last int
			look := func() {
				if err := db.view(func(tx *bolt.Tx) error { names, last = len(hostNames(tx.Bucket(rootHosts))), tx.ID(); return nil }); err != nil {
					t.Fatal(err)
				}
			}
			look()
			sessions, serr := db.Sessions(t.Context())
			st, err := db.Stat(t.Context())
			if names != 0 || len(sessions) != 0 || len(st.Losses) != 0 || serr != nil || err != nil {
				t.Errorf("%d names of hosts, sessions %v, losses %v; %v, %v", names, sessions, st.Losses, serr, err)
			}
			before := last
			if got, err := db.Retain(t.Context(), tt.removed); err != nil || got.Flows != 0 {
				t.Errorf("again: %+v, %v", got, err)
			}
			if look(); last != before {
				t.Error("Retain writes although there is nothing to do")
			}
		})
	}
}

// TestSpoolForgetsSessions checks that a session of a spool stays for a day after its end, so that
// the end can be sent, and not longer, although no flow is removed any more.
func TestSpoolForgetsSessions(t *testing.T) {
	db := openWithClock(t)
	number, err := db.BeginSession(t.Context(), Session{Command: []string{"npm"}})
	if err != nil {
		t.Fatal(err)
	}
	add(t, db, 10)
	if err := db.EndSession(t.Context(), number, db.now(), 0); err != nil {
		t.Fatal(err)
	}
	if err := db.SetSent(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{1, 1, 0} {
		if i > 0 {
			db.pass(12*time.Hour + time.Second)
		}
		if _, err := db.Retain(t.Context(), Retention{Sent: true}); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Sessions(t.Context()); err != nil || len(got) != want || len(numbers(t, db)) != 0 {
			t.Errorf("after %d half days: sessions %v, want %d, %v", i, got, want, err)
		}
	}
}
