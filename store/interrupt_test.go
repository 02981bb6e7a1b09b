package store

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// briefContext is a context that ends once it was asked left times.
type briefContext struct {
	context.Context
	left atomic.Int64
}

func endAfter(n int64) *briefContext {
	c := &briefContext{Context: context.Background()}
	c.left.Store(n)
	return c
}

func (c *briefContext) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestScanEndsWithItsContext checks that a scan whose context ends yields one error, and nothing
// after it.
func TestScanEndsWithItsContext(t *testing.T) {
	db := newVerifiable(t)
	for n := range int64(100) {
		flows, failed := 0, 0
		for _, err := range db.Scan(endAfter(n), Query{}) {
			switch {
			case errors.Is(err, context.Canceled):
				failed++
			case err != nil || failed > 0:
				t.Fatalf("context that ends after %d questions: %d errors, then %v", n, failed, err)
			default:
				flows++
			}
		}
		if failed == 0 && flows == 7 {
			return
		}
		if failed != 1 {
			t.Errorf("context that ends after %d questions: %d flows and %d errors", n, flows, failed)
		}
	}
	t.Error("the scan asks too often")
}

// TestRetainEndsWithItsContext checks that Retain removes what a limit demands, or says that it did
// not.
func TestRetainEndsWithItsContext(t *testing.T) {
	for name, r := range map[string]Retention{"sent": {Sent: true}, "size": {MaxBytes: 1}, "age": {MaxAge: time.Hour}} {
		t.Run(name, func(t *testing.T) {
			db := newVerifiable(t)
			if err := db.SetSent(t.Context(), 8); err != nil {
				t.Fatal(err)
			}
			db.pass(48 * time.Hour)
			for n := range int64(100) {
				before := len(numbers(t, db))
				got, err := db.Retain(endAfter(n), r)
				if left := len(numbers(t, db)); before-left != got.Flows {
					t.Errorf("context that ends after %d questions: removed %d of %d flows, says %d", n, before-left, before, got.Flows)
				} else if err == nil && left == 0 {
					return
				}
				if !errors.Is(err, context.Canceled) {
					t.Errorf("context that ends after %d questions: %v", n, err)
				}
			}
			t.Error("Retain asks too often")
		})
	}
}

// TestMovesGo checks that the numbers under which a flow was stored before go with the flow, when
// it is deleted and when a repair finds that it is not there.
func TestMovesGo(t *testing.T) {
	moves := func(db *DB) (n int) {
		if err := db.view(func(tx *bolt.Tx) error {
			n = liveSegment(tx).moved.Stats().KeyN
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	db := newVerifiable(t)
	if n := moves(db); n != 1 {
		t.Fatalf("%d moves in the sample", n)
	}
	if _, err := db.Delete(t.Context(), Query{Only: Ranges{{First: 5, Last: 5}}}); err != nil {
		t.Fatal(err)
	}
	if n := moves(db); n != 0 {
		t.Errorf("%d moves after the deletion", n)
	}

	db = newVerifiable(t) // the move from 4 to 5 is lost
	if err := db.update(func(tx *bolt.Tx) error { return liveSegment(tx).moved.Delete(key64(4)) }); err != nil {
		t.Fatal(err)
	}
	if n, err := db.Delete(t.Context(), Query{Only: Ranges{{First: 5, Last: 5}}}); n != 1 || err != nil {
		t.Errorf("deleted %d flows, %v", n, err)
	}

	db = newVerifiable(t)
	if err := db.update(func(tx *bolt.Tx) error {
		s := liveSegment(tx)
		return errors.Join(s.moved.Put([]byte("key"), key64(5)), s.moved.Put(key64(2), key64(3)), flip(s.flows, key64(3), 9))
	}); err != nil {
		t.Fatal(err)
	}
	db.Close()
	if done, err := Compact(t.Context(), db.Path(), Options{}, nil); err != nil || !done.Repaired {
		t.Fatalf("%+v, %v", done, err)
	}
	db, err := Open(db.Path(), Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if n := moves(db); n != 1 {
		t.Errorf("%d moves after the repair, want the one from 4 to 5", n)
	}
	if f, err := db.Get(t.Context(), 4); err != nil || f.Last != 5 {
		t.Errorf("flow 4: %+v, %v", f, err)
	}
}

// TestDeletedNamesake checks that an open flow is still completed after a finished one of the same
// ID was deleted.
func TestDeletedNamesake(t *testing.T) {
	db := openWithClock(t)
	f := flow.Flow{ID: flow.NewID(), Done: true, Request: flow.Request{Authority: "a.example"}}
	open := f
	open.Done = false
	if _, err := db.Append(t.Context(), f, open); err != nil {
		t.Fatal(err)
	}
	if n, err := db.Delete(t.Context(), Query{Until: 1}); n != 1 || err != nil {
		t.Fatalf("deleted %d flows, %v", n, err)
	}
	if _, err := db.Append(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if got, err := db.Get(t.Context(), 2); err != nil || !got.Done || len(numbers(t, db)) != 1 {
		t.Errorf("done %t, flows %v, %v", got.Done, numbers(t, db), err)
	}
	if report, err := db.Verify(t.Context()); err != nil || !report.OK() {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestCompletionOfCorruptRecord checks that a flow whose open record is damaged is completed under
// the number that it had.
func TestCompletionOfCorruptRecord(t *testing.T) {
	db := openWithClock(t)
	f := flow.Flow{ID: flow.NewID(), Request: flow.Request{Authority: "a.example"}}
	if _, err := db.Append(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if err := db.update(func(tx *bolt.Tx) error { return flip(liveSegment(tx).open, key64(1), 9) }); err != nil {
		t.Fatal(err)
	}
	f.Done = true
	if _, err := db.Append(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if got, err := db.Get(t.Context(), 1); err != nil || !got.Done || got.Seq != 1 || got.Last != 2 {
		t.Errorf("%d to %d, done %t, %v", got.Seq, got.Last, got.Done, err)
	}
}

// TestDamagedModel checks that a model, or a secret, that cannot be read is an error that names the
// store.
func TestDamagedModel(t *testing.T) {
	db := openWithClock(t)
	load := func() error { _, _, err := db.LoadModel(t.Context(), "m"); return err }
	secret := func() error { _, err := db.Secret(t.Context()); return err }
	for _, tt := range []struct {
		name   string
		damage func(tx *bolt.Tx) error
		read   func() error
	}{
		{"chunk", func(tx *bolt.Tx) error {
			return tx.Bucket(rootModels).Bucket(modelKey("m")).Put(make([]byte, 4), []byte("x"))
		}, load},
		{"covers", func(tx *bolt.Tx) error {
			return tx.Bucket(rootModels).Bucket(modelKey("m")).Put(modelCovers, []byte{0x80})
		}, load},
		{"secret", func(tx *bolt.Tx) error { return tx.Bucket(rootAbout).Put(aboutSecret, []byte("short")) }, secret},
	} {
		if err := db.SaveModel(t.Context(), "m", []byte("data"), Basis{}); err != nil {
			t.Fatal(err)
		}
		if err := tt.read(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err := db.update(tt.damage); err != nil {
			t.Fatal(err)
		}
		if err := tt.read(); err == nil || !strings.Contains(err.Error(), db.Path()) {
			t.Errorf("damaged %s: %v", tt.name, err)
		}
		if err := db.update(func(tx *bolt.Tx) error { return tx.Bucket(rootModels).DeleteBucket(modelKey("m")) }); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPanicIsDamage checks that a transaction in which bbolt panics is an error of a damaged store,
// and that the store works on.
func TestPanicIsDamage(t *testing.T) {
	db := openWithClock(t)
	for name, run := range map[string]func(func(*bolt.Tx) error) error{"view": db.view, "update": db.update} {
		if err := run(func(*bolt.Tx) error { panic("invalid page type") }); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "invalid page type") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := db.SaveModel(t.Context(), "m", []byte("data"), Basis{}); err != nil {
		t.Error(err)
	}
}
