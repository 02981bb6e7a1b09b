package store

import (
	"crypto/sha256"
	"encoding/binary"

	bolt "go.etcd.io/bbolt"
)

// hostID returns the id of a host, or false for an unknown host.
func hostID(tx *bolt.Tx, name string) (uint32, bool) { return findHost(tx.Bucket(rootHosts), name) }

// maxKnownHosts bounds the writer's cache of ids.
const maxKnownHosts = 4096

// makeHostID is hostID, but gives a new host the next id. It caches ids until a transaction fails
// or names are removed.
func (w *writeTx) makeHostID(name string) (uint32, error) {
	if id, ok := w.db.hostIDs[name]; ok {
		return id, nil
	}
	id, ok := hostID(w.tx, name)
	if !ok {
		var err error
		if id, err = addHost(w.tx.Bucket(rootHosts), name); err != nil {
			return 0, err
		}
	}
	if w.db.hostIDs == nil || len(w.db.hostIDs) >= maxKnownHosts {
		w.db.hostIDs = map[string]uint32{}
	}
	w.db.hostIDs[name] = id
	return id, nil
}

// eachSegment calls fn for the live segment, the visible imports and, with staged, the others.
func eachSegment(tx *bolt.Tx, staged bool, fn func(*segment) error) error {
	if err := fn(liveSegment(tx)); err != nil {
		return err
	}
	if staged {
		return tx.Bucket(rootImports).ForEachBucket(func(k []byte) error {
			return fn(newSegment(tx.Bucket(rootImports).Bucket(k), 0, binary.BigEndian.Uint64(k)))
		})
	}
	c := tx.Bucket(rootSegments).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if e, ok := readExtent(k, v); ok {
			if seg := e.segment(tx); seg != nil {
				if err := fn(seg); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// forgetHosts removes the names of hosts without flows, so that a deleted host leaves no trace.
func (w *writeTx) forgetHosts() error {
	tx := w.tx
	w.db.hostIDs = nil
	used := map[uint32]bool{}
	err := eachSegment(tx, true, func(s *segment) error {
		return s.hosts.ForEach(func(k, _ []byte) error {
			used[binary.BigEndian.Uint32(k)] = true
			return nil
		})
	})
	if err != nil {
		return err
	}
	b := tx.Bucket(rootHosts)
	for id, name := range hostNames(tx.Bucket(rootHosts)) {
		if !used[id] {
			if err := b.Delete(hostKey(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// hostKey returns the key of a host name: the name itself. If the name is too long for a key, it is
// a byte that no name begins with, and the name's hash. For an empty name it is that byte alone.
func hostKey(name string) []byte {
	if len(name) > 0 && len(name) <= 512 && name[0] != 0 {
		return []byte(name)
	}
	if name == "" {
		return []byte{0}
	}
	sum := sha256.Sum256([]byte(name))
	return append([]byte{0}, sum[:]...)
}

// findHost returns the id of a host, or false for an unknown host.
func findHost(b *bolt.Bucket, name string) (uint32, bool) {
	v := b.Get(hostKey(name))
	if len(v) < 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(v), true
}

// addHost gives a name the next id.
func addHost(b *bolt.Bucket, name string) (uint32, error) {
	n, err := b.NextSequence()
	if err != nil {
		return 0, err
	}
	v := binary.BigEndian.AppendUint32(nil, uint32(n))
	return uint32(n), b.Put(hostKey(name), append(v, name...))
}

// hostNames returns all names by id.
func hostNames(b *bolt.Bucket) map[uint32]string {
	names := map[uint32]string{}
	c := b.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if len(v) >= 4 {
			names[binary.BigEndian.Uint32(v)] = string(v[4:])
		}
	}
	return names
}
