// Package files has what a store does to its file and beside it, apart from bbolt: copies that were
// left behind, durable names, sizes.
//
// The package imports no other package of this module.
package files

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Suffixes of the names of copies beside a store.
const (
	CompactSuffix  = ".compact"
	SnapshotSuffix = ".snapshot"
)

// CopyPrefix returns the prefix of the names of copies of the store at path.
func CopyPrefix(path string) string { return "." + filepath.Base(path) + "." }

// DropCopies removes the files of compactions and snapshots that were killed. The caller has
// exclusive access to the store, so none is in progress.
func DropCopies(path string) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return // they cost space only
	}
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, CopyPrefix(path)) && (strings.HasSuffix(name, CompactSuffix) || strings.HasSuffix(name, SnapshotSuffix)) {
			os.Remove(filepath.Join(filepath.Dir(path), name))
		}
	}
}

// WatchSize reports the size of a file periodically until stop is called.
func WatchSize(path string, progress func(int64)) (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if n, err := Size(path); err == nil {
					progress(n)
				}
			case <-end:
				return
			}
		}
	}()
	return func() { close(end); <-ended }
}

// Size returns the size of a file in bytes.
func Size(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// SyncFolder makes a new name in a folder durable. Windows has no such operation.
func SyncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return WithoutPath(err)
	}
	defer d.Close()
	return WithoutPath(d.Sync())
}

// WithoutPath removes the path from a system error, because the caller's message names it.
func WithoutPath(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// GrowStep returns by how many bytes a file grows at a time: bbolt's 16 MB, or less with a limit.
func GrowStep(limit int64) int {
	const most = 16 << 20
	if limit == 0 {
		return most
	}
	return int(min(most, limit/32)) &^ (64<<10 - 1)
}
