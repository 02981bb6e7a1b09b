package schema

import (
	"encoding/binary"
	"math/bits"
)

// The constants of wyhash (Wang Yi, public domain); any odd numbers with mixed bits would do.
const (
	seedA = 0xa0761d6478bd642f
	seedB = 0xe7037ed1a0b428db
	seedC = 0x8ebc6af09c88c6e3
)

// hash is the one hash function of all facts: samples chosen by it still intersect after merging, and its
// results are stored, so it may never change without a new version of the encoding.
func hash[T string | []byte](b T) uint64 {
	h := uint64(len(b)) ^ seedA
	for len(b) > 16 {
		h = mix(word(b)^seedB, word(b[8:])^h)
		b = b[16:]
	}
	var x, y uint64
	switch n := len(b); {
	case n >= 8:
		x, y = word(b), word(b[n-8:])
	case n >= 4:
		x, y = uint64(half(b)), uint64(half(b[n-4:]))
	case n > 0:
		x = uint64(b[0])<<16 | uint64(b[n>>1])<<8 | uint64(b[n-1])
	}
	return mix(seedC, mix(x^seedB, y^h))
}

func word[T string | []byte](b T) uint64 {
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

func half[T string | []byte](b T) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// hashInt hashes a number that is a hash or a count itself.
func hashInt(n uint64) uint64 {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	return hash(b[:])
}
