package store

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// TestDamagedPieces damages the pieces of one body. Its flow is corrupt, the report says why, and a
// repair leaves out that flow and no other.
func TestDamagedPieces(t *testing.T) {
	const id = 2 // the body of flow 2, in several chunks of several pieces
	move := func(tx *bolt.Tx, from, to []byte) error {
		b := tx.Bucket(rootBodies)
		v := bytes.Clone(b.Get(from))
		return errors.Join(b.Delete(from), b.Put(to, v))
	}
	drop := func(tx *bolt.Tx, chunk int) (err error) {
		b := tx.Bucket(rootBodies)
		for piece := 0; err == nil && b.Get(pieceKey(id, chunk, piece)) != nil; piece++ {
			err = b.Delete(pieceKey(id, chunk, piece))
		}
		return err
	}
	for _, tt := range []struct {
		name, says string
		do         func(tx *bolt.Tx) error
	}{
		{"first piece is missing", "a body is missing", func(tx *bolt.Tx) error { return tx.Bucket(rootBodies).Delete(pieceKey(id, 0, 0)) }},
		{"first piece is the second", "a body is missing", func(tx *bolt.Tx) error { return move(tx, pieceKey(id, 0, 0), pieceKey(id, 0, 1)) }},
		{"chunk is the next but one", "a body is missing", func(tx *bolt.Tx) error { return move(tx, pieceKey(id, 1, 0), pieceKey(id, 2, 0)) }},
		{"last chunk is missing", "a body has the wrong size", func(tx *bolt.Tx) error { return drop(tx, 1) }},
		{"malformed key", "a body is missing", func(tx *bolt.Tx) error {
			return tx.Bucket(rootBodies).Put(append(pieceKey(id, 0, 0), 'x'), []byte("x"))
		}},
		{"all are missing", "a body is missing", func(tx *bolt.Tx) error { return errors.Join(drop(tx, 0), drop(tx, 1)) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := newPieces(t)
			if err := db.update(tt.do); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Get(t.Context(), id); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "record 2") {
				t.Errorf("get: %v, want %q", err, tt.says)
			}
			report, err := db.Verify(t.Context())
			if err != nil || report.OK() || !strings.Contains(strings.Join(report.Problems, "\n"), "body 2: corrupt record: "+tt.says) {
				t.Errorf("verify: %+v, %v", report, err)
			}
			left, err := db.repair(t.Context())
			if err != nil || len(left) != 1 || left[0].Seq != id || !strings.Contains(left[0].Err.Error(), tt.says) {
				t.Errorf("repair: %+v, %v", left, err)
			}
			if report, err := db.Verify(t.Context()); err != nil || !report.OK() || report.Flows != 2 {
				t.Errorf("after the repair: %+v, %v", report, err)
			}
		})
	}
}

// newPieces returns a store of three flows, each with a body of two compressed chunks of many pieces.
func newPieces(t *testing.T) *DB {
	t.Helper()
	db := openWithClock(t)
	for range 3 {
		data := []byte(strings.ToUpper(strings.Repeat("x", 10)))
		for _, c := range noise(chunkSize) {
			data = append(data, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		}
		f := flow.Flow{Done: true, Request: flow.Request{Body: flow.Body{Data: data[:chunkSize+chunkSize/2], Size: chunkSize + chunkSize/2}}}
		if _, err := db.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// TestDeleteByContent checks that a deletion that depends on what flows are stops at one that cannot
// be read, says so, and reports what it has removed.
func TestDeleteByContent(t *testing.T) {
	at := time.Unix(1000, 0)
	for name, q := range map[string]Query{
		"host": {Authority: "a.example"}, "session": {Session: 1}, "since": {Since: at}, "before": {Before: at.Add(time.Hour)},
	} {
		db := newVerifiable(t)
		if err := db.update(func(tx *bolt.Tx) error { return flip(liveSegment(tx).flows, key64(3), 9) }); err != nil {
			t.Fatal(err)
		}
		n, err := db.Delete(t.Context(), q)
		if n != 0 || !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "record 3") || !strings.Contains(err.Error(), "delete from store "+db.Path()) {
			t.Errorf("%s: deleted %d, %v", name, n, err)
		}
	}
}

// TestRetainStopsAtDamage checks that retention by age stops at a block whose time cannot be read, and
// keeps it and what follows.
func TestRetainStopsAtDamage(t *testing.T) {
	db := openWithClock(t)
	add(t, db, 3*blockSize-1)
	if err := db.update(func(tx *bolt.Tx) error { return liveSegment(tx).blocks.Put(key64(1), []byte{1}) }); err != nil {
		t.Fatal(err)
	}
	db.pass(48 * time.Hour)
	got, err := db.Retain(t.Context(), Retention{MaxAge: time.Hour})
	if left := numbers(t, db); err != nil || got.Flows != blockSize-1 || left[0] != blockSize {
		t.Errorf("%+v, %v: %d flows are left", got, err, len(left))
	}
}

// TestRetainUnsent checks that a spool of which nothing was sent keeps everything, and says how much
// of it is too old.
func TestRetainUnsent(t *testing.T) {
	db := openWithClock(t)
	add(t, db, 10)
	if err := db.SetSent(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	db.pass(48 * time.Hour)
	for _, r := range []Retention{{MaxAge: time.Hour}, {MaxBytes: 1}, {Sent: true, MaxAge: time.Hour, MaxBytes: 1}} {
		if got, err := db.Retain(t.Context(), r); err != nil || got.Flows != 0 || got.Unsent != 10 || len(numbers(t, db)) != 10 {
			t.Errorf("%+v: %+v, %v", r, got, err)
		}
	}
	if err := db.SetSent(t.Context(), 11); err == nil || !strings.Contains(err.Error(), "record 11 was not stored; the newest is 10") {
		t.Errorf("beyond the last record: %v", err)
	}
	if err := db.SetSent(t.Context(), 10); err != nil {
		t.Error(err)
	}
}

// TestMalformedKeys checks that a record under a key that is no number hides no other one: not from
// readers, and not from a deletion, which removes imports that it has emptied.
func TestMalformedKeys(t *testing.T) {
	db := newVerifiable(t)
	if err := db.update(func(tx *bolt.Tx) error {
		return errors.Join(liveSegment(tx).flows.Put([]byte{0, 0, 0, 0, 0, 0, 0, 3, 0}, []byte("x")),
			stagedSegment(tx, 1).flows.Put([]byte{0}, []byte("x")), liveSegment(tx).open.Put([]byte{0}, []byte("x")))
	}); err != nil {
		t.Fatal(err)
	}
	oldest := []flow.Seq{1, 2, 3, 5, 6, 7, 8}
	for _, q := range []Query{{}, {Newest: true}} {
		want, got := slices.Clone(oldest), []flow.Seq(nil)
		for f, err := range db.Scan(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, f.Last)
		}
		if q.Newest {
			slices.Reverse(want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: %d, want %d", q, got, want)
		}
	}
	if st, err := db.Stat(t.Context()); err != nil || st.First != 1 || st.Flows != 7 {
		t.Errorf("%+v, %v", st, err)
	}
	if n, err := db.Delete(t.Context(), Query{Until: 7}); n != 6 || err != nil {
		t.Errorf("deleted %d, %v", n, err)
	}
	if got := numbers(t, db); !slices.Equal(got, []flow.Seq{8}) {
		t.Errorf("left: %d", got)
	}
}
