package store

import (
	"context"
	"encoding/binary"
	"errors"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// Limits of one group commit. More waits for the next.
const (
	groupFlows = 512
	groupBytes = 8 << 20
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
	if err := ctx.Err(); err != nil {
		return err
	}
	j.done = make(chan error, 1)
	db.closing.RLock()
	if db.closed {
		db.closing.RUnlock()
		return ErrClosed
	}
	select {
	case db.jobs <- j:
		db.closing.RUnlock()
		return <-j.done
	case <-ctx.Done():
		db.closing.RUnlock()
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
		if err != nil {
			db.recent.clear()
			db.hostIDs = nil
		} else {
			db.wake()
		}
		for _, j := range group {
			j.done <- err
		}
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
			if j.do != nil {
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
	if err := seg.appendBatch(batch); err != nil {
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

// segmentWriter writes one segment.
type segmentWriter struct {
	*segment
	w     *writeTx
	index *index

	idsSeen, hasIDs bool // whether there are open flows, once looked
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

// appendBatch gives the records of a batch the next numbers and stores them.
func (s *segmentWriter) appendBatch(b *batch) error {
	n := s.root.Sequence()
	s.flows.FillPercent, s.open.FillPercent, s.moved.FillPercent = 1, 0.9, 0.9
	for _, in := range b.list {
		n++
		in.place.n = n
		if err := s.append(n, in); err != nil {
			return err
		}
	}
	return s.root.SetSequence(n)
}

// append stores one record, in the place of the open one of the same flow if there is one.
func (s *segmentWriter) append(n uint64, in *incoming) error {
	r := record{first: n, meta: in.meta}
	if len(in.bodies) > 0 {
		r.refs = make([]bodyRef, len(in.bodies))
	}
	for i := range in.bodies {
		ref, err := s.w.putBody(&in.bodies[i])
		if err != nil {
			return err
		}
		r.refs[i] = ref
	}
	// After the bodies: those that the open record has already are found, not stored anew.
	if v := s.openRecord(in.id); v != nil {
		first, err := s.supersede(binary.BigEndian.Uint64(v), n, in)
		if err != nil {
			return err
		}
		r.first = first
	}
	host, err := s.w.makeHostID(in.host)
	if err != nil {
		return err
	}
	s.index.add(n, host, in.started, s.w.now, r.weight())
	rec := r.append(make([]byte, 0, len(in.meta)+16+len(r.refs)*(hashSize+16)))
	if in.finished {
		return s.flows.Put(key64(n), rec)
	}
	s.idsSeen, s.hasIDs = true, true
	if err := s.ids.Put(in.id[:], key64(n)); err != nil {
		return err
	}
	return s.open.Put(key64(n), rec)
}

// openRecord returns the key of the open record of a flow, nil when there is none. Most of the time no flow is open.
func (s *segmentWriter) openRecord(id flow.ID) []byte {
	if !s.idsSeen {
		k, _ := s.ids.Cursor().First()
		s.idsSeen, s.hasIDs = true, k != nil
	}
	if !s.hasIDs {
		return nil
	}
	if v := s.ids.Get(id[:]); len(v) == 8 {
		return v
	}
	return nil
}

// supersede takes the open record old away: n stands for it from now on. It returns the flow's first number.
// A record that cannot be read is let go: what is new must be stored whatever became of the old.
func (s *segmentWriter) supersede(old, n uint64, in *incoming) (first uint64, err error) {
	first = old
	if rec := s.open.Get(key64(old)); rec != nil {
		if first, err = s.discard(old, rec); err != nil && !errors.Is(err, ErrCorrupt) {
			return 0, err
		}
		if err != nil {
			first = old
		}
	}
	if in.finished {
		if err := s.ids.Delete(in.id[:]); err != nil {
			return 0, err
		}
	}
	return first, s.moved.Put(key64(old), key64(n))
}

// discard removes the record n, its bodies and its index entries. It returns the number of the flow's first
// record. One that cannot be read goes too; its bodies and entries stay, and the error is ErrCorrupt.
func (s *segmentWriter) discard(n uint64, rec []byte) (first uint64, err error) {
	r, f, bad := decode(rec)
	if bad == nil {
		if host, ok := hostID(s.w.tx, f.Request.Authority); ok {
			s.index.remove(n, host, r.weight())
		}
		for i := range r.refs {
			if err := s.w.dropBody(&r.refs[i]); err != nil {
				return 0, err
			}
		}
	}
	if err := s.flows.Delete(key64(n)); err != nil {
		return 0, err
	}
	if err := s.open.Delete(key64(n)); err != nil {
		return 0, err
	}
	return r.first, bad
}

// remove deletes the flow whose newest record is n, and what points to it; false when there is none.
func (s *segmentWriter) remove(n uint64) (bool, error) {
	rec, open := s.record(n)
	if rec == nil {
		return false, nil
	}
	if _, f, err := decode(rec); err == nil && open {
		if err := s.ids.Delete(f.ID[:]); err != nil {
			return false, err
		}
	}
	first, err := s.discard(n, rec)
	if errors.Is(err, ErrCorrupt) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	for m := first; m < n; {
		v := s.moved.Get(key64(m))
		if len(v) != 8 {
			break
		}
		next := binary.BigEndian.Uint64(v)
		if err := s.moved.Delete(key64(m)); err != nil {
			return false, err
		}
		m = max(next, m+1)
	}
	return true, nil
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
