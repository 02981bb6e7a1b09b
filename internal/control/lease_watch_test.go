package control

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// TestLeaseWatchPolls checks that a watch waits for a store that nobody can open at the moment, and
// ends with any other error.
func TestLeaseWatchPolls(t *testing.T) {
	for first, want := range map[error]struct {
		opens  int
		err    error
		waited time.Duration
	}{
		store.ErrLocked:  {3, nil, 2 * leasePoll},
		store.ErrClosed:  {3, nil, 2 * leasePoll},
		ErrNoOwner:       {3, nil, 2 * leasePoll},
		ErrOwnerGone:     {3, nil, 2 * leasePoll},
		store.ErrDamaged: {1, store.ErrDamaged, 0},
		ErrForeign:       {1, ErrForeign, 0},
	} {
		t.Run(first.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opens := 0
				l := NewLease(func(store.Options) (Store, error) {
					if opens++; opens < 3 {
						return nil, first
					}
					return &brokenStore{Memory: storetest.NewMemory()}, nil
				})
				defer l.Close()
				began, path, last := time.Now(), "", error(nil)
				for f, err := range l.Watch(t.Context(), 0) {
					if path, last = f.Request.Path, err; err == nil {
						break
					}
				}
				if !errors.Is(last, want.err) || opens != want.opens || time.Since(began) != want.waited {
					t.Errorf("%v after %d attempts in %v, want %+v", last, opens, time.Since(began), want)
				}
				if (path == "/1") != (want.err == nil) {
					t.Errorf("watched %q", path)
				}
			})
		})
	}
}
