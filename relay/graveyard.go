package relay

import (
	"context"
	"encoding/binary"
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

// deletedName is the key of the deleted flows among the models of a follower's store: the number
// and position of the newest deletion, and the number of the oldest [grave] and how many there are.
// Identifiers are under this key with a slash and the number of a grave.
const deletedName = "relay/deleted"

// graveSize is the number of identifiers from which another grave is begun.
const graveSize = 10_000

// graveyard holds which flows were deleted, and deletes them in a store. A flow that comes again,
// because it is sent again or has a later state, stays deleted, as long as the log has the
// deletion: what a new reader does not know, an old one need not know. It is safe for concurrent
// use.
type graveyard struct {
	store Store

	mu     sync.RWMutex    // guards all below
	ids    map[flow.ID]int // how many graves have a flow
	graves []*grave        // of deletions in the order of the log
	last   uint64          // number of the newest deletion that was obeyed
	pos    Position        // of that deletion
	first  uint64          // number of the oldest grave
	basis  store.Basis     // of deletedName
}

// grave is a part of the deleted flows, which is saved under a key of its own.
type grave struct {
	number uint64
	until  Position // of the newest deletion in it
	ids    []flow.ID
	basis  store.Basis
}

func graveName(number uint64) string { return deletedName + "/" + strconv.FormatUint(number, 10) }

// newGraveyard reads what was deleted in a store.
func newGraveyard(ctx context.Context, st Store) (*graveyard, error) {
	data, basis, err := st.LoadModel(ctx, deletedName)
	if err != nil {
		return nil, fmt.Errorf("read what was deleted: %w", err)
	}
	g := &graveyard{store: st, ids: map[flow.ID]int{}, basis: basis}
	if len(data) == 0 {
		return g, nil
	}
	r := varint.NewReader(data)
	g.last, g.pos = r.Uint(), Position(r.Uint())
	g.first = r.Uint()
	n := r.Uint()
	if r.Err() != nil || n > 1<<20 {
		return nil, fmt.Errorf("%w: the list of deleted flows in the store", ErrMalformed)
	}
	for range n {
		if err := g.open(ctx); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// open adds the next grave, with what the store has in it: something, if a process was killed
// before it noted that there is one more.
func (g *graveyard) open(ctx context.Context) error {
	x := &grave{number: g.first + uint64(len(g.graves))}
	data, basis, err := g.store.LoadModel(ctx, graveName(x.number))
	if err != nil {
		return &storeError{fmt.Errorf("read what was deleted: %w", err)}
	}
	x.basis = basis
	if len(data) > 0 {
		r := varint.NewReader(data)
		x.until = Position(r.Uint())
		if x.ids = readIDs(r, math.MaxInt); r.Err() != nil {
			return fmt.Errorf("%w: the list of deleted flows in the store", ErrMalformed)
		}
	}
	for _, id := range x.ids {
		g.ids[id]++
	}
	g.graves = append(g.graves, x)
	return nil
}

// bury adds identifiers of a deletion, and returns the grave that has them. The caller holds mu.
func (g *graveyard) bury(ctx context.Context, ids []flow.ID, pos Position) (*grave, error) {
	if n := len(g.graves); n == 0 || len(g.graves[n-1].ids) >= graveSize {
		if err := g.open(ctx); err != nil {
			return nil, err
		}
	}
	x := g.graves[len(g.graves)-1]
	for _, id := range ids {
		g.ids[id]++
	}
	x.ids = append(x.ids, ids...)
	x.until = max(x.until, pos)
	return x, nil
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
	return slices.DeleteFunc(flows, func(f *flow.Flow) bool { return g.has(f.ID) })
}

// has reports whether a flow was deleted. The caller holds g.
func (g *graveyard) has(id flow.ID) bool { return g.ids[id] > 0 }

// newest returns the number and position of the newest deletion that was obeyed.
func (g *graveyard) newest() (uint64, Position) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.last, g.pos
}

// obey deletes the flows that an entry of a log names from the store, unless it did before.
func (g *graveyard) obey(ctx context.Context, l Log, e *Entry, d deletion) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if e.Last <= g.last {
		return nil
	}
	dead := make(map[flow.ID]struct{}, len(d.ids))
	for _, id := range d.ids {
		dead[id] = struct{}{}
	}
	var numbers store.Ranges
	for f, err := range g.store.Scan(ctx, store.Query{Since: d.since, Before: d.before, NoBodies: true}) {
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
	first, _, err := l.Bounds(ctx)
	if err != nil {
		return fmt.Errorf("read the beginning of the log: %w", err)
	}
	ctx = context.WithoutCancel(ctx)
	x, err := g.bury(ctx, d.ids, e.Position)
	if err == nil {
		err = g.saveGrave(ctx, x)
	}
	if err != nil {
		return err
	}
	g.last, g.pos = e.Last, e.Position
	return g.forget(ctx, first)
}

// saveGrave saves a part of the list. The caller holds mu.
func (g *graveyard) saveGrave(ctx context.Context, x *grave) error {
	b := binary.AppendUvarint(nil, uint64(x.until))
	return g.save(ctx, graveName(x.number), appendIDs(b, x.ids), &x.basis)
}

func (g *graveyard) save(ctx context.Context, name string, data []byte, basis *store.Basis) error {
	if err := g.store.SaveModel(ctx, name, data, *basis); err != nil {
		return &storeError{fmt.Errorf("save what was deleted: %w", err)}
	}
	basis.Revision++
	return nil
}

// forget forgets the flows of deletions that the log does not have any more, and saves what is
// left. The caller holds mu.
func (g *graveyard) forget(ctx context.Context, first Position) error {
	gone := 0
	for gone < len(g.graves)-1 && g.graves[gone].until < first {
		gone++
	}
	for _, x := range g.graves[:gone] {
		if err := g.save(ctx, graveName(x.number), nil, &x.basis); err != nil {
			return err
		}
		for _, id := range x.ids {
			if g.ids[id]--; g.ids[id] == 0 {
				delete(g.ids, id)
			}
		}
	}
	g.graves = g.graves[gone:]
	g.first += uint64(gone)
	b := binary.AppendUvarint(nil, g.last)
	b = binary.AppendUvarint(b, uint64(g.pos))
	b = binary.AppendUvarint(b, g.first)
	b = binary.AppendUvarint(b, uint64(len(g.graves)))
	return g.save(ctx, deletedName, b, &g.basis)
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
func (g *graveyard) follow(ctx context.Context, l Log, c *Codec, e *Entry, d deletion) error {
	if last, _ := g.newest(); e.After > last {
		if err := g.read(ctx, l, c, e.Position); err != nil {
			return err
		}
	}
	return g.obey(ctx, l, e, d)
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
				if err := g.obey(ctx, l, &e, d); err != nil {
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
