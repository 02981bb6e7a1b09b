package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/relay/days"
)

// ErrNoModels means that the models of workers do not match the log: there are no models, they lack
// flows that were lost, or have flows that were deleted meanwhile. A follower has the right models.
var ErrNoModels = errors.New("the workers have no models of the whole log")

// ErrDeleted is an [ErrNoModels] that passes: the workers have not applied a deletion yet.
var ErrDeleted = fmt.Errorf("%w: they have not obeyed a deletion yet", ErrNoModels)

// Facts are models, to be merged, of all flows in the entries of a log up to a position, including
// expired entries.
type Facts struct {
	Models []Model
	Until  Position
	Marks  map[string]uint64 // the largest number learned of each source
}

// Learned returns the models that the workers have committed, with the flows that came since. The
// error is [ErrNoModels] if only a follower can make them.
func Learned(ctx context.Context, l Log, newModel func() Model) (*Facts, error) {
	return learned(ctx, l, newModel, func(ctx context.Context, t *tail) (Model, error) {
		return t.head.facts.All(ctx, &t.sealed)
	})
}

// LearnedSince is [Learned] for the flows that started on a day or later. The error may also be
// [days.ErrTooOld].
func LearnedSince(ctx context.Context, l Log, newModel func() Model, since days.Day) (*Facts, error) {
	return learned(ctx, l, newModel, func(ctx context.Context, t *tail) (Model, error) {
		return t.head.facts.Since(ctx, &t.sealed, since)
	})
}

// learned calls facts for each partition that has learned up to the end of the log.
func learned(ctx context.Context, l Log, newModel func() Model, facts func(context.Context, *tail) (Model, error)) (*Facts, error) {
	// A reader without permission for the log gets an error here, and would wait in vain for the
	// models.
	if _, _, err := l.Bounds(ctx); err != nil {
		return nil, fmt.Errorf("read the end of the log: %w", err)
	}
	for tries := 1; ; tries++ {
		all, err := learnedOnce(ctx, l, newModel, facts)
		if !errors.Is(err, errMissing) {
			return all, err
		}
		if tries == 5 {
			return nil, errors.Join(ErrNoModels, err)
		}
		if err := pause.For(ctx, time.Duration(tries)*firstPause); err != nil { // a worker replaced them meanwhile
			return nil, err
		}
	}
}

func learnedOnce(ctx context.Context, l Log, newModel func() Model, of func(context.Context, *tail) (Model, error)) (*Facts, error) {
	cfg := days.Config{NewModel: newModel}
	heads, err := readHeads(ctx, l, cfg)
	if err != nil {
		return nil, err
	}
	first, last, err := l.Bounds(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the end of the log: %w", err)
	}
	if len(heads) == 0 {
		return nil, ErrNoModels
	}
	codec := NewCodec()
	dec, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxHead)) // only wrong options are an error
	defer dec.Close()
	dead, err := deletedBefore(ctx, l, codec, last)
	if err != nil {
		return nil, err
	}
	tails := make([]*tail, Partitions)
	for p := range tails {
		tails[p] = &tail{log: l, codec: codec, late: first > 1, head: newHead(p, cfg), dead: dead}
	}
	for _, h := range heads {
		tails[h.Partition].head = h
	}
	models, errs := make([]Model, Partitions), make([]error, Partitions)
	var all sync.WaitGroup
	for p, t := range tails {
		t.sealed = sealed{log: l, partition: p, dec: dec}
		all.Go(func() {
			if errs[p] = t.learn(ctx, last); errs[p] == nil {
				models[p], errs[p] = of(ctx, t)
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	facts := &Facts{Models: models, Until: last, Marks: map[string]uint64{}}
	for _, t := range tails {
		for source, m := range t.head.Marks {
			facts.Marks[source] = m.Last
		}
	}
	return facts, nil
}

// tail learns what a partition has after its head.
type tail struct {
	log    Log
	codec  *Codec
	head   *Head
	sealed sealed
	late   bool // the log no longer has its first entries
	dead   map[flow.ID]bool
}

// learn learns the entries up to a position.
func (t *tail) learn(ctx context.Context, last Position) error {
	if t.head.Position > last { // the log lost its end
		return ErrNoModels
	}
	if t.head.Position == last {
		return nil
	}
	for e, err := range t.log.Entries(ctx, t.head.Partition, t.head.Position) {
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		if e.Source != "" && e.Position <= last {
			if err := t.take(ctx, &e); err != nil {
				return err
			}
		}
		if e.Position >= last {
			return nil
		}
	}
	return ctx.Err()
}

// take learns from an entry.
func (t *tail) take(ctx context.Context, e *Entry) error {
	mark, known := t.head.Marks[e.Source]
	switch kind := e.kind(); {
	case e.Source == Deletions && e.Last <= t.head.deleted:
		return nil
	case e.Source == Deletions:
		return t.apply(e)
	case kind == kindStaged:
		t.head.staged.begin(e)
		return nil
	case kind == kindCommit:
		return t.takeImport(ctx, e, known)
	}
	fit := fits(e, mark.Last)
	if fit == fitGap && !known && t.late {
		mark.Last, fit = e.After, fitNext
	}
	switch fit {
	case fitKnown:
		return nil
	case fitGap:
		return ErrNoModels
	}
	_, flows, err := t.codec.Decode(e)
	if err != nil {
		return errors.Join(ErrNoModels, err)
	}
	if err := t.head.learn(t.live(unknown(flows, mark.Last)), e.Position, e.Position); err != nil {
		return err
	}
	t.head.Marks[e.Source] = SourceMark{Last: max(mark.Last, e.Last)}
	return nil
}

// apply returns [ErrDeleted] if the facts may have flows that an entry deletes: they cannot be
// unlearned.
func (t *tail) apply(e *Entry) error {
	d, err := t.codec.decodeDeletion(e)
	switch {
	case errors.Is(err, ErrMalformed): // no reader applies it
		return nil
	case err != nil:
		return err
	case e.After > t.head.deleted: // earlier ones were not applied
		d.since, d.before = time.Unix(-1<<40, 0), time.Unix(1<<40, 0)
	}
	for _, p := range t.head.facts.Between(d.since, d.before) {
		if p.Flows > 0 {
			return ErrDeleted
		}
	}
	t.head.deleted = e.Last
	return nil
}

// live returns the flows that were not deleted.
func (t *tail) live(flows []*flow.Flow) []*flow.Flow {
	return slices.DeleteFunc(flows, func(f *flow.Flow) bool { return t.dead[f.ID] })
}

// deletedBefore returns the flows that the log says are deleted, up to a position.
func deletedBefore(ctx context.Context, l Log, c *Codec, until Position) (map[flow.ID]bool, error) {
	newest, err := l.Newest(ctx, Deletions)
	if err != nil || newest.Position == 0 {
		return nil, err
	}
	dead := map[flow.ID]bool{}
	for e, err := range l.Entries(ctx, OnlyDeletions, 0) {
		if err != nil {
			return nil, fmt.Errorf("read deletions: %w", err)
		}
		if e.Source == Deletions && e.Position <= until {
			d, err := c.decodeDeletion(&e)
			if err != nil && !errors.Is(err, ErrMalformed) {
				return nil, err
			}
			for _, id := range d.ids {
				dead[id] = true
			}
		}
		if e.Position >= min(newest.Position, until) {
			break
		}
	}
	return dead, ctx.Err()
}

// takeImport learns from an import that is committed.
func (t *tail) takeImport(ctx context.Context, e *Entry, known bool) error {
	defer delete(t.head.staged, e.Source)
	if known || e.Last == 0 {
		return nil
	}
	first, complete, err := t.head.staged.complete(ctx, t.codec, t.log, e)
	if !complete {
		return err
	}
	for flows, err := range t.codec.importOf(ctx, t.log, first, e) {
		if err != nil {
			return err
		}
		if err := t.head.learn(t.live(flows), first, e.Position); err != nil {
			return err
		}
	}
	t.head.Marks[e.Source] = SourceMark{Last: e.Last}
	return nil
}
