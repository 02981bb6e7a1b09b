package store

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// damage damages a store in one way.
type damage struct {
	name string
	left int // readable flows afterwards; -1 if the store cannot be repaired
	do   func(tx *bolt.Tx) error
}

// damages returns the ways to damage the store of newVerifiable.
func damages() []damage {
	return []damage{
		{"record changed", 6, func(tx *bolt.Tx) error { return flip(liveSegment(tx).flows, key64(2), 9) }},
		{"record removed", 6, func(tx *bolt.Tx) error { return liveSegment(tx).flows.Delete(key64(2)) }},
		{"body changed", 6, func(tx *bolt.Tx) error { return flip(tx.Bucket(rootBodies), pieceKey(1, 0, 0), 20) }},
		{"piece removed", 6, func(tx *bolt.Tx) error { return tx.Bucket(rootBodies).Delete(pieceKey(1, 0, 1)) }},
		{"bodies exchanged", 6, func(tx *bolt.Tx) error {
			b := tx.Bucket(rootBodies)
			return b.Put(pieceKey(3, 0, 0), bytes.Clone(b.Get(pieceKey(4, 0, 0))))
		}},
		{"body without references", 7, func(tx *bolt.Tx) error { return tx.Bucket(rootBodies).Put(pieceKey(99, 0, 0), []byte("x")) }},
		{"reference count changed", 7, func(tx *bolt.Tx) error { return tx.Bucket(rootShared).Put(key64(3), key64(7)) }},
		{"hash added", 7, func(tx *bolt.Tx) error { return tx.Bucket(rootHashes).Put(make([]byte, hashSize), key64(1)) }},
		{"block changed", 7, func(tx *bolt.Tx) error { return liveSegment(tx).blocks.Put(key64(0), (&block{count: 9}).value()) }},
		{"times of a block changed", 7, func(tx *bolt.Tx) error {
			b, _ := readBlock(liveSegment(tx).blocks.Get(key64(0)))
			b.min++
			return liveSegment(tx).blocks.Put(key64(0), b.value())
		}},
		{"block added", 7, func(tx *bolt.Tx) error { return liveSegment(tx).blocks.Put(key64(5), (&block{count: 9}).value()) }},
		{"host list changed", 7, func(tx *bolt.Tx) error { return flip(liveSegment(tx).byHost, listKey{0, 1}.bytes(), 1) }},
		{"host list added", 7, func(tx *bolt.Tx) error { return liveSegment(tx).byHost.Put(listKey{0, 9}.bytes(), []byte{0, 1}) }},
		{"count of a host changed", 7, func(tx *bolt.Tx) error {
			return liveSegment(tx).hosts.Put([]byte{0, 0, 0, 1}, tally{1, 1}.value())
		}},
		{"name of a host removed", 7, func(tx *bolt.Tx) error { return tx.Bucket(rootHosts).Delete(hostKey("a.example")) }},
		{"ID removed", 7, func(tx *bolt.Tx) error { return liveSegment(tx).ids.Delete(bytes.Repeat([]byte{7}, 16)) }},
		{"move removed", 7, func(tx *bolt.Tx) error { return liveSegment(tx).moved.Delete(key64(4)) }},
		{"extent of an import changed", -1, func(tx *bolt.Tx) error {
			return tx.Bucket(rootSegments).Put(key64(8), extent{base: 6, number: 1}.value())
		}},
		{"model of invalid chunks", 7, func(tx *bolt.Tx) error {
			b, err := tx.Bucket(rootModels).CreateBucket(modelKey("x"))
			if err != nil {
				return err
			}
			return b.Put([]byte{0, 0, 0, 0}, []byte("no chunk"))
		}},
		{"import removed", 6, func(tx *bolt.Tx) error { return tx.Bucket(rootImports).DeleteBucket(key64(1)) }},
	}
}

// TestVerifyFinds checks that Verify reports each kind of damage.
func TestVerifyFinds(t *testing.T) {
	for _, tt := range damages() {
		t.Run(tt.name, func(t *testing.T) {
			db := newVerifiable(t)
			report, err := db.Verify(t.Context())
			if err != nil || !report.OK() || report.Flows != 7 {
				t.Fatalf("before: %+v, %v", report, err)
			}
			if err := db.update(tt.do); err != nil {
				t.Fatal(err)
			}
			report, err = db.Verify(t.Context())
			if err != nil || report.OK() {
				t.Errorf("the damage was not reported: %+v, %v", report, err)
			}
		})
	}
}

// newVerifiable creates a store with records, shared and split bodies, a moved record and an
// import.
func newVerifiable(t *testing.T) *DB {
	t.Helper()
	db, err := Open(filepath.Join(t.TempDir(), "flows.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	f := func(i byte, done bool, body int) flow.Flow {
		return flow.Flow{
			ID: flow.ID(bytes.Repeat([]byte{i}, 16)), Done: done, Started: time.Unix(1000+int64(i), 0),
			Request: flow.Request{Authority: "a.example", Body: flow.Body{Data: noise(body)}},
		}
	}
	open := f(4, false, 50)
	done := open
	done.Done = true
	for _, x := range []flow.Flow{f(1, true, 9000), f(2, true, 70_000), f(3, true, 300), open, done,
		f(6, true, 300), f(7, false, 0)} {
		if _, err := db.Append(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	im, err := db.Import(t.Context(), "import:x")
	if err != nil {
		t.Fatal(err)
	}
	if err := im.Append(t.Context(), f(8, true, 10)); err != nil {
		t.Fatal(err)
	}
	if err := im.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// flip inverts a bit of a value.
func flip(b *bolt.Bucket, k []byte, at int) error {
	v := bytes.Clone(b.Get(k))
	v[at] ^= 1
	return b.Put(k, v)
}
