package store

import (
	"context"
	"encoding/binary"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/format"
)

// Loss is a run of flows that were not recorded, because there was no room or because they could
// not be stored.
type Loss struct {
	// After is the newest record number at the time of the note. The lost flows would have followed
	// it.
	After flow.Seq
	// Since and Until are the times of the first and the last loss, in full seconds.
	Since, Until time.Time
	Flows        int64
}

// merge adds a loss that follows l.
func (l Loss) merge(m Loss) Loss {
	if m.Since.Before(l.Since) {
		l.Since = m.Since
	}
	if m.Until.After(l.Until) {
		l.Until = m.Until
	}
	l.Flows += m.Flows
	return l
}

// maxLosses bounds the number of entries. If there are more, the newest are merged.
const maxLosses = 1024

// noteLoss adds a loss to the bucket.
func noteLoss(b *bolt.Bucket, l Loss) error {
	k, v := b.Cursor().Last()
	newest, ok := readLoss(k, v)
	switch {
	case ok && (newest.After == l.After || b.Sequence() >= maxLosses):
		l = newest.merge(l)
	default:
		if err := b.SetSequence(b.Sequence() + 1); err != nil {
			return err
		}
	}
	return b.Put(lossKey(l.After), l.Value())
}

// Value returns the encoding of an entry, without its key.
func (l Loss) Value() []byte {
	b := binary.AppendUvarint(nil, uint64(l.Flows))
	b = binary.AppendVarint(b, l.Since.Unix())
	return binary.AppendVarint(b, l.Until.Unix())
}

// readLoss decodes an entry, and reports whether it is valid.
func readLoss(k, v []byte) (Loss, bool) {
	if len(k) != 8 {
		return Loss{}, false
	}
	p := format.Parser{B: v}
	l := Loss{After: flow.Seq(binary.BigEndian.Uint64(k)), Flows: int64(p.Uvarint())}
	l.Since, l.Until = time.Unix(p.Varint(), 0).UTC(), time.Unix(p.Varint(), 0).UTC()
	return l, !p.Bad && len(p.B) == 0 && l.Flows > 0
}

// listLosses returns the noted losses, oldest first. It skips entries that cannot be read.
func listLosses(b *bolt.Bucket) (list []Loss) {
	c := b.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if l, ok := readLoss(k, v); ok {
			list = append(list, l)
		}
	}
	return list
}

// forgetLossesBefore drops the losses before the first flow, whose newest record is first, or all
// if it is 0.
func forgetLossesBefore(b *bolt.Bucket, first flow.Seq) error {
	for _, l := range listLosses(b) {
		if first != 0 && l.After+1 >= first {
			break
		}
		if err := b.Delete(lossKey(l.After)); err != nil {
			return err
		}
		if err := b.SetSequence(max(b.Sequence(), 1) - 1); err != nil {
			return err
		}
	}
	return nil
}

func lossKey(s flow.Seq) []byte { return binary.BigEndian.AppendUint64(nil, uint64(s)) }

// NoteLoss implements [Appender].
func (db *DB) NoteLoss(ctx context.Context, flows int64, since, until time.Time) error {
	if db.readOnly {
		return db.wrap("note a loss in", ErrReadOnly)
	}
	if flows <= 0 {
		return ctx.Err()
	}
	// The job has no weight, so a full store accepts it.
	err := db.submit(ctx, &job{do: func(w *writeTx) error {
		return noteLoss(w.tx.Bucket(rootLosses), Loss{After: lastSeq(w.tx), Since: since, Until: until, Flows: flows})
	}})
	return db.wrapNil("note a loss in", err)
}

// forgetLosses drops the losses between flows that were all deleted.
func (w *writeTx) forgetLosses() error {
	first, err := firstSeq(w.tx)
	if err != nil {
		return err
	}
	return forgetLossesBefore(w.tx.Bucket(rootLosses), first)
}
