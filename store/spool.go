package store

import (
	"context"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// SetSent makes the store a spool, and records that all records up to s have arrived at the store
// that its flows are sent to. [DB.Retain] keeps the later ones from now on. s may be smaller than
// before, if the other store has lost some. It must not be larger than the newest record number.
func (db *DB) SetSent(ctx context.Context, s flow.Seq) error {
	if db.readOnly {
		return db.wrap("note what was sent in", ErrReadOnly)
	}
	// The job has no weight, so a full store accepts it.
	err := db.submit(ctx, &job{do: func(w *writeTx) error {
		if last := lastSeq(w.tx); s > last {
			return fmt.Errorf("record %d was not stored; the newest is %d", s, last)
		}
		return w.tx.Bucket(rootAbout).Put(aboutSent, binary.AppendUvarint(nil, uint64(s)))
	}})
	return db.wrapNil("note what was sent in", err)
}

// sent returns the newest record that was sent, and whether the store is a spool.
func sent(tx *bolt.Tx) (s flow.Seq, spool bool) {
	v := tx.Bucket(rootAbout).Get(aboutSent)
	n, _ := binary.Uvarint(v)
	return flow.Seq(n), v != nil
}

// removable returns the newest record that retention may remove.
func (db *DB) removable() (last flow.Seq, err error) {
	err = db.view(func(tx *bolt.Tx) error {
		var spool bool
		if last, spool = sent(tx); !spool {
			last = lastSeq(tx)
		}
		return nil
	})
	return last, err
}
