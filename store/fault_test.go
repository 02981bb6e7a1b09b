package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/spectap/spectap/flow"
)

// TestErrorsOfTheLibrary checks which error of this package each error of bbolt and of the system
// becomes, also if it is wrapped, and that none names a file: the caller's message does.
func TestErrorsOfTheLibrary(t *testing.T) {
	onDisk := func(err error) error { return &fs.PathError{Op: "write", Path: "secret-path", Err: err} }
	other := errors.New("other")
	for _, tt := range []struct {
		err, want error
		says      string
	}{
		{bolterrors.ErrTimeout, ErrLocked, ErrLocked.Error()},
		{bolterrors.ErrDatabaseNotOpen, ErrClosed, ErrClosed.Error()},
		{bolterrors.ErrInvalid, ErrNotStore, ErrNotStore.Error()},
		{bolterrors.ErrVersionMismatch, ErrNotStore, ErrNotStore.Error()},
		{bolterrors.ErrChecksum, ErrDamaged, bolterrors.ErrChecksum.Error()},
		{bolterrors.ErrInvalidMapping, ErrDamaged, bolterrors.ErrInvalidMapping.Error()},
		{bolterrors.ErrMaxSizeReached, ErrFull, "store is full: its size limit is reached"},
		{onDisk(syscall.ENOSPC), ErrFull, syscall.ENOSPC.Error()},
		{onDisk(syscall.EFBIG), ErrFull, syscall.EFBIG.Error()},
		{onDisk(syscall.EIO), syscall.EIO, syscall.EIO.Error()},
		{other, other, "other"},
		{ErrStale, ErrStale, ErrStale.Error()},
	} {
		for _, err := range []error{tt.err, fmt.Errorf("begin: %w", tt.err)} {
			got := mapBolt(err)
			if !errors.Is(got, tt.want) || !strings.Contains(got.Error(), tt.says) || strings.Contains(got.Error(), "secret-path") {
				t.Errorf("%v: %v, want %v with %q", err, got, tt.want, tt.says)
			}
			for _, another := range []error{ErrLocked, ErrClosed, ErrNotStore, ErrDamaged, ErrFull} {
				if another != tt.want && errors.Is(got, another) {
					t.Errorf("%v is also %v", err, another)
				}
			}
		}
	}
	if err := mapBolt(nil); err != nil {
		t.Error(err)
	}
}

// TestWatchOfManyPages checks that a watch of more records than it reads at once yields each once, in
// order, and then those that follow.
func TestWatchOfManyPages(t *testing.T) {
	db := openWithClock(t)
	add(t, db, 2*pageFlows+10)
	var last flow.Seq
	for f, err := range db.Watch(t.Context(), 5) {
		if err != nil || f.Last != max(last, 5)+1 {
			t.Fatalf("record %d after %d, %v", f.Last, last, err)
		}
		if last = f.Last; last == 2*pageFlows+10 {
			add(t, db, 1)
		}
		if last > 2*pageFlows+10 {
			break
		}
	}
}
