package store

import (
	"errors"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

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
