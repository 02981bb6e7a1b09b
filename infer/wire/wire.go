// Package wire is the byte form of facts: varints and length-prefixed strings, read without ever trusting a length.
//
// A Reader takes varints that are longer than they need be, as no writer makes them. That elements are in order and no
// one comes twice is for the caller to check.
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

// Word appends n in eight bytes: a hash, of which a varint would make more.
func Word(b []byte, n uint64) []byte { return binary.LittleEndian.AppendUint64(b, n) }

// Float appends f exactly.
func Float(b []byte, f float64) []byte { return Word(b, math.Float64bits(f)) }

// String appends s after its length.
func String[T ~string | ~[]byte](b []byte, s T) []byte {
	return append(Uint(b, uint64(len(s))), s...)
}

// Nested appends what write appends after its length, without a copy of its own for it. An error of write's is
// returned with b as it was.
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

// Bool appends v as one byte.
func Bool(b []byte, v bool) []byte { return Flags(b, v) }

// Flags appends up to eight flags as one byte, the first as its lowest bit.
func Flags(b []byte, flags ...bool) []byte {
	var c byte
	for i, f := range flags {
		if f {
			c |= 1 << i
		}
	}
	return append(b, c)
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

// End returns ErrCorrupt when any read went wrong or bytes are left.
func (r *Reader) End() error {
	if len(r.b) > 0 {
		r.Fail()
	}
	return r.err
}

// take reads n bytes without copying them.
func (r *Reader) take(n int) []byte {
	if n > len(r.b) {
		r.Fail()
		n = 0
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

// Uint reads a number.
func (r *Reader) Uint() uint64 { return varint(r, binary.Uvarint) }

// Int reads a number that may be negative.
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

// upTo reads a number that is at most limit.
func (r *Reader) upTo(limit uint64) uint64 {
	n := r.Uint()
	if n > limit {
		r.Fail()
		return 0
	}
	return n
}

// Count reads a number that is at most MaxInt64.
func (r *Reader) Count() int64 { return int64(r.upTo(math.MaxInt64)) }

// Uint32 reads a number that is at most MaxUint32.
func (r *Reader) Uint32() uint32 { return uint32(r.upTo(math.MaxUint32)) }

// Word reads what Word wrote.
func (r *Reader) Word() uint64 {
	if b := r.take(8); len(b) == 8 {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// Float reads a float.
func (r *Reader) Float() float64 { return math.Float64frombits(r.Word()) }

// Len reads the number of elements that follow, each of at least one byte: a length that cannot be is corrupt,
// so a loop over it is bounded by the input.
func (r *Reader) Len() int { return r.List(math.MaxInt, 1) }

// List reads the number of elements that follow, at most limit, each of at least size bytes. What one element takes
// in memory for each byte that it takes here is then bounded, too.
func (r *Reader) List(limit, size int) int {
	n := r.Uint()
	if n > uint64(min(limit, len(r.b)/size)) {
		r.Fail()
		return 0
	}
	return int(n)
}

// Bytes reads a length-prefixed run without copying it.
func (r *Reader) Bytes() []byte { return r.take(r.Len()) }

// String reads a string.
func (r *Reader) String() string { return string(r.Bytes()) }

// Raw fills b with as many bytes as it holds; they have no length before them.
func (r *Reader) Raw(b []byte) { copy(b, r.take(len(b))) }

// Byte reads one byte.
func (r *Reader) Byte() byte {
	if b := r.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

// Bool reads a byte written by Bool.
func (r *Reader) Bool() bool { return r.Flags(1)&1 != 0 }

// Flags reads n flags, the first as the lowest bit.
func (r *Reader) Flags(n int) byte {
	c := r.Byte()
	if int(c)>>n != 0 {
		r.Fail()
		return 0
	}
	return c
}
