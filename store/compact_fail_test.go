package store

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCompactThroughLink checks that a store that a symbolic link leads to is compacted where it
// is: elsewhere, the old file would keep the deleted bytes.
func TestCompactThroughLink(t *testing.T) {
	db := openWithClock(t)
	add(t, db, 1000)
	must(db.Delete(t.Context(), Query{}))
	db.Close()
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(db.Path(), link); err != nil {
		t.Skip(err) // Windows lets only some users make links
	}
	done := must(Compact(t.Context(), link, Options{}, nil))
	if to, err := os.Readlink(link); err != nil || to != db.Path() {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if info, err := os.Stat(db.Path()); err != nil || info.Size() != done.After || done.After >= done.Before {
		t.Errorf("the file has %d bytes, want %d of %d, %v", info.Size(), done.After, done.Before, err)
	}
}
