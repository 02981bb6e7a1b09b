package store

import (
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// TestOpenWaits checks how long Open waits for another owner of the file.
func TestOpenWaits(t *testing.T) {
	for _, tt := range []struct {
		name              string
		timeout           time.Duration
		atLeast, lessThan time.Duration
	}{
		{"default", 0, DefaultTimeout - 100*time.Millisecond, DefaultTimeout + 100*time.Millisecond},
		{"longer", 5 * time.Second, 5*time.Second - 100*time.Millisecond, 5*time.Second + 100*time.Millisecond},
		{"not at all", -1, 0, 100 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			owner := openWithClock(t)
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				_, err := Open(owner.Path(), Options{Timeout: tt.timeout})
				waited := time.Since(begin)
				if !errors.Is(err, ErrLocked) || waited < tt.atLeast || waited >= tt.lessThan {
					t.Errorf("%v after %v, want ErrLocked after %v", err, waited, tt.atLeast)
				}
			})
		})
	}
}

// TestTornHeader checks that a store with one torn header page opens, and that one without any
// valid header is damaged.
func TestTornHeader(t *testing.T) {
	for _, tt := range []struct {
		name string
		torn []int64 // header pages
		want error
	}{
		{"first", []int64{0}, nil},
		{"second", []int64{1}, nil},
		{"both", []int64{0, 1}, ErrDamaged},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := openWithClock(t)
			add(t, db, 3)
			page := int64(db.bolt.Info().PageSize)
			db.Close()
			file, err := os.OpenFile(db.Path(), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range tt.torn {
				if _, err := file.WriteAt([]byte{0xff}, n*page+pageHeader+20); err != nil {
					t.Fatal(err)
				}
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			again, err := Open(db.Path(), Options{})
			if !errors.Is(err, tt.want) {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			if err == nil {
				again.Close()
			}
		})
	}
}
