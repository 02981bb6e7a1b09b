package store

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/spectap/spectap/flow"
)

// eachUpdateFails runs a transaction on a new bbolt file as often as it writes, and makes another
// write fail each time.
func eachUpdateFails(t *testing.T, prepare func(*bolt.Tx) error, do func(*bolt.DB) error) {
	t.Helper()
	for n := 0; ; n++ {
		b, err := bolt.Open(filepath.Join(t.TempDir(), "f"), 0o600, &bolt.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Update(prepare); err != nil {
			t.Fatal(err)
		}
		f := &faults{at: n + 1}
		f.install(b)
		err = do(b)
		b.Close()
		if f.last == "" {
			if err != nil || n == 0 {
				t.Errorf("without a fault: %v, %d writes", err, n)
			}
			return
		}
		if !errors.Is(err, bolterrors.ErrTxNotWritable) {
			t.Errorf("write %d fails (%s): %v", n+1, f.last, err)
		}
	}
}

// TestCreateWritesFail makes each write to a new store fail.
func TestCreateWritesFail(t *testing.T) {
	eachUpdateFails(t, func(*bolt.Tx) error { return nil }, func(b *bolt.DB) error { return b.Update(initialize) })
}

// TestUpgradeWritesFail makes each write of an upgrade from format 1 fail. The error says in which
// step.
func TestUpgradeWritesFail(t *testing.T) {
	old := func(tx *bolt.Tx) error {
		return errors.Join(initialize(tx), tx.DeleteBucket(rootLosses), tx.DeleteBucket(rootSessions), tx.DeleteBucket(rootMarks),
			tx.Bucket(rootAbout).Put(aboutFormat, []byte{0, 0, 0, 1}))
	}
	step := 0
	eachUpdateFails(t, old, func(b *bolt.DB) error {
		db := &DB{bolt: b, log: slog.New(slog.DiscardHandler)}
		err := db.checkLayout(currentLayout())
		if step++; step <= 3 && (err == nil || !strings.Contains(err.Error(), "from format "+string('0'+rune(step)))) {
			t.Errorf("step %d: %v", step, err)
		}
		return err
	})
}

// unfinished returns the path of a store with an import of n flows that was never committed, as if
// the process had been killed.
func unfinished(t *testing.T, n int) string {
	t.Helper()
	db := openFast(t, filepath.Join(t.TempDir(), "flows.db"), Options{Create: true})
	add(t, db, 3)
	im, err := db.Import(t.Context(), "a.har")
	for i := 0; err == nil && i < n; i++ {
		err = im.Append(t.Context(), flow.Flow{Done: true, Request: flow.Request{Authority: "imported.example"}})
	}
	if s := im.(*staging); err == nil {
		err = errors.Join(s.flush(t.Context()), s.settle())
	}
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return db.Path()
}

// TestUnfinishedImport checks that Open removes an import that was not committed, with the names of
// its hosts, whatever its size, and says so.
func TestUnfinishedImport(t *testing.T) {
	for _, n := range []int{1, removeChunk - 1, removeChunk, removeChunk + 1} {
		path := unfinished(t, n)
		var log bytes.Buffer
		db, err := Open(path, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(log.String(), "removing an unfinished import") || !strings.Contains(log.String(), "import=1") {
			t.Errorf("logged %q", &log)
		}
		report, err := db.Verify(t.Context())
		if err != nil || !report.OK() || report.Flows != 3 {
			t.Errorf("%d flows: %+v, %v", n, report, err)
		}
		if err := db.view(func(tx *bolt.Tx) error {
			if _, ok := hostID(tx, "imported.example"); ok || tx.Bucket(rootImports).Bucket(key64(1)) != nil {
				t.Errorf("%d flows: something of the import is left", n)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		db.Close()
	}
}

// TestOpenLeavesNoFiles checks that no file stays open after Open has failed, or the store was
// closed: a program that tries again each second would run out of them.
func TestOpenLeavesNoFiles(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("lists the open files of the process")
	}
	good := openFast(t, filepath.Join(t.TempDir(), "flows.db"), Options{Create: true})
	add(t, good, 3)
	if err := good.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good.Path())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	openFiles := func() (n int) {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		for _, e := range entries {
			if to, _ := os.Readlink("/proc/self/fd/" + e.Name()); strings.HasPrefix(to, dir) {
				n++
			}
		}
		return n
	}
	newer := func(tx *bolt.Tx) error { return tx.Bucket(rootAbout).Put(aboutFormat, []byte{0, 0, 0, 99}) }
	secret := func(tx *bolt.Tx) error { return tx.Bucket(rootAbout).Put(aboutSecret, []byte("short")) }
	for _, tt := range []struct {
		name string
		data []byte
		do   func(*bolt.Tx) error
		want error
	}{
		{"whole", whole, nil, nil},
		{"cut short", whole[:len(whole)/2], nil, ErrDamaged},
		{"no store", []byte("text"), nil, ErrNotStore},
		{"newer format", whole, newer, ErrVersion},
		{"no secret", whole, secret, ErrDamaged},
	} {
		path := filepath.Join(dir, "flows.db")
		if err := os.WriteFile(path, tt.data, 0o600); err != nil {
			t.Fatal(err)
		}
		if tt.do != nil {
			b, err := bolt.Open(path, 0o600, nil)
			if err == nil {
				err = errors.Join(b.Update(tt.do), b.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, o := range []Options{{}, {ReadOnly: true}} {
			db, err := Open(path, o)
			if err == nil {
				_, verr := db.Verify(t.Context())
				err = errors.Join(verr, db.Close())
			}
			if !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
			if n := openFiles(); n != 0 {
				t.Errorf("%s: %d files stay open", tt.name, n)
			}
		}
	}
}
