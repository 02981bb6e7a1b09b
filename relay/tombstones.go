package relay

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/varint"
	"github.com/spectap/spectap/store"
)

// deletedName is the key of the tombstones among the models of a follower's store. Its value is the
// number and position of the newest deletion, the number of the oldest [tombstoneChunk], and the
// number of chunks. [tombstoneKey] is the key of a chunk.
const deletedName = "relay/deleted"

// tombstoneChunkSize is the number of identifiers after which a new chunk begins.
const tombstoneChunkSize = 10_000

// tombstones are the identifiers of deleted flows. apply deletes such flows from a store, and live
// keeps them out when they arrive again, repeated or in a later state. A tombstone lives as long as
// the log has the deletion: a new reader does not know older ones either. It is safe for concurrent
// use.
type tombstones struct {
	store Store

	mu     sync.RWMutex      // guards all below
	ids    map[flow.ID]int   // number of chunks that have a flow
	chunks []*tombstoneChunk // in the order of the log
	last   uint64            // number of the newest deletion that was applied
	pos    Position          // of that deletion
	first  uint64            // number of the oldest chunk
	basis  store.Basis       // of deletedName
}

// tombstoneChunk is a part of the tombstones, saved under its own key.
type tombstoneChunk struct {
	number uint64
	until  Position // of the newest deletion in it
	ids    []flow.ID
	basis  store.Basis
}

func tombstoneKey(number uint64) string { return deletedName + "/" + strconv.FormatUint(number, 10) }

// loadTombstones reads the tombstones of a store.
func loadTombstones(ctx context.Context, st Store) (*tombstones, error) {
	data, basis, err := st.LoadModel(ctx, deletedName)
	if err != nil {
		return nil, fmt.Errorf("read what was deleted: %w", err)
	}
	t := &tombstones{store: st, ids: map[flow.ID]int{}, basis: basis}
	if len(data) == 0 {
		return t, nil
	}
	r, n := varint.NewDecoder(varint.NewReader(data)), uint64(0)
	if t.code(r, &n); r.Err() != nil || n > 1<<20 {
		return nil, fmt.Errorf("%w: the list of deleted flows in the store", ErrMalformed)
	}
	for range n {
		if err := t.open(ctx); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// code encodes or decodes all but the chunks, of which there are n.
func (t *tombstones) code(c *varint.Coder, n *uint64) {
	varint.Naturals(c, &t.last, (*uint64)(&t.pos), &t.first, n)
}

func (t *tombstoneChunk) code(c *varint.Coder) {
	varint.Naturals(c, &t.until)
	codeIDs(c, &t.ids, math.MaxInt)
}

// open adds the next chunk, with its identifiers in the store. There are some if a process was
// killed after it had saved the chunk and before it saved the number of chunks.
func (t *tombstones) open(ctx context.Context) error {
	chunk := &tombstoneChunk{number: t.first + uint64(len(t.chunks))}
	data, basis, err := t.store.LoadModel(ctx, tombstoneKey(chunk.number))
	if err != nil {
		return &storeError{fmt.Errorf("read what was deleted: %w", err)}
	}
	chunk.basis = basis
	if len(data) > 0 {
		r := varint.NewDecoder(varint.NewReader(data))
		if chunk.code(r); r.Err() != nil {
			return fmt.Errorf("%w: the list of deleted flows in the store", ErrMalformed)
		}
	}
	for _, id := range chunk.ids {
		t.ids[id]++
	}
	t.chunks = append(t.chunks, chunk)
	return nil
}

// add adds identifiers of a deletion, and returns the chunk that has them. The caller holds mu.
func (t *tombstones) add(ctx context.Context, ids []flow.ID, pos Position) (*tombstoneChunk, error) {
	if n := len(t.chunks); n == 0 || len(t.chunks[n-1].ids) >= tombstoneChunkSize {
		if err := t.open(ctx); err != nil {
			return nil, err
		}
	}
	chunk := t.chunks[len(t.chunks)-1]
	for _, id := range ids {
		t.ids[id]++
	}
	chunk.ids = append(chunk.ids, ids...)
	chunk.until = max(chunk.until, pos)
	return chunk, nil
}

// hold blocks apply until release is called, so that no flow is deleted between the check of live
// and the write to the store.
func (t *tombstones) hold() (release func()) {
	t.mu.RLock()
	return t.mu.RUnlock
}

// live returns the flows without a tombstone. The caller has called hold.
func (t *tombstones) live(flows []*flow.Flow) []*flow.Flow {
	if len(t.ids) == 0 {
		return flows
	}
	return slices.DeleteFunc(flows, func(f *flow.Flow) bool { return t.has(f.ID) })
}

// has reports whether a flow has a tombstone. The caller has called hold.
func (t *tombstones) has(id flow.ID) bool { return t.ids[id] > 0 }

// newest returns the number and position of the newest deletion that was applied.
func (t *tombstones) newest() (uint64, Position) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.last, t.pos
}

// apply deletes the flows of a deletion from the store. It does nothing if that was applied before.
func (t *tombstones) apply(ctx context.Context, l Log, e *Entry, d deletion) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.Last <= t.last {
		return nil
	}
	deleted := make(map[flow.ID]struct{}, len(d.ids))
	for _, id := range d.ids {
		deleted[id] = struct{}{}
	}
	var numbers store.Ranges
	for f, err := range t.store.Scan(ctx, store.Query{Since: d.since, Before: d.before, NoBodies: true}) {
		if err != nil {
			return &storeError{fmt.Errorf("find deleted flows: %w", err)}
		}
		if _, ok := deleted[f.ID]; ok {
			numbers = numbers.Add(f.Last)
		}
	}
	if len(numbers) > 0 {
		if _, err := t.store.Delete(ctx, store.Query{Only: numbers}); err != nil {
			return &storeError{fmt.Errorf("delete flows: %w", err)}
		}
	}
	first, _, err := l.Bounds(ctx)
	if err != nil {
		return fmt.Errorf("read the beginning of the log: %w", err)
	}
	ctx = context.WithoutCancel(ctx)
	chunk, err := t.add(ctx, d.ids, e.Position)
	if err == nil {
		w := varint.NewWriter(nil)
		chunk.code(w)
		err = t.save(ctx, tombstoneKey(chunk.number), w.Out(), &chunk.basis)
	}
	if err != nil {
		return err
	}
	t.last, t.pos = e.Last, e.Position
	return t.forget(ctx, first)
}

func (t *tombstones) save(ctx context.Context, name string, data []byte, basis *store.Basis) error {
	if err := t.store.SaveModel(ctx, name, data, *basis); err != nil {
		return &storeError{fmt.Errorf("save what was deleted: %w", err)}
	}
	basis.Revision++
	return nil
}

// forget drops the chunks whose deletions the log has lost, and saves the rest. The caller holds
// mu.
func (t *tombstones) forget(ctx context.Context, first Position) error {
	gone := 0
	for gone < len(t.chunks)-1 && t.chunks[gone].until < first {
		gone++
	}
	for _, chunk := range t.chunks[:gone] {
		if err := t.save(ctx, tombstoneKey(chunk.number), nil, &chunk.basis); err != nil {
			return err
		}
		for _, id := range chunk.ids {
			if t.ids[id]--; t.ids[id] == 0 {
				delete(t.ids, id)
			}
		}
	}
	t.chunks = t.chunks[gone:]
	t.first += uint64(gone)
	w, n := varint.NewWriter(nil), uint64(len(t.chunks))
	t.code(w, &n)
	return t.save(ctx, deletedName, w.Out(), &t.basis)
}

// catchUp applies the deletions of the log up to end. least is the number of a deletion that was
// applied elsewhere: if the log's newest one is older, its answer is stale, and all is read.
func (t *tombstones) catchUp(ctx context.Context, l Log, c *Codec, least uint64, end Position) error {
	newest, err := l.Newest(ctx, Deletions)
	if err != nil {
		return fmt.Errorf("read the newest deletion: %w", err)
	}
	switch last, _ := t.newest(); {
	case max(newest.Last, least) <= last:
		return nil
	case newest.Last < least:
		return t.read(ctx, l, c, end)
	}
	return t.read(ctx, l, c, newest.Position)
}

// follow applies the deletion of an entry, after the earlier ones that are still due: only the
// newest applied deletion is recorded, which implies all before it.
func (t *tombstones) follow(ctx context.Context, l Log, c *Codec, e *Entry, d deletion) error {
	if last, _ := t.newest(); e.After > last {
		if err := t.read(ctx, l, c, e.Position); err != nil {
			return err
		}
	}
	return t.apply(ctx, l, e, d)
}

// read applies the deletions up to a position, in order.
func (t *tombstones) read(ctx context.Context, l Log, c *Codec, until Position) error {
	_, pos := t.newest()
	if until == 0 {
		return nil // no deletions
	}
	if pos >= until { // the log lost its end
		pos = 0
	}
	for e, err := range l.Entries(ctx, OnlyDeletions, pos) {
		if err != nil {
			return fmt.Errorf("read deletions: %w", err)
		}
		if e.Source == Deletions {
			d, err := c.decodeDeletion(&e)
			switch {
			case errors.Is(err, ErrMalformed):
			case err != nil:
				return err
			default:
				if err := t.apply(ctx, l, &e, d); err != nil {
					return err
				}
			}
		}
		if e.Position >= until {
			break
		}
	}
	return ctx.Err()
}
