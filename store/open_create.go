package store

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Only the owner may read the files, because captured traffic is full of secrets.
const (
	fileMode   = 0o600
	folderMode = 0o700
)

// create writes a complete store next to path and links it to path, so that path never names an
// incomplete file. If another process is faster, its file stays.
func create(path string, o Options) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return fmt.Errorf("make folder %s: %w", dir, withoutPath(err))
	}
	file, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*.new")
	if err != nil {
		return withoutPath(err)
	}
	temp := file.Name()
	defer os.Remove(temp)
	file.Close()
	b, err := bolt.Open(temp, fileMode, &bolt.Options{PageSize: o.pageSize(), NoFreelistSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return mapBolt(err)
	}
	err = b.Update(initialize)
	if cerr := b.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return mapBolt(err)
	}
	if err := os.Link(temp, path); err != nil && !errors.Is(err, os.ErrExist) {
		if err := os.Rename(temp, path); err != nil { // a file system without hard links
			return withoutPath(err)
		}
	}
	return syncFolder(dir)
}

// initialize creates the buckets of a new store.
func initialize(tx *bolt.Tx) error {
	about, err := tx.CreateBucket(rootAbout)
	if err != nil {
		return err
	}
	secret := make([]byte, secretSize)
	rand.Read(secret)
	for _, kv := range []struct{ k, v []byte }{
		{aboutFormat, binary.BigEndian.AppendUint32(nil, formatVersion)},
		{aboutSecret, secret},
		{aboutCreated, key64(uint64(time.Now().Unix()))},
	} {
		if err := about.Put(kv.k, kv.v); err != nil {
			return err
		}
	}
	for _, name := range [][]byte{
		rootImports, rootSegments, rootHosts, rootBodies, rootShared, rootHashes, rootModels, rootLosses, rootSessions, rootMarks,
	} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return createSegment(tx, rootLive)
}
