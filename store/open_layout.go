package store

import (
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// layout is a version of the file format, with the upgrade from older versions.
type layout struct {
	version uint32
	// upgrade changes a file of version from into one of the next version.
	upgrade func(tx *bolt.Tx, from uint32) error
}

func currentLayout() layout {
	return layout{formatVersion, func(tx *bolt.Tx, from uint32) error {
		switch from { // one case for each earlier version
		case 1: // its records and chunks are read unchanged; it had no losses
			_, err := tx.CreateBucketIfNotExists(rootLosses)
			return err
		case 2: // it had no sessions
			_, err := tx.CreateBucketIfNotExists(rootSessions)
			return err
		case 3: // it took no flows of other stores
			_, err := tx.CreateBucketIfNotExists(rootMarks)
			return err
		}
		return fmt.Errorf("%w: version %d is not known", ErrNotStore, from)
	}}
}

// checkLayout checks the version of the file. It upgrades an older file in one transaction, so that
// a crash leaves either the old or the new version.
func (db *DB) checkLayout(l layout) error {
	var version uint32
	err := db.view(func(tx *bolt.Tx) (err error) {
		if version, err = readVersion(tx); err == nil && version == l.version {
			err = checkBuckets(tx)
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case version > l.version:
		return fmt.Errorf("%w: format %d, this one reads up to %d", ErrVersion, version, l.version)
	case version == l.version:
		return nil
	case db.readOnly:
		return fmt.Errorf("%w: format %d, now %d", ErrOldVersion, version, l.version)
	}
	if db.upgrading != nil {
		db.upgrading(version, l.version)
	}
	db.log.Info("bringing store up to date", "store", db.path, "from", version, "to", l.version)
	return db.update(func(tx *bolt.Tx) error {
		for v := version; v < l.version; v++ {
			if err := l.upgrade(tx, v); err != nil {
				return fmt.Errorf("from format %d: %w", v, err)
			}
		}
		if err := tx.Bucket(rootAbout).Put(aboutFormat, binary.BigEndian.AppendUint32(nil, l.version)); err != nil {
			return err
		}
		return checkBuckets(tx)
	})
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
