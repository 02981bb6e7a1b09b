package relay

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// take applies an entry. It returns errRescan if the log shall be read from its beginning.
func (f *Follower) take(ctx context.Context, e *Entry) error {
	if e.Source == "" || len(e.Source) > maxSource {
		f.position = e.Position
		return nil
	}
	err := error(nil)
	switch kind := e.kind(); {
	case e.Source == Deletions:
		err = f.applyDeletion(ctx, e)
	case kind == kindFlows:
		return f.takeFlows(ctx, e)
	case kind == kindStaged:
		f.staged.begin(e)
	case kind == kindCommit:
		err = f.adopt(ctx, e)
	default:
		_, err = f.codec.frame(e) // of a newer version, or not of this source
	}
	if errors.Is(err, ErrMalformed) || isUnreadable(err) && e.Source != Deletions {
		f.unreadable(e, err)
		err = nil
	}
	if err == nil {
		f.passed(e)
	}
	return err
}

// passed notes that an entry was read.
func (f *Follower) passed(e *Entry) {
	f.position = e.Position
	f.note(func(s *FollowerStatus) { s.Bytes += int64(len(e.Data)) })
}

// applyDeletion deletes the flows that an entry names.
func (f *Follower) applyDeletion(ctx context.Context, e *Entry) error {
	d, err := f.codec.decodeDeletion(e)
	if err != nil {
		return err
	}
	return f.deleted.apply(ctx, f.cfg.Log, e, d)
}

// adopt applies an import when it is committed.
func (f *Follower) adopt(ctx context.Context, e *Entry) error {
	if f.have.marks[e.Source] != 0 || e.Last == 0 { // applied before, or a source that also sends flows
		delete(f.staged, e.Source)
		return nil
	}
	first, complete, err := f.staged.complete(ctx, f.codec, f.cfg.Log, e)
	if err != nil {
		return err
	}
	if !complete {
		delete(f.staged, e.Source)
		f.bad.Warn("the log lost a part of an import, none of it is applied", "source", e.Source)
		f.note(func(s *FollowerStatus) { s.Gaps[e.Source] = 0 })
		return nil
	}
	defer f.deleted.hold()()
	if _, err := f.have.adopt(ctx, e, f.codec.importOf(ctx, f.cfg.Log, first, e), f.deleted); err != nil {
		return err
	}
	delete(f.staged, e.Source)
	return nil
}

// takeFlows applies a block of flows.
func (f *Follower) takeFlows(ctx context.Context, e *Entry) error {
	mark, known := f.have.marks[e.Source]
	fit := fits(e, mark)
	if f.met != nil && !f.met[e.Source] { // earlier entries have expired
		f.met[e.Source], known = true, false
	}
	if fit == fitGap && !known && f.late {
		if err := f.have.jump(ctx, e.Source, e.After); err != nil {
			return err
		}
		f.note(func(s *FollowerStatus) { s.Partial[e.Source] = e.After })
		mark, fit = e.After, fitNext
	}
	if fit == fitNext {
		switch err := f.apply(ctx, e); {
		case isUnreadable(err): // as if the log had lost it
			f.unreadable(e, err)
			fit = fitGap
		case err != nil:
			return err
		}
	}
	f.passed(e)
	if fit == fitGap {
		f.note(func(s *FollowerStatus) { s.Gaps[e.Source] = mark })
		if f.rescans.due(e.Source, mark, e.Position) {
			f.rescans.begin(ctx, f.cfg.Log, e.Position)
			f.position, f.staged = 0, stagings{}
			return errRescan
		}
		f.asker.missing(e.Source, mark, e.After)
		if f.live && time.Since(f.looked) > f.cfg.Ask {
			return errLook
		}
	}
	return nil
}

// errLook means that the follower should check whether the missing flows can still come.
var errLook = errors.New("look for what is missing")

// giveUp passes over numbers that nobody has any more, and reports whether there were any. Then the
// log is to be read again, for what comes after them. The log was read to its end: a block that was
// sent again may be there.
func (f *Follower) giveUp(ctx context.Context) (bool, error) {
	f.looked = time.Now()
	lost, err := f.asker.hopeless(ctx)
	if err != nil || len(lost) == 0 {
		return false, err
	}
	_, last, err := f.cfg.Log.Bounds(ctx) // flows that were sent before the spool dropped them have arrived by now
	if err != nil {
		return false, fmt.Errorf("read the end of the log: %w", err)
	}
	if err := f.advance(ctx, last); err != nil {
		return false, err
	}
	given := false
	for source, next := range lost {
		if !f.asker.still(source, next) || f.Status().Newer[source] { // another version may read it
			continue
		}
		f.cfg.Logger.Error("the log lost flows that nobody has any more", "source", source, "after", f.have.marks[source], "to", next)
		if err := f.have.jump(ctx, source, next); err != nil {
			return false, err
		}
		f.asker.filled(source)
		f.note(func(s *FollowerStatus) {
			s.Partial[source] = next
			delete(s.Gaps, source)
		})
		given = true
	}
	if given {
		f.rescans.begin(ctx, f.cfg.Log, last)
		f.position, f.staged = 0, stagings{}
	}
	return given, nil
}

// apply stores the flows of a block.
func (f *Follower) apply(ctx context.Context, e *Entry) error {
	sessions, flows, err := f.codec.Decode(e)
	if err != nil {
		return err
	}
	defer f.deleted.hold()()
	if err := f.have.apply(ctx, e, sessions, f.deleted.live(flows)); err != nil {
		return err
	}
	f.note(func(s *FollowerStatus) {
		delete(s.Gaps, e.Source)
		delete(s.Newer, e.Source)
	})
	f.asker.filled(e.Source)
	return nil
}

// unreadable notes that an entry is skipped.
func (f *Follower) unreadable(e *Entry, err error) {
	f.bad.Warn("an entry is skipped", "err", err)
	if errors.Is(err, ErrVersion) {
		f.note(func(s *FollowerStatus) { s.Newer[e.Source] = true })
	}
}

func (f *Follower) note(change func(*FollowerStatus)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.status)
}
