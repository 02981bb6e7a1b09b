package store

import (
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// minMaxSize is the smallest useful Options.MaxSize.
const minMaxSize = 4 << 20

// fullPause is how long writes are refused after the disk was full, unless flows are deleted. It
// limits failed transactions, because each makes bbolt search every page for free ones.
const fullPause = time.Second

// checkRoom returns ErrFull if a transaction that adds weight bytes would use pages that deletions
// need: bbolt copies a changed page before it frees the old one.
func (db *DB) checkRoom(tx *bolt.Tx, weight int) error {
	if weight == 0 {
		return nil
	}
	if time.Now().Before(db.fullUntil) {
		return fmt.Errorf("%w: a write failed for lack of room less than %v ago", ErrFull, fullPause)
	}
	if db.maxSize == 0 {
		return nil
	}
	used := db.usedBytes(tx)
	limit := db.maxSize - db.maxSize/8 - int64(growStep(db.maxSize))
	if used+int64(weight)*9/8 > limit {
		return fmt.Errorf("%w: %d of %d bytes are used", ErrFull, used, db.maxSize)
	}
	return nil
}

// usedBytes returns the used bytes of the file. In a store that is open for reading only, free
// pages are not known and count as used.
func (db *DB) usedBytes(tx *bolt.Tx) int64 {
	st := db.bolt.Stats()
	return tx.Size() - int64(st.FreePageN+st.PendingPageN)*int64(db.bolt.Info().PageSize)
}
