// Package loss keeps in a bucket which flows could not be recorded, and when.
//
// It imports flow and store/record.
package loss

import (
	"encoding/binary"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/record"
)

// Loss is a run of flows that were not recorded, because there was no room or because they could
// not be stored.
type Loss struct {
	// After is the newest record number at the time of the note. The lost flows would have followed
	// it.
	After flow.Seq
	// Since and Until are the times of the first and the last loss, in whole seconds.
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

// Max bounds the number of entries. If there are more, the newest are merged.
const Max = 1024

// Note adds a loss to the bucket.
func Note(b *bolt.Bucket, l Loss) error {
	k, v := b.Cursor().Last()
	newest, ok := Read(k, v)
	switch {
	case ok && (newest.After == l.After || b.Sequence() >= Max):
		l = newest.merge(l)
	default:
		if err := b.SetSequence(b.Sequence() + 1); err != nil {
			return err
		}
	}
	return b.Put(key(l.After), l.Value())
}

// Value returns the encoding of an entry, without its key.
func (l Loss) Value() []byte {
	b := binary.AppendUvarint(nil, uint64(l.Flows))
	b = binary.AppendVarint(b, l.Since.Unix())
	return binary.AppendVarint(b, l.Until.Unix())
}

// Read decodes an entry, and reports whether it is valid.
func Read(k, v []byte) (Loss, bool) {
	if len(k) != 8 {
		return Loss{}, false
	}
	p := record.Parser{B: v}
	l := Loss{After: flow.Seq(binary.BigEndian.Uint64(k)), Flows: int64(p.Uvarint())}
	l.Since, l.Until = time.Unix(p.Varint(), 0).UTC(), time.Unix(p.Varint(), 0).UTC()
	return l, !p.Bad && len(p.B) == 0 && l.Flows > 0
}

// List returns the noted losses, oldest first. It skips entries that cannot be read.
func List(b *bolt.Bucket) (list []Loss) {
	c := b.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if l, ok := Read(k, v); ok {
			list = append(list, l)
		}
	}
	return list
}

// Forget drops the losses before the first flow, whose newest record is first, or all if it is 0.
func Forget(b *bolt.Bucket, first flow.Seq) error {
	for _, l := range List(b) {
		if first != 0 && l.After+1 >= first {
			break
		}
		if err := b.Delete(key(l.After)); err != nil {
			return err
		}
		if err := b.SetSequence(max(b.Sequence(), 1) - 1); err != nil {
			return err
		}
	}
	return nil
}

func key(s flow.Seq) []byte { return binary.BigEndian.AppendUint64(nil, uint64(s)) }
