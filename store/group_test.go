package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// TestImportCopies checks that the caller of Append may use the memory of the bodies again although the
// import is not committed yet.
func TestImportCopies(t *testing.T) {
	db := openFast(t, filepath.Join(t.TempDir(), "flows.db"), Options{Create: true})
	defer db.Close()
	im, err := db.Import(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	reused := noise(100_000) // cannot be compressed
	for range 3 {
		rand.NewChaCha8([32]byte{byte(len(want))}).Read(reused)
		want = append(want, string(reused))
		body := flow.Body{Data: reused, Size: int64(len(reused))}
		f := flow.Flow{Done: true, Request: flow.Request{Authority: "a", Path: "/", Body: body}, Response: &flow.Response{Status: 200, Body: body}}
		if err := im.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	clear(reused)
	if err := im.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := 0
	for f, err := range db.Scan(t.Context(), Query{}) {
		if err != nil || string(f.Request.Body.Data) != want[n] || string(f.Response.Body.Data) != want[n] {
			t.Fatalf("the bodies of flow %d are not those that were appended, %v", f.Last, err)
		}
		n++
	}
	if n != len(want) {
		t.Errorf("%d flows", n)
	}
}

// TestRoom checks that a store with a limit takes what fits, that a byte more is refused, with the
// limit, and that a store without a limit takes everything.
func TestRoom(t *testing.T) {
	const limit = 8 << 20
	db, err := Open(filepath.Join(t.TempDir(), "flows.db"), Options{Create: true, MaxSize: limit})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	<-db.indexed
	if err := db.view(func(tx *bolt.Tx) error {
		used := db.usedBytes(tx)
		free := int(limit-limit/8-int64(growStep(limit))-used) * 8 / 9 // an eighth more than the bytes is needed
		for (free+1)*9/8+int(used) <= limit-limit/8-growStep(limit) {
			free++
		}
		if err := db.checkRoom(tx, free); err != nil {
			t.Errorf("%d bytes: %v", free, err)
		}
		want := fmt.Sprintf("store is full: %d of %d bytes are used", used, limit)
		if err := db.checkRoom(tx, free+1); !errors.Is(err, ErrFull) || err.Error() != want {
			t.Errorf("%d bytes: %v, want %q", free+1, err, want)
		}
		if err := db.checkRoom(tx, 0); err != nil {
			t.Errorf("a deletion: %v", err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	unlimited := openWithClock(t)
	if err := unlimited.view(func(tx *bolt.Tx) error { return unlimited.checkRoom(tx, 1<<40) }); err != nil {
		t.Error(err)
	}
}
