package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/store/files"
)

// TestOptions checks which options Open accepts, up to the limits.
func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		name   string
		o      Options
		refuse string // part of the error; "" if the options are valid
	}{
		{"read-only and create", Options{ReadOnly: true, Create: true}, "read-only and create"},
		{"smallest page", Options{PageSize: 4096}, ""},
		{"below it", Options{PageSize: 2048}, "page size 2048"},
		{"largest page", Options{PageSize: 1 << 20}, ""},
		{"above it", Options{PageSize: 2 << 20}, "page size 2097152"},
		{"no power of two", Options{PageSize: 4096 + 1024}, "page size 5120"},
		{"negative page", Options{PageSize: -4096}, "page size -4096"},
		{"smallest limit", Options{MaxSize: minMaxSize}, ""},
		{"below it", Options{MaxSize: minMaxSize - 1}, "size limit 4194303"},
		{"negative limit", Options{MaxSize: -1}, "size limit -1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "flows.db")
			tt.o.Create = true
			db, err := Open(path, tt.o)
			if tt.refuse == "" {
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				want := tt.o.PageSize
				if want == 0 {
					want = DefaultPageSize
				}
				if got := db.bolt.Info().PageSize; got != want {
					t.Errorf("pages of %d bytes, want %d", got, want)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.refuse) {
				t.Errorf("%v, want %q", err, tt.refuse)
			}
			if _, err := os.Stat(path); err == nil {
				t.Error("a file was created")
			}
		})
	}
}

// TestGrowStep checks that a file grows by 16 MB at a time, and by less if its limit is small.
func TestGrowStep(t *testing.T) {
	for limit, want := range map[int64]int{
		0: 16 << 20, minMaxSize: 128 << 10, 5 << 20: 128 << 10, 8 << 20: 256 << 10,
		512 << 20: 16 << 20, 1 << 30: 16 << 20,
	} {
		if got := files.GrowStep(limit); got != want {
			t.Errorf("limit %d: %d bytes, want %d", limit, got, want)
		}
	}
}

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
