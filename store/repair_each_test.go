package store

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// TestRepairOfEachEntry damages each entry of a store in each way, one at a time. A repair must leave
// a store without problems, and lose no more than the flows whose record or body the entry is. Entries
// that are made from the records must be as before.
func TestRepairOfEachEntry(t *testing.T) {
	if testing.Short() {
		t.Skip("many flows in one goroutine")
	}
	db := newVerifiable(t)
	before := entries(t, db)
	keys := changed(nil, before)
	noError(t, db.Close())
	whole := must(os.ReadFile(db.Path()))
	path := filepath.Join(t.TempDir(), "copy.db")
	for name, damage := range map[string]func(b *bolt.Bucket, k, v []byte) error{
		"removed": func(b *bolt.Bucket, k, _ []byte) error { return b.Delete(k) },
		"flipped": func(b *bolt.Bucket, k, v []byte) error { v[len(v)-1] ^= 1; return b.Put(k, v) },
		"cut":     func(b *bolt.Bucket, k, v []byte) error { return b.Put(k, v[:len(v)-1]) },
		"renamed": func(b *bolt.Bucket, k, v []byte) error {
			other := slices.Clone(k)
			other[len(other)-1] ^= 64
			if err := b.Delete(k); err != nil {
				return err
			}
			return b.Put(other, v)
		},
		"copied": func(b *bolt.Bucket, k, v []byte) error { return b.Put(append(slices.Clone(k), 'x'), v) },
	} {
		for _, key := range keys {
			at := strings.Split(key, "\x00/")
			if at[0] == string(rootAbout) || at[0] == string(rootSegments) {
				continue // Open refuses such a store, or nothing tells where the import was
			}
			noError(t, os.WriteFile(path, whole, 0o600))
			db := openFast(t, path, Options{})
			if err := db.update(func(tx *bolt.Tx) error {
				b := tx.Bucket([]byte(at[0]))
				for _, name := range at[1 : len(at)-1] {
					b = b.Bucket([]byte(name))
				}
				k := []byte(at[len(at)-1])
				return damage(b, k, bytes.Clone(b.Get(k)))
			}); err != nil {
				t.Fatal(err)
			}
			left, err := db.repair(t.Context())
			report, verr := db.Verify(t.Context())
			if err != nil || verr != nil || !report.OK() || len(left) > 2 || report.Flows < 6 {
				t.Errorf("%q %s: %d flows are left, left out %v, %v, %q, %v", key, name, report.Flows, left, err, report.Problems, verr)
			}
			if got := changed(before, entries(t, db)); len(got) > 0 && isDerived(at) {
				t.Errorf("%q %s: the repair has changed %q", key, name, got)
			}
			db.Close()
		}
	}
}

// isDerived reports whether an entry can be made again from the records.
func isDerived(at []string) bool {
	switch table := at[len(at)-2]; table {
	case string(rootHosts), string(rootHashes), string(rootShared), string(tabIDs), string(tabByHost):
		return true
	default:
		return false
	}
}
