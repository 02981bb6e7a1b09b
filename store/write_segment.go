package store

import (
	"encoding/binary"
	"errors"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/format"
)

// segmentWriter writes to one segment.
type segmentWriter struct {
	*segment
	w     *writeTx
	index *summaryChanges
	stale map[uint64]bool // numbers of blocks whose index must be written again

	idsSeen, hasIDs bool // hasIDs reports open flows, once idsSeen
}

// appendAll gives records the next numbers and stores them.
func (s *segmentWriter) appendAll(list []*incoming) error {
	n := s.root.Sequence()
	first := n
	s.flows.FillPercent, s.open.FillPercent, s.moved.FillPercent = 1, 0.9, 0.9
	for _, in := range list {
		n++
		in.slot.n = n
		if err := s.append(n, in); err != nil {
			return err
		}
	}
	s.complete(first, n)
	return s.root.SetSequence(n)
}

// append stores one record. It replaces an open record of the same flow.
func (s *segmentWriter) append(n uint64, in *incoming) error {
	r := format.Record{First: n, Meta: in.meta}
	if len(in.bodies) > 0 {
		r.Refs = make([]format.BodyRef, len(in.bodies))
	}
	for i := range in.bodies {
		ref, err := s.w.putBody(&in.bodies[i])
		if err != nil {
			return err
		}
		r.Refs[i] = ref
	}
	// After the bodies, so that those of the open record are found and not stored again.
	if v := s.openRecord(in.id); v != nil {
		first, err := s.supersede(binary.BigEndian.Uint64(v), n, in)
		if err != nil {
			return err
		}
		r.First = first
	}
	host, err := s.w.makeHostID(in.host)
	if err != nil {
		return err
	}
	s.index.Add(n, host, in.started, s.w.now, r.Weight())
	rec := r.Append(make([]byte, 0, len(in.meta)+16+len(r.Refs)*32))
	if in.finished {
		return s.flows.Put(key64(n), rec)
	}
	s.idsSeen, s.hasIDs = true, true
	if err := s.ids.Put(in.id[:], key64(n)); err != nil {
		return err
	}
	return s.open.Put(key64(n), rec)
}

// openRecord returns the key of the open record of a flow, or nil. Most of the time no flow is
// open.
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

// supersede replaces the open record old by n, and returns the flow's first number. If the old
// record cannot be read, it is dropped, because the new one must be stored in any case.
func (s *segmentWriter) supersede(old, n uint64, in *incoming) (first uint64, err error) {
	first = old
	if rec := s.open.Get(key64(old)); rec != nil {
		switch known, err := s.discard(old, rec); {
		case err == nil:
			first = known
		case !errors.Is(err, ErrCorrupt):
			return 0, err
		}
	}
	if in.finished {
		if err := s.ids.Delete(in.id[:]); err != nil {
			return 0, err
		}
	}
	return first, s.moved.Put(key64(old), key64(n))
}

// discard removes the record n, its bodies and its index entries, and returns the number of the
// flow's first record. If the record cannot be read, only the record is removed, and the error is
// ErrCorrupt.
func (s *segmentWriter) discard(n uint64, rec []byte) (first uint64, err error) {
	r, f, bad := format.Decode(rec, false)
	if bad == nil {
		if host, ok := hostID(s.w.tx, f.Request.Authority); ok {
			s.index.Remove(n, host, r.Weight())
		}
		s.stale[n/blockSize] = true
		for i := range r.Refs {
			if err := s.w.dropBody(&r.Refs[i]); err != nil {
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
	return r.First, bad
}

// remove deletes the flow whose newest record is n, and the entries that refer to it. It returns
// false for an unknown number.
func (s *segmentWriter) remove(n uint64) (bool, error) {
	rec, open := s.record(n)
	if rec == nil {
		return false, nil
	}
	if _, f, err := format.Decode(rec, false); err == nil && open {
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
