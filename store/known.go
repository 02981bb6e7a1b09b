package store

import (
	"hash/maphash"
	"sync"
)

// Limits of known.
const (
	knownMin  = 8 << 10 // smaller bodies cost less to hash than to look up
	knownSize = 1 << 13 // bodies remembered; about 1 MB when full
)

// known remembers the SHA-256 of bodies seen lately: a proxy sees the same large answers again and again, and
// SHA-256 of 1 MB takes 0.7 ms, as much CPU as everything else that is done to it. A body is taken for one
// seen before when its length and two 64-bit sums under random seeds of this process's own, which nobody outside
// learns, are the same: by chance that happens once in 2^128 pairs. The second sum is only made of bodies
// whose first is there already, so that one that is new pays for one.
type known struct {
	seeds [2]maphash.Seed

	mu     sync.Mutex // guards what follows
	bodies map[uint64]knownBody
	ring   []uint64
	next   int
}

// knownBody is a body by its first sum.
type knownBody struct {
	size   int
	again  bool // it came a second time: second and hash are set
	second uint64
	hash   [hashSize]byte
}

func newKnown() *known {
	return &known{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, bodies: map[uint64]knownBody{}}
}

// hash is hashBody.
func (k *known) hash(data []byte) [hashSize]byte {
	if len(data) < knownMin {
		return hashBody(data)
	}
	first := maphash.Bytes(k.seeds[0], data)
	k.mu.Lock()
	b, seen := k.bodies[first]
	if !seen {
		k.add(first, len(data))
	}
	k.mu.Unlock()
	if !seen || b.size != len(data) {
		return hashBody(data)
	}
	second := maphash.Bytes(k.seeds[1], data)
	if b.again && b.second == second {
		return b.hash
	}
	b = knownBody{size: len(data), again: true, second: second, hash: hashBody(data)}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.bodies[first]; ok {
		k.bodies[first] = b
	}
	return b.hash
}

// add remembers a body in the place of the one that came first. The caller holds mu.
func (k *known) add(first uint64, size int) {
	if len(k.ring) < knownSize {
		k.ring = append(k.ring, first)
	} else {
		delete(k.bodies, k.ring[k.next])
		k.ring[k.next] = first
		k.next = (k.next + 1) % knownSize
	}
	k.bodies[first] = knownBody{size: size}
}
