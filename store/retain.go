package store

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// Retention says how much a store keeps. Zero fields set no bound.
type Retention struct {
	// MaxAge is how long a flow stays after it was stored; when it happened does not matter, so that an old
	// archive can be imported. Flows age in blocks of 1024 records, a block when its newest does.
	MaxAge time.Duration
	// MaxBytes bounds what is used of the file. When it is exceeded, a tenth of it is freed.
	MaxBytes int64
	// Forget also drops the saved models, which otherwise keep what they learnt from flows that go.
	Forget bool
}

// DefaultRetention is what an owner keeps that was told nothing else: 30 days, 10 GB.
func DefaultRetention() Retention {
	return Retention{MaxAge: 30 * 24 * time.Hour, MaxBytes: 10 << 30}
}

// Retained is what Retain did.
type Retained struct {
	Flows int   // removed
	Used  int64 // bytes of the file that still hold something
}

// Retain removes the oldest flows until r is met, in chunks that other writers come between. It costs next to nothing
// when there is nothing to do: call it now and then. The file does not shrink; freed pages are used again.
//
// Age goes by the clock as it was when the store was opened and the time since: a clock that is set meanwhile changes
// nothing. What was stored while the clock was wrong rather stays too long than goes too early.
func (db *DB) Retain(ctx context.Context, r Retention) (Retained, error) {
	var out Retained
	if db.readOnly {
		return out, db.wrap("prune", ErrReadOnly)
	}
	if r.MaxAge > 0 {
		n, err := db.retainAge(ctx, r.MaxAge, r.Forget)
		out.Flows += n
		if err != nil {
			return out, db.wrap("prune", err)
		}
	}
	used, err := db.usedNow()
	if err == nil && r.MaxBytes > 0 && used > r.MaxBytes {
		var n int
		n, err = db.retainSize(ctx, r.MaxBytes-r.MaxBytes/10, r.Forget)
		out.Flows += n
	}
	if err == nil && out.Flows > 0 {
		err = db.submit(ctx, &job{do: func(w *writeTx) error { return errors.Join(w.forgetHosts(), w.forgetLosses()) }})
	}
	if err == nil {
		out.Used, err = db.usedNow()
	}
	if err != nil {
		return out, db.wrap("prune", err)
	}
	return out, nil
}

func (db *DB) usedNow() (used int64, err error) {
	err = db.view(func(tx *bolt.Tx) error {
		used = db.used(tx)
		return nil
	})
	return used, err
}

// old is a run of records that have had their time.
type old struct {
	segment uint64 // the import whose they are, 0 being the live log; those of others in between stay
	last    flow.Seq
}

// retainAge removes what was stored longer ago than age.
func (db *DB) retainAge(ctx context.Context, age time.Duration, forget bool) (int, error) {
	now := db.now()
	var runs []old
	err := db.view(func(tx *bolt.Tx) error {
		return eachSegment(tx, false, func(s *segment) error {
			if last := s.storedBefore(now.Add(-age).Unix(), now.Unix()); last > 0 {
				runs = append(runs, old{s.number, s.base + flow.Seq(last)})
			}
			return nil
		})
	})
	removed := 0
	for _, run := range runs {
		if err != nil {
			break
		}
		var n int
		n, err = db.deletePages(ctx, Query{Until: run.last}, deletion{forget: forget, segment: &run.segment})
		removed += n
	}
	return removed, err
}

// clockSet is a time before which no clock was right that a store was written by, in Unix seconds: machines without a
// battery start in 1970.
const clockSet = 1_700_000_000

// storedBefore returns the last local number of the leading blocks that were complete before cutoff, 0 when there
// are none. A block is as old as the one before it when its own time is earlier, since the clock was set back then;
// one whose time cannot be, in the future or before clocks were right, goes with the one after it.
func (s *segment) storedBefore(cutoff, now int64) (last uint64) {
	c := s.blocks.Cursor()
	var stored int64
	for k, v := c.First(); len(k) == 8; k, v = c.Next() {
		b, ok := readBlock(v)
		if !ok {
			break
		}
		if b.stored < clockSet || b.stored > now {
			continue
		}
		if stored = max(stored, b.stored); stored >= cutoff {
			break
		}
		last = (binary.BigEndian.Uint64(k)+1)*blockSize - 1
	}
	return min(last, s.root.Sequence())
}

// retainSize removes the oldest flows until no more than goal bytes are used.
func (db *DB) retainSize(ctx context.Context, goal int64, forget bool) (int, error) {
	st, err := db.Stat(ctx)
	if err != nil {
		return 0, err
	}
	// In chunks of about a hundredth, so that large flows do not all go with the one that is too many.
	chunk := int(goal / 100 * st.Flows / max(st.Used, 1))
	return db.deletePages(ctx, Query{}, deletion{forget: forget, chunk: min(max(chunk, 1), pageFlows), until: func() (bool, error) {
		used, err := db.usedNow()
		return used <= goal, err
	}})
}
