// Package sketch is the hash that samples of facts are chosen by.
//
// Every package that keeps "the k smallest by hash" asks this one, so that samples of equal things intersect however
// and wherever they were taken. It spreads over all bits, the first as the last, and equal lengths or common ends of
// texts make no collisions likelier. It has no secret: who writes the traffic can make texts collide, which costs
// evidence, never memory or time. Its results are stored with the facts: it may not change without new versions of
// their encodings, and even then another choice of samples may change a document.
package sketch

import "math/bits"

// longText is the length beyond which texts are hashed by words of eight bytes, not byte by byte: names, segments of
// paths and most identifiers are shorter, URLs and prose longer.
const longText = 32

// phi is 2^64 divided by the golden ratio, an odd number with mixed bits.
const phi = 0x9e3779b97f4a7c15

// Hash hashes text: FNV-1a, by words where it is long. That alone is too regular to order samples by, hence the last
// step, [Int]. A string and the same bytes have the same hash.
func Hash[T ~string | ~[]byte](s T) uint64 {
	h := uint64(14695981039346656037)
	if len(s) > longText {
		for ; len(s) >= 8; s = s[8:] {
			h = (h ^ word(s)) * phi
			h ^= h >> 32 // a product's low bits know nothing of the high ones
		}
	}
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return Int(h)
}

func word[T ~string | ~[]byte](b T) uint64 {
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// Int hashes a number, such as a count or a sum of hashes: the finalizer of MurmurHash3, a bijection.
func Int(n uint64) uint64 {
	n ^= n >> 33
	n *= 0xff51afd7ed558ccd
	n ^= n >> 33
	n *= 0xc4ceb9fe1a85ec53
	return n ^ n>>33
}

// Pair hashes two hashes; their order matters.
func Pair(a, b uint64) uint64 { return Int(bits.RotateLeft64(a, 23)*phi ^ b) }
