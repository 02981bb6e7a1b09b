package store

import (
	"context"
	"encoding/binary"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// Retention bounds the flows that a store keeps. Zero fields set no bound.
type Retention struct {
	// MaxAge is how long a flow stays after it was stored. The time of the exchange does not
	// matter, so that an old archive can be imported. Flows expire in blocks of 1024 records, a
	// block with its newest record.
	MaxAge time.Duration
	// MaxBytes bounds the used bytes of the file. If they exceed it, a tenth of it is freed.
	MaxBytes int64
	// Sent removes all flows of a spool that were sent.
	Sent bool
	// Forget also drops the saved models. Otherwise they keep the facts learned from deleted flows.
	Forget bool
}

// DefaultRetention returns the default: 30 days, 10 GB.
func DefaultRetention() Retention {
	return Retention{MaxAge: 30 * 24 * time.Hour, MaxBytes: 10 << 30}
}

// Retained is the result of Retain.
type Retained struct {
	Flows int // removed
	// Unsent is the number of records that stay, although a limit demands their removal, because
	// they were not sent yet.
	Unsent int64
}

// Retain removes the oldest flows until r is met, but none of a spool that was not sent: see
// [DB.SetSent]. A spool may be larger than MaxBytes, up to Options.MaxSize, where Append fails with
// ErrFull. Retain works in chunks, so that other writers are not
// blocked. It is cheap if there is nothing to do, so call it periodically. The file does not
// shrink; freed pages are reused.
//
// Age is measured with the wall clock at the time of Open plus the time since then, so a clock that
// is set in the meantime has no effect. Flows stored while the clock was wrong may stay too long,
// but are not removed too early.
func (db *DB) Retain(ctx context.Context, r Retention) (Retained, error) {
	var out Retained
	if db.readOnly {
		return out, db.wrap("prune", ErrReadOnly)
	}
	err := db.retain(ctx, &r, &out)
	if err == nil && !db.tidy.Load() { // perhaps an earlier call removed flows and came no further
		err = db.forget(ctx, true)
	}
	if err != nil {
		err = db.wrap("prune", err)
	}
	return out, err
}

// retain removes flows and counts them.
func (db *DB) retain(ctx context.Context, r *Retention, out *Retained) error {
	last, err := db.removable()
	if err != nil {
		return err
	}
	st, err := db.Stat(ctx)
	if err != nil {
		return err
	}
	if r.Sent && st.Spool && last > 0 {
		n, err := db.deletePages(ctx, Query{Until: last}, deletion{forget: r.Forget})
		out.Flows += n
		if err != nil {
			return err
		}
	}
	if r.MaxAge > 0 {
		n, kept, err := db.retainAge(ctx, r.MaxAge, last, r.Forget)
		out.Flows += n
		out.Unsent = max(out.Unsent, int64(kept))
		if err != nil {
			return err
		}
	}
	used, err := db.usedNow()
	if err != nil || r.MaxBytes == 0 || used <= r.MaxBytes {
		return err
	}
	n := 0
	if last > 0 {
		n, err = db.retainSize(ctx, r.MaxBytes-r.MaxBytes/10, last, r.Forget)
		out.Flows += n
	}
	if used, uerr := db.usedNow(); err == nil && uerr == nil && used > r.MaxBytes {
		out.Unsent = max(out.Unsent, int64(st.Last-last))
	}
	return err
}

func (db *DB) usedNow() (used int64, err error) {
	err = db.view(func(tx *bolt.Tx) error {
		used = db.usedBytes(tx)
		return nil
	})
	return used, err
}

// expired is a run of records that retention removes.
type expired struct {
	segment uint64 // the import of the records; 0 is the live log. Records of other segments in between stay
	last    flow.Seq
}

// retainAge removes flows up to a record that were stored longer ago than age. kept is the number
// of later records that are as old.
func (db *DB) retainAge(ctx context.Context, age time.Duration, until flow.Seq, forget bool) (removed int, kept flow.Seq, err error) {
	now := db.now()
	var runs []expired
	err = db.view(func(tx *bolt.Tx) error {
		return eachSegment(tx, false, func(s *segment) error {
			if last := s.storedBefore(now.Add(-age).Unix(), now.Unix()); last > 0 {
				runs = append(runs, expired{s.number, s.base + flow.Seq(last)})
			}
			return nil
		})
	})
	for _, run := range runs {
		if err != nil {
			break
		}
		if run.last > until {
			kept += run.last - until
			if run.last = until; until == 0 { // as a bound, 0 means no records
				continue
			}
		}
		var n int
		n, err = db.deletePages(ctx, Query{Until: run.last}, deletion{forget: forget, segment: &run.segment})
		removed += n
	}
	return removed, kept, err
}

// clockSet is a time, in Unix seconds, before the first store was written. An earlier clock is
// wrong: machines without a battery start in 1970.
const clockSet = 1_700_000_000

// storedBefore returns the last local number of the leading blocks that were complete before
// cutoff, or 0 if there are none. If a block is older than the one before it, the clock was set
// back, and the block counts as old as that one. A block with an impossible time, in the future or
// before clockSet, expires with the next one.
func (s *segment) storedBefore(cutoff, now int64) (last uint64) {
	c := s.blocks.Cursor()
	var stored int64
	for k, v := c.First(); len(k) == 8; k, v = c.Next() {
		b, ok := readBlockSummary(v)
		if !ok {
			break
		}
		if b.Stored < clockSet || b.Stored > now {
			continue
		}
		if stored = max(stored, b.Stored); stored >= cutoff {
			break
		}
		last = (binary.BigEndian.Uint64(k)+1)*blockSize - 1
	}
	return min(last, s.root.Sequence())
}

// retainSize removes the oldest flows up to a record until no more than goal bytes are used.
func (db *DB) retainSize(ctx context.Context, goal int64, until flow.Seq, forget bool) (int, error) {
	st, err := db.Stat(ctx)
	if err != nil {
		return 0, err
	}
	// Chunks of about a hundredth, so that not too many large flows are removed at once.
	chunk := int(goal / 100 * st.Flows / max(st.Used, 1))
	return db.deletePages(ctx, Query{Until: until}, deletion{forget: forget, chunk: min(max(chunk, 1), pageFlows), until: func() (bool, error) {
		used, err := db.usedNow()
		return used <= goal, err
	}})
}
