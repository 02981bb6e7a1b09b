package store

import (
	"bytes"
	"encoding/binary"
	"iter"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/store/format"
)

// chunkSize is the number of bytes of a body that are compressed together.
const chunkSize = format.ChunkSize

// body is a body to be stored.
type body struct {
	role   byte
	data   []byte // the caller's; nil once it must not be used any more
	size   uint64
	hash   format.BodyHash
	chunks []format.Chunk // nil if the body seemed to be stored already
}

// pieceKey returns the key of a piece: the body's id, the number of the chunk (3 bytes), and the
// number of the piece in the chunk (1 byte).
func pieceKey(id uint64, chunk, piece int) []byte {
	return binary.BigEndian.AppendUint32(key64(id), uint32(chunk)<<8|uint32(piece))
}

// putBody stores a body, or counts another use of an equal one, and returns a reference to it.
func (w *writeTx) putBody(b *body) (format.BodyRef, error) {
	ref := format.BodyRef{Role: b.role, Size: b.size, Hash: b.hash}
	if id, ok := w.findBody(b); ok {
		ref.ID = id
		w.uses[id]++
		return ref, nil
	}
	bodies := w.tx.Bucket(rootBodies)
	id, err := bodies.NextSequence()
	if err != nil {
		return ref, err
	}
	ref.ID = id
	if b.chunks == nil {
		b.chunks = w.db.codec.Compress(b.data)
	}
	bodies.FillPercent = 1 // ids only grow
	for i := range b.chunks {
		size := w.db.piece
		if b.chunks[i].Raw() {
			size = w.db.rawPiece
		}
		for n, piece := range b.chunks[i].Pieces(size) {
			if err := bodies.Put(pieceKey(id, i, n), piece); err != nil {
				return ref, err
			}
		}
	}
	w.db.recent.Add(b.hash, id)
	if b.size > chunkSize {
		return ref, w.tx.Bucket(rootHashes).Put(b.hash[:], key64(id))
	}
	return ref, nil
}

// findBody looks for an equal body among the latest ones, and for a large body among all.
func (w *writeTx) findBody(b *body) (uint64, bool) {
	if id, ok := w.db.recent.Get(b.hash); ok {
		return id, true
	}
	if b.size <= chunkSize {
		return 0, false
	}
	if v := w.tx.Bucket(rootHashes).Get(b.hash[:]); len(v) == 8 {
		return binary.BigEndian.Uint64(v), true
	}
	return 0, false
}

// dropBody removes one use of a body, and the body with its last use.
func (w *writeTx) dropBody(ref *format.BodyRef) error {
	if w.uses[ref.ID]+int64(sharedUses(w.tx, ref.ID)) > 0 {
		w.uses[ref.ID]--
		return nil
	}
	delete(w.uses, ref.ID)
	w.db.recent.Remove(ref.Hash, ref.ID)
	bodies := w.tx.Bucket(rootBodies)
	var keys [][]byte
	for k := range newBodyReader(w.tx).pieces(ref.ID) {
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys { // deleting during the iteration would make the cursor skip keys
		if err := bodies.Delete(k); err != nil {
			return err
		}
	}
	hashes := w.tx.Bucket(rootHashes)
	if v := hashes.Get(ref.Hash[:]); len(v) == 8 && binary.BigEndian.Uint64(v) == ref.ID {
		if err := hashes.Delete(ref.Hash[:]); err != nil {
			return err
		}
	}
	return w.tx.Bucket(rootShared).Delete(key64(ref.ID))
}

func sharedUses(tx *bolt.Tx, id uint64) uint64 {
	if v := tx.Bucket(rootShared).Get(key64(id)); len(v) == 8 {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

// flushUses writes the use counts that changed.
func (w *writeTx) flushUses() error {
	shared := w.tx.Bucket(rootShared)
	for id, change := range w.uses {
		if change == 0 {
			continue
		}
		n := int64(sharedUses(w.tx, id)) + change
		var err error
		if n > 0 {
			err = shared.Put(key64(id), key64(uint64(n)))
		} else {
			err = shared.Delete(key64(id))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rawMost is approximately the size of the largest uncompressed chunk, with the default page size.
const rawMost = 1<<20 + 64

// bodyReader reads bodies within one transaction. Bodies that were stored one after the other are
// found without a search.
type bodyReader struct {
	c    *bolt.Cursor
	k, v []byte // where the last body ended
}

func newBodyReader(tx *bolt.Tx) *bodyReader { return &bodyReader{c: tx.Bucket(rootBodies).Cursor()} }

// pieces yields the keys and values of a body, in order.
func (r *bodyReader) pieces(id uint64) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		first := pieceKey(id, 0, 0)
		if !bytes.Equal(r.k, first) {
			r.k, r.v = r.c.Seek(first[:8])
		}
		for ; bytes.HasPrefix(r.k, first[:8]); r.k, r.v = r.c.Next() {
			if !yield(r.k, r.v) {
				return
			}
		}
	}
}

// read copies the chunks of a body out of the transaction.
func (r *bodyReader) read(ref *format.BodyRef) (packed, error) {
	b := packed{role: ref.Role, size: ref.Size}
	for k, v := range r.pieces(ref.ID) {
		if len(k) != 12 {
			return b, errMissingBody
		}
		switch at, piece := int(binary.BigEndian.Uint32(k[8:])>>8), int(k[11]); {
		case at == len(b.chunks) && piece == 0:
			size := len(v)
			if format.IsRaw(v) { // the rest of the body, or as much as one chunk holds of it
				size = max(size, int(min(ref.Size+format.ChunkHeaderSize, rawMost)))
			}
			b.chunks = append(b.chunks, append(make([]byte, 0, size), v...))
		case at == len(b.chunks)-1 && piece > 0:
			b.chunks[at] = append(b.chunks[at], v...)
		default:
			return b, errMissingBody
		}
		b.bytes += len(v)
	}
	if len(b.chunks) == 0 {
		return b, errMissingBody
	}
	return b, nil // the size shows whether all chunks exist
}
