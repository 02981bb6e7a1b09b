package store

import (
	"context"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// Limits of one group commit. Further jobs wait for the next.
const (
	groupFlows = 512
	groupBytes = 4 << 20
)

// job is a task of the writer: flows for the live log, which share a transaction with other jobs,
// or a function with a transaction of its own.
type job struct {
	flows  []*incoming
	do     func(*writeTx) error
	weight int // approximate number of bytes it adds; 0 if it only removes

	last flow.Seq // number of the last record of flows, valid once done
	done chan error
}

// submit passes j to the writer and waits for it. If ctx is done before the writer takes the job,
// the job is cancelled. After that submit waits for the result, so that the caller knows which
// flows are stored.
func (db *DB) submit(ctx context.Context, j *job) error {
	if err := db.enqueue(ctx, j); err != nil {
		return err
	}
	return <-j.done
}

// enqueue passes j to the writer.
func (db *DB) enqueue(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j.done = make(chan error, 1)
	db.closing.RLock()
	defer db.closing.RUnlock()
	if db.closed {
		return ErrClosed
	}
	select {
	case db.jobs <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write is the writer goroutine. It commits all waiting jobs together, up to the limits, because
// the commit is expensive and not the record.
func (db *DB) write() {
	defer close(db.written)
	var held *job
	for {
		first := held
		held = nil
		if first == nil {
			var ok bool
			if first, ok = <-db.jobs; !ok {
				return
			}
		}
		group, rest := db.gather(first)
		held = rest
		err := db.update(func(tx *bolt.Tx) error { return db.apply(tx, group) })
		db.after(group[0], err)
		for _, j := range group {
			j.done <- err
		}
	}
}

// after updates the state of the writer after a transaction.
func (db *DB) after(first *job, err error) {
	if err == nil {
		if first.weight == 0 {
			db.fullUntil = time.Time{} // pages may have been freed
		}
		db.wake()
		return
	}
	db.recent.Clear()
	db.tidy.Store(false)
	db.hostIDs, db.origins = nil, nil
	if errors.Is(err, ErrFull) && time.Now().After(db.fullUntil) {
		db.fullUntil = time.Now().Add(fullPause)
	}
}

// gather adds the waiting jobs that may share the transaction of first. A job that may not is
// returned as rest.
func (db *DB) gather(first *job) (group []*job, rest *job) {
	group = []*job{first}
	flows, weight := len(first.flows), first.weight
	for first.do == nil && flows < groupFlows && weight < groupBytes {
		select {
		case j, ok := <-db.jobs:
			if !ok {
				return group, nil
			}
			if j.do != nil || weight+j.weight > groupBytes {
				return group, j
			}
			group = append(group, j)
			flows += len(j.flows)
			weight += j.weight
		default:
			return group, nil
		}
	}
	return group, nil
}

// apply runs the jobs of a group in one transaction.
func (db *DB) apply(tx *bolt.Tx, group []*job) error {
	weight := 0
	for _, j := range group {
		weight += j.weight
	}
	if err := db.checkRoom(tx, weight); err != nil {
		return err
	}
	w := &writeTx{db: db, tx: tx, now: db.now().Unix(), uses: map[uint64]int64{}}
	if do := group[0].do; do != nil {
		if err := do(w); err != nil {
			return err
		}
		return w.flush()
	}
	seg := w.segment(liveSegment(tx))
	batch := newBatch()
	for _, j := range group {
		for _, in := range j.flows {
			batch.add(in)
		}
	}
	if err := seg.appendAll(batch.list); err != nil {
		return err
	}
	for _, j := range group {
		for _, in := range j.flows {
			j.last = max(j.last, flow.Seq(in.slot.n))
		}
	}
	return w.flush()
}

// writeTx is a write transaction with its pending changes.
type writeTx struct {
	db   *DB
	tx   *bolt.Tx
	now  int64 // Unix seconds
	segs []*segmentWriter
	uses map[uint64]int64 // changes of the use counts of shared bodies
}

// segment returns the writer of a segment. There is one per segment and transaction.
func (w *writeTx) segment(s *segment) *segmentWriter {
	for _, sw := range w.segs {
		if sw.number == s.number {
			return sw
		}
	}
	sw := &segmentWriter{segment: s, w: w, index: newSummaryChanges(s.blocks, s.byHost, s.hosts), stale: map[uint64]bool{}}
	w.segs = append(w.segs, sw)
	return sw
}

func (w *writeTx) flush() error {
	for _, s := range w.segs {
		if err := s.index.Flush(); err != nil {
			return err
		}
		if err := s.writeIndexes(); err != nil {
			return err
		}
	}
	return w.flushUses()
}

// batch is the flows that one transaction appends to a segment. States of one flow become one
// record, the newest, because no reader can have seen the others.
type batch struct {
	list []*incoming
	open map[flow.ID]*incoming // open flows of the batch
}

func newBatch() *batch { return &batch{open: map[flow.ID]*incoming{}} }

// add adds a record. If it replaces a state in the batch, it gets the slot, and so the number, of
// that state.
func (b *batch) add(in *incoming) {
	if prev := b.open[in.id]; prev != nil {
		in.slot = prev.slot
		b.list[in.slot.i] = in
	} else {
		in.slot = &slot{i: len(b.list)}
		b.list = append(b.list, in)
	}
	if in.finished {
		delete(b.open, in.id)
	} else {
		b.open[in.id] = in
	}
}

// slot is the record that one or more states of a flow share.
type slot struct {
	i int    // index in the batch
	n uint64 // local number, valid once stored
}

// wake wakes all callers that wait for a commit.
func (db *DB) wake() {
	db.watch.Lock()
	defer db.watch.Unlock()
	if db.committed != nil {
		close(db.committed)
		db.committed = nil
	}
}

// nextCommit returns a channel that the next commit closes.
func (db *DB) nextCommit() <-chan struct{} {
	db.watch.Lock()
	defer db.watch.Unlock()
	if db.committed == nil {
		db.committed = make(chan struct{})
	}
	return db.committed
}
