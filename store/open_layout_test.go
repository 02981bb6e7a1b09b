package store

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// fixture unpacks testdata/NAME, a store of an earlier version.
func fixture(t *testing.T, name string) string {
	t.Helper()
	packed, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "flows.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// next returns the layout of the next format version, with an upgrade from this one.
func next(upgrade func(*bolt.Tx, uint32) error) layout { return layout{formatVersion + 1, upgrade} }

// TestFormat1 opens a store of format 1.
func TestFormat1(t *testing.T) {
	db, err := Open(fixture(t, "format1.db.gz"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	checkFixture(t, db)
}

// checkFixture checks the flows and the model of testdata/format1.db.gz.
func checkFixture(t *testing.T, db *DB) {
	t.Helper()
	ctx := t.Context()
	st, err := db.Stat(ctx)
	if err != nil || st.Flows != 5 || st.Last != 7 || st.Imports != 1 || st.Hosts["a.example"] != 3 {
		t.Errorf("stat %+v, %v", st, err)
	}
	f, err := db.Get(ctx, 1)
	if err != nil || f.Last != 3 || f.Request.Method != "PUT" || f.Response.Status != 201 ||
		len(f.Response.Body.Data) != 100_000 ||
		f.Request.Header.Get("accept") != "text/plain" || !bytes.Equal(f.Request.Body.Data, []byte("hello")) {
		t.Errorf("flow 1: %+v, %v", f.Request, err)
	}
	if f, err := db.Get(ctx, 6); err != nil || f.Import != 1 || f.Source != "import:a.har" {
		t.Errorf("flow 6: %+v, %v", f.Request, err)
	}
	if f, err := db.Get(ctx, 4); err != nil || f.Done {
		t.Errorf("flow 4: %+v, %v", f.Request, err)
	}
	data, basis, err := db.LoadModel(ctx, "m")
	if err != nil || string(data) != "model" || !basis.Covers.Contains(3) || basis.Covers.Contains(4) {
		t.Errorf("model %q, %v, %v", data, basis, err)
	}
	report, err := db.Verify(ctx)
	if err != nil || !report.OK() {
		t.Errorf("verify: %+v, %v", report, err)
	}
}

// TestUpgrade checks that a store is upgraded once, that a failed upgrade leaves it unchanged, and
// that the previous version refuses it afterwards.
func TestUpgrade(t *testing.T) {
	path := fixture(t, "format1.db.gz")
	var from []uint32
	up := next(func(tx *bolt.Tx, v uint32) error {
		from = append(from, v)
		return tx.Bucket(rootAbout).Put([]byte("new"), []byte("x"))
	})
	if _, err := open(path, Options{ReadOnly: true}, up); !errors.Is(err, ErrOldVersion) {
		t.Errorf("read-only: %v, want ErrOldVersion", err)
	}
	failing := next(func(tx *bolt.Tx, _ uint32) error {
		if err := tx.DeleteBucket(rootHosts); err != nil {
			return err
		}
		return errors.New("half-way")
	})
	if _, err := open(path, Options{}, failing); err == nil {
		t.Error("failed upgrade: no error")
	}
	if len(from) != 0 {
		t.Errorf("upgraded from %v", from)
	}
	old, err := Open(path, Options{})
	if err != nil {
		t.Fatalf("open after a failed upgrade: %v", err)
	}
	checkFixture(t, old)
	old.Close()
	var reported []uint32
	for range 2 {
		db, err := open(path, Options{Upgrading: func(from, to uint32) { reported = append(reported, from, to) }}, up)
		if err != nil {
			t.Fatal(err)
		}
		checkFixture(t, db)
		db.Close()
	}
	if !slices.Equal(reported, []uint32{formatVersion, formatVersion + 1}) {
		t.Errorf("Upgrading was called with %v", reported)
	}
	if len(from) != 1 || from[0] != formatVersion {
		t.Errorf("upgraded from %v", from)
	}
	if _, err := Open(path, Options{}); !errors.Is(err, ErrVersion) {
		t.Errorf("open with the previous version: %v, want ErrVersion", err)
	}
}
