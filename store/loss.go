package store

import (
	"context"
	"time"

	"github.com/spectap/spectap/store/loss"
)

// Loss is a run of flows that were not recorded, because there was no room or because they could
// not be stored.
type Loss = loss.Loss

// NoteLoss implements [Appender].
func (db *DB) NoteLoss(ctx context.Context, flows int64, since, until time.Time) error {
	if db.readOnly {
		return db.wrap("note a loss in", ErrReadOnly)
	}
	if flows <= 0 {
		return ctx.Err()
	}
	// The job has no weight, so a full store accepts it.
	err := db.submit(ctx, &job{do: func(w *writeTx) error {
		return loss.Note(w.tx.Bucket(rootLosses), Loss{After: lastSeq(w.tx), Since: since, Until: until, Flows: flows})
	}})
	return db.wrapNil("note a loss in", err)
}

// forgetLosses drops the losses between flows that were all deleted.
func (w *writeTx) forgetLosses() error {
	first, err := firstSeq(w.tx)
	if err != nil {
		return err
	}
	return loss.Forget(w.tx.Bucket(rootLosses), first)
}
