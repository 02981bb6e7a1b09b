package store

import (
	"context"
	"errors"
	"time"

	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/spectap/spectap/flow"
)

// Delete implements [Pruner]. It deletes in chunks, each in a transaction of its own. If it fails,
// or the process ends, a part is deleted. Flows appended in the meantime stay. Freed pages keep
// their bytes until they are reused.
func (db *DB) Delete(ctx context.Context, q Query) (int, error) {
	if db.readOnly {
		return 0, db.wrap("delete from", ErrReadOnly)
	}
	st, err := db.Stat(ctx)
	if err != nil {
		return 0, err
	}
	if q.Until == 0 || q.Until > st.Last {
		q.Until = st.Last
	}
	deleted, err := db.deletePages(ctx, q, deletion{forget: true})
	if err != nil {
		return deleted, db.wrap("delete from", err)
	}
	return deleted, db.wrapNil("delete from", db.forget(ctx, false))
}

// forget removes the names of hosts, the losses and the sessions of flows that were all removed.
// With untold, sessions of a spool stay until their end was sent, or could have been.
func (db *DB) forget(ctx context.Context, untold bool) error {
	return db.submit(ctx, &job{do: func(w *writeTx) error {
		keep := time.Duration(0)
		if _, spool := sent(w.tx); spool && untold {
			keep = keepUntold
		}
		db.tidy.Store(true)
		return errors.Join(w.forgetHosts(), w.forgetLosses(), w.forgetSessions(keep))
	}})
}

// deletion configures a deletion.
type deletion struct {
	forget  bool                 // drop the models that may have learned from the flows
	segment *uint64              // only from the import with this number; 0 is the live log
	until   func() (bool, error) // called before each chunk; true ends the deletion
	chunk   int                  // flows per chunk; 0 means the default
}

func (db *DB) deletePages(ctx context.Context, q Query, d deletion) (int, error) {
	deleted := 0
	q.NoBodies = true
	from, to := q.bounds()
	for from <= to {
		limit := pageFlows
		if d.chunk > 0 {
			limit = d.chunk
		}
		if q.Limit > 0 {
			if limit = min(limit, q.Limit-deleted); limit <= 0 {
				return deleted, nil
			}
		}
		if err := ctx.Err(); err != nil {
			return deleted, err
		}
		if d.until != nil {
			if enough, err := d.until(); enough || err != nil {
				return deleted, err
			}
		}
		p := &page{end: true, numbers: true, segment: d.segment}
		if err := db.fillPage(p, &q, from, to, limit); err != nil {
			return deleted, err
		}
		seqs := make([]flow.Seq, len(p.found))
		for i := range p.found {
			seqs[i] = p.found[i].flow.Last
		}
		n, err := db.removeFlows(ctx, seqs, d.forget)
		deleted += n
		if err != nil || p.end {
			return deleted, err
		}
		if q.Newest {
			to = p.at - 1
		} else {
			from = p.at + 1
		}
	}
	return deleted, nil
}

// removeFlows deletes the flows with these newest records. With forget, models that learned from
// them are dropped in the same transaction, and cannot be saved any more.
func (db *DB) removeFlows(ctx context.Context, seqs []flow.Seq, forget bool) (int, error) {
	if len(seqs) == 0 {
		return 0, nil
	}
	removed := 0
	err := db.submit(ctx, &job{do: func(w *writeTx) error {
		for _, s := range seqs {
			seg := w.segment(locate(w.tx, s))
			ok, err := seg.remove(uint64(s - seg.base))
			if err != nil {
				return err
			}
			if ok {
				removed++
				db.tidy.Store(false)
			}
		}
		if err := w.dropEmptyImports(); err != nil {
			return err
		}
		if !forget || removed == 0 {
			return nil
		}
		return forgetModels(w.tx)
	}})
	if err != nil {
		return 0, err
	}
	return removed, nil
}

// dropEmptyImports removes the imports that this transaction emptied.
func (w *writeTx) dropEmptyImports() error {
	kept := w.segs[:0]
	for _, s := range w.segs {
		if s.number == 0 || len(s.firstNumbers(1)) > 0 {
			kept = append(kept, s)
			continue
		}
		e := extent{last: s.base + flow.Seq(s.root.Sequence())}
		if err := w.tx.Bucket(rootSegments).Delete(e.key()); err != nil {
			return err
		}
		if err := w.tx.Bucket(rootImports).DeleteBucket(key64(s.number)); err != nil {
			return err
		}
	}
	w.segs = kept
	return nil
}

func isMissing(err error) bool { return errors.Is(err, bolterrors.ErrBucketNotFound) }
