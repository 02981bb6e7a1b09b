package store

import (
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// faults makes one write to a file fail. bbolt tells its logger of each write before it checks that
// the transaction may write; during the write that is to fail, the transaction is a read
// transaction.
type faults struct {
	bolt.Logger
	bolt *bolt.DB
	at   int    // number of the write that fails, from 1; 0 for none
	done int    // writes so far
	last string // the write that failed
}

// install makes a write of b fail. No transaction may be open.
func (f *faults) install(b *bolt.DB) {
	f.Logger, f.bolt = &bolt.DefaultLogger{Logger: log.New(io.Discard, "", 0)}, b
	unlocked(reflect.ValueOf(b).Elem().FieldByName("logger")).Set(reflect.ValueOf(f))
}

// unlocked returns a field of a struct of another package that can be set.
func unlocked(v reflect.Value) reflect.Value {
	return reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
}

// writes are the beginnings of the messages about writes.
var writes = []string{"Putting key", "Deleting key", "Creating bucket", "Deleting bucket"}

func (f *faults) Debugf(format string, args ...any) {
	for _, w := range writes {
		if !strings.HasPrefix(format, w) || strings.HasSuffix(format, "successfully") {
			continue
		}
		if f.done++; f.done == f.at {
			f.last = fmt.Sprintf(format, args...)
			f.setWritable(false)
		}
	}
}

func (f *faults) Errorf(string, ...any) {
	if f.last != "" {
		f.setWritable(true)
	}
}

func (f *faults) setWritable(on bool) {
	if tx := reflect.ValueOf(f.bolt).Elem().FieldByName("rwtx"); !tx.IsNil() {
		unlocked(tx.Elem().FieldByName("writable")).SetBool(on)
	}
}

// eachWriteFails does something as often as it writes, and makes another write fail each time. The
// error must be that of the write. Done again, it must succeed and leave the store as it is without
// a fault.
func eachWriteFails(t *testing.T, prepared []byte, do func(*DB) error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "flows.db")
	open := func(at int) (*DB, *faults) {
		noError(t, os.WriteFile(path, prepared, 0o600))
		db := openFast(t, path, Options{})
		f := &faults{at: at}
		f.install(db.bolt)
		return db, f
	}
	db, f := open(0)
	noError(t, do(db))
	want, writes := state(t, db), f.done
	db.Close()
	if writes == 0 {
		t.Fatal("it writes nothing")
	}
	for n := 1; n <= writes; n++ {
		db, f := open(n)
		if err := do(db); err == nil || !strings.Contains(err.Error(), bolterrors.ErrTxNotWritable.Error()) {
			t.Errorf("write %d of %d fails (%s), and the error is %v", n, writes, f.last, err)
		}
		if err := do(db); err != nil {
			t.Errorf("after write %d of %d failed (%s): %v", n, writes, f.last, err)
		}
		if got := state(t, db); got != want {
			t.Errorf("after write %d of %d failed (%s):\n%s\nwant\n%s", n, writes, f.last, got, want)
		}
		db.Close()
	}
}

// state describes the content of a store, apart from times and counters.
func state(t *testing.T, db *DB) string {
	t.Helper()
	report := must(db.Verify(t.Context()))
	st := must(db.Stat(t.Context()))
	sessions := must(db.Sessions(t.Context()))
	marks := must(db.Marks(t.Context()))
	var models []string
	noError(t, db.view(func(tx *bolt.Tx) error {
		return tx.Bucket(rootModels).ForEachBucket(func(k []byte) error { models = append(models, string(k)); return nil })
	}))
	out := fmt.Sprintf("%q, %d flows, first %d, hosts %v, losses %v, sent %d, sessions %v, sources %v, models %q",
		report.Problems, st.Flows, st.First, st.Hosts, st.Losses, st.Sent, sessions, marks, models)
	for f, err := range db.Scan(t.Context(), Query{}) {
		out += fmt.Sprintf("\n%s%s %v, session %d, %d bytes, %v", f.Request.Authority, f.Request.Path, f.Done, f.Session, len(f.Request.Body.Data), err)
	}
	return out
}

// entries returns the values of a store by the names of their buckets and their keys.
func entries(t *testing.T, db *DB) map[string]string {
	t.Helper()
	out := map[string]string{}
	var walk func(b *bolt.Bucket, at string) error
	walk = func(b *bolt.Bucket, at string) error {
		return b.ForEach(func(k, v []byte) error {
			if v == nil {
				return walk(b.Bucket(k), at+string(k)+"\x00/")
			}
			out[at+string(k)] = string(v)
			return nil
		})
	}
	noError(t, db.view(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error { return walk(b, string(name)+"\x00/") })
	}))
	return out
}

// changed returns the keys that differ.
func changed(a, b map[string]string) (keys []string) {
	for k, v := range b {
		if old, ok := a[k]; !ok || old != v {
			keys = append(keys, k)
		}
	}
	for k := range a {
		if _, ok := b[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}
