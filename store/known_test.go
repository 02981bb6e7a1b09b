package store

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"sync"
	"testing"
)

func randomBytes(size int) []byte {
	b := make([]byte, size)
	rand.Read(b)
	return b
}

// TestKnown asks for the hash of bodies old and new, from several goroutines, until the first are forgotten.
func TestKnown(t *testing.T) {
	k := newKnown()
	big, small := randomBytes(knownMin*9), randomBytes(knownMin-1)
	other := append([]byte(nil), big...)
	other[len(other)-1]++
	var wg sync.WaitGroup
	for g := range 3 {
		wg.Go(func() {
			fresh := randomBytes(knownMin)
			for i := range knownSize {
				binary.BigEndian.PutUint64(fresh, uint64(g<<32|i))
				for _, b := range [][]byte{big, small, other, fresh, big[:len(big)-1]} {
					if i%64 != 0 && len(b) != len(fresh) {
						continue
					}
					if k.hash(b) != hashBody(b) {
						t.Errorf("wrong hash of %d bytes", len(b))
					}
				}
			}
		})
	}
	wg.Wait()
	if len(k.bodies) != knownSize || len(k.ring) != knownSize {
		t.Errorf("%d bodies remembered, ring of %d, want %d", len(k.bodies), len(k.ring), knownSize)
	}
}

// TestKnownCollisions has bodies whose first sums, or lengths, are those of another.
func TestKnownCollisions(t *testing.T) {
	a, b := randomBytes(knownMin), randomBytes(knownMin)
	k := newKnown()
	for range 3 {
		k.hash(a)
	}
	first := maphash.Bytes(k.seeds[0], b)
	k.bodies[first] = k.bodies[maphash.Bytes(k.seeds[0], a)]
	for range 3 {
		if k.hash(b) != hashBody(b) || k.hash(a) != hashBody(a) {
			t.Fatal("one body's hash was given for another")
		}
	}
	x := k.bodies[first]
	x.size++
	k.bodies[first] = x
	if k.hash(b) != hashBody(b) {
		t.Fatal("the hash of a longer body was given")
	}
}

func BenchmarkHash(b *testing.B) {
	for _, size := range []int{8 << 10, 64 << 10, 1 << 20} {
		data := randomBytes(size)
		b.Run(fmt.Sprintf("again/%d", size), func(b *testing.B) {
			k := newKnown()
			b.SetBytes(int64(size))
			for b.Loop() {
				k.hash(data)
			}
		})
		b.Run(fmt.Sprintf("new/%d", size), func(b *testing.B) {
			k := newKnown()
			b.SetBytes(int64(size))
			for i := uint64(0); b.Loop(); i++ {
				binary.BigEndian.PutUint64(data, i)
				k.hash(data)
			}
		})
	}
}
