package bottomk

import "math/bits"

// This file provides the hash functions that choose samples of facts.
//
// Every package that keeps "the k smallest by hash" uses these functions, so samples of the same
// things intersect wherever they were taken. The results are uniform in all bits, and neither equal
// lengths nor common suffixes make collisions more likely.
//
// The functions have no secret key. A client can make texts collide, which costs evidence, but
// neither memory nor time. The results are stored with the facts. A change needs new versions of
// their encodings, and may change documents, because it selects other samples.

// longText is the length above which texts are hashed by words of eight bytes instead of byte by
// byte. Names, path segments and most identifiers are shorter; URLs and prose are longer.
const longText = 32

// phi is 2^64 divided by the golden ratio: an odd number with an even mix of bits.
const phi = 0x9e3779b97f4a7c15

// Hash returns the hash of a text: FNV-1a, by words for long texts, then [Int]. FNV-1a alone is too
// regular to order samples by. A string and the same bytes have the same hash.
func Hash[T ~string | ~[]byte](s T) uint64 {
	h := uint64(14695981039346656037)
	if len(s) > longText {
		for ; len(s) >= 8; s = s[8:] {
			h = (h ^ word(s)) * phi
			h ^= h >> 32 // the low bits of a product do not depend on the high ones
		}
	}
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return Int(h)
}

// word returns the first eight bytes of b as a little-endian number.
func word[T ~string | ~[]byte](b T) uint64 {
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// Int returns the hash of a number, such as a count or a sum of hashes. It is the finalizer of
// MurmurHash3, which is a bijection.
func Int(n uint64) uint64 {
	n ^= n >> 33
	n *= 0xff51afd7ed558ccd
	n ^= n >> 33
	n *= 0xc4ceb9fe1a85ec53
	return n ^ n>>33
}

// Pair returns the hash of an ordered pair of hashes.
func Pair(a, b uint64) uint64 { return Int(bits.RotateLeft64(a, 23)*phi ^ b) }
