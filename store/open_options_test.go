package store

import (
	"errors"
	"os"
	"testing"
)

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
			file := must(os.OpenFile(db.Path(), os.O_RDWR, 0))
			for _, n := range tt.torn {
				must(file.WriteAt([]byte{0xff}, n*page+pageHeader+20))
			}
			noError(t, file.Close())
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
