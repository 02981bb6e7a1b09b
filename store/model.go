package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// secretSize is the size of a store's secret in bytes.
const secretSize = 32

// Keys of a model, in addition to those of its chunks (4 bytes each).
var (
	modelCovers   = []byte("covers")   // the record numbers that it covers
	modelRevision = []byte("revision") // uvarint; absent means 0
)

// LoadModel implements [Models].
func (db *DB) LoadModel(ctx context.Context, name string) (data []byte, basis Basis, err error) {
	if err := ctx.Err(); err != nil {
		return nil, Basis{}, err
	}
	var chunks [][]byte
	err = db.view(func(tx *bolt.Tx) error {
		basis.Deletions = deletions(tx)
		b := tx.Bucket(rootModels).Bucket(modelKey(name))
		if b == nil {
			return nil
		}
		var err error
		basis.Revision = revision(b)
		if basis.Covers, err = readRanges(b.Get(modelCovers)); err != nil {
			return err
		}
		return b.ForEach(func(k, v []byte) error {
			if len(k) == 4 {
				chunks = append(chunks, bytes.Clone(v))
			}
			return nil
		})
	})
	for _, c := range chunks {
		if err == nil {
			data, err = db.codec.Expand(data, c)
		}
	}
	if err != nil {
		return nil, Basis{}, db.wrap("read model from", err)
	}
	return data, basis, nil
}

// SaveModel implements [Models].
func (db *DB) SaveModel(ctx context.Context, name string, data []byte, basis Basis) error {
	if db.readOnly {
		return db.wrap("save model in", ErrReadOnly)
	}
	chunks := db.codec.Compress(data)
	err := db.submit(ctx, &job{weight: len(data), do: func(w *writeTx) error {
		if len(basis.Covers) > 0 && basis.Deletions != deletions(w.tx) {
			return ErrStale
		}
		models := w.tx.Bucket(rootModels)
		if basis.Revision != revision(models.Bucket(modelKey(name))) {
			return ErrOutdated
		}
		if err := models.DeleteBucket(modelKey(name)); err != nil && !isMissing(err) {
			return err
		}
		b, err := models.CreateBucket(modelKey(name))
		if err != nil {
			return err
		}
		for i := range chunks {
			if err := b.Put(binary.BigEndian.AppendUint32(nil, uint32(i)), chunks[i].Bytes()); err != nil {
				return err
			}
		}
		if err := b.Put(modelRevision, binary.AppendUvarint(nil, basis.Revision+1)); err != nil {
			return err
		}
		return b.Put(modelCovers, appendRanges(nil, basis.Covers))
	}})
	return db.wrapNil("save model in", err)
}

// revision returns how often a model was saved, 0 if b is nil.
func revision(b *bolt.Bucket) uint64 {
	if b == nil {
		return 0
	}
	n, _ := binary.Uvarint(b.Get(modelRevision))
	return n
}

// modelKey returns the key of a model. It is never empty, as bbolt requires.
func modelKey(name string) []byte { return []byte("m:" + name) }

// deletions returns how often flows were deleted together with the models that had learned from
// them.
func deletions(tx *bolt.Tx) uint64 {
	n, _ := binary.Uvarint(tx.Bucket(rootAbout).Get(aboutDeletions)) // 0 before the first deletion
	return n
}

// forgetModels removes the models that learned from flows, and makes models that were loaded before
// stale.
func forgetModels(tx *bolt.Tx) error {
	n := binary.AppendUvarint(nil, deletions(tx)+1)
	if err := tx.Bucket(rootAbout).Put(aboutDeletions, n); err != nil {
		return err
	}
	return dropModels(tx)
}

// dropModels removes the models that learned from flows.
func dropModels(tx *bolt.Tx) error {
	models := tx.Bucket(rootModels)
	var names [][]byte
	err := models.ForEachBucket(func(name []byte) error {
		covers, err := readRanges(models.Bucket(name).Get(modelCovers))
		if err != nil || len(covers) > 0 { // an unreadable model may have learned from flows
			names = append(names, bytes.Clone(name))
		}
		return nil
	})
	for _, name := range names {
		err = errors.Join(err, models.DeleteBucket(name))
	}
	return err
}

// Secret implements [Keyed].
func (db *DB) Secret(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	secret, err := db.secret()
	if err != nil {
		return nil, db.wrap("read", err)
	}
	return secret, nil
}

func (db *DB) secret() (secret []byte, err error) {
	err = db.view(func(tx *bolt.Tx) error {
		secret = bytes.Clone(tx.Bucket(rootAbout).Get(aboutSecret))
		if len(secret) != secretSize {
			return fmt.Errorf("%w: no secret", ErrDamaged)
		}
		return nil
	})
	return secret, err
}
