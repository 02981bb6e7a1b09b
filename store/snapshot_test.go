package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/files"
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
	beside, _ := filepath.Glob(filepath.Join(filepath.Dir(db.Path()), files.CopyPrefix(db.Path())+"*"+files.SnapshotSuffix))
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

// TestSnapshotIntoFile checks that a file gets the copy itself, and that a file which takes no bytes
// is an error.
func TestSnapshotIntoFile(t *testing.T) {
	db := openWithClock(t)
	add(t, db, 20)
	path := filepath.Join(t.TempDir(), "copy.db")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Snapshot(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	f.Close()
	cut, err := os.Create(path + ".cut")
	if err != nil {
		t.Fatal(err)
	}
	defer cut.Close()
	for n := range int64(3) {
		if err := db.Snapshot(endAfter(n), cut); !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "copy store "+db.Path()) {
			t.Errorf("context that ends after %d questions: %v", n, err)
		}
	}
	copied := openFast(t, path, Options{ReadOnly: true})
	defer copied.Close()
	if n := len(numbers(t, copied)); n != 20 {
		t.Errorf("%d flows in the copy", n)
	}
	only, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer only.Close()
	if err := db.Snapshot(t.Context(), only); err == nil || !strings.HasPrefix(err.Error(), "copy store "+db.Path()) {
		t.Errorf("into a file that is open for reading: %v", err)
	}
}

// stopping is a writer that ends a context with its first bytes.
type stopping struct {
	stop func()
	n    int
}

func (s *stopping) Write(b []byte) (int, error) {
	s.stop()
	s.n += len(b)
	return len(b), nil
}

// TestSnapshotEndsWithItsContext checks that a copy for a slow reader ends soon after its context.
func TestSnapshotEndsWithItsContext(t *testing.T) {
	db := openWithClock(t)
	add(t, db, 2000)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w := &stopping{stop: cancel}
	if err := db.Snapshot(ctx, w); !errors.Is(err, context.Canceled) || w.n > 64<<10 {
		t.Errorf("%v after %d bytes", err, w.n)
	}
}
