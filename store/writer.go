package store

import (
	"context"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// Limits of one group commit. More waits for the next.
const (
	groupFlows = 512
	groupBytes = 4 << 20
)

// job is something for the writer: flows for the live log, which share a transaction with others, or a function
// that has one to itself.
type job struct {
	flows  []*incoming
	do     func(*writeTx) error
	weight int // about how many bytes it adds; 0 when it only removes

	last flow.Seq // number of the last record of flows, once done
	done chan error
}

// submit has the writer do j and waits for it. A ctx that is done before the writer takes the job stops it; from
// then on the outcome is waited for, so that the caller knows what is stored.
func (db *DB) submit(ctx context.Context, j *job) error {
	if err := db.enqueue(ctx, j); err != nil {
		return err
	}
	return <-j.done
}

// enqueue gives j to the writer.
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

// write is the writer. It takes whatever waits, up to the limits, and commits it together: the commit costs, not
// the record.
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

// after draws the consequences of a transaction.
func (db *DB) after(first *job, err error) {
	if err == nil {
		if first.weight == 0 {
			db.fullUntil = time.Time{} // something may have been freed
		}
		db.wake()
		return
	}
	db.recent.clear()
	db.hostIDs = nil
	if errors.Is(err, ErrFull) && time.Now().After(db.fullUntil) {
		db.fullUntil = time.Now().Add(fullPause)
	}
}

// gather adds to first what waits and may share its transaction. The job that may not comes back as rest.
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

// apply does the jobs of a group in one transaction.
func (db *DB) apply(tx *bolt.Tx, group []*job) error {
	weight := 0
	for _, j := range group {
		weight += j.weight
	}
	if err := db.room(tx, weight); err != nil {
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
		j.last = 0
		for _, in := range j.flows {
			j.last = max(j.last, flow.Seq(in.place.n))
		}
	}
	return w.flush()
}

// writeTx is a write transaction and what it has yet to write down.
type writeTx struct {
	db   *DB
	tx   *bolt.Tx
	now  int64 // Unix seconds
	segs []*segmentWriter
	uses map[uint64]int64 // change in the uses of shared bodies
}

// segment returns the writer of a segment, one for each within a transaction.
func (w *writeTx) segment(s *segment) *segmentWriter {
	for _, sw := range w.segs {
		if sw.number == s.number {
			return sw
		}
	}
	sw := &segmentWriter{segment: s, w: w, index: newIndex(s)}
	w.segs = append(w.segs, sw)
	return sw
}

func (w *writeTx) flush() error {
	for _, s := range w.segs {
		if err := s.index.flush(); err != nil {
			return err
		}
	}
	return w.flushUses()
}

// batch is what one transaction appends to a segment. States of one flow that come together become one record,
// the newest: no reader can have seen the others.
type batch struct {
	list []*incoming
	open map[flow.ID]*incoming // flows of the batch that are not done
}

func newBatch() *batch { return &batch{open: map[flow.ID]*incoming{}} }

// add takes up a record. It gets the place, and so the number, of the state that it supersedes.
func (b *batch) add(in *incoming) {
	if prev := b.open[in.id]; prev != nil {
		in.place = prev.place
		b.list[in.place.i] = in
	} else {
		in.place = &place{i: len(b.list)}
		b.list = append(b.list, in)
	}
	if in.finished {
		delete(b.open, in.id)
	} else {
		b.open[in.id] = in
	}
}

// place is the record that one or more states of a flow share.
type place struct {
	i int    // in the batch
	n uint64 // local number, once stored
}

// wake tells those who wait for a commit that there was one.
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
