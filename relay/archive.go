package relay

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// archive is a store with its marks.
type archive struct {
	store Store
	marks map[string]uint64 // largest number applied, by source
}

func newArchive(ctx context.Context, st Store) (*archive, error) {
	marks, err := st.Marks(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the marks: %w", err)
	}
	a := &archive{st, map[string]uint64{}}
	maps.Copy(a.marks, marks)
	return a, nil
}

// apply stores the new flows of an entry, which continues the mark or overlaps it.
func (a *archive) apply(ctx context.Context, e *Entry, sessions []store.Session, flows []*flow.Flow) error {
	mark := a.marks[e.Source]
	if e.Last <= mark && len(sessions) == 0 {
		return nil
	}
	return a.put(ctx, store.Mark{Source: e.Source, After: mark, Last: max(mark, e.Last), Sessions: sessions}, unknown(flows, mark))
}

// jump moves a mark over numbers that the store will not get.
func (a *archive) jump(ctx context.Context, source string, to uint64) error {
	mark := a.marks[source]
	if to <= mark {
		return nil
	}
	return a.put(ctx, store.Mark{Source: source, After: mark, Last: to}, nil)
}

func (a *archive) put(ctx context.Context, m store.Mark, flows []*flow.Flow) error {
	switch _, err := a.store.Apply(ctx, m, flows); {
	case errors.Is(err, store.ErrTooLarge): // no spool takes such a flow
		return fmt.Errorf("%w: flows %d-%d of %s: %w", ErrMalformed, m.After+1, m.Last, m.Source, err)
	case err != nil:
		return &storeError{fmt.Errorf("apply flows %d-%d of %s: %w", m.After+1, m.Last, m.Source, err)}
	}
	a.marks[m.Source] = m.Last
	return nil
}

// isUnreadable reports whether an error comes from what a source has sent. Its other entries, and
// those of other sources, are read nevertheless: one source cannot stop the readers of all.
func isUnreadable(err error) bool { return errors.Is(err, ErrMalformed) || errors.Is(err, ErrVersion) }

// maxSource is the largest number of bytes of the name of a source, as a store takes it.
const maxSource = 256

// errRescan means that the log is read from its beginning.
var errRescan = errors.New("read the log again")

// rescans records the marks at which a gap made a reader read the complete log again. A log that
// lost its end gives the same positions to other entries, and a reader that was past them has not
// seen these. The zero value has no such marks.
type rescans struct {
	marks map[string]uint64 // by source
	until Position          // the end of the log when it was read again last
}

// due reports whether a gap after a mark, before an entry at a position, is a reason to read the
// log again, and notes it. Up to the end that the log had when it was read again last, all that is
// before an entry was just read: so a source that leaves many gaps does not have the log read for
// each of them.
func (r *rescans) due(source string, mark uint64, at Position) bool {
	if r.knows(source, mark) {
		return false
	}
	if r.marks == nil {
		r.marks = map[string]uint64{}
	}
	r.marks[source] = mark
	return at > r.until
}

// knows reports whether a gap after a mark was noted.
func (r *rescans) knows(source string, mark uint64) bool {
	at, ok := r.marks[source]
	return ok && at == mark
}

// begin notes that the log is read again, because of a gap before a position.
func (r *rescans) begin(ctx context.Context, l Log, at Position) {
	if _, last, err := l.Bounds(ctx); err == nil { // else more gaps may be a reason
		at = max(at, last)
	}
	r.until = at
}

// How an entry continues a mark.
type fit int

const (
	fitKnown fit = iota // nothing in it is new
	fitNext             // it continues the mark, or overlaps it
	fitGap              // numbers between the mark and the entry are missing
)

func fits(e *Entry, mark uint64) fit {
	switch {
	case e.After > mark:
		return fitGap
	case e.Last > mark || e.After == e.Last: // sessions may be sent twice
		return fitNext
	}
	return fitKnown
}

// unknown returns the flows with numbers larger than mark. A number always means the same state of
// a flow, and a state that a block lacks was replaced by one with a larger number. So the rest of a
// block that overlaps the mark is complete.
func unknown(flows []*flow.Flow, mark uint64) []*flow.Flow {
	for i, fl := range flows {
		if uint64(fl.Last) > mark {
			return flows[i:]
		}
	}
	return nil
}
