package store

import (
	"os"
	"path/filepath"
	"strings"
)

// What the names of copies beside a store end with.
const (
	compactSuffix  = ".compact"
	snapshotSuffix = ".snapshot"
)

// copyPrefix is what the names of copies of the store at path begin with.
func copyPrefix(path string) string { return "." + filepath.Base(path) + "." }

// dropCopies removes what compactions and snapshots left that were killed. The caller has the store for itself, so none
// is under way.
func dropCopies(path string) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return // it costs room, no more
	}
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, copyPrefix(path)) && (strings.HasSuffix(name, compactSuffix) || strings.HasSuffix(name, snapshotSuffix)) {
			os.Remove(filepath.Join(filepath.Dir(path), name))
		}
	}
}
