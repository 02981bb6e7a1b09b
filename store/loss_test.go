package store

import (
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// TestLosses checks that the number of loss records is bounded, that they are kept when the store
// is closed, and that a damaged one is found and repaired.
func TestLosses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	db := must(Open(path, Options{Create: true}))
	now := time.Unix(1_800_000_000, 0).UTC()
	const extra = 10
	err := db.update(func(tx *bolt.Tx) error {
		for i := range maxLosses + extra {
			if err := tx.Bucket(rootLive).SetSequence(uint64(i)); err != nil {
				return err
			}
			at := now.Add(time.Duration(i) * time.Second)
			if err := noteLoss(tx.Bucket(rootLosses), Loss{After: lastSeq(tx), Since: at, Until: at, Flows: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	noError(t, err)
	db.Close()
	db = must(Open(path, Options{}))
	st, err := db.Stat(t.Context())
	if err != nil || len(st.Losses) != maxLosses {
		t.Fatalf("%d losses, %v", len(st.Losses), err)
	}
	want := Loss{
		After: maxLosses - 1, Since: now.Add((maxLosses - 1) * time.Second),
		Until: now.Add((maxLosses + extra - 1) * time.Second), Flows: 1 + extra,
	}
	if got := st.Losses[maxLosses-1]; got != want {
		t.Errorf("the newest loss is %+v, want %+v", got, want)
	}
	if r, err := db.Verify(t.Context()); err != nil || !r.OK() {
		t.Errorf("%+v, %v", r, err)
	}
	noError(t, db.update(func(tx *bolt.Tx) error { return tx.Bucket(rootLosses).Put(key64(3), []byte{1}) }))
	if r, err := db.Verify(t.Context()); err != nil || r.OK() {
		t.Errorf("damaged loss record: %+v, %v", r, err)
	}
	db.Close()
	done, err := Compact(t.Context(), path, Options{}, nil)
	if err != nil || !done.Repaired {
		t.Errorf("%+v, %v", done, err)
	}
	db = must(Open(path, Options{ReadOnly: true}))
	defer db.Close()
	if st, err := db.Stat(t.Context()); err != nil || len(st.Losses) != maxLosses-1 {
		t.Errorf("%d losses, %v", len(st.Losses), err)
	}
	if err := db.NoteLoss(t.Context(), 1, now, now); err == nil {
		t.Error("NoteLoss in a read-only store: no error")
	}
}
