//go:build !linux

package store

import bolt "go.etcd.io/bbolt"

// releasePages does nothing: only Linux is known to remove pages without a change of the mapping.
func (db *DB) releasePages(*bolt.Tx) {}
