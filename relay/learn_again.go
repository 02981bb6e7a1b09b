package relay

import (
	"context"
	"fmt"
)

// again is the state of a worker that learns a partition again from the log, because flows were
// deleted: a model cannot unlearn. Until it has come to where it was, it commits nothing.
type again struct {
	until Position              // of the deletion
	marks map[string]SourceMark // before
}

// forget obeys a deletion, and begins to learn again.
func (l *learning) forget(ctx context.Context, e *Entry) error {
	d, err := l.w.codec.decodeDeletion(e)
	if err != nil {
		return err
	}
	if err := l.w.deleted.follow(ctx, l.w.cfg.Log, l.w.codec, e, d); err != nil {
		return err
	}
	if e.Last <= l.head.deleted {
		return nil
	}
	first, _, err := l.w.cfg.Log.Bounds(ctx)
	if err != nil {
		return fmt.Errorf("read the beginning of the log: %w", err)
	}
	marks := l.head.Marks
	if l.again != nil {
		marks = l.again.marks
	}
	l.again = &again{until: e.Position, marks: marks}
	l.late = first > 1
	l.rescans = nil
	l.model = l.w.cfg.NewModel()
	l.head.Position, l.head.Marks, l.head.staged, l.head.deleted = 0, map[string]SourceMark{}, stagings{}, e.Last
	l.dirty = true
	l.w.note(func(s *WorkerStatus) { s.Relearned++ })
	return errRescan
}

// learnedAgain ends learning again once the entry of the deletion is reached. Sources whose entries
// have all expired keep their marks; the facts of these flows are gone. What the log lost otherwise
// is asked for.
func (l *learning) learnedAgain() {
	if l.again == nil || l.head.Position < l.again.until {
		return
	}
	for source, old := range l.again.marks {
		now, ok := l.head.Marks[source]
		switch {
		case !ok && l.late:
			l.head.Marks[source] = old
		case now.Last < old.Last:
			l.w.note(func(s *WorkerStatus) { s.Gaps[source] = now.Last })
			l.asker.missing(source, now.Last, nothing)
		}
	}
	l.again = nil
}

// adopt learns from an import when it is committed.
func (l *learning) adopt(ctx context.Context, e *Entry) error {
	if _, known := l.head.Marks[e.Source]; known || e.Last == 0 { // learned before, or a source that also sends flows
		delete(l.head.staged, e.Source)
		return nil
	}
	log, codec := l.w.cfg.Log, l.w.codec
	first, whole, err := l.head.staged.whole(ctx, codec, log, e)
	if err != nil {
		return err
	}
	if !whole {
		delete(l.head.staged, e.Source)
		l.w.cfg.Logger.Error("the log lost a part of an import, none of it is learned", "source", e.Source)
		l.w.note(func(s *WorkerStatus) { s.Gaps[e.Source] = 0 })
		return nil
	}
	defer l.w.deleted.hold()()
	if l.have.marks[e.Source] == 0 {
		if _, err := l.have.adopt(ctx, e, codec.importOf(ctx, log, first, e), l.w.deleted); err != nil {
			return err
		}
	}
	n := 0
	l.partial = true
	for flows, err := range codec.importOf(ctx, log, first, e) {
		if err != nil {
			return err // the model is loaded again
		}
		flows = l.w.deleted.living(flows)
		learn(l.model, flows)
		n += len(flows)
	}
	l.partial = false
	delete(l.head.staged, e.Source)
	l.moved(e, n)
	l.marks[e.Source] = Mark{Last: e.Last}
	return nil
}
