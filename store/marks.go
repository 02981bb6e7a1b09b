package store

// This file keeps in a bucket how far the blocks of other stores were applied.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Applied is how far the blocks of a source were applied.
type Applied struct {
	Last uint64    // of the newest block
	At   time.Time // when it was applied, in full seconds
}

// The errors that an [*MarkError] wraps.
var (
	// ErrGap means that blocks between the recorded position and this one are missing.
	ErrGap = errors.New("blocks of the source are missing")
	// ErrOverlap means that a part of the block was applied before. Cut it at the recorded
	// position.
	ErrOverlap = errors.New("a part of the block was applied before")
)

// MarkError is the error of a block that does not follow the recorded position of its source.
type MarkError struct {
	Source      string
	After, Last uint64 // of the block
	Recorded    uint64 // position of the source
}

func (e *MarkError) Error() string {
	return fmt.Sprintf("block of records %d to %d of source %q: %v: records up to %d were applied",
		e.After+1, e.Last, e.Source, e.Unwrap(), e.Recorded)
}

// Unwrap returns ErrGap or ErrOverlap.
func (e *MarkError) Unwrap() error {
	if e.After > e.Recorded {
		return ErrGap
	}
	return ErrOverlap
}

// maxName is the largest number of bytes of the name of a source.
const maxName = 256

// compareMark compares a block, with a number of flows, with the recorded position of its source.
// known reports that it was applied before. The error is a [*MarkError], or says that the mark or
// the flows are invalid.
func compareMark(source string, after, last, recorded uint64, flows int) (known bool, err error) {
	switch {
	case source == "" || len(source) > maxName:
		return false, fmt.Errorf("name of a source with %d bytes: must have 1 to %d", len(source), maxName)
	case last < after:
		return false, fmt.Errorf("block of source %q from record %d to %d: ends before it begins", source, after+1, last)
	case uint64(flows) > last-after:
		return false, fmt.Errorf("block of source %q from record %d to %d: more flows than numbers: %d", source, after+1, last, flows)
	case after == last && after <= recorded: // of sessions alone, which may be repeated
		return false, nil
	case last <= recorded:
		return true, nil
	case after != recorded:
		return false, &MarkError{source, after, last, recorded}
	}
	return false, nil
}

// noteMark records that the records of a source after a number up to another were applied, at a
// time in Unix seconds. The error is an [*MarkError] if the recorded position is not that number.
func noteMark(b *bolt.Bucket, source string, after, last uint64, now int64) error {
	if at := readMark(b.Get([]byte(source))).Last; at != after {
		return &MarkError{source, after, last, at}
	}
	return b.Put([]byte(source), Applied{Last: last, At: time.Unix(now, 0)}.Value())
}

// Value returns the encoding of an entry, without its key.
func (a Applied) Value() []byte {
	return binary.AppendVarint(binary.AppendUvarint(nil, a.Last), a.At.Unix())
}

// readMark decodes an entry. It returns the zero value for a missing entry.
func readMark(v []byte) Applied {
	last, n := binary.Uvarint(v)
	if n <= 0 {
		return Applied{}
	}
	at, _ := binary.Varint(v[n:])
	return Applied{last, time.Unix(at, 0).UTC()}
}

// isValidMark reports whether an entry is valid.
func isValidMark(k, v []byte) bool { return len(k) <= maxName && readMark(v).Last > 0 }

// allMarks returns the entries of a bucket by source.
func allMarks(b *bolt.Bucket) map[string]Applied {
	all := map[string]Applied{}
	c := b.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		all[string(k)] = readMark(v)
	}
	return all
}
