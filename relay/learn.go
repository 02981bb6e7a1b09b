package relay

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/spectap/spectap/flow"
)

// learning is the state of one partition at a worker.
type learning struct {
	w        *Worker
	head     *Head
	revision uint64 // of the head in the log
	sealed   *sealed
	have     *archive
	late     bool // the log no longer has its first entries
	rescans  rescans
	partial  bool      // the facts have a part of an import only
	leaving  bool      // the worker ends
	unsealed time.Time // until then, nothing is sealed
	swept    time.Time
	looked   time.Time // for what was overlooked

	dirty   bool            // the head was not committed since it changed
	marks   map[string]Mark // those that must still be sent to their sources
	asker   *asker
	commits int
	rest    time.Duration // until the next commit
}

// load reads the head of a partition.
func (w *Worker) load(ctx context.Context, p int) (*learning, error) {
	v, err := getOne(ctx, w.cfg.Log, headKey(p))
	if err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	head, err := decodeHead(p, v.Data, w.dec, w.facts())
	if err != nil {
		return nil, err
	}
	l := &learning{
		w: w, head: head, revision: v.Revision, rest: w.cfg.Commit,
		marks: map[string]Mark{}, asker: newAsker(w.cfg.Log, 5*w.cfg.Commit),
		sealed: &sealed{log: w.cfg.Log, partition: p, enc: w.enc, dec: w.dec},
		dirty:  len(head.facts.Garbage()) > 0,
	}
	first, last, err := w.cfg.Log.Bounds(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the end of the log: %w", err)
	}
	l.late = first > 1
	if head.Position > last { // the log lost its end, and will give these positions to others
		head.Position, head.staged = 0, stagings{}
	}
	if l.have, err = newArchive(ctx, w.cfg.Store); err != nil {
		return nil, &storeError{err}
	}
	end := last
	if first > last {
		end = 0
	}
	if err := w.deleted.catchUp(ctx, w.cfg.Log, w.codec, head.deleted, end); err != nil {
		return nil, err
	}
	if err := l.resume(ctx); err != nil {
		return nil, err
	}
	return l, l.sweep(ctx, time.Now())
}

// resume sends the sources the marks that an earlier worker had no time to send.
func (l *learning) resume(ctx context.Context) error {
	for source, have := range l.head.Marks {
		m, err := getMark(ctx, l.w.cfg.Log, source)
		if err != nil {
			return fmt.Errorf("read the mark of %s: %w", source, err)
		}
		if m.Last < have.Last {
			l.marks[source] = Mark{Last: have.Last}
		}
	}
	return nil
}

// run learns and commits until ctx is done or an error.
func (l *learning) run(ctx context.Context) error {
	for {
		err := l.read(ctx)
		if errors.Is(err, errRescan) {
			continue
		}
		if ctx.Err() == nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
		defer cancel()
		l.leaving = true
		return l.commit(ctx)
	}
}

// read learns from entries and commits from time to time, until an error.
func (l *learning) read(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type item struct {
		entry Entry
		err   error
	}
	items := make(chan item, 4)
	entries := l.w.cfg.Log.Entries(ctx, l.head.Partition, l.head.Position)
	go func() {
		for e, err := range entries {
			select {
			case items <- item{e, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	var due <-chan time.Time
	look := time.After(time.Until(l.looked.Add(l.w.lookEvery())))
	for {
		if due == nil && (l.dirty || len(l.marks) > 0 || l.asker.any()) {
			due = time.After(l.rest)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case it := <-items:
			if it.err != nil {
				return fmt.Errorf("read the log: %w", it.err)
			}
			if err := l.take(ctx, &it.entry); err != nil {
				return err
			}
		case <-due:
			due = nil
			if err := l.commit(ctx); err != nil {
				return err
			}
		case <-look:
			if err := l.lookBack(ctx); err != nil {
				return err
			}
			look = time.After(l.w.lookEvery())
		}
	}
}

// take learns from an entry and stores it.
func (l *learning) take(ctx context.Context, e *Entry) error {
	err := error(nil)
	switch kind := e.kind(); {
	case e.Source == "" || len(e.Source) > maxSource: // not of a spool
	case e.Source == Deletions:
		err = l.forget(ctx, e)
	case kind == kindFlows:
		err = l.takeFlows(ctx, e)
	case kind == kindStaged:
		l.head.staged.begin(e)
		l.dirty = true
	case kind == kindCommit:
		err = l.adopt(ctx, e)
	default:
		_, err = l.w.codec.frame(e) // of a newer version, or not of this source
	}
	if errors.Is(err, ErrMalformed) || isUnreadable(err) && e.Source != Deletions {
		l.w.bad.Warn("an entry is skipped", "err", err)
		err = nil
	}
	if err != nil {
		return err
	}
	l.head.Position = e.Position
	return nil
}

// takeFlows learns from a block.
func (l *learning) takeFlows(ctx context.Context, e *Entry) error {
	old, known := l.head.Marks[e.Source]
	mark := old.Last
	fit := fits(e, mark)
	if fit == fitGap && !known && l.late {
		mark, fit = e.After, fitNext
	}
	if fit == fitNext {
		err := l.apply(ctx, e, mark)
		if !isUnreadable(err) {
			return err
		}
		l.w.bad.Warn("a block is skipped", "err", err) // as if the log had lost it
		fit = fitGap
	}
	if fit != fitGap {
		return nil
	}
	l.w.note(func(s *WorkerStatus) { s.Gaps[e.Source] = mark })
	if l.rescans.due(e.Source, mark, e.Position) {
		l.rescans.begin(ctx, l.w.cfg.Log, e.Position)
		l.head.Position, l.head.staged = 0, stagings{}
		return errRescan
	}
	l.asker.missing(e.Source, mark, e.After)
	return nil
}

// apply stores the flows of a block, and learns from those after a mark.
func (l *learning) apply(ctx context.Context, e *Entry, mark uint64) error {
	sessions, flows, err := l.w.codec.Decode(e)
	if err != nil {
		return err
	}
	defer l.w.deleted.hold()()
	flows = l.w.deleted.live(flows)
	if err := l.have.jump(ctx, e.Source, min(mark, e.After)); err != nil {
		return err
	}
	if err := l.have.apply(ctx, e, sessions, flows); err != nil {
		return err
	}
	if err := l.head.learn(unknown(flows, mark), e.Position, e.Position); err != nil {
		return err
	}
	l.moved(e, len(flows))
	l.marks[e.Source] = Mark{Last: l.head.Marks[e.Source].Last}
	return nil
}

// learn learns from the flows that have their answer. They are in the log between two positions.
func (h *Head) learn(flows []*flow.Flow, first, last Position) error {
	now := time.Now()
	for _, f := range flows {
		if !f.Done {
			continue
		}
		if err := h.facts.Add(f, uint64(first), uint64(last), now); err != nil {
			return err
		}
	}
	return nil
}

// moved notes that the flows of an entry were learned.
func (l *learning) moved(e *Entry, flows int) {
	l.head.Marks[e.Source] = SourceMark{max(l.head.Marks[e.Source].Last, e.Last), time.Now().UTC().Truncate(time.Second)}
	l.asker.filled(e.Source)
	l.dirty = true
	l.w.note(func(s *WorkerStatus) {
		s.Flows, s.Bytes = s.Flows+int64(flows), s.Bytes+int64(len(e.Data))
		delete(s.Gaps, e.Source)
	})
}

// giveUp passes over numbers that nobody has any more. Then it returns errRescan, for what comes
// after them. The log is read to its end first: a block that was sent again may be there.
func (l *learning) giveUp(ctx context.Context) error {
	lost, err := l.asker.hopeless(ctx)
	if err != nil || len(lost) == 0 {
		return err
	}
	_, last, err := l.w.cfg.Log.Bounds(ctx)
	if err != nil {
		return fmt.Errorf("read the end of the log: %w", err)
	}
	if err := l.advance(ctx, last); err != nil {
		return err
	}
	given := false
	for source, next := range lost {
		if !l.asker.still(source, next) {
			continue
		}
		given = true
		l.w.cfg.Logger.Error("the log lost flows that nobody has any more", "source", source, "after", l.head.Marks[source].Last, "to", next)
		l.head.Marks[source] = SourceMark{next, time.Now().UTC().Truncate(time.Second)}
		l.asker.filled(source)
	}
	if !given {
		return nil
	}
	l.dirty = true
	l.rescans.begin(ctx, l.w.cfg.Log, last)
	l.head.Position, l.head.staged = 0, stagings{}
	return errRescan
}

// advance learns from the entries up to a position. Positions are given to the entries of all
// partitions, so a reader that only waits for entries of its own cannot know that none are left.
func (l *learning) advance(ctx context.Context, until Position) error {
	if l.head.Position >= until {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for e, err := range l.w.cfg.Log.Entries(ctx, l.head.Partition, l.head.Position) {
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		if err := l.take(ctx, &e); err != nil || e.Position >= until {
			return err
		}
	}
	return ctx.Err()
}

// commit writes the head if no other worker has, and then tells the sources which flows they may
// release.
func (l *learning) commit(ctx context.Context) error {
	start := time.Now()
	if l.partial { // the facts are more than what the marks say
		l.rest = l.w.cfg.Commit
		return l.asker.ask(ctx, start)
	}
	maps.DeleteFunc(l.head.Marks, func(_ string, m SourceMark) bool { return l.dirty && start.Sub(m.Seen) > l.w.cfg.Forget })
	if err := l.seal(ctx, start); err != nil {
		return err
	}
	if l.dirty {
		gone := l.head.facts.Garbage()
		if err := l.put(ctx); err != nil {
			return err
		}
		l.dirty = false
		l.commits++
		l.w.note(func(s *WorkerStatus) { s.Commits++ })
		if err := l.clean(ctx, gone); err != nil {
			return err
		}
	}
	if err := l.asker.ask(ctx, start); err != nil {
		return err
	}
	for source, m := range l.marks {
		m.At = start.UTC().Truncate(time.Second)
		if err := put(ctx, l.w.cfg.Log, keyMarks+source, m); err != nil {
			return err
		}
		delete(l.marks, source)
	}
	if err := l.sweep(ctx, start); err != nil {
		return err
	}
	l.rest = max(l.w.cfg.Commit, 10*time.Since(start))
	if l.leaving {
		return nil
	}
	return l.giveUp(ctx) // facts learned from here on are not committed yet
}

// put writes the head if nobody else has.
func (l *learning) put(ctx context.Context) error {
	data, err := l.head.encode(l.w.enc)
	if err != nil {
		return fmt.Errorf("encode the model: %w", err)
	}
	l.revision, err = l.w.cfg.Log.Put(ctx, headKey(l.head.Partition), l.revision, data)
	if errors.Is(err, ErrConflict) {
		l.w.note(func(s *WorkerStatus) { s.Lost++ })
	}
	if err != nil {
		return fmt.Errorf("commit the model: %w", err)
	}
	return nil
}
