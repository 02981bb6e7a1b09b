package files

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestErrorsWithoutPath checks that an error of the system loses its path, which the caller's message
// names, also if it is wrapped, and that other errors stay as they are.
func TestErrorsWithoutPath(t *testing.T) {
	_, err := os.Open(filepath.Join(t.TempDir(), "missing"))
	var system *os.PathError
	if !errors.As(err, &system) {
		t.Fatal(err)
	}
	other := errors.New("other")
	for _, tt := range []struct{ err, want error }{
		{err, system.Err}, {fmt.Errorf("open: %w", err), system.Err}, {other, other}, {nil, nil},
	} {
		if got := WithoutPath(tt.err); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.err, got, tt.want)
		}
	}
}

// TestMissingFolder checks what is done where nothing is.
func TestMissingFolder(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	if n, err := Size(missing); n != 0 || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("size: %d, %v", n, err)
	}
	if runtime.GOOS != "windows" {
		if err := SyncFolder(missing); !errors.Is(err, os.ErrNotExist) || err.Error() != WithoutPath(err).Error() {
			t.Errorf("sync: %v", err)
		}
	}
	if err := SyncFolder(t.TempDir()); err != nil {
		t.Errorf("sync of a folder: %v", err)
	}
	DropCopies(filepath.Join(missing, "flows.db"))
	if _, err := os.Stat(missing); err == nil {
		t.Error("the folder was made")
	}
}

// TestDropCopies checks that the copies of killed compactions and snapshots of one store are removed, and
// nothing else.
func TestDropCopies(t *testing.T) {
	dir := t.TempDir()
	keep := []string{".flows.db.1.new", ".other.db.1.compact", ".other.db.1.snapshot", "flows.db", "flows.db.1.compact"}
	for _, name := range append([]string{".flows.db.1.compact", ".flows.db.22.snapshot"}, keep...) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	DropCopies(filepath.Join(dir, "flows.db"))
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if !slices.Equal(left, keep) {
		t.Errorf("left are %q, want %q", left, keep)
	}
}

// TestWatchSize checks that the size of a file is told while it is there, and nothing after stop.
func TestWatchSize(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, make([]byte, 7), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var told []int64
		stop := WatchSize(path, func(n int64) { told = append(told, n) })
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		stop()
		if !slices.Equal(told, []int64{7, 7}) {
			t.Errorf("told %d", told)
		}
	})
}

// TestStopWaits checks that stop returns when the report in progress has ended.
func TestStopWaits(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		begun, ended := 0, 0
		stop := WatchSize(dir, func(int64) {
			begun++
			time.Sleep(time.Second)
			ended++
		})
		time.Sleep(500 * time.Millisecond)
		if stop(); begun == 0 || ended != begun {
			t.Errorf("of %d reports, %d have ended", begun, ended)
		}
	})
}

// TestGrowStep checks that a file with a limit grows in small steps, each of them a whole number of
// pages of any size up to 64 KB.
func TestGrowStep(t *testing.T) {
	for limit, want := range map[int64]int{
		0: 16 << 20, 4 << 20: 128 << 10, 4<<20 - 1: 64 << 10, 100 << 20: 3200 << 10, 512 << 20: 16 << 20, 1 << 40: 16 << 20,
	} {
		if got := GrowStep(limit); got != want {
			t.Errorf("limit %d: %d, want %d", limit, got, want)
		}
	}
}
