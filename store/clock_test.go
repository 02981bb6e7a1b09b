package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/summary"
)

// TestClockJumps stores full blocks while the clock jumps, and deletes flows older than ten days.
// Younger flows must be kept, whatever the clock was.
func TestClockJumps(t *testing.T) {
	if testing.Short() {
		t.Skip("many flows in one goroutine")
	}
	const day = 24 * time.Hour
	right := time.Now()
	for _, tt := range []struct {
		name   string
		stored []time.Duration // error of the clock when each block was stored
		kept   int             // blocks
	}{
		{"old, then new", []time.Duration{-20 * day, -15 * day, 0}, 1},
		{"never set", []time.Duration{-right.Sub(time.Unix(100, 0)), -right.Sub(time.Unix(100, 0)), 0}, 3},
		{"not set at first", []time.Duration{-20 * day, -right.Sub(time.Unix(100, 0)), -15 * day, 0}, 1},
		{"set back for a while", []time.Duration{-5 * day, -40 * day, 0}, 3},
		{"in the future for a while", []time.Duration{-20 * day, 400 * day, -15 * day, 0}, 1},
		{"in the future at the end", []time.Duration{-20 * day, 400 * day}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := openWithClock(t)
			first := blockSize - 1 // numbers begin at 1
			for i, off := range tt.stored {
				db.start = right.Add(off)
				n := blockSize
				if i == 0 {
					n = first
				}
				add(t, db, n)
			}
			db.start = right
			if _, err := db.Retain(t.Context(), Retention{MaxAge: 10 * day}); err != nil {
				t.Fatal(err)
			}
			want := tt.kept * blockSize
			if tt.kept == len(tt.stored) {
				want--
			}
			if got := len(numbers(t, db)); got != want {
				t.Errorf("%d flows are left, want %d", got, want)
			}
		})
	}
}

// TestStoredBefore checks which blocks are older than a time: those before the first that was stored then
// or later, whatever comes behind it. A time that cannot be counts as that of the next block.
func TestStoredBefore(t *testing.T) {
	const cutoff, now = clockSet + 1000, clockSet + 2000
	db := openWithClock(t)
	for _, tt := range []struct {
		name   string
		stored []int64 // -1: cannot be read
		want   uint64  // blocks
	}{
		{"none", nil, 0},
		{"older", []int64{cutoff - 1}, 1},
		{"just then", []int64{cutoff}, 0},
		{"later", []int64{cutoff + 1}, 0},
		{"all older", []int64{cutoff - 2, cutoff - 2, cutoff - 1}, 3},
		{"older behind a later one", []int64{cutoff - 1, cutoff, cutoff - 1}, 1},
		{"the first time that can be", []int64{clockSet}, 1},
		{"before it", []int64{clockSet - 1}, 0},
		{"before it, then older", []int64{clockSet - 1, cutoff - 1}, 2},
		{"before it, then later", []int64{cutoff - 1, clockSet - 1, cutoff}, 1},
		{"in the future, then older", []int64{now + 1, cutoff - 1}, 2},
		{"now, then older", []int64{now, cutoff - 1}, 0},
		{"not readable, then older", []int64{cutoff - 1, -1, cutoff - 1}, 1},
	} {
		err := db.update(func(tx *bolt.Tx) error {
			s := liveSegment(tx)
			if err := errors.Join(s.root.SetSequence(1<<20), s.root.DeleteBucket(tabBlocks)); err != nil {
				return err
			}
			blocks, err := s.root.CreateBucket(tabBlocks)
			for i, stored := range tt.stored {
				v := (&summary.Block{Count: 1, Stored: stored}).Value()
				if stored < 0 {
					v = nil
				}
				err = errors.Join(err, blocks.Put(key64(uint64(i)), v))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.view(func(tx *bolt.Tx) error {
			want := uint64(0)
			if tt.want > 0 {
				want = tt.want*blockSize - 1 // numbers begin at 1
			}
			if last := liveSegment(tx).storedBefore(cutoff, now); last != want {
				t.Errorf("%s: up to %d, want %d", tt.name, last, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestOddTimes checks that flows with arbitrary start times are ordered by number and found by
// time.
func TestOddTimes(t *testing.T) {
	db := openWithClock(t)
	times := []time.Time{
		time.Unix(1_700_000_000, 0), {}, time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		time.Unix(0, 0), time.Unix(-1, 5), time.Unix(1_700_000_000, 0).Add(-time.Hour),
	}
	for _, at := range times {
		if _, err := db.Append(t.Context(), flow.Flow{Done: true, Started: at}); err != nil {
			t.Fatal(err)
		}
	}
	if got := numbers(t, db); !slices.Equal(got, []flow.Seq{1, 2, 3, 4, 5, 6}) {
		t.Errorf("got %v", got)
	}
	for i, at := range times {
		var got []flow.Seq
		q := Query{Since: at, Before: at.Add(time.Nanosecond)}
		if at.IsZero() { // no bound
			q.Before = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		for f, err := range db.Scan(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			if !f.Started.Equal(at) {
				t.Errorf("started %v, want %v", f.Started, at)
			}
			got = append(got, f.Seq)
		}
		if !slices.Equal(got, []flow.Seq{flow.Seq(i + 1)}) {
			t.Errorf("%v: found %v", at, got)
		}
	}
	if report, err := db.Verify(t.Context()); err != nil || !report.OK() {
		t.Errorf("%+v, %v", report, err)
	}
}
