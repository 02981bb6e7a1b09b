package packed

import (
	"encoding/binary"
	"math"
	"strconv"
)

// The major types of CBOR (RFC 8949, section 3.1).
const (
	cborUnsigned = iota
	cborNegative
	cborBytes
	cborText
	cborArray
	cborMap
	cborTag
	cborSimple
)

const (
	cborIndefinite = 31   // additional information of a head: the length is not known
	cborBreak      = 0xff // ends an item of indefinite length
)

// cbor reads an item of CBOR with its tags.
func (r *reader) cbor(it *item) (n uint64, indefinite, ok bool) {
	i := r.at
	for {
		if i == len(r.data) {
			return 0, false, false
		}
		major, info := r.data[i]>>5, r.data[i]&31
		indefinite = info == cborIndefinite
		if n, i, ok = r.cborArgument(i+1, info); !ok {
			return 0, false, false
		}
		switch major {
		case cborTag:
			if indefinite {
				return 0, false, false
			}
			continue
		case cborArray:
			return n, indefinite, it.head(array, i)
		case cborMap:
			return n, indefinite, it.head(object, i)
		case cborBytes, cborText:
			if indefinite {
				return 0, false, r.cborChunks(it, i, major)
			}
			return 0, false, r.text(it, i, n, major == cborBytes)
		}
		if indefinite {
			return 0, false, false
		}
		return 0, false, r.scalar(it, i, appendCBOR(r.scratch, major, info, n))
	}
}

// cborArgument reads the argument of a head (RFC 8949, section 3).
func (r *reader) cborArgument(i int, info byte) (n uint64, next int, ok bool) {
	switch {
	case info < 24:
		return uint64(info), i, true
	case info < 28:
		size := 1 << (info - 24)
		n, ok = r.uint(i, size)
		return n, i + size, ok
	}
	return 0, i, info == cborIndefinite
}

// cborChunks reads the chunks of a text or of bytes up to the break.
func (r *reader) cborChunks(it *item, i int, major byte) bool {
	var content []byte
	for {
		if i == len(r.data) {
			it.cut = true
			break
		}
		if r.data[i] == cborBreak {
			i++
			break
		}
		n, next, ok := r.cborArgument(i+1, r.data[i]&31)
		if !ok || r.data[i]>>5 != major || r.data[i]&31 == cborIndefinite {
			return false
		}
		i = len(r.data)
		if it.cut = n > uint64(len(r.data)-next); !it.cut {
			i = next + int(n)
		}
		content = append(content, r.data[next:i]...)
	}
	it.end = i
	r.setText(it, content, major == cborBytes)
	return true
}

// appendCBOR appends a number or a simple value in JSON.
func appendCBOR(out []byte, major, info byte, n uint64) []byte {
	switch {
	case major == cborUnsigned:
		return strconv.AppendUint(out, n, 10)
	case major == cborNegative && n < math.MaxUint64: // -1-n
		return strconv.AppendUint(append(out, '-'), n+1, 10)
	case major == cborNegative:
		return append(out, "-18446744073709551616"...)
	}
	switch info {
	case 20:
		return append(out, "false"...)
	case 21:
		return append(out, "true"...)
	case 25:
		return appendFloat(out, halfFloat(uint16(n)), 32)
	case 26:
		return appendFloat(out, float64(math.Float32frombits(uint32(n))), 32)
	case 27:
		return appendFloat(out, math.Float64frombits(n), 64)
	}
	return append(out, "null"...)
}

// halfFloat returns a number of 16 bits (RFC 8949, appendix D).
func halfFloat(h uint16) float64 {
	exponent, mantissa := int(h>>10&31), float64(h&1023)
	var v float64
	switch exponent {
	case 0:
		v = math.Ldexp(mantissa, -24)
	case 31:
		return math.NaN() // or infinite
	default:
		v = math.Ldexp(mantissa+1024, exponent-25)
	}
	if h>>15 == 1 {
		return -v
	}
	return v
}

// appendCBORLen appends the head of a text or of bytes.
func appendCBORLen(out []byte, isBinary bool, n int) []byte {
	major := byte(cborText << 5)
	if isBinary {
		major = cborBytes << 5
	}
	switch {
	case n < 24:
		return append(out, major|byte(n))
	case n < 1<<8:
		return append(out, major|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(out, major|25), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(out, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(out, major|27), uint64(n))
}
