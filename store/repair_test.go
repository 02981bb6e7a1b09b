package store

import (
	"errors"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/store/format"
)

// TestRepair damages stores and compacts them. The repaired store must hold every readable flow and
// pass verification.
func TestRepair(t *testing.T) {
	for _, tt := range damages() {
		t.Run(tt.name, func(t *testing.T) {
			db := newVerifiable(t)
			if err := db.update(tt.do); err != nil {
				t.Fatal(err)
			}
			db.Close()
			done, err := Compact(t.Context(), db.Path(), Options{}, nil)
			if tt.left < 0 {
				if !errors.Is(err, ErrDamaged) {
					t.Errorf("%+v, %v, want ErrDamaged", done, err)
				}
				return
			}
			if err != nil || !done.Repaired {
				t.Fatalf("%+v, %v", done, err)
			}
			leftOut := 7 - tt.left
			switch tt.name {
			case "record removed", "import removed":
				leftOut = 0
			case "record with the number before the first", "record with the largest number":
				leftOut = 1
			}
			if len(done.LeftOut) != leftOut {
				t.Errorf("left out %+v, want %d", done.LeftOut, leftOut)
			}
			for _, x := range done.LeftOut {
				if !errors.Is(x.Err, ErrCorrupt) {
					t.Errorf("left out %d: %v", x.Seq, x.Err)
				}
			}
			db, err = Open(db.Path(), Options{ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			n := 0
			for _, err := range db.Scan(t.Context(), Query{}) {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			report, err := db.Verify(t.Context())
			if err != nil || !report.OK() || n != tt.left || int(report.Flows) != n {
				t.Errorf("%d flows, want %d; %+v, %v", n, tt.left, report, err)
			}
		})
	}
}

// TestRepairKeepsTimes checks that a repair keeps the times when blocks were stored, on which retention
// depends, and that a block whose time cannot be read counts as new.
func TestRepairKeepsTimes(t *testing.T) {
	if testing.Short() {
		t.Skip("many flows in one goroutine")
	}
	const day = 24 * time.Hour
	wrongHash := func(tx *bolt.Tx) error { return tx.Bucket(rootHashes).Put(make([]byte, format.BodyHashSize), key64(1)) }
	unreadable := func(tx *bolt.Tx) error { return liveSegment(tx).blocks.Put(key64(0), []byte{1}) }
	for _, tt := range []struct {
		name   string
		damage func(*bolt.Tx) error
		age    time.Duration
		want   int // flows that are left
	}{
		{"between the first two", wrongHash, 17 * day, 2 * blockSize},
		{"after the second", wrongHash, 10 * day, blockSize},
		{"older than all", wrongHash, 30 * day, 3*blockSize - 1},
		{"the time of the first is lost", unreadable, 10 * day, 3*blockSize - 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := openWithClock(t)
			right := db.start
			for i, ago := range []time.Duration{20 * day, 15 * day, 0} {
				db.start = right.Add(-ago)
				add(t, db, blockSize-1+min(i, 1)) // numbers begin at 1
			}
			if err := errors.Join(db.update(tt.damage), db.Close()); err != nil {
				t.Fatal(err)
			}
			if done, err := Compact(t.Context(), db.Path(), Options{}, nil); err != nil || !done.Repaired || len(done.LeftOut) > 0 {
				t.Fatalf("%+v, %v", done, err)
			}
			db = openFast(t, db.Path(), Options{})
			defer db.Close()
			if _, err := db.Retain(t.Context(), Retention{MaxAge: tt.age}); err != nil {
				t.Fatal(err)
			}
			if got := len(numbers(t, db)); got != tt.want {
				t.Errorf("%d flows are left, want %d", got, tt.want)
			}
		})
	}
}
