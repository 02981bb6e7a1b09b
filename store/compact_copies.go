package store

import (
	"os"
	"path/filepath"
	"strings"
)

// Suffixes of the names of copies beside a store.
const (
	compactSuffix  = ".compact"
	snapshotSuffix = ".snapshot"
)

// copyPrefix returns the prefix of the names of copies of the store at path.
func copyPrefix(path string) string { return "." + filepath.Base(path) + "." }

// dropCopies removes the files of compactions and snapshots that were killed. The caller has
// exclusive access to the store, so none is in progress.
func dropCopies(path string) {
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
