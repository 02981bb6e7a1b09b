package store

import (
	"context"
	"errors"
	"slices"
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

// TestScanOfNothingEnds checks that a scan that finds nothing also says that its context has ended.
func TestScanOfNothingEnds(t *testing.T) {
	db := newVerifiable(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	late := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, q := range []Query{{Authority: "b.example"}, {Since: late}, {Session: 9}, {After: 7}, {After: 7, Newest: true}, {Brief: true, Since: late}} {
		n, last := 0, error(nil)
		for _, err := range db.Scan(ctx, q) {
			n, last = n+1, err
		}
		if n != 1 || !errors.Is(last, context.Canceled) {
			t.Errorf("%+v: yields %d times, %v", q, n, last)
		}
	}
	if _, err := db.Get(t.Context(), 99); !errors.Is(err, ErrNotFound) || err.Error() != "flow 99: no such flow" {
		t.Errorf("get: %v", err)
	}
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

// TestScanStops checks that a scan which its reader leaves reads no further page.
func TestScanStops(t *testing.T) {
	db := openWithClock(t)
	add(t, db, pageFlows+1)
	for _, newest := range []bool{false, true} {
		var got []flow.Seq
		for f, err := range db.Scan(t.Context(), Query{Newest: newest}) {
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, f.Seq); len(got) == 2 {
				break
			}
		}
		if want := map[bool][]flow.Seq{false: {1, 2}, true: {pageFlows + 1, pageFlows}}[newest]; !slices.Equal(got, want) {
			t.Errorf("newest %t: %v", newest, got)
		}
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

// TestWatchOfClosedStore checks that the error of a watch says what was tried with which file, and
// that the end of the context is no error of the store.
func TestWatchOfClosedStore(t *testing.T) {
	db := openWithClock(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range db.Watch(ended, 0) {
		if err != context.Canceled {
			t.Errorf("after the end of the context: %v", err)
		}
	}
	db.Close()
	for _, err := range db.Watch(t.Context(), 0) {
		if !errors.Is(err, ErrClosed) || !strings.Contains(err.Error(), "watch") || !strings.Contains(err.Error(), db.Path()) {
			t.Errorf("after the store was closed: %v", err)
		}
	}
}

// TestDeleteCountsCorruptRecords checks that a record that cannot be read is deleted, and counted.
func TestDeleteCountsCorruptRecords(t *testing.T) {
	db := newVerifiable(t)
	if err := db.update(func(tx *bolt.Tx) error { return flip(liveSegment(tx).flows, key64(3), 9) }); err != nil {
		t.Fatal(err)
	}
	if n, err := db.Delete(t.Context(), Query{}); n != 7 || err != nil {
		t.Errorf("deleted %d flows, %v", n, err)
	}
	if left := numbers(t, db); len(left) != 0 {
		t.Errorf("left: %v", left)
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
