package store_test

import (
	"encoding/binary"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/store"
)

// TestOpenDamaged checks that a store without a part that all others rely on is refused, for
// reading and for writing, with an error that names the damage.
func TestOpenDamaged(t *testing.T) {
	whole := newFilled(t, 3)
	type damage = struct {
		name string
		do   func(*bolt.Tx) error
		want error
		says string
	}
	format := func(v []byte) func(*bolt.Tx) error {
		return func(tx *bolt.Tx) error { return tx.Bucket([]byte("spectap")).Put([]byte("format"), v) }
	}
	all := []damage{
		{"no description", func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte("spectap")) }, store.ErrNotStore, ""},
		{"format cut short", format([]byte{0, 1}), store.ErrNotStore, ""},
		{"newer format", format(binary.BigEndian.AppendUint32(nil, 1000)), store.ErrVersion, "format 1000"},
		{"no table of flows", func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("live")).DeleteBucket([]byte("flows"))
		}, store.ErrDamaged, "no table flows"},
	}
	for _, name := range []string{
		"live", "imports", "segments", "hosts", "bodies", "shared", "hashes", "models", "losses", "sessions", "marks",
	} {
		drop := func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte(name)) }
		all = append(all, damage{"no bucket " + name, drop, store.ErrDamaged, "no bucket " + name})
	}
	for _, tt := range all {
		t.Run(tt.name, func(t *testing.T) {
			path := copyFile(t, whole)
			edit(t, path, tt.do)
			for _, o := range []store.Options{{}, {ReadOnly: true}, {Create: true}} {
				db, err := store.Open(path, o)
				if err == nil {
					db.Close()
				}
				if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("%+v: %v, want %v with %q", o, err, tt.want, tt.says)
				}
			}
		})
	}
}

// TestOpenExposed checks that a store that every user of the machine can change is refused.
func TestOpenExposed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes")
	}
	path := copyFile(t, newFilled(t, 1))
	for mode, want := range map[os.FileMode]error{0o666: store.ErrExposed, 0o602: store.ErrExposed, 0o644: nil} {
		noError(t, os.Chmod(path, mode))
		db, err := store.Open(path, store.Options{})
		if err == nil {
			db.Close()
		}
		if !errors.Is(err, want) || err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("mode %04o: %v, want %v", mode, err, want)
		}
	}
}

// TestImportFrom checks that an import of another store's flows notes their position when it is
// committed, and only if it follows the one that is recorded.
func TestImportFrom(t *testing.T) {
	db := open(t, store.Options{})
	ctx := t.Context()
	begin := func(mark store.Mark) store.Import {
		t.Helper()
		im := must(db.ImportFrom(ctx, mark))
		noError(t, im.Append(ctx, sample(1)))
		return im
	}
	position := func() uint64 {
		t.Helper()
		all := must(db.Marks(ctx))
		return all["pod"]
	}
	if err := begin(store.Mark{Source: "pod", Last: 5}).Abort(); err != nil || position() != 0 {
		t.Errorf("after Abort: position %d, %v", position(), err)
	}
	if err := begin(store.Mark{Source: "pod", Last: 5}).Commit(ctx); err != nil || position() != 5 {
		t.Errorf("after Commit: position %d, %v", position(), err)
	}
	var wrong *store.MarkError
	if err := begin(store.Mark{Source: "pod", After: 6, Last: 9}).Commit(ctx); !errors.As(err, &wrong) || position() != 5 {
		t.Errorf("a gap: position %d, %v", position(), err)
	}
	if stat, err := db.Stat(ctx); err != nil || stat.Flows != 1 {
		t.Errorf("%d flows, %v; want those of the second import", stat.Flows, err)
	}
}
