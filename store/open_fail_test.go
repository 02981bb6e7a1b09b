package store

import (
	"bytes"
	"context"
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
	"github.com/spectap/spectap/store/files"
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

// TestOpenIsSilent checks that a sound store logs nothing, also if it is closed while older blocks are
// indexed.
func TestOpenIsSilent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	var log bytes.Buffer
	o := Options{Create: true, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for n := range 3 {
		db := openFast(t, path, o)
		if n == 1 {
			<-db.indexed
		}
		add(t, db, 1500)
		err := db.submit(t.Context(), &job{do: func(w *writeTx) error { return w.tx.Bucket(rootLive).DeleteBucket(tabIndex) }})
		if err != nil && !isMissing(err) { // an older version has none
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db.indexOlder() // as if it were closed just now
	}
	if log.Len() > 0 {
		t.Errorf("logged %q", &log)
	}
}

// TestIndexFails checks that an open store says in its log why older blocks have no index.
func TestIndexFails(t *testing.T) {
	var log bytes.Buffer
	path := filepath.Join(t.TempDir(), "flows.db")
	db := openFast(t, path, Options{Create: true})
	add(t, db, 2*blockSize)
	err := db.submit(t.Context(), &job{do: func(w *writeTx) error { return w.tx.Bucket(rootLive).DeleteBucket(tabIndex) }})
	if err != nil {
		t.Fatal(err)
	}
	<-db.indexed
	db.log = slog.New(slog.NewTextHandler(&log, nil))
	(&faults{at: 1}).install(db.bolt)
	db.indexOlder()
	if !strings.Contains(log.String(), `msg="index older flows" store=`+path) || !strings.Contains(log.String(), "err=") {
		t.Errorf("logged %q", &log)
	}
	db.Close()
}

// TestUnfinishedImportStays checks that Open fails if an unfinished import cannot be removed, says
// why, and releases the file.
func TestUnfinishedImportStays(t *testing.T) {
	path := unfinished(t, 2)
	b, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	obstruct := func(tx *bolt.Tx) error { // a bucket where the summary of a block stands
		blocks := stagedSegment(tx, 1).blocks
		if err := blocks.Delete(key64(0)); err != nil {
			return err
		}
		_, err := blocks.CreateBucket(key64(0))
		return err
	}
	if err := errors.Join(b.Update(obstruct), b.Close()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second attempt is not refused because of the first
		if _, err := Open(path, Options{Timeout: -1}); !errors.Is(err, bolterrors.ErrIncompatibleValue) || !strings.Contains(err.Error(), path) {
			t.Errorf("open: %v", err)
		}
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

// TestCreateInLink checks that a store whose folder cannot be made is an error with the folder.
func TestCreateInLink(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "folder")
	if err := os.Symlink(filepath.Join(t.TempDir(), "missing"), dir); err != nil {
		t.Skip(err) // Windows lets only some users make links
	}
	if _, err := Open(filepath.Join(dir, "flows.db"), Options{Create: true}); err == nil || !strings.Contains(err.Error(), "make folder "+dir) {
		t.Errorf("open: %v", err)
	}
}

// TestSnapshotElsewhere checks that a copy is made although the folder of the store takes no files any
// more, and that an error of its writer is returned and ends it.
func TestSnapshotElsewhere(t *testing.T) {
	db := openWithClock(t)
	add(t, db, 20)
	full := errors.New("pipe is closed")
	copies := func() []string {
		list, _ := filepath.Glob(filepath.Join(filepath.Dir(db.Path()), files.CopyPrefix(db.Path())+"*"))
		return list
	}
	if err := db.Snapshot(t.Context(), failingWriter{full}); !errors.Is(err, full) || !strings.Contains(err.Error(), "copy store "+db.Path()) {
		t.Errorf("the writer fails: %v", err)
	}
	for n := range int64(3) {
		if err := db.Snapshot(endAfter(n), &bytes.Buffer{}); !errors.Is(err, context.Canceled) || err.Error() != "copy store "+db.Path()+": context canceled" {
			t.Errorf("context that ends after %d questions: %v", n, err)
		}
	}
	if left := copies(); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
	if runtime.GOOS == "windows" {
		return // where an open file is not removed
	}
	if err := os.RemoveAll(filepath.Dir(db.Path())); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	var b bytes.Buffer
	if err := db.Snapshot(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if copied := openFast(t, path, Options{}); len(numbers(t, copied)) != 20 || copied.Close() != nil {
		t.Error("the copy lacks flows")
	}
	into, err := os.Create(path + ".file")
	if err != nil {
		t.Fatal(err)
	}
	defer into.Close()
	t.Setenv("TMPDIR", filepath.Join(path, "no folder"))
	if err := db.Snapshot(t.Context(), into); err != nil {
		t.Errorf("into a file, which needs no other: %v", err)
	}
	if err := db.Snapshot(t.Context(), &b); err == nil || !strings.Contains(err.Error(), "copy store "+db.Path()) {
		t.Errorf("nowhere: %v", err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }
