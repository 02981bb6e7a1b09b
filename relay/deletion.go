package relay

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/store"
)

// maxDeleted is the number of flows that one entry deletes.
const maxDeleted = 50_000

// Deletion names flows that are deleted, by their identifiers. All started within [Since, Before),
// so that a store need not look at others.
type Deletion struct {
	Since, Before time.Time // in whole seconds
	IDs           []flow.ID
}

// Add adds a flow.
func (d *Deletion) Add(f *flow.Flow) {
	from := f.Started.Truncate(time.Second).UTC()
	if len(d.IDs) == 0 || from.Before(d.Since) {
		d.Since = from
	}
	if to := from.Add(time.Second); to.After(d.Before) {
		d.Before = to
	}
	d.IDs = append(d.IDs, f.ID)
}

// encode returns the content of an entry.
func (d *Deletion) encode() []byte {
	b := binary.AppendVarint(nil, d.Since.Unix())
	b = binary.AppendVarint(b, d.Before.Unix())
	return appendIDs(b, d.IDs)
}

func appendIDs(b []byte, ids []flow.ID) []byte {
	b = binary.AppendUvarint(b, uint64(len(ids)))
	for _, id := range ids {
		b = append(b, id[:]...)
	}
	return b
}

// decodeDeletion reads an entry.
func (c *Codec) decodeDeletion(e *Entry) (d Deletion, err error) {
	b, err := c.frame(e)
	if err != nil {
		return d, err
	}
	r := reader{b: b}
	d.Since, d.Before = time.Unix(r.varint(), 0).UTC(), time.Unix(r.varint(), 0).UTC()
	d.IDs = r.ids(maxDeleted)
	if r.bad || len(r.b) > 0 {
		return d, fmt.Errorf("%w: %v", ErrMalformed, e)
	}
	return d, nil
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

// ids reads identifiers, at most limit.
func (r *reader) ids(limit uint64) []flow.ID {
	n := r.uvarint()
	if n > limit || n > uint64(len(r.b)/len(flow.ID{})) {
		r.bad, r.b = true, nil
		return nil
	}
	ids := make([]flow.ID, n)
	for i := range ids {
		r.b = r.b[copy(ids[i][:], r.b):]
	}
	return ids
}

// Delete writes to the log that flows are deleted. Followers delete them when they read that, and
// workers learn again without them. It tries again until ctx ends, and writes the flows in parts:
// after an error some of the parts may be written.
func Delete(ctx context.Context, l Log, d Deletion) error {
	codec, err := NewCodec()
	if err != nil {
		return err
	}
	for part := range slices.Chunk(d.IDs, maxDeleted) {
		one := Deletion{d.Since, d.Before, part}
		data := codec.sealKind(kindDeletion, one.encode())
		for delay := firstPause; ; delay = min(2*delay, longestPause) {
			newest, err := l.Newest(ctx, Deletions)
			if err == nil {
				// Entries expire, so counting could begin again. The time does not.
				e := &Entry{Source: Deletions, After: newest.Last, Last: max(newest.Last+1, uint64(time.Now().UnixNano())), Data: data}
				if _, err = l.Append(ctx, e, newest.Position); err == nil {
					break
				}
			}
			if errors.Is(err, ErrDenied) {
				return fmt.Errorf("delete flows: %w", err)
			}
			if perr := pause.For(ctx, delay); perr != nil { // an entry that is there twice does no harm
				return fmt.Errorf("delete flows: %w", errors.Join(perr, err))
			}
		}
	}
	return nil
}

// deletedName is the key of the deleted flows among the models of a follower's store.
const deletedName = "relay/deleted"

// graveyard holds which flows were deleted, and deletes them in a store. A flow that comes again,
// because it is sent again or has a later state, stays deleted. It is safe for concurrent use.
type graveyard struct {
	store Store

	mu    sync.RWMutex // guards all below
	ids   map[flow.ID]struct{}
	last  uint64   // number of the newest deletion that was obeyed
	pos   Position // of that deletion
	basis store.Basis
}

// newGraveyard reads what was deleted in a store.
func newGraveyard(ctx context.Context, st Store) (*graveyard, error) {
	data, basis, err := st.LoadModel(ctx, deletedName)
	if err != nil {
		return nil, fmt.Errorf("read what was deleted: %w", err)
	}
	g := &graveyard{store: st, ids: map[flow.ID]struct{}{}, basis: basis}
	if len(data) == 0 {
		return g, nil
	}
	r := reader{b: data}
	g.last, g.pos = r.uvarint(), Position(r.uvarint())
	for _, id := range r.ids(^uint64(0)) {
		g.ids[id] = struct{}{}
	}
	if r.bad {
		return nil, fmt.Errorf("%w: the list of deleted flows in the store", ErrMalformed)
	}
	return g, nil
}

// hold keeps deletions from being obeyed until release is called: between looking which flows live
// and storing them.
func (g *graveyard) hold() (release func()) {
	g.mu.RLock()
	return g.mu.RUnlock
}

// living returns the flows that were not deleted. The caller holds g.
func (g *graveyard) living(flows []*flow.Flow) []*flow.Flow {
	if len(g.ids) == 0 {
		return flows
	}
	return slices.DeleteFunc(flows, func(f *flow.Flow) bool {
		_, dead := g.ids[f.ID]
		return dead
	})
}

// newest returns the number and position of the newest deletion that was obeyed.
func (g *graveyard) newest() (uint64, Position) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.last, g.pos
}

// obey deletes the flows that an entry names from the store, unless it did before.
func (g *graveyard) obey(ctx context.Context, e *Entry, d Deletion) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if e.Last <= g.last {
		return nil
	}
	dead := make(map[flow.ID]struct{}, len(d.IDs))
	for _, id := range d.IDs {
		dead[id] = struct{}{}
	}
	var numbers store.Ranges
	for f, err := range g.store.Scan(ctx, store.Query{Since: d.Since, Before: d.Before, NoBodies: true}) {
		if err != nil {
			return &storeError{fmt.Errorf("find deleted flows: %w", err)}
		}
		if _, ok := dead[f.ID]; ok {
			numbers = numbers.Add(f.Last)
		}
	}
	if len(numbers) > 0 {
		if _, err := g.store.Delete(ctx, store.Query{Only: numbers}); err != nil {
			return &storeError{fmt.Errorf("delete flows: %w", err)}
		}
	}
	maps.Copy(g.ids, dead)
	b := binary.AppendUvarint(nil, e.Last)
	b = binary.AppendUvarint(b, uint64(e.Position))
	b = appendIDs(b, slices.Collect(maps.Keys(g.ids)))
	if err := g.store.SaveModel(context.WithoutCancel(ctx), deletedName, b, g.basis); err != nil {
		return &storeError{fmt.Errorf("save what was deleted: %w", err)}
	}
	g.basis.Revision++
	g.last, g.pos = e.Last, e.Position
	return nil
}

// catchUp obeys the deletions that the log has, whose end is given. least is the number of one that
// was obeyed elsewhere: an answer of the log that does not know it is old.
func (g *graveyard) catchUp(ctx context.Context, l Log, c *Codec, least uint64, end Position) error {
	newest, err := l.Newest(ctx, Deletions)
	if err != nil {
		return fmt.Errorf("read the newest deletion: %w", err)
	}
	switch last, _ := g.newest(); {
	case max(newest.Last, least) <= last:
		return nil
	case newest.Last < least:
		return g.read(ctx, l, c, end)
	}
	return g.read(ctx, l, c, newest.Position)
}

// follow obeys the deletion of an entry, after those before it that were not obeyed yet:
// [graveyard] counts as obeyed all that is older than the newest.
func (g *graveyard) follow(ctx context.Context, l Log, c *Codec, e *Entry, d Deletion) error {
	if last, _ := g.newest(); e.After > last {
		if err := g.read(ctx, l, c, e.Position); err != nil {
			return err
		}
	}
	return g.obey(ctx, e, d)
}

// read obeys the deletions up to a position, in their order.
func (g *graveyard) read(ctx context.Context, l Log, c *Codec, until Position) error {
	_, pos := g.newest()
	if until == 0 {
		return nil // there is nothing
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
				if err := g.obey(ctx, &e, d); err != nil {
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
