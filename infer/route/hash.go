package route

import "math/bits"

// hash is the one hash function of all facts, so that bounded samples of equal things still intersect.
// FNV-1a alone is too regular in its high bits to order samples by, hence the finalizer.
func hash[T string | []byte](s T) uint64 { return mix(fnv(fnvStart, s)) }

const fnvStart = uint64(14695981039346656037)

func fnv[T string | []byte](h uint64, s T) uint64 {
	for i := 0; i < len(s); i++ {
		h = fnvByte(h, s[i])
	}
	return h
}

func fnvByte(h uint64, c byte) uint64 { return (h ^ uint64(c)) * 1099511628211 }

// lowerHash is hash(strings.ToLower(s)) for ASCII.
func lowerHash(s string) uint64 {
	h := fnvStart
	for i := 0; i < len(s); i++ {
		c := s[i]
		if isUpper(c) {
			c |= 0x20
		}
		h = fnvByte(h, c)
	}
	return mix(h)
}

// mix is the finalizer of MurmurHash3, a bijection.
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// join hashes a pair of hashes; the order matters.
func join(a, b uint64) uint64 { return mix(bits.RotateLeft64(a, 23)*0x9e3779b97f4a7c15 ^ b) }
