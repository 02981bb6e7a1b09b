package store

import (
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// TestRepairedBodies checks that a repaired store knows its bodies: equal large ones are stored once
// again, and a body stays until its last flow is deleted.
func TestRepairedBodies(t *testing.T) {
	db := openWithClock(t)
	data := noise(chunkSize + 1)
	withBody := func() flow.Flow {
		return flow.Flow{ID: flow.NewID(), Done: true, Request: flow.Request{Body: flow.Body{Data: data, Size: int64(len(data))}}}
	}
	if _, err := db.Append(t.Context(), withBody(), withBody()); err != nil {
		t.Fatal(err)
	}
	damage := func(tx *bolt.Tx) error { return tx.Bucket(rootLosses).Put(key64(1), []byte{1}) }
	if err := db.update(damage); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if done, err := Compact(t.Context(), db.Path(), Options{}, nil); err != nil || !done.Repaired {
		t.Fatalf("%+v, %v", done, err)
	}
	db, err := Open(db.Path(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	check := func(when string, flows, bodies int64) {
		t.Helper()
		report, err := db.Verify(t.Context())
		if err != nil || !report.OK() || report.Flows != flows || report.Bodies != bodies {
			t.Errorf("%s: %+v, %v; want %d flows and %d bodies", when, report, err, flows, bodies)
		}
	}
	check("repaired", 2, 1)
	if _, err := db.Append(t.Context(), withBody()); err != nil {
		t.Fatal(err)
	}
	check("appended", 3, 1)
	for left := int64(2); left >= 0; left-- {
		if _, err := db.Delete(t.Context(), Query{Limit: 1}); err != nil {
			t.Fatal(err)
		}
		check("deleted", left, min(left, 1))
	}
}
