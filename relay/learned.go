package relay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/relay/days"
)

// ErrNoModels means that the models of workers do not say what the log has: there are none, they
// lack flows that were lost, or have flows that were deleted meanwhile. Followers know.
var ErrNoModels = errors.New("the workers have no models of the whole log")

// ErrDeleted is an [ErrNoModels] that workers will mend: they have not obeyed a deletion yet.
var ErrDeleted = fmt.Errorf("%w: they have not obeyed a deletion yet", ErrNoModels)

// Facts are models, to be merged, of all flows that the entries of a log up to a position have or,
// if they expired, had.
type Facts struct {
	Models []Model
	Until  Position
	Marks  map[string]uint64 // the largest number learned of each source
}

// Learned returns what the workers have committed, with what came since. The error is [ErrNoModels]
// if that takes a follower.
func Learned(ctx context.Context, l Log, newModel func() Model) (*Facts, error) {
	return learned(ctx, l, newModel, func(ctx context.Context, t *tail) (Model, error) {
		return t.head.facts.Whole(ctx, &t.sealed)
	})
}

// LearnedSince is the same for the flows that started on a day or later. The error is also
// [days.ErrTooOld].
func LearnedSince(ctx context.Context, l Log, newModel func() Model, since days.Day) (*Facts, error) {
	return learned(ctx, l, newModel, func(ctx context.Context, t *tail) (Model, error) {
		return t.head.facts.Since(ctx, &t.sealed, since)
	})
}

// learned calls facts for each partition that has learned up to the end of the log.
func learned(ctx context.Context, l Log, newModel func() Model, facts func(context.Context, *tail) (Model, error)) (*Facts, error) {
	// Who may not read the log is told so by this, and would wait in vain for the models.
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
	codec, err := NewCodec()
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxHead))
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	tails := make([]*tail, Partitions)
	for p := range tails {
		tails[p] = &tail{log: l, codec: codec, late: first > 1, head: newHead(p, cfg)}
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
	case e.Source == Deletions: // facts cannot be unlearned
		return ErrDeleted
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
	if err := t.head.learn(unknown(flows, mark.Last), e.Position, e.Position); err != nil {
		return err
	}
	t.head.Marks[e.Source] = SourceMark{Last: max(mark.Last, e.Last)}
	return nil
}

// takeImport learns from an import that is committed.
func (t *tail) takeImport(ctx context.Context, e *Entry, known bool) error {
	defer delete(t.head.staged, e.Source)
	if known || e.Last == 0 {
		return nil
	}
	first, whole, err := t.head.staged.whole(ctx, t.codec, t.log, e)
	if !whole {
		return err
	}
	for flows, err := range t.codec.importOf(ctx, t.log, first, e) {
		if err != nil {
			return err
		}
		if err := t.head.learn(flows, first, e.Position); err != nil {
			return err
		}
	}
	t.head.Marks[e.Source] = SourceMark{Last: e.Last}
	return nil
}
