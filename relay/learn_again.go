package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/relay/days"
	"github.com/spectap/spectap/store"
)

// forget applies a deletion. Facts cannot be unlearned, so those of the days that hold deleted
// flows are learned again from what the log still has of these days.
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
	if e.After > l.head.deleted { // the deletions before it expired unread, or were lost
		d = deletion{since: time.Unix(-1<<40, 0), before: time.Unix(1<<40, 0)}
	}
	for _, p := range l.head.facts.Between(d.since, d.before) {
		if err := l.relearn(ctx, p, d, e.Position); err != nil {
			return err
		}
	}
	l.head.deleted = e.Last
	l.dirty = true
	return nil
}

// relearn learns a part of the facts again, unless no flow of it is deleted.
func (l *learning) relearn(ctx context.Context, p *days.Part, d deletion, until Position) error {
	if p.Flows == 0 {
		return nil
	}
	r := l.newReplay(p, d)
	err := r.read(ctx, Position(p.First-1), min(until, Position(p.Last)))
	if err == nil && r.made.Flows+r.dead != p.Flows {
		// A log that lost its end has flows elsewhere than where they were learned.
		r = l.newReplay(p, d)
		err = r.read(ctx, 0, until)
	}
	if err != nil {
		return fmt.Errorf("learn again: %w", err)
	}
	if r.made.Flows == p.Flows { // all of them live
		return nil
	}
	if missing := p.Flows - r.made.Flows - r.dead; r.made.Flows+r.dead < p.Flows {
		l.w.cfg.Logger.Warn("flows were deleted, and facts of others of their day are lost with them: the log has these no more",
			"partition", l.head.Partition, "flows", missing)
	}
	l.head.facts.Replace(p, r.made)
	l.w.note(func(s *WorkerStatus) { s.Relearned++ })
	return nil
}

// replay reads entries again that were learned, for the flows of one part of the facts.
type replay struct {
	l       *learning
	part    *days.Part
	doomed  map[flow.ID]bool // those that a deletion names
	made    *days.Part
	dead    uint64                  // flows that are doomed
	numbers map[string]store.Ranges // that were seen, by source
	staged  stagings
}

func (l *learning) newReplay(p *days.Part, d deletion) *replay {
	r := &replay{l: l, part: p, doomed: map[flow.ID]bool{}, made: &days.Part{}, numbers: map[string]store.Ranges{}, staged: stagings{}}
	for _, id := range d.ids {
		r.doomed[id] = true
	}
	return r
}

// read reads the entries after a position, up to another.
func (r *replay) read(ctx context.Context, after, until Position) error {
	for e, err := range r.l.w.cfg.Log.Entries(ctx, r.l.head.Partition, after) {
		if err != nil {
			return err
		}
		if e.Position <= until {
			err = r.take(ctx, &e)
		}
		if err != nil && !isUnreadable(err) && !errors.Is(err, ErrIncomplete) {
			return err
		}
		if e.Position >= until {
			return nil
		}
	}
	return ctx.Err()
}

// take learns from an entry that was learned before.
func (r *replay) take(ctx context.Context, e *Entry) error {
	mark, known := r.l.head.Marks[e.Source]
	switch kind := e.kind(); {
	case e.Source == "" || e.Source == Deletions:
	case kind == kindStaged:
		r.staged.begin(e)
	case kind == kindCommit && known && r.numbers[e.Source] == nil:
		first, ok := r.staged[e.Source]
		if !ok {
			return nil
		}
		for flows, err := range r.l.w.codec.importOf(ctx, r.l.w.cfg.Log, first, e) {
			if err != nil { // parts of it have expired, for example
				return err
			}
			if err := r.learn(e, flows, mark.Last, first); err != nil {
				return err
			}
		}
	case kind == kindFlows && e.After < mark.Last:
		_, flows, err := r.l.w.codec.Decode(e)
		if err != nil {
			return err
		}
		return r.learn(e, flows, mark.Last, e.Position)
	}
	return nil
}

// learn learns from the flows of an entry with numbers up to mark, each once.
func (r *replay) learn(e *Entry, flows []*flow.Flow, mark uint64, first Position) error {
	defer r.l.w.deleted.hold()()
	seen := r.numbers[e.Source]
	for _, f := range flows {
		if !f.Done || uint64(f.Last) > mark || r.l.head.facts.Of(f.Started) != r.part || seen.Contains(f.Last) {
			continue
		}
		seen = seen.Add(f.Last)
		switch {
		case r.doomed[f.ID]:
			r.dead++
		case r.l.w.deleted.has(f.ID):
		default:
			if err := r.l.head.facts.AddTo(r.made, f, uint64(first), uint64(e.Position), time.Now()); err != nil {
				return err
			}
		}
	}
	r.numbers[e.Source] = seen
	return nil
}

// adopt learns from an import when it is committed.
func (l *learning) adopt(ctx context.Context, e *Entry) error {
	if _, known := l.head.Marks[e.Source]; known || e.Last == 0 { // learned before, or a source that also sends flows
		delete(l.head.staged, e.Source)
		return nil
	}
	log, codec := l.w.cfg.Log, l.w.codec
	first, complete, err := l.head.staged.complete(ctx, codec, log, e)
	if err != nil {
		return err
	}
	if !complete {
		delete(l.head.staged, e.Source)
		l.w.bad.Warn("the log lost a part of an import, none of it is learned", "source", e.Source)
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
		flows = l.w.deleted.live(flows)
		if err := l.head.learn(flows, first, e.Position); err != nil {
			return err
		}
		n += len(flows)
	}
	l.partial = false
	delete(l.head.staged, e.Source)
	l.moved(e, n)
	l.marks[e.Source] = Mark{Last: e.Last}
	return nil
}
