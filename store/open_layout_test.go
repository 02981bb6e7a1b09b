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

// fixture unpacks a store that the version of that name made.
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

// next is a layout after the present one: hosts are kept in a bucket of another name.
func next(upgrade func(*bolt.Tx, uint32) error) layout { return layout{formatVersion + 1, upgrade} }

func TestFormat1(t *testing.T) {
	db, err := Open(fixture(t, "format1.db.gz"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	checkFixture(t, db)
}

// checkFixture looks at what testdata/format1.db.gz was made with.
func checkFixture(t *testing.T, db *DB) {
	t.Helper()
	ctx := t.Context()
	st, err := db.Stat(ctx)
	if err != nil || st.Flows != 5 || st.Last != 7 || st.Imports != 1 || st.Hosts["a.example"] != 3 {
		t.Errorf("stat %+v, %v", st, err)
	}
	f, err := db.Get(ctx, 1)
	if err != nil || f.Last != 3 || f.Request.Method != "PUT" || f.Response.Status != 201 || len(f.Response.Body.Data) != 100_000 ||
		f.Request.Header.Get("accept") != "text/plain" || !bytes.Equal(f.Request.Body.Data, []byte("hello")) {
		t.Errorf("flow 1: %+v, %v", f.Request, err)
	}
	if f, err := db.Get(ctx, 6); err != nil || f.Import != 1 || f.Source != "import:a.har" {
		t.Errorf("flow 6: %+v, %v", f.Request, err)
	}
	if f, err := db.Get(ctx, 4); err != nil || f.Done {
		t.Errorf("flow 4: %+v, %v", f.Request, err)
	}
	data, rests, err := db.LoadModel(ctx, "m")
	if err != nil || string(data) != "model" || !rests.Covers.Contains(3) || rests.Covers.Contains(4) {
		t.Errorf("model %q, %v, %v", data, rests, err)
	}
	report, err := db.Verify(ctx)
	if err != nil || !report.OK() {
		t.Errorf("verify: %+v, %v", report, err)
	}
}

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
		t.Error("an upgrade that failed: no error")
	}
	if len(from) != 0 {
		t.Errorf("upgraded from %v", from)
	}
	old, err := Open(path, Options{})
	if err != nil {
		t.Fatalf("after an upgrade that failed: %v", err)
	}
	checkFixture(t, old)
	old.Close()
	var told []uint32
	for range 2 {
		db, err := open(path, Options{Upgrading: func(from, to uint32) { told = append(told, from, to) }}, up)
		if err != nil {
			t.Fatal(err)
		}
		checkFixture(t, db)
		db.Close()
	}
	if !slices.Equal(told, []uint32{formatVersion, formatVersion + 1}) {
		t.Errorf("told of %v", told)
	}
	if len(from) != 1 || from[0] != formatVersion {
		t.Errorf("upgraded from %v", from)
	}
	if _, err := Open(path, Options{}); !errors.Is(err, ErrVersion) {
		t.Errorf("the version before: %v, want ErrVersion", err)
	}
}
