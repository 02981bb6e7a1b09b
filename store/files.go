package store

// This file has file operations apart from bbolt: copies that were left behind, durable names,
// sizes.

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Suffixes of the names of copies of a store.
const (
	compactSuffix  = ".compact"
	snapshotSuffix = ".snapshot"
)

// copyPrefix returns the prefix of the names of copies of the store at path.
func copyPrefix(path string) string { return "." + filepath.Base(path) + "." }

// DropCopies removes the files of compactions and snapshots that were killed. The caller has
// exclusive access to the store, so none of them is in progress.
func DropCopies(path string) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return // they cost space only
	}
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, copyPrefix(path)) && (strings.HasSuffix(name, compactSuffix) || strings.HasSuffix(name, snapshotSuffix)) {
			os.Remove(filepath.Join(filepath.Dir(path), name))
		}
	}
}

// watchSize reports the size of a file periodically until stop is called.
func watchSize(path string, progress func(int64)) (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if n, err := fileSize(path); err == nil {
					progress(n)
				}
			case <-end:
				return
			}
		}
	}()
	return func() { close(end); <-ended }
}

// fileSize returns the size of a file in bytes.
func fileSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// syncFolder makes a new name in a folder durable. Windows has no such operation.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return withoutPath(err)
	}
	defer d.Close()
	return withoutPath(d.Sync())
}

// withoutPath removes the path from a system error, because the caller's message names it.
func withoutPath(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}

// growStep returns by how many bytes a file grows at a time: bbolt's 16 MB, or less with a limit.
func growStep(limit int64) int {
	const most = 16 << 20
	if limit == 0 {
		return most
	}
	return int(min(most, limit/32)) &^ (64<<10 - 1)
}
