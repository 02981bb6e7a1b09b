package store

import (
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
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
