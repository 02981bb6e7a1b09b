package relay

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/internal/varint"
	"github.com/spectap/spectap/relay/days"
)

// maxDeleted is the number of flows that one entry deletes.
const maxDeleted = 50_000

// Deletion names flows that are deleted, by their identifiers. The zero value is empty.
type Deletion struct{ days map[days.Day]*deletion }

// Len returns the number of flows.
func (d *Deletion) Len() (n int) {
	for _, day := range d.days {
		n += len(day.ids)
	}
	return n
}

// Entries returns the number of entries that [Delete] writes.
func (d *Deletion) Entries() (n int) {
	for _, day := range d.days {
		n += (len(day.ids) + maxDeleted - 1) / maxDeleted
	}
	return n
}

// Add adds a flow.
func (d *Deletion) Add(f *flow.Flow) {
	if d.days == nil {
		d.days = map[days.Day]*deletion{}
	}
	day := d.days[days.Of(f.Started)]
	if day == nil {
		day = &deletion{}
		d.days[days.Of(f.Started)] = day
	}
	day.add(f)
}

// deletion is the content of one entry. All flows started within [since, before), so that a store
// need not scan others, nor a worker learn other days again.
type deletion struct {
	since, before time.Time // in full seconds
	ids           []flow.ID
}

func (d *deletion) add(f *flow.Flow) {
	from := f.Started.Truncate(time.Second).UTC()
	if len(d.ids) == 0 || from.Before(d.since) {
		d.since = from
	}
	if to := from.Add(time.Second); to.After(d.before) {
		d.before = to
	}
	d.ids = append(d.ids, f.ID)
}

// code encodes or decodes the content of an entry.
func (d *deletion) code(c *varint.Coder) {
	since, before := d.since.Unix(), d.before.Unix()
	c.Int(&since, &before)
	d.since, d.before = time.Unix(since, 0).UTC(), time.Unix(before, 0).UTC()
	codeIDs(c, &d.ids, maxDeleted)
}

// encode returns the content of an entry.
func (d *deletion) encode() []byte {
	c := varint.NewWriter(nil)
	d.code(c)
	return c.Out()
}

// codeIDs encodes or decodes identifiers, of which it decodes at most limit.
func codeIDs(c *varint.Coder, ids *[]flow.ID, limit int) {
	varint.Elements(c, ids, limit, len(flow.ID{}), func(id *flow.ID) { c.Raw(id[:]) })
}

// decodeDeletion reads an entry.
func (c *Codec) decodeDeletion(e *Entry) (d deletion, err error) {
	b, err := c.frame(e)
	if err != nil {
		return d, err
	}
	r := varint.NewDecoder(varint.NewReader(b))
	if d.code(r); r.End() != nil {
		return d, fmt.Errorf("%w: %v", ErrMalformed, e)
	}
	return d, nil
}

// Delete writes deletions to the log, in an entry for each day on which some of the flows started.
// Followers apply them when they read them, and workers learn these days again without the flows.
// It tries again until ctx ends. After an error some of the entries may be written.
func Delete(ctx context.Context, l Log, d Deletion) error {
	codec := NewCodec()
	for _, day := range slices.Sorted(maps.Keys(d.days)) {
		all := d.days[day]
		for part := range slices.Chunk(all.ids, maxDeleted) {
			one := deletion{all.since, all.before, part}
			if err := writeDeletion(ctx, l, codec.sealKind(kindDeletion, one.encode())); err != nil {
				return fmt.Errorf("delete flows: %w", err)
			}
		}
	}
	return nil
}

// writeDeletion appends an entry of the deletions.
func writeDeletion(ctx context.Context, l Log, data []byte) error {
	for delay := firstPause; ; delay = min(2*delay, longestPause) {
		newest, err := l.Newest(ctx, Deletions)
		if err == nil {
			// Entries expire, so counting could begin again. The time does not.
			e := &Entry{Source: Deletions, After: newest.Last, Last: max(newest.Last+1, uint64(time.Now().UnixNano())), Data: data}
			if _, err = l.Append(ctx, e, newest.Position); err == nil {
				return nil
			}
		}
		if errors.Is(err, ErrDenied) {
			return err
		}
		if perr := pause.For(ctx, delay); perr != nil { // an entry that is there twice does no harm
			return errors.Join(perr, err)
		}
	}
}
