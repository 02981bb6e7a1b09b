package relay

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/store"
)

// ErrIncomplete means that the log lost a part of an import before it was committed. Readers see no
// part of it.
var ErrIncomplete = errors.New("the hub lost a part of the import")

// Numbers of imports in progress that a reader of a log tracks, in all and of one name. The oldest
// are dropped first, and never become visible. A dropped import is not read again, so the numbers
// bound the work that one source can make for all readers.
const (
	maxStaged       = 1000
	maxStagedOfName = 64
)

// ImporterConfig configures an import. Log and Source are required.
type ImporterConfig struct {
	Log Log
	// Source is the source of this import alone.
	Source string
	// Prepare, unless nil, changes a flow before it is sent, for example to redact it.
	Prepare func(*flow.Flow)
	Logger  *slog.Logger // nil discards
}

// Importer sends flows that become visible together, with the record that Commit writes. It
// implements [store.Import]. If it is never committed, its flows expire with the log.
//
// It survives lost connections: writes are tried again until their context ends.
type Importer struct {
	cfg   ImporterConfig
	codec *Codec
	block *block
	first Position // of its first entry
	pos   Position // of its newest entry
	flows uint64
	ended bool
}

var _ store.Import = (*Importer)(nil)

// NewImporter returns an import that has sent nothing.
func NewImporter(cfg ImporterConfig) *Importer {
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	return &Importer{cfg: cfg, codec: NewCodec(), block: new(block)}
}

// Number returns 0: each follower gives the import a number of its own.
func (im *Importer) Number() uint64 { return 0 }

var errEnded = errors.New("the import has ended")

// Append implements [store.Import].
func (im *Importer) Append(ctx context.Context, fs ...flow.Flow) error {
	if im.ended {
		return errEnded
	}
	for i := range fs {
		f := fs[i]
		if f.ID == (flow.ID{}) {
			f.ID = flow.NewID()
		}
		if im.cfg.Prepare != nil {
			im.cfg.Prepare(&f)
		}
		f.Last = flow.Seq(im.flows + 1)
		ok, err := im.block.add(&f)
		if err == nil && !ok {
			if err = im.flush(ctx); err == nil {
				_, err = im.block.add(&f)
			}
		}
		if err != nil {
			return err
		}
		im.flows++
	}
	return ctx.Err()
}

// flush sends the collected flows.
func (im *Importer) flush(ctx context.Context) error {
	b := im.block
	if b.n == 0 {
		return nil
	}
	all := binary.AppendUvarint([]byte{0}, uint64(b.n)) // no sessions
	e := &Entry{Source: im.cfg.Source, After: b.after, Last: b.last}
	e.Data = im.codec.sealKind(kindStaged, append(all, b.raw...))
	if err := im.send(ctx, e); err != nil {
		return err
	}
	im.first = cmp.Or(im.first, im.pos)
	im.block = &block{after: b.last, last: b.last}
	return nil
}

// lostAfter is the number of reads in a row that miss what was acknowledged after which it counts
// as lost.
const lostAfter = 10

// send appends an entry, once.
func (im *Importer) send(ctx context.Context, e *Entry) error {
	delay, missed := firstPause, 0
	for {
		pos, err := im.cfg.Log.Append(ctx, e, im.pos)
		if err == nil {
			im.pos = pos
			return nil
		}
		if errors.Is(err, ErrDenied) || errors.Is(err, ErrTooLarge) {
			return err
		}
		newest, nerr := im.cfg.Log.Newest(ctx, im.cfg.Source)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("send %v: %w", e, errors.Join(ctx.Err(), err))
		case nerr != nil:
		case newest.Position > im.pos && newest.After == e.After && newest.Last == e.Last: // its answer was lost
			im.pos = newest.Position
			return nil
		case newest.Position < im.pos:
			if missed++; missed == lostAfter {
				return fmt.Errorf("send %v: %w", e, ErrIncomplete)
			}
		}
		im.cfg.Logger.Debug("send a part of an import; tried again", "err", err)
		if err := pause.For(ctx, delay); err != nil {
			return fmt.Errorf("send %v: %w", e, err)
		}
		delay = min(2*delay, longestPause)
	}
}

// Commit implements [store.Import]: it writes the record that makes the import visible.
func (im *Importer) Commit(ctx context.Context) error {
	if im.ended {
		return errEnded
	}
	if err := im.flush(ctx); err != nil {
		return err
	}
	im.ended = true
	if im.flows == 0 {
		return nil
	}
	e := &Entry{Source: im.cfg.Source, After: im.flows, Last: im.flows}
	e.Data = im.codec.sealKind(kindCommit, binary.AppendUvarint(nil, uint64(im.first)))
	if err := im.send(ctx, e); err != nil {
		return err
	}
	s := SourceStatus{Source: im.cfg.Source, Recorded: im.flows, Sent: im.flows, Ended: true, At: time.Now().UTC().Truncate(time.Second)}
	for delay := firstPause; ; delay *= 2 { // readers that wait for all sources learn of it
		err := put(ctx, im.cfg.Log, keySources+im.cfg.Source, s)
		if err == nil || ctx.Err() != nil || delay > longestPause {
			return nil
		}
		im.cfg.Logger.Debug("report an import", "err", err)
		if pause.For(ctx, delay) != nil {
			return nil
		}
	}
}

// AwaitMark waits until a worker has the flows of a source.
func AwaitMark(ctx context.Context, l Log, source string) error {
	for {
		m, err := getMark(ctx, l, source)
		if err == nil && m.Last > 0 || errors.Is(err, ErrDenied) {
			return err
		}
		if err := pause.For(ctx, time.Second/4); err != nil {
			return err
		}
	}
}

// Abort implements [store.Import].
func (im *Importer) Abort() error {
	im.ended = true
	return nil
}

// stagings are the imports in progress that a reader of a log has seen: the positions of their
// first entries, by source.
type stagings map[string]Position

// begin notes the first entry of an import.
func (s stagings) begin(e *Entry) {
	if e.After != 0 {
		return
	}
	s[e.Source] = e.Position
	name, _, _ := strings.Cut(e.Source, ".")
	s.trim(maxStagedOfName, func(source string) bool { return strings.HasPrefix(source, name+".") })
	s.trim(maxStaged, func(string) bool { return true })
}

// trim forgets the oldest of the selected imports, if there are more than a number of them.
func (s stagings) trim(most int, selected func(source string) bool) {
	if len(s) <= most {
		return
	}
	n, oldest := 0, ""
	for source, pos := range s {
		if !selected(source) {
			continue
		}
		if n++; oldest == "" || pos < s[oldest] {
			oldest = source
		}
	}
	if n > most {
		delete(s, oldest)
	}
}

// importOf yields the flows of a committed import, in the order of their numbers, from its first
// entry on. The error is [ErrIncomplete] if some are missing or damaged.
func (c *Codec) importOf(ctx context.Context, l Log, first Position, commit *Entry) iter.Seq2[[]*flow.Flow, error] {
	return func(yield func([]*flow.Flow, error) bool) {
		at := uint64(0)
		for e, err := range l.Entries(ctx, Partition(commit.Source), first-1) {
			if err != nil {
				yield(nil, fmt.Errorf("read an import: %w", err))
				return
			}
			if e.Position >= commit.Position {
				break
			}
			if e.Source != commit.Source || e.kind() != kindStaged || e.Last <= at {
				continue
			}
			_, flows, err := c.decodeFlows(&e)
			if isUnreadable(err) || e.After != at {
				yield(nil, fmt.Errorf("%w: after %d of %s", ErrIncomplete, at, e.Source))
				return
			}
			if at = e.Last; !yield(flows, err) || err != nil {
				return
			}
		}
		if at != commit.Last {
			yield(nil, fmt.Errorf("%w: after %d of %s", ErrIncomplete, at, commit.Source))
		}
	}
}

// complete returns where a committed import begins, and reports whether all its flows can be read.
func (s stagings) complete(ctx context.Context, c *Codec, l Log, commit *Entry) (first Position, ok bool, err error) {
	first, ok = s[commit.Source]
	if !ok {
		return 0, false, nil
	}
	for _, err := range c.importOf(ctx, l, first, commit) {
		if errors.Is(err, ErrIncomplete) {
			return first, false, nil
		}
		if err != nil {
			return first, false, err
		}
	}
	return first, ctx.Err() == nil, ctx.Err()
}

// adopt stores the flows of an import, all or none.
func (a *archive) adopt(ctx context.Context, commit *Entry, flows iter.Seq2[[]*flow.Flow, error], deleted *tombstones) (n int, err error) {
	im, err := a.store.ImportFrom(ctx, store.Mark{Source: commit.Source, Last: commit.Last})
	if err != nil {
		return 0, &storeError{err}
	}
	defer im.Abort() // does nothing after Commit
	for part, err := range flows {
		if err != nil {
			return 0, err
		}
		part = deleted.live(part)
		batch := make([]flow.Flow, len(part))
		for i, f := range part {
			batch[i] = *f
		}
		switch err := im.Append(ctx, batch...); {
		case errors.Is(err, store.ErrTooLarge):
			return 0, fmt.Errorf("%w: import %s: %w", ErrMalformed, commit.Source, err)
		case err != nil:
			return 0, &storeError{err}
		}
		n += len(part)
	}
	if err := im.Commit(ctx); err != nil {
		return 0, &storeError{fmt.Errorf("apply the import %s: %w", commit.Source, err)}
	}
	a.marks[commit.Source] = commit.Last
	return n, nil
}
