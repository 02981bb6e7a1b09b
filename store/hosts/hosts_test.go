package hosts

import (
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// TestNames checks that every name has an id of its own and is found by it: names too long for a key
// of bbolt, names that begin like the key of those, and the empty one.
func TestNames(t *testing.T) {
	db, err := bolt.Open(filepath.Join(t.TempDir(), "f"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	names := []string{
		"", "\x00", "a.example", "\x01", "b", strings.Repeat("x", 512), strings.Repeat("x", 513), strings.Repeat("x", 513) + "y",
		strings.Repeat("x", 40_000), "\x00" + strings.Repeat("x", 32),
	}
	err = db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket([]byte("hosts"))
		if err != nil {
			return err
		}
		for i, name := range names {
			if id, ok := Find(b, name); ok {
				t.Errorf("name %d is found before it is added, with id %d", i, id)
			}
			if id, err := Add(b, name); err != nil || id != uint32(i)+1 {
				t.Errorf("name %d: id %d, %v", i, id, err)
			}
		}
		known := Names(b)
		for i, name := range names {
			id, ok := Find(b, name)
			if !ok || id != uint32(i)+1 || known[id] != name {
				t.Errorf("name %d: id %d, %t", i, id, ok)
			}
		}
		if len(known) != len(names) {
			t.Errorf("%d names, want %d", len(known), len(names))
		}
		for i, name := range names {
			// Names that are their own keys do not begin with the byte of the others.
			if own := i >= 2 && i <= 5; (string(Key(name)) == name) != own || (Key(name)[0] == 0) == own {
				t.Errorf("name %d: the key is %x", i, Key(name))
			}
		}
		return b.Put(Key(names[2]), []byte{0, 0, 1}) // cut short
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.View(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("hosts"))
		if id, ok := Find(b, names[2]); ok || len(Names(b)) != len(names)-1 {
			t.Errorf("an entry that is cut short has id %d", id)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
