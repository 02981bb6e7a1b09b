package store

import (
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// minMaxSize is the least limit of a file's size that leaves room for anything.
const minMaxSize = 4 << 20

// fullPause is how long nothing is added after the disk was full, unless something is removed: a transaction that
// fails has bbolt look at every page for free ones.
const fullPause = time.Second

// growStep is by how much a file grows at a time: bbolt's 16 MB, less when there is a limit.
func growStep(limit int64) int {
	const most = 16 << 20
	if limit == 0 {
		return most
	}
	return int(min(most, limit/32)) &^ (64<<10 - 1)
}

// room returns ErrFull when a transaction that adds so many bytes would take what deletions need: a page that is
// changed is copied before the old one is free, so that a store without free pages could not be emptied.
func (db *DB) room(tx *bolt.Tx, weight int) error {
	if weight == 0 {
		return nil
	}
	if time.Now().Before(db.fullUntil) {
		return fmt.Errorf("%w: it was a moment ago", ErrFull)
	}
	if db.maxSize == 0 {
		return nil
	}
	used := db.used(tx)
	limit := db.maxSize - db.maxSize/8 - int64(growStep(db.maxSize))
	if used+int64(weight)*9/8 > limit {
		return fmt.Errorf("%w: %d of %d bytes are used", ErrFull, used, db.maxSize)
	}
	return nil
}

// used is how many bytes of the file hold something. In a store that is open for reading only, free pages are not
// known and count.
func (db *DB) used(tx *bolt.Tx) int64 {
	st := db.bolt.Stats()
	return tx.Size() - int64(st.FreePageN+st.PendingPageN)*int64(db.bolt.Info().PageSize)
}
