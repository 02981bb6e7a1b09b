package store

import (
	"context"
	"errors"
	"os"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// damageAll damages the store of newVerifiable in all ways that a repair treats by a write of its
// own. Flow 2 and the flow of the import cannot be read any more.
func damageAll(tx *bolt.Tx) error {
	live, imported := liveSegment(tx), stagedSegment(tx, 1)
	second, missing := extent{base: 8, last: 9, number: 1}, extent{base: 9, last: 10, number: 5}
	segments := tx.Bucket(rootSegments)
	model, err := tx.Bucket(rootModels).CreateBucket(modelKey("x"))
	if err != nil {
		return err
	}
	return errors.Join(
		flip(live.flows, key64(2), 9),
		flip(imported.flows, key64(1), 9),
		live.open.Put(key64(20), []byte{1}),
		live.moved.Put(key64(5), key64(6)),
		live.moved.Put(key64(30), key64(40)),
		live.moved.Put([]byte("key"), key64(40)),
		segments.Put(second.key(), second.value()),
		segments.Put(missing.key(), missing.value()),
		live.root.SetSequence(10),
		model.Put([]byte{0, 0, 0, 0}, []byte("no chunk")),
		tx.Bucket(rootBodies).Put(pieceKey(99, 0, 0), []byte("x")),
		tx.Bucket(rootLosses).Put(key64(3), []byte{1}),
		tx.Bucket(rootSessions).Put(key64(3), []byte("{")),
		tx.Bucket(rootMarks).Put([]byte("pod"), []byte{0x80}),
	)
}

// newDamaged returns the file of a store to repair.
func newDamaged(t *testing.T) []byte {
	t.Helper()
	db := newVerifiable(t)
	if err := db.update(damageAll); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(db.Path())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestRepairWritesFail makes each write of a repair fail. Otherwise the copy that Compact then puts
// in place of the store would lack what could not be written.
func TestRepairWritesFail(t *testing.T) {
	if testing.Short() {
		t.Skip("many flows in one goroutine")
	}
	eachWriteFails(t, newDamaged(t), func(db *DB) error {
		if _, err := db.repair(context.Background()); err != nil {
			return err
		}
		report, err := db.Verify(context.Background())
		if err == nil && !report.OK() {
			err = errors.New(report.Problems[0])
		}
		return err
	})
}

// TestRepairCancelled ends the context of a repair at each point where it looks at it. The repair
// must end there, and do nothing.
func TestRepairCancelled(t *testing.T) {
	db := newVerifiable(t)
	if err := db.update(damageAll); err != nil {
		t.Fatal(err)
	}
	before := entries(t, db)
	const records = 8 // with those that cannot be read
	for n := range 1 + records {
		ctx := endAfter(int64(n))
		if _, err := db.repair(ctx); !errors.Is(err, context.Canceled) || ctx.left.Load() != -1 {
			t.Errorf("cancelled at point %d: %v, %d points later", n, err, -1-ctx.left.Load())
		}
		if got := changed(before, entries(t, db)); len(got) > 0 {
			t.Errorf("cancelled at point %d: %q have changed", n, got)
		}
	}
	ctx := endAfter(1 + records)
	if left, err := db.repair(ctx); err != nil || ctx.left.Load() != 0 || len(left) != 3 {
		t.Errorf("not cancelled: %v, %v, %d points are left", left, err, ctx.left.Load())
	}
}
