package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/format"
)

// LeftOut is a flow that cannot be read: its record or one of its bodies is damaged.
type LeftOut struct {
	Seq flow.Seq // number of its newest record
	Err error    // the reason; it wraps ErrCorrupt and contains no captured data
}

// repair removes the flows that cannot be read, and rebuilds everything that is derived from the
// others: indexes, use counts and hashes. It needs a copy that nobody else uses, and works in one
// transaction.
func (db *DB) repair(ctx context.Context) (left []LeftOut, err error) {
	err = db.submit(ctx, &job{do: func(w *writeTx) error {
		r := &repairer{
			writeTx: w, ctx: ctx, checked: map[format.BodyRef]error{}, bodies: map[uint64]bodyUse{},
		}
		if err := r.all(); err != nil {
			return err
		}
		left = r.left
		return nil
	}})
	slices.SortFunc(left, func(a, b LeftOut) int { return cmp.Compare(a.Seq, b.Seq) })
	return left, err
}

// repairer is the state of one repair.
type repairer struct {
	*writeTx
	ctx     context.Context
	checked map[format.BodyRef]error // results of bodies that were read, without their role
	bodies  map[uint64]bodyUse
	left    []LeftOut
}

func (r *repairer) all() error {
	r.db.recent.Clear()
	r.db.hostIDs = nil
	renewHosts := func() error { return renew(r.tx, rootHosts) }
	segments := func() error { return eachSegment(r.tx, false, r.segment) }
	for _, step := range []func() error{
		r.dropModels, r.dropExtents, renewHosts, segments, r.countBodies, r.flush, r.dropEmptyImports,
		r.forgetHosts, r.dropLosses, r.dropSessions, r.dropMarks,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	r.segs = nil
	return nil
}

// dropLosses drops losses that cannot be read.
func (r *repairer) dropLosses() error {
	return dropEntries(r.tx.Bucket(rootLosses), func(k, v []byte) bool {
		l, ok := readLoss(k, v)
		return ok && l.After <= lastSeq(r.tx)
	})
}

// dropMarks drops positions of sources that cannot be read.
func (r *repairer) dropMarks() error { return dropEntries(r.tx.Bucket(rootMarks), isValidMark) }

// dropEntries removes the entries of a bucket that keep does not accept.
func dropEntries(b *bolt.Bucket, keep func(k, v []byte) bool) error {
	var bad [][]byte
	for k, v := range chunksOf(b) {
		if !keep(k, v) {
			bad = append(bad, slices.Clone(k))
		}
	}
	for _, k := range bad {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// dropModels removes the models that cannot be read. They will be learned again.
func (r *repairer) dropModels() error {
	models := r.tx.Bucket(rootModels)
	for name, err := range checkModels(r.tx, r.db.codec) {
		if err == nil {
			continue
		}
		if err := models.DeleteBucket(name); err != nil {
			return err
		}
	}
	return nil
}

// dropExtents removes imports whose records do not exist, and second entries of an import: those
// that hide live records or have another number of records, else the later ones.
func (r *repairer) dropExtents() error {
	segments := r.tx.Bucket(rootSegments)
	var gone [][]byte
	entries := map[uint64][]extent{} // by import number
	err := segments.ForEach(func(k, v []byte) error {
		e, ok := readExtent(k, v)
		if ok && e.segment(r.tx) == nil {
			gone = append(gone, slices.Clone(k))
		} else if ok {
			entries[e.number] = append(entries[e.number], e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, all := range entries {
		keep := max(0, slices.IndexFunc(all, func(e extent) bool {
			return e.hides(r.tx) == 0 && e.segment(r.tx).root.Sequence() == uint64(e.last-e.base)
		}))
		for i, e := range all {
			if i != keep {
				gone = append(gone, e.key())
			}
		}
	}
	for _, k := range gone {
		if err := segments.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// segment keeps the records that can be read, and rebuilds the other tables.
func (r *repairer) segment(old *segment) error {
	stored := map[uint64]int64{} // by block: the records do not contain the time when they were stored
	var newest int64
	err := old.blocks.ForEach(func(k, v []byte) error {
		if b, ok := readBlockSummary(v); ok && len(k) == 8 {
			stored[binary.BigEndian.Uint64(k)] = b.Stored
			newest = max(newest, b.Stored)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := renew(old.root, tabIDs, tabBlocks, tabByHost, tabHosts, tabIndex); err != nil {
		return err
	}
	s := r.writeTx.segment(newSegment(old.root, old.base, old.number))
	var bad []uint64
	records := segmentRun{s.segment, 0, ^uint64(0)}
	for c := range records.all(false) {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		rec, f, err := format.Decode(c.data, false)
		if err == nil {
			err = r.checkBodies(&rec)
		}
		if err == nil && (c.n > s.root.Sequence() || rec.First > c.n) {
			err = fmt.Errorf("%w: its number cannot be", ErrCorrupt)
		}
		if err != nil {
			bad = append(bad, c.n)
			r.left = append(r.left, LeftOut{s.base + flow.Seq(c.n), err})
			continue
		}
		when, ok := stored[c.n/blockSize]
		if !ok {
			when = newest
		}
		if err := r.keep(s, c.n, &rec, &f, when); err != nil {
			return err
		}
	}
	for _, n := range bad {
		if err := s.flows.Delete(key64(n)); err != nil {
			return err
		}
		if err := s.open.Delete(key64(n)); err != nil {
			return err
		}
	}
	isNumber := func(k, _ []byte) bool { return len(k) == 8 }
	return errors.Join(dropEntries(s.flows, isNumber), dropEntries(s.open, isNumber), s.dropMoves())
}

// keep adds a readable record to the other tables.
func (r *repairer) keep(s *segmentWriter, n uint64, rec *format.Record, f *flow.Flow, stored int64) error {
	for i := range rec.Refs {
		ref := &rec.Refs[i]
		r.bodies[ref.ID] = bodyUse{r.bodies[ref.ID].count + 1, ref.Size, ref.Hash}
	}
	host, err := r.makeHostID(f.Request.Authority)
	if err != nil {
		return err
	}
	s.index.Add(n, host, f.Started.Unix(), stored, rec.Weight())
	s.stale[n/blockSize] = true
	if !f.Done {
		if err := s.ids.Put(f.ID[:], key64(n)); err != nil {
			return err
		}
	}
	if s.newest(rec.First) != n && rec.First < n {
		return s.moved.Put(key64(rec.First), key64(n))
	}
	return nil
}

// dropMoves removes the moves to records that do not exist, and from those that do.
func (s *segmentWriter) dropMoves() error {
	return dropEntries(s.moved, func(k, _ []byte) bool {
		if len(k) != 8 {
			return false
		}
		n := binary.BigEndian.Uint64(k)
		own, _ := s.record(n)
		rec, _ := s.record(s.newest(n))
		return own == nil && rec != nil
	})
}

// checkBodies reads the bodies of a record; a shared body is read once.
func (r *repairer) checkBodies(rec *format.Record) error {
	for _, ref := range rec.Refs {
		ref.Role = 0
		err, ok := r.checked[ref]
		if !ok {
			err = checkBody(newBodyReader(r.tx), &ref, r.db.codec, r.db.hasher)
			r.checked[ref] = err
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// countBodies removes unused bodies, and rebuilds the use counts and hashes of the others.
func (r *repairer) countBodies() error {
	if err := renew(r.tx, rootShared, rootHashes); err != nil {
		return err
	}
	shared, hashes := r.tx.Bucket(rootShared), r.tx.Bucket(rootHashes)
	for id, u := range r.bodies {
		if u.count > 1 {
			if err := shared.Put(key64(id), key64(u.count-1)); err != nil {
				return err
			}
		}
		if u.size > chunkSize {
			if err := hashes.Put(u.hash[:], key64(id)); err != nil {
				return err
			}
		}
	}
	return dropEntries(r.tx.Bucket(rootBodies), func(k, _ []byte) bool {
		return len(k) == 12 && r.bodies[binary.BigEndian.Uint64(k)].count > 0
	})
}

// renew empties tables of a bucket, or creates them.
func renew(parent interface {
	DeleteBucket([]byte) error
	CreateBucket([]byte) (*bolt.Bucket, error)
}, names ...[]byte) error {
	for _, name := range names {
		if err := parent.DeleteBucket(name); err != nil && !isMissing(err) {
			return err
		}
		if _, err := parent.CreateBucket(name); err != nil {
			return err
		}
	}
	return nil
}
