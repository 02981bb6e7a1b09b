package store

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/format"
)

// damage damages a store in one way.
type damage struct {
	name string
	left int    // readable flows afterwards; -1 if the store cannot be repaired
	says string // a problem that Verify reports
	do   func(tx *bolt.Tx) error
}

// damages returns the ways to damage the store of newVerifiable.
func damages() []damage {
	return []damage{
		{"record changed", 6, "live record 2: corrupt record: checksum does not match",
			func(tx *bolt.Tx) error { return flip(liveSegment(tx).flows, key64(2), 9) }},
		{"record removed", 6, "body 2: used by no record",
			func(tx *bolt.Tx) error { return liveSegment(tx).flows.Delete(key64(2)) }},
		{"body changed", 6, "body 1: corrupt record: body checksum does not match",
			func(tx *bolt.Tx) error { return flip(tx.Bucket(rootBodies), pieceKey(1, 0, 0), 20) }},
		{"piece removed", 6, "body 1: corrupt record: body checksum does not match",
			func(tx *bolt.Tx) error { return tx.Bucket(rootBodies).Delete(pieceKey(1, 0, 1)) }},
		{"bodies exchanged", 6, "body 3: corrupt record: a body has the wrong size",
			func(tx *bolt.Tx) error {
				b := tx.Bucket(rootBodies)
				return b.Put(pieceKey(3, 0, 0), bytes.Clone(b.Get(pieceKey(4, 0, 0))))
			}},
		{"body without references", 7, "body 99: used by no record",
			func(tx *bolt.Tx) error { return tx.Bucket(rootBodies).Put(pieceKey(99, 0, 0), []byte("x")) }},
		{"reference count changed", 7, "body 3: counted as used 8 times, is used 1 times",
			func(tx *bolt.Tx) error { return tx.Bucket(rootShared).Put(key64(3), key64(7)) }},
		{"hash added", 7, "hashes: an entry for a body that is not there",
			func(tx *bolt.Tx) error { return tx.Bucket(rootHashes).Put(make([]byte, 16), key64(1)) }},
		{"block changed", 7, "live block 0: its summary does not match",
			func(tx *bolt.Tx) error {
				return liveSegment(tx).blocks.Put(key64(0), (&blockSummary{Count: 9}).Value())
			}},
		{"count of a block changed", 7, "live block 0: its summary does not match",
			func(tx *bolt.Tx) error {
				b, _ := readBlockSummary(liveSegment(tx).blocks.Get(key64(0)))
				b.Count++
				return liveSegment(tx).blocks.Put(key64(0), b.Value())
			}},
		{"weight of a block changed", 7, "live block 0: its summary does not match",
			func(tx *bolt.Tx) error {
				b, _ := readBlockSummary(liveSegment(tx).blocks.Get(key64(0)))
				b.Weight++
				return liveSegment(tx).blocks.Put(key64(0), b.Value())
			}},
		{"times of a block changed", 7, "live block 0: its summary does not match",
			func(tx *bolt.Tx) error {
				b, _ := readBlockSummary(liveSegment(tx).blocks.Get(key64(0)))
				b.Min++
				return liveSegment(tx).blocks.Put(key64(0), b.Value())
			}},
		{"block added", 7, "live: 2 blocks, should be 1",
			func(tx *bolt.Tx) error {
				return liveSegment(tx).blocks.Put(key64(5), (&blockSummary{Count: 9}).Value())
			}},
		{"block with a malformed key", 7, "live: 2 blocks, should be 1",
			func(tx *bolt.Tx) error {
				return liveSegment(tx).blocks.Put([]byte("key"), (&blockSummary{Count: 9}).Value())
			}},
		{"block cut short", 7, "live block 0: its summary does not match",
			func(tx *bolt.Tx) error { return liveSegment(tx).blocks.Put(key64(0), []byte{1}) }},
		{"host list changed", 7, "live block 0: the list of host 1 does not match",
			func(tx *bolt.Tx) error { return flip(liveSegment(tx).byHost, hostListKey{Host: 1}.Bytes(), 1) }},
		{"host list added", 7, "live: 2 host lists, should be 1",
			func(tx *bolt.Tx) error {
				return liveSegment(tx).byHost.Put(hostListKey{Host: 9}.Bytes(), []byte{0, 1})
			}},
		{"count of a host changed", 7, "live: host 1 has 6 flows, 149576 bytes; counted are 1, 1",
			func(tx *bolt.Tx) error {
				return liveSegment(tx).hosts.Put([]byte{0, 0, 0, 1}, tally{Flows: 1, Weight: 1}.Value())
			}},
		{"name of a host removed", 7, "live record 1: its host has no id",
			func(tx *bolt.Tx) error { return tx.Bucket(rootHosts).Delete(hostKey("a.example")) }},
		{"ID removed", 7, "live record 7: is not found by its id",
			func(tx *bolt.Tx) error { return liveSegment(tx).ids.Delete(bytes.Repeat([]byte{7}, 16)) }},
		{"move removed", 7, "live record 5: its first number 4 does not lead to it",
			func(tx *bolt.Tx) error { return liveSegment(tx).moved.Delete(key64(4)) }},
		{"move from the newest record", 7, "live record 5: its first number 4 does not lead to it",
			func(tx *bolt.Tx) error { return liveSegment(tx).moved.Put(key64(5), key64(6)) }},
		{"record with a malformed key", 7, "live: 6 finished flows, should be 5",
			func(tx *bolt.Tx) error {
				return liveSegment(tx).flows.Put([]byte{0, 0, 0, 0, 0, 0, 0, 1, 0}, []byte("x"))
			}},
		{"open record with a malformed key", 7, "live: 2 open flows, should be 1",
			func(tx *bolt.Tx) error { return liveSegment(tx).open.Put([]byte("x"), []byte("x")) }},
		{"record of an import with a malformed key", 7, "import 1: 2 finished flows, should be 1",
			func(tx *bolt.Tx) error { return stagedSegment(tx, 1).flows.Put([]byte{0}, []byte("x")) }},
		{"name of a host under another key", 7, "live record 1: its host has no id",
			func(tx *bolt.Tx) error {
				b := tx.Bucket(rootHosts)
				v := bytes.Clone(b.Get(hostKey("a.example")))
				return errors.Join(b.Delete(hostKey("a.example")), b.Put(hostKey("b.example"), v))
			}},
		{"extent of an import changed", -1, "import 1: its records do not match its numbers",
			func(tx *bolt.Tx) error {
				return tx.Bucket(rootSegments).Put(key64(8), extent{base: 6, number: 1}.value())
			}},
		{"second extent, which hides live records", 7, "import 1: its numbers hide live record 7",
			func(tx *bolt.Tx) error {
				e := extent{base: 6, last: 7, number: 1}
				return tx.Bucket(rootSegments).Put(e.key(), e.value())
			}},
		{"second extent after all records", 7, "import 1: a second entry",
			func(tx *bolt.Tx) error {
				e := extent{base: 8, last: 9, number: 1}
				return errors.Join(tx.Bucket(rootLive).SetSequence(9), tx.Bucket(rootSegments).Put(e.key(), e.value()))
			}},
		{"model of invalid chunks, behind another", 7, "model \"x\": corrupt record: body checksum does not match",
			func(tx *bolt.Tx) error {
				if _, err := tx.Bucket(rootModels).CreateBucket(modelKey("a")); err != nil {
					return err
				}
				b, err := tx.Bucket(rootModels).CreateBucket(modelKey("x"))
				if err != nil {
					return err
				}
				return b.Put([]byte{0, 0, 0, 0}, []byte("no chunk"))
			}},
		{"last number lowered", -1, "live record 7: beyond the last number",
			func(tx *bolt.Tx) error { return tx.Bucket(rootLive).SetSequence(6) }},
		{"record with the number before the first", 7, "live record 0: ",
			func(tx *bolt.Tx) error {
				s := liveSegment(tx)
				return s.flows.Put(key64(0), bytes.Clone(s.flows.Get(key64(1))))
			}},
		{"record with the largest number", 7, "live record 18446744073709551615: beyond the last number",
			func(tx *bolt.Tx) error {
				s := liveSegment(tx)
				return s.flows.Put(key64(^uint64(0)), bytes.Clone(s.flows.Get(key64(1))))
			}},
		{"first number above the record's", 6, "live record 3: its first number 9 does not lead to it",
			func(tx *bolt.Tx) error { return change(tx, 3, func(r *format.Record) { r.First = 9 }) }},
		{"body of another record", 6, "live record 6: disagrees with another about body 3",
			func(tx *bolt.Tx) error { return change(tx, 6, func(r *format.Record) { r.Refs[0].ID = 3 }) }},
		{"body with a malformed key", 7, "bodies: malformed key",
			func(tx *bolt.Tx) error { return tx.Bucket(rootBodies).Put([]byte("key"), []byte("x")) }},
		{"open flow stored as finished", -1, "live: 0 open flows, should be 1",
			func(tx *bolt.Tx) error {
				s := liveSegment(tx)
				v := bytes.Clone(s.open.Get(key64(7)))
				return errors.Join(s.open.Delete(key64(7)), s.flows.Put(key64(7), v))
			}},
		{"loss without its fields", 7, "losses: a malformed entry",
			func(tx *bolt.Tx) error { return tx.Bucket(rootLosses).Put(key64(3), []byte{1}) }},
		{"loss after the last number", 7, "losses: a malformed entry",
			func(tx *bolt.Tx) error { return tx.Bucket(rootLosses).Put(key64(9), Loss{Flows: 1}.Value()) }},
		{"session that is not JSON", 7, "sessions: a malformed entry",
			func(tx *bolt.Tx) error { return tx.Bucket(rootSessions).Put(key64(3), []byte("{")) }},
		{"session under another number", 7, "sessions: a malformed entry",
			func(tx *bolt.Tx) error { return tx.Bucket(rootSessions).Put(key64(3), []byte(`{"number":4}`)) }},
		{"session after the last number", 7, "sessions: a malformed entry",
			func(tx *bolt.Tx) error { return putSession(tx.Bucket(rootSessions), &Session{Number: 3, After: 99}) }},
		{"session with a malformed key", 7, "sessions: a malformed entry",
			func(tx *bolt.Tx) error { return tx.Bucket(rootSessions).Put([]byte("key"), []byte(`{"number":3}`)) }},
		{"loss with a malformed key", 7, "losses: a malformed entry",
			func(tx *bolt.Tx) error { return tx.Bucket(rootLosses).Put([]byte("key"), Loss{Flows: 1}.Value()) }},
		{"position of a source cut short", 7, "marks: a malformed entry",
			func(tx *bolt.Tx) error { return tx.Bucket(rootMarks).Put([]byte("pod"), []byte{0x80}) }},
		{"extent cut short", -1, "segments: an entry that overlaps another or is malformed",
			func(tx *bolt.Tx) error { return tx.Bucket(rootSegments).Put(key64(8), []byte{1}) }},
		{"extent that overlaps another", 7, "segments: an entry that overlaps another or is malformed",
			func(tx *bolt.Tx) error {
				e := extent{base: 7, last: 9, number: 1}
				return errors.Join(tx.Bucket(rootLive).SetSequence(9), tx.Bucket(rootSegments).Put(e.key(), e.value()))
			}},
		{"model of invalid numbers", 7, "model \"x\": corrupt record",
			func(tx *bolt.Tx) error {
				b, err := tx.Bucket(rootModels).CreateBucket(modelKey("x"))
				if err != nil {
					return err
				}
				return b.Put(modelCovers, []byte{0, 1})
			}},
		{"import removed", 6, "import 1: its records are missing",
			func(tx *bolt.Tx) error { return tx.Bucket(rootImports).DeleteBucket(key64(1)) }},
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
			noError(t, db.update(tt.do))
			report, err = db.Verify(t.Context())
			found := false
			for _, p := range report.Problems {
				found = found || strings.Contains(p, tt.says)
			}
			if err != nil || !found {
				t.Errorf("reported %q, %v; want %q", report.Problems, err, tt.says)
			}
		})
	}
}

// newVerifiable creates a store with records, shared and split bodies, a moved record and an
// import.
func newVerifiable(t *testing.T) *DB {
	t.Helper()
	db := must(Open(filepath.Join(t.TempDir(), "flows.db"), Options{Create: true}))
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
		f(6, true, 70_001), f(7, false, 0)} {
		must(db.Append(t.Context(), x))
	}
	im := must(db.Import(t.Context(), "import:x"))
	noError(t, im.Append(t.Context(), f(8, true, 10)))
	noError(t, im.Commit(t.Context()))
	return db
}

// change rewrites a record of the live log with a valid checksum.
func change(tx *bolt.Tx, n uint64, fn func(*format.Record)) error {
	flows := liveSegment(tx).flows
	r, err := format.Read(flows.Get(key64(n)))
	if err != nil {
		return err
	}
	r.Meta = bytes.Clone(r.Meta)
	fn(&r)
	return flows.Put(key64(n), r.Append(nil))
}

// flip inverts a bit of a value.
func flip(b *bolt.Bucket, k []byte, at int) error {
	v := bytes.Clone(b.Get(k))
	v[at] ^= 1
	return b.Put(k, v)
}
