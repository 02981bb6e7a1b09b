package store

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestSnapshotOfSlowReader checks that a copy for a reader that waits is complete before the reader
// has its first byte, so that the store can reuse its pages meanwhile.
func TestSnapshotOfSlowReader(t *testing.T) {
	db := openWithClock(t)
	f := flow.Flow{Done: true, Request: flow.Request{Authority: "a.example", Body: flow.Body{Data: noise(1 << 20)}}}
	if _, err := db.Append(t.Context(), f); err != nil { // more than a pipe holds
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	done := make(chan error, 1)
	go func() {
		err := db.Snapshot(t.Context(), w)
		w.Close()
		done <- err
	}()
	first := make([]byte, 1)
	if _, err := io.ReadFull(r, first); err != nil {
		t.Fatal(err)
	}
	beside, _ := filepath.Glob(filepath.Join(filepath.Dir(db.Path()), copyPrefix(db.Path())+"*"+snapshotSuffix))
	if len(beside) != 1 {
		t.Fatalf("%d copies beside the store", len(beside))
	}
	whole, err := os.ReadFile(beside[0])
	if err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(append(first, rest...), whole) {
		t.Errorf("the reader has %d bytes of %d, %v", 1+len(rest), len(whole), err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
