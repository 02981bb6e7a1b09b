package store_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// newFilled creates a store of n flows, closes it and returns its path.
func newFilled(t *testing.T, n int) (path string) {
	t.Helper()
	db := open(t, store.Options{})
	for i := range n {
		must(db.Append(t.Context(), sample(i)))
	}
	noError(t, db.Close())
	return db.Path()
}

// copyFile copies a file, so that the test can damage the copy.
func copyFile(t *testing.T, path string) string {
	t.Helper()
	b := must(os.ReadFile(path))
	path = filepath.Join(t.TempDir(), "copy.db")
	noError(t, os.WriteFile(path, b, 0o600))
	return path
}

// TestNewerVersion checks that a store of a newer format is refused.
func TestNewerVersion(t *testing.T) {
	path := copyFile(t, newFilled(t, 1))
	edit(t, path, func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("spectap")).Put([]byte("format"), binary.BigEndian.AppendUint32(nil, 99))
	})
	for _, o := range []store.Options{{}, {ReadOnly: true}, {Create: true}} {
		if _, err := store.Open(path, o); !errors.Is(err, store.ErrVersion) || !strings.Contains(err.Error(), path) {
			t.Errorf("%+v: %v, want ErrVersion with the path", o, err)
		}
	}
}

// edit changes a store through bbolt.
func edit(t *testing.T, path string, fn func(*bolt.Tx) error) {
	t.Helper()
	b := must(bolt.Open(path, 0o600, nil))
	noError(t, b.Update(fn))
	noError(t, b.Close())
}

// TestOtherBboltFile checks that the bbolt file of another program is refused and unchanged.
func TestOtherBboltFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.db")
	edit(t, path, func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket([]byte("theirs"))
		return err
	})
	before, _ := os.ReadFile(path)
	if _, err := store.Open(path, store.Options{Create: true}); !errors.Is(err, store.ErrNotStore) {
		t.Errorf("another program's bbolt file: %v, want ErrNotStore", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
}

// TestTruncatedFile checks that a truncated store is refused. bbolt would map the missing pages,
// and reading them would end the process.
func TestTruncatedFile(t *testing.T) {
	whole := must(os.ReadFile(newFilled(t, 50)))
	path := filepath.Join(t.TempDir(), "cut.db")
	used := usedBytes(t, whole)
	for _, size := range []int{0, 1, 15, 80, 4096, 16 << 10, 16<<10 + 80, 32 << 10, 64 << 10, used / 2, used - 1} {
		noError(t, os.WriteFile(path, whole[:size], 0o600))
		for _, readOnly := range []bool{true, false} {
			db, err := store.Open(path, store.Options{ReadOnly: readOnly})
			if err == nil {
				db.Close()
				t.Errorf("truncated to %d bytes: no error", size)
				continue
			}
			if !errors.Is(err, store.ErrDamaged) && !errors.Is(err, store.ErrNotStore) {
				t.Errorf("truncated to %d bytes: %v", size, err)
			}
		}
	}
}

// TestDamagedBytes overwrites parts of a store with noise. Operations on it may fail but must not
// panic.
func TestDamagedBytes(t *testing.T) {
	whole := must(os.ReadFile(newFilled(t, 60)))
	r := rand.New(rand.NewPCG(7, 8))
	path := filepath.Join(t.TempDir(), "noise.db")
	rounds := 25
	if testing.Short() {
		rounds = 10
	}
	for range rounds {
		b := bytes.Clone(whole)
		for range 1 + r.IntN(4) {
			at := 32<<10 + r.IntN(len(b)-32<<10)
			for i := at; i < min(at+1+r.IntN(40), len(b)); i++ {
				b[i] = byte(r.Uint32())
			}
		}
		noError(t, os.WriteFile(path, b, 0o600))
		db, err := store.Open(path, store.Options{})
		if err != nil {
			continue
		}
		for _, q := range []store.Query{{}, {Newest: true, NoBodies: true}, {Authority: "h1.example"},
			{Since: sample(20).Started}} {
			for _, err := range db.Scan(t.Context(), q) {
				if err != nil {
					break
				}
			}
		}
		for n := range flow.Seq(60) {
			db.Get(t.Context(), n)
		}
		db.Stat(t.Context())
		db.LoadModel(t.Context(), "m")
		db.Append(t.Context(), sample(1))
		db.Delete(t.Context(), store.Query{Limit: 30})
		db.Close()
	}
}

// TestCorruptRecord damages one record. The error must name it, and the other records must be
// readable.
func TestCorruptRecord(t *testing.T) {
	path := copyFile(t, newFilled(t, 5))
	edit(t, path, func(tx *bolt.Tx) error {
		flows := tx.Bucket([]byte("live")).Bucket([]byte("flows"))
		key := binary.BigEndian.AppendUint64(nil, 3)
		v := bytes.Clone(flows.Get(key))
		v[len(v)-1] ^= 1
		return flows.Put(key, v)
	})
	db := must(store.Open(path, store.Options{}))
	defer db.Close()
	if _, err := db.Get(t.Context(), 3); !errors.Is(err, store.ErrCorrupt) ||
		!strings.Contains(err.Error(), "record 3") {
		t.Errorf("get: %v, want ErrCorrupt of record 3", err)
	}
	for f, err := range db.Scan(t.Context(), store.Query{Except: store.Ranges{{First: 3, Last: 3}}}) {
		if err != nil {
			t.Errorf("flow %d: %v", f.Last, err)
		}
	}
	// A flow that cannot be read can be deleted by its number.
	must(db.Delete(t.Context(), store.Query{After: 2, Until: 3}))
	if got := collect(t, db, store.Query{}); len(got) != 4 {
		t.Errorf("%d flows are left, want 4", len(got))
	}
}

// TestMaxSize checks that a store stops at MaxSize with ErrFull, and accepts flows again after
// deletions.
func TestMaxSize(t *testing.T) {
	db := open(t, store.Options{MaxSize: 8 << 20})
	noise := make([]byte, 50_000)
	r := rand.New(rand.NewPCG(1, 1))
	next := func() flow.Flow {
		for i := range noise {
			noise[i] = byte(r.Uint32())
		}
		f := sample(1)
		f.Response.Body.Data = noise
		return f
	}
	stored := 0
	for ; stored < 1000; stored++ {
		if _, err := db.Append(t.Context(), next()); err != nil {
			if !errors.Is(err, store.ErrFull) {
				t.Fatalf("append %d: %v, want ErrFull", stored, err)
			}
			break
		}
	}
	if stored < 50 || stored == 1000 {
		t.Fatalf("full after %d flows of 50 KB in 8 MB", stored)
	}
	if st, err := db.Stat(t.Context()); err != nil || st.Flows != int64(stored) || st.Bytes > 8<<20 {
		t.Errorf("stat %+v, %v", st, err)
	}
	for range 3 {
		if n, err := db.Delete(t.Context(), store.Query{Limit: 20}); n != 20 || err != nil {
			t.Fatalf("delete from a full store: %d, %v", n, err)
		}
		for i := range 15 {
			if _, err := db.Append(t.Context(), next()); err != nil {
				t.Fatalf("append %d after deleting: %v", i, err)
			}
		}
	}
	noError(t, db.Close())
	checkPages(t, db.Path())
}

// TestSnapshotOpens checks that a snapshot made during an import can be opened and holds no flow of
// it.
func TestSnapshotOpens(t *testing.T) {
	db := open(t, store.Options{})
	for i := range 20 {
		db.Append(t.Context(), sample(i))
	}
	im := must(db.Import(t.Context(), "import:x"))
	for i := range 600 {
		noError(t, im.Append(t.Context(), sample(i)))
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	var b bytes.Buffer
	noError(t, db.Snapshot(t.Context(), &b))
	noError(t, os.WriteFile(path, b.Bytes(), 0o600))
	for _, o := range []store.Options{{ReadOnly: true}, {}, {ReadOnly: true}} {
		snap := must(store.Open(path, o))
		if got := collect(t, snap, store.Query{}); len(got) != 20 {
			t.Errorf("%d flows in the snapshot, want 20", len(got))
		}
		noError(t, snap.Close())
	}
	checkPages(t, path)
}

// usedBytes returns how much of the file of a store is in use. bbolt extends files in steps.
func usedBytes(t *testing.T, whole []byte) (n int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "whole.db")
	noError(t, os.WriteFile(path, whole, 0o600))
	b := must(bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true}))
	defer b.Close()
	b.View(func(tx *bolt.Tx) error {
		n = int(tx.Size())
		return nil
	})
	return n
}
