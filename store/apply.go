package store

import (
	"context"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// Mark identifies a block of flows from another store: the newest states of all flows of Source
// whose newest record is one of After+1 to Last. The numbers are those of Source. Records that were
// superseded or deleted leave gaps among them, so a block may have fewer flows than numbers, or no
// flows.
type Mark struct {
	// Source names the store that the flows come from. Numbers never start again in one source: a
	// new file needs another name. It has 1 to 256 bytes.
	Source string
	// After is the Last of the block before, 0 for the first. If After and Last are equal, the
	// block has no flows and only updates sessions.
	After, Last uint64
	// Sessions are sessions of Source, with its numbers. A block may have any of them, at any time,
	// and again: the knowledge about a session only grows. A session that flows name but no block
	// has gets no command.
	Sessions []Session
}

// Receiver takes the flows of other stores.
type Receiver interface {
	// Apply stores the block of flows that mark describes, in the order of the blocks of its
	// source, once: flows, sessions and the position of the source are one transaction. A block
	// that was applied before (mark.Last is not beyond the recorded position) is ignored, and
	// applied is false. Otherwise mark.After must be the recorded position, or the error is a
	// [*MarkError]. Flows get numbers of this store, as Append gives them, and so do their
	// sessions: a session of a source is one session here. A nil error means what it means for
	// Append.
	Apply(ctx context.Context, mark Mark, flows []*flow.Flow) (applied bool, err error)
	// Marks returns the recorded positions by source, for sources with an applied block.
	Marks(ctx context.Context) (map[string]uint64, error)
}

// Compare compares the mark of a block, with a number of flows, with the recorded position of its
// source. known reports that it was applied before. The error is a [*MarkError], or says that the
// mark is invalid.
func (m *Mark) Compare(recorded uint64, flows int) (known bool, err error) {
	return compareMark(m.Source, m.After, m.Last, recorded, flows)
}

// Apply implements [Receiver].
func (db *DB) Apply(ctx context.Context, mark Mark, flows []*flow.Flow) (applied bool, err error) {
	if db.readOnly {
		return false, db.wrap("apply flows to", ErrReadOnly)
	}
	var known bool
	err = db.view(func(tx *bolt.Tx) (err error) { // saves the writer work that is known or cannot be applied
		known, err = mark.Compare(readMark(tx.Bucket(rootMarks).Get([]byte(mark.Source))).Last, len(flows))
		return err
	})
	if known || err != nil {
		return false, db.wrapNil("apply flows to", err)
	}
	j := &job{}
	for _, f := range flows {
		in, err := db.prepare(f, false)
		if err != nil {
			return false, err
		}
		j.flows = append(j.flows, in)
		j.weight += in.weight()
	}
	incoming := j.flows
	j.flows, j.do = nil, func(w *writeTx) (err error) {
		applied, err = w.apply(&mark, flows, incoming)
		return err
	}
	if err := db.submit(ctx, j); err != nil {
		return false, db.wrap("apply flows to", err)
	}
	return applied, nil
}

// apply stores a block whose flows are encoded in list.
func (w *writeTx) apply(mark *Mark, flows []*flow.Flow, list []*incoming) (applied bool, err error) {
	was := readMark(w.tx.Bucket(rootMarks).Get([]byte(mark.Source)))
	known, err := mark.Compare(was.Last, len(flows))
	if known || err != nil {
		return false, err
	}
	began, err := w.beginSessions(mark)
	if err != nil {
		return false, err
	}
	batch := newBatch()
	for i, f := range flows {
		if f.Session != 0 {
			number, err := w.sessionOf(mark.Source, f)
			if err != nil {
				return false, err
			}
			list[i].encode(f, number)
		}
		batch.add(list[i])
	}
	if err := w.segment(liveSegment(w.tx)).appendAll(batch.list); err != nil {
		return false, err
	}
	ended, err := w.endSessions(mark)
	if err != nil || mark.After == mark.Last {
		return began || ended, err
	}
	return true, noteMark(w.tx.Bucket(rootMarks), mark.Source, mark.After, mark.Last, w.now)
}

// Marks implements [Receiver].
func (db *DB) Marks(ctx context.Context) (map[string]uint64, error) {
	st, err := db.Stat(ctx)
	if err != nil {
		return nil, err
	}
	positions := map[string]uint64{}
	for source, a := range st.Sources {
		positions[source] = a.Last
	}
	return positions, nil
}
