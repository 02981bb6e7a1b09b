package store

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// mapBolt maps errors of bbolt and of the system to those of this package.
func mapBolt(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, bolterrors.ErrTimeout):
		return ErrLocked
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		return ErrClosed
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch):
		return ErrNotStore
	case errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrInvalidMapping):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case errors.Is(err, bolterrors.ErrMaxSizeReached):
		return fmt.Errorf("%w: its size limit is reached", ErrFull)
	case isDiskFull(err):
		return fmt.Errorf("%w: %w", ErrFull, withoutPath(err))
	}
	return withoutPath(err)
}

// catchDamage turns a panic of bbolt, which trusts its file, into ErrDamaged. With
// debug.SetPanicOnFault that includes unreadable pages, for example of a truncated file or a
// failing disk.
func catchDamage(err *error, log *slog.Logger) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", ErrDamaged, p)
		log.Error("store file is damaged", "panic", p, "stack", string(debug.Stack()))
	}
}

// view runs fn in a read transaction.
func (db *DB) view(fn func(*bolt.Tx) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer catchDamage(&err, db.log)
	return mapBolt(db.bolt.View(fn))
}

// update runs fn in a write transaction. Only the writer calls it, and Close after it has ended.
func (db *DB) update(fn func(*bolt.Tx) error) (err error) {
	db.listed = false
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer catchDamage(&err, db.log)
	return mapBolt(db.bolt.Update(fn))
}

// wrapNil is wrap for an error that may be nil.
func (db *DB) wrapNil(doing string, err error) error {
	if err == nil {
		return nil
	}
	return db.wrap(doing, err)
}

// wrap adds the operation and the path of the store to an error.
func (db *DB) wrap(doing string, err error) error {
	return fmt.Errorf("%s store %s: %w", doing, db.path, err)
}
