// Package varint encodes numbers, strings and lists as varints and length-prefixed strings.
//
// The functions append to a byte slice. A [Reader] decodes the result and checks every length
// against the bytes that are left, so corrupt input costs neither memory nor time. It accepts
// varints that are longer than necessary. It does not check that elements are in order and unique;
// callers that depend on it must. With a [Coder], one function describes an encoding in both
// directions.
//
// Read varint.go first, then coder.go.
package varint

import (
	"encoding/binary"
	"errors"
	"math"
)

// ErrCorrupt reports that the bytes end too soon or hold an impossible value.
var ErrCorrupt = errors.New("corrupt data")

// Uint appends n as a varint.
func Uint(b []byte, n uint64) []byte { return binary.AppendUvarint(b, n) }

// Int appends n as a zigzag varint, which is short for small negative numbers too.
func Int(b []byte, n int64) []byte { return binary.AppendVarint(b, n) }

// Word appends n in eight bytes, little-endian. A hash would take more as a varint.
func Word(b []byte, n uint64) []byte { return binary.LittleEndian.AppendUint64(b, n) }

// String appends the length of s, then s.
func String[T ~string | ~[]byte](b []byte, s T) []byte {
	return append(Uint(b, uint64(len(s))), s...)
}

// Nested appends the length of the bytes that write appends, then the bytes. It needs no second
// buffer. If write fails, Nested returns its error and b unchanged.
func Nested(b []byte, write func([]byte) ([]byte, error)) ([]byte, error) {
	start := len(b)
	out, err := write(b)
	if err != nil {
		return b, err
	}
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(len(out)-start))
	out = append(out, length[:n]...)
	copy(out[start+n:], out[start:len(out)-n])
	copy(out[start:], length[:n])
	return out, nil
}

// Reader decodes values in the order in which they were appended. After an error all reads return
// zero values, so callers need to check [Reader.Err] or [Reader.End] only once. A Reader is not
// safe for concurrent use.
type Reader struct {
	b   []byte
	err error
}

// NewReader returns a Reader of b. The Reader keeps b; [Reader.Bytes] returns slices of it.
func NewReader(b []byte) *Reader { return &Reader{b: b} }

// Err returns ErrCorrupt if any read failed.
func (r *Reader) Err() error { return r.err }

// Fail marks the input as corrupt. All later reads fail.
func (r *Reader) Fail() { r.b, r.err = nil, ErrCorrupt }

// Rest returns the number of bytes left.
func (r *Reader) Rest() int { return len(r.b) }

// End returns ErrCorrupt if any read failed or bytes are left.
func (r *Reader) End() error {
	if len(r.b) > 0 {
		r.Fail()
	}
	return r.err
}

// take returns the next n bytes without a copy.
func (r *Reader) take(n int) []byte {
	if n > len(r.b) {
		r.Fail()
		n = 0
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

// Uint reads a number written by [Uint].
func (r *Reader) Uint() uint64 { return varint(r, binary.Uvarint) }

// Int reads a number written by [Int].
func (r *Reader) Int() int64 { return varint(r, binary.Varint) }

func varint[N uint64 | int64](r *Reader, read func([]byte) (N, int)) N {
	n, size := read(r.b)
	if size <= 0 {
		r.Fail()
		return 0
	}
	r.b = r.b[size:]
	return n
}

// upTo reads a number and fails if it exceeds limit.
func (r *Reader) upTo(limit uint64) uint64 {
	n := r.Uint()
	if n > limit {
		r.Fail()
		return 0
	}
	return n
}

// Count reads a number from 0 to math.MaxInt64, written by [Uint].
func (r *Reader) Count() int64 { return int64(r.upTo(math.MaxInt64)) }

// Word reads a number written by [Word].
func (r *Reader) Word() uint64 {
	if b := r.take(8); len(b) == 8 {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// Len reads the number of elements that follow, each at least one byte long. It fails if the input
// is too short for them, so the input bounds a loop over the elements.
func (r *Reader) Len() int { return r.List(math.MaxInt, 1) }

// List reads the number of elements that follow, each at least size bytes long. It fails if there
// are more than limit or the input is too short for them. Size thus bounds the memory that callers
// allocate for each byte of input.
func (r *Reader) List(limit, size int) int {
	n := r.Uint()
	if n > uint64(min(limit, len(r.b)/size)) {
		r.Fail()
		return 0
	}
	return int(n)
}

// Bytes reads bytes written by [String]. It returns a slice of the input, not a copy.
func (r *Reader) Bytes() []byte { return r.take(r.Len()) }

// String reads a string written by [String].
func (r *Reader) String() string { return string(r.Bytes()) }

// Raw fills b with the next len(b) bytes. No length precedes them in the input.
func (r *Reader) Raw(b []byte) { copy(b, r.take(len(b))) }

// Byte reads one byte.
func (r *Reader) Byte() byte {
	if b := r.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

// Flags reads n flags written by [Coder.Flags]. It fails if any other bit is set.
func (r *Reader) Flags(n int) byte {
	c := r.Byte()
	if int(c)>>n != 0 {
		r.Fail()
		return 0
	}
	return c
}
