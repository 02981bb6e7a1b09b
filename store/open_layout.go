package store

import (
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// checkLayout checks the version of the file.
func checkLayout(tx *bolt.Tx) error {
	version, err := readVersion(tx)
	switch {
	case err != nil:
		return err
	case version > formatVersion:
		return fmt.Errorf("%w: format %d, this one reads %d", ErrVersion, version, formatVersion)
	case version < formatVersion:
		return fmt.Errorf("%w: format %d is from before the first release", ErrNotStore, version)
	}
	return checkBuckets(tx)
}

func readVersion(tx *bolt.Tx) (uint32, error) {
	about := tx.Bucket(rootAbout)
	if about == nil {
		return 0, ErrNotStore
	}
	v := about.Get(aboutFormat)
	if len(v) != 4 {
		return 0, ErrNotStore
	}
	return binary.BigEndian.Uint32(v), nil
}

// checkBuckets checks that all buckets exist, so that the rest of the package can rely on them.
func checkBuckets(tx *bolt.Tx) error {
	for _, name := range [][]byte{
		rootLive, rootImports, rootSegments, rootHosts, rootBodies, rootShared, rootHashes, rootModels, rootLosses,
		rootSessions, rootMarks,
	} {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: no bucket %s", ErrDamaged, name)
		}
	}
	return eachSegment(tx, true, func(s *segment) error {
		for _, name := range segmentTables {
			if s.root.Bucket(name) == nil {
				return fmt.Errorf("%w: no table %s", ErrDamaged, name)
			}
		}
		return nil
	})
}
