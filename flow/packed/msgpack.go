package packed

import (
	"encoding/binary"
	"math"
	"strconv"
)

// messagePack reads an item of MessagePack.
func (r *reader) messagePack(it *item) (n uint64, ok bool) {
	c, i := r.data[r.at], r.at+1
	switch {
	case c < 0x80:
		return 0, r.scalar(it, i, strconv.AppendInt(r.scratch, int64(c), 10))
	case c < 0x90:
		return uint64(c & 0x0f), it.head(object, i)
	case c < 0xa0:
		return uint64(c & 0x0f), it.head(array, i)
	case c < 0xc0:
		return 0, r.text(it, i, uint64(c&0x1f), false)
	case c >= 0xe0:
		return 0, r.scalar(it, i, strconv.AppendInt(r.scratch, int64(int8(c)), 10))
	}
	size := messagePackSizes[c-0xc0]
	if size < 0 {
		return 0, false
	}
	if n, ok = r.uint(i, int(size)); !ok {
		return 0, false
	}
	i += int(size)
	switch c {
	case 0xc0:
		return 0, r.scalar(it, i, append(r.scratch, "null"...))
	case 0xc2:
		return 0, r.scalar(it, i, append(r.scratch, "false"...))
	case 0xc3:
		return 0, r.scalar(it, i, append(r.scratch, "true"...))
	case 0xc4, 0xc5, 0xc6:
		return 0, r.text(it, i, n, true)
	case 0xc7, 0xc8, 0xc9:
		return 0, r.extension(it, i, n)
	case 0xca:
		return 0, r.scalar(it, i, appendFloat(r.scratch, float64(math.Float32frombits(uint32(n))), 32))
	case 0xcb:
		return 0, r.scalar(it, i, appendFloat(r.scratch, math.Float64frombits(n), 64))
	case 0xcc, 0xcd, 0xce, 0xcf:
		return 0, r.scalar(it, i, strconv.AppendUint(r.scratch, n, 10))
	case 0xd0, 0xd1, 0xd2, 0xd3:
		shift := 64 - 8*int(size)
		return 0, r.scalar(it, i, strconv.AppendInt(r.scratch, int64(n<<shift)>>shift, 10))
	case 0xd4, 0xd5, 0xd6, 0xd7, 0xd8:
		return 0, r.extension(it, i, 1<<(c-0xd4))
	case 0xd9, 0xda, 0xdb:
		return 0, r.text(it, i, n, false)
	case 0xdc, 0xdd:
		return n, it.head(array, i)
	}
	return n, it.head(object, i) // 0xde, 0xdf
}

// messagePackSizes has the number of bytes with a number or length after the bytes 0xc0 to 0xdf, -1
// for the one that is not used.
var messagePackSizes = [32]int8{
	0, -1, 0, 0, 1, 2, 4, 1, 2, 4, 4, 8, 1, 2, 4, 8,
	1, 2, 4, 8, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4,
}

// extension reads the type and the n bytes of an extension.
func (r *reader) extension(it *item, i int, n uint64) bool {
	if i == len(r.data) {
		return false
	}
	return r.text(it, i+1, n, true)
}

func (it *item) head(k kind, end int) bool {
	it.kind, it.end = k, end
	return true
}

// appendFloat appends a number in JSON, which has no infinite ones.
func appendFloat(out []byte, v float64, bits int) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(out, "null"...)
	}
	return strconv.AppendFloat(out, v, 'g', -1, bits)
}

// appendLen appends the head of a text or of bytes.
func (f Format) appendLen(out []byte, isBinary bool, n int) []byte {
	if f == CBOR {
		return appendCBORLen(out, isBinary, n)
	}
	switch {
	case isBinary && n < 1<<8:
		return append(out, 0xc4, byte(n))
	case isBinary && n < 1<<16:
		return binary.BigEndian.AppendUint16(append(out, 0xc5), uint16(n))
	case isBinary:
		return binary.BigEndian.AppendUint32(append(out, 0xc6), uint32(n))
	case n < 1<<5:
		return append(out, 0xa0|byte(n))
	case n < 1<<8:
		return append(out, 0xd9, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(out, 0xda), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(out, 0xdb), uint32(n))
}
