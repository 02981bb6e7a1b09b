// Package wire is the byte form of facts: varints and length-prefixed strings, read without ever trusting a length.
package wire

import (
	"encoding/binary"
	"errors"
	"math"
)

// ErrCorrupt says that the bytes end too soon or say something impossible.
var ErrCorrupt = errors.New("corrupt facts")

// Uint appends n.
func Uint(b []byte, n uint64) []byte { return binary.AppendUvarint(b, n) }

// Int appends n, which may be negative.
func Int(b []byte, n int64) []byte { return binary.AppendVarint(b, n) }

// Float appends f exactly.
func Float(b []byte, f float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
}

// String appends s after its length.
func String[T ~string | ~[]byte](b []byte, s T) []byte {
	return append(Uint(b, uint64(len(s))), s...)
}

// Bool appends v as one byte.
func Bool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// Reader reads what the functions above appended. After an error all reads give zero values; ask Err at the end.
type Reader struct {
	b   []byte
	err error
}

// NewReader reads from b, which it keeps but for what its methods copy.
func NewReader(b []byte) *Reader { return &Reader{b: b} }

// Err returns ErrCorrupt when any read went wrong.
func (r *Reader) Err() error { return r.err }

// Fail marks the bytes as corrupt.
func (r *Reader) Fail() { r.b, r.err = nil, ErrCorrupt }

// Rest returns how many bytes are left.
func (r *Reader) Rest() int { return len(r.b) }

// Uint reads a number.
func (r *Reader) Uint() uint64 {
	n, k := binary.Uvarint(r.b)
	if k <= 0 {
		r.Fail()
		return 0
	}
	r.b = r.b[k:]
	return n
}

// Int reads a number that may be negative.
func (r *Reader) Int() int64 {
	n, k := binary.Varint(r.b)
	if k <= 0 {
		r.Fail()
		return 0
	}
	r.b = r.b[k:]
	return n
}

// Count reads a number that is at most MaxInt64.
func (r *Reader) Count() int64 {
	n := r.Uint()
	if n > math.MaxInt64 {
		r.Fail()
		return 0
	}
	return int64(n)
}

// Float reads a float.
func (r *Reader) Float() float64 {
	if len(r.b) < 8 {
		r.Fail()
		return 0
	}
	f := math.Float64frombits(binary.LittleEndian.Uint64(r.b))
	r.b = r.b[8:]
	return f
}

// Len reads the number of elements that follow, each of at least one byte: a length that cannot be is corrupt,
// so a loop over it is bounded by the input.
func (r *Reader) Len() int {
	n := r.Uint()
	if n > uint64(len(r.b)) {
		r.Fail()
		return 0
	}
	return int(n)
}

// Bytes reads a length-prefixed run without copying it.
func (r *Reader) Bytes() []byte {
	n := r.Len()
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

// String reads a string.
func (r *Reader) String() string { return string(r.Bytes()) }

// Bool reads a byte written by Bool.
func (r *Reader) Bool() bool {
	if len(r.b) == 0 || r.b[0] > 1 {
		r.Fail()
		return false
	}
	v := r.b[0] == 1
	r.b = r.b[1:]
	return v
}
