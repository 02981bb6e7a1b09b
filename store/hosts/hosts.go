// Package hosts keeps in a bucket the names of hosts, each with a short id.
//
// It imports no other package of this module.
package hosts

import (
	"crypto/sha256"
	"encoding/binary"

	bolt "go.etcd.io/bbolt"
)

// Key returns the key of a host name: the name itself. If the name is too long for a key, it is
// a byte that no name begins with, and the name's hash. For an empty name it is that byte alone.
func Key(name string) []byte {
	if len(name) > 0 && len(name) <= 512 && name[0] != 0 {
		return []byte(name)
	}
	if name == "" {
		return []byte{0}
	}
	sum := sha256.Sum256([]byte(name))
	return append([]byte{0}, sum[:]...)
}

// Find returns the id of a host, and false if there is none.
func Find(b *bolt.Bucket, name string) (uint32, bool) {
	v := b.Get(Key(name))
	if len(v) < 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(v), true
}

// Add gives a name the next id.
func Add(b *bolt.Bucket, name string) (uint32, error) {
	n, err := b.NextSequence()
	if err != nil {
		return 0, err
	}
	v := binary.BigEndian.AppendUint32(nil, uint32(n))
	return uint32(n), b.Put(Key(name), append(v, name...))
}

// Names returns all names by id.
func Names(b *bolt.Bucket) map[uint32]string {
	names := map[uint32]string{}
	c := b.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if len(v) >= 4 {
			names[binary.BigEndian.Uint32(v)] = string(v[4:])
		}
	}
	return names
}
