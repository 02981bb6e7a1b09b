package relay

// This file delivers the blocks of forwarders to a store at once: the log of a hub without an
// engine, which is one store that a process serves over a network.
//
// Blocks are applied when they are appended, so the store itself has the marks, and there is
// nothing to follow: readers use the store.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// storeMarks is the beginning of the keys of marks, as package relay has it.
const storeMarks = "marks/"

// StoreLog is a store as the log of forwarders. It is safe for concurrent use.
type StoreLog struct {
	st    store.Receiver
	codec *Codec
}

var _ Log = (*StoreLog)(nil)

// NewStoreLog returns the log of a store, which the caller closes after the last use of the log.
func NewStoreLog(st store.Receiver) *StoreLog { return &StoreLog{st, NewCodec()} }

// Append applies the block of an entry. The position of an entry is its last number: positions
// count within a source.
func (l *StoreLog) Append(ctx context.Context, e *Entry, after Position) (Position, error) {
	if uint64(after) > e.After {
		return 0, ErrConflict
	}
	sessions, flows, err := l.codec.Decode(e)
	if err != nil {
		return 0, err
	}
	// A spool that begins after the end of the store has dropped the records between: the store had
	// them, and was lost, or replaced by a backup.
	if gone := (store.Mark{Source: e.Source, After: uint64(after), Last: e.After}); gone.After < gone.Last {
		if _, err := l.apply(ctx, gone, nil); err != nil {
			return 0, err
		}
	}
	mark := store.Mark{Source: e.Source, After: e.After, Last: e.Last, Sessions: sessions}
	return l.apply(ctx, mark, flows)
}

func (l *StoreLog) apply(ctx context.Context, mark store.Mark, flows []*flow.Flow) (Position, error) {
	applied, err := l.st.Apply(ctx, mark, flows)
	if errors.As(err, new(*store.MarkError)) || err == nil && !applied && mark.After < mark.Last {
		return 0, ErrConflict // another forwarder, or an answer that was lost, was faster
	}
	if err != nil {
		return 0, fmt.Errorf("apply flows %d-%d of %s: %w", mark.After+1, mark.Last, mark.Source, err)
	}
	return Position(mark.Last), nil
}

// Newest returns the block that ends at the mark of the source.
func (l *StoreLog) Newest(ctx context.Context, source string) (Entry, error) {
	last, err := l.mark(ctx, source)
	return Entry{Position: Position(last), Source: source, Last: last}, err
}

func (l *StoreLog) mark(ctx context.Context, source string) (uint64, error) {
	marks, err := l.st.Marks(ctx)
	if err != nil {
		return 0, err
	}
	return marks[source], nil
}

// Get returns the mark of a source. There are no other values: nothing is lost between a forwarder
// and the store, so no flows are requested again.
func (l *StoreLog) Get(ctx context.Context, key string) ([]Value, error) {
	source, ok := strings.CutPrefix(key, storeMarks)
	if !ok || source == "" {
		return nil, nil
	}
	last, err := l.mark(ctx, source)
	if err != nil || last == 0 {
		return nil, err
	}
	data, err := json.Marshal(Mark{Last: last, At: time.Now().UTC()})
	if err != nil {
		return nil, err
	}
	return []Value{{Key: key, Revision: last, Data: data}}, nil
}

// Put keeps nothing: the store has the marks, and the status of a forwarder has no use here.
func (l *StoreLog) Put(context.Context, string, uint64, []byte) (uint64, error) { return 1, nil }

// Remove does nothing: there are no values.
func (l *StoreLog) Remove(context.Context, string, uint64) error { return nil }

// errNotFollowed is the error of methods for followers.
var errNotFollowed = fmt.Errorf("a store has no log to follow: %w", errors.ErrUnsupported)

// Entries returns [errors.ErrUnsupported].
func (l *StoreLog) Entries(context.Context, int, Position) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) { yield(Entry{}, errNotFollowed) }
}

// Bounds returns [errors.ErrUnsupported].
func (l *StoreLog) Bounds(context.Context) (first, last Position, err error) {
	return 0, 0, errNotFollowed
}
