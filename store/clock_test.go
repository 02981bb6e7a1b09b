package store

import (
	"testing"
	"time"
)

// TestClockJumps stores full blocks while the clock jumps, and deletes flows older than ten days.
// Younger flows must be kept, at any clock.
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
			must(db.Retain(t.Context(), Retention{MaxAge: 10 * day}))
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
