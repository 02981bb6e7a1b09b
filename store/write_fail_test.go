package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// failFlow returns a flow with bodies, of which one is in a table of its own.
func failFlow(id byte, done bool) flow.Flow {
	body := bytes.Repeat([]byte{id}, 3*chunkSize/2)
	f := flow.Flow{
		ID: flow.ID{15: id}, Done: done, Started: time.Unix(1_700_000_000, 0).UTC(),
		Request: flow.Request{Method: "POST", Authority: string('a'+rune(id)) + ".example", Path: "/", Body: flow.Body{Data: body, Size: int64(len(body))}},
	}
	if done {
		f.Response = &flow.Response{Status: 200, Body: flow.Body{Data: []byte("{}"), Size: 2}}
	}
	return f
}

// TestWritesThatFail makes each write of an operation fail, by a bucket that stands where the
// operation writes a value. The operation must return an error, unless it looks for the value first
// and takes it for missing.
func TestWritesThatFail(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "flows.db")
	prepare := func(db *DB) error {
		_, err := db.Append(ctx, failFlow(1, true), failFlow(2, false), failFlow(3, true), failFlow(3, true))
		_, serr := db.BeginSession(ctx, Session{Command: []string{"npm"}})
		return errors.Join(err, serr, db.SaveModel(ctx, "m", []byte("x"), Basis{Covers: Ranges{{First: 1, Last: 1}}}))
	}
	db := openFast(t, path, Options{Create: true})
	if err := errors.Join(prepare(db), db.Close()); err != nil {
		t.Fatal(err)
	}
	prepared, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	removed := []string{"hashes/", "hosts/", "live/flows/", "live/open/", "models/"}
	for _, tt := range []struct {
		name     string
		looksFor []string // beginnings of keys
		do       func(db *DB) error
	}{
		{"append", nil, func(db *DB) error { _, err := db.Append(ctx, failFlow(4, true)); return err }},
		{"append an open flow", nil, func(db *DB) error { _, err := db.Append(ctx, failFlow(4, false)); return err }},
		{"append equal bodies", nil, func(db *DB) error {
			f := failFlow(1, true)
			f.ID = flow.NewID()
			_, err := db.Append(ctx, f)
			return err
		}},
		{"complete", []string{"live/ids/", "live/open/"}, func(db *DB) error { _, err := db.Append(ctx, failFlow(2, true)); return err }},
		{"delete", removed, func(db *DB) error { _, err := db.Delete(ctx, Query{Until: 1}); return err }},
		{"delete all", removed, func(db *DB) error { _, err := db.Delete(ctx, Query{}); return err }},
		{"save model", []string{"models/"}, func(db *DB) error { return db.SaveModel(ctx, "n", []byte("x"), Basis{}) }},
		{"note loss", nil, func(db *DB) error { return db.NoteLoss(ctx, 1, time.Unix(1, 0), time.Unix(2, 0)) }},
		{"begin session", nil, func(db *DB) error { _, err := db.BeginSession(ctx, Session{}); return err }},
		{"end session", nil, func(db *DB) error { return db.EndSession(ctx, 1, time.Unix(1, 0), 0) }},
		{"delete session", nil, func(db *DB) error { return db.DeleteSession(ctx, 1) }},
		{"apply", nil, func(db *DB) error {
			f := failFlow(5, true)
			f.Session = 7
			_, err := db.Apply(ctx, Mark{Source: "pod", Last: 1, Sessions: []Session{{Number: 8}}}, []*flow.Flow{&f})
			return err
		}},
		{"import", nil, func(db *DB) error {
			im, err := db.Import(ctx, "a.har")
			if err == nil {
				err = im.Append(ctx, failFlow(6, true))
			}
			if err == nil {
				err = im.Commit(ctx)
			}
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			open := func() *DB {
				if err := os.WriteFile(path, prepared, 0o600); err != nil {
					t.Fatal(err)
				}
				return openFast(t, path, Options{})
			}
			db := open()
			before := entries(t, db)
			if err := tt.do(db); err != nil {
				t.Fatal(err)
			}
			after := entries(t, db)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			for _, key := range changed(before, after) {
				db := open()
				if err := db.bolt.Update(func(tx *bolt.Tx) error { return obstruct(tx, strings.Split(key, "\x00/")) }); err != nil {
					t.Fatal(err)
				}
				shown := strings.ReplaceAll(key, "\x00/", "/")
				isLookedFor := slices.ContainsFunc(tt.looksFor, func(at string) bool { return strings.HasPrefix(shown, at) })
				if err := tt.do(db); err == nil && !isLookedFor {
					t.Errorf("%q cannot be written, and no error says so", shown)
				}
				db.Close()
			}
		})
	}
}

// openFast opens a store that does not wait for the disk.
func openFast(t *testing.T, path string, o Options) *DB {
	t.Helper()
	db, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	db.bolt.NoSync = true
	return db
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
	if err := db.view(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error { return walk(b, string(name)+"\x00/") })
	}); err != nil {
		t.Fatal(err)
	}
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

// obstruct replaces the value at a key by a bucket.
func obstruct(tx *bolt.Tx, at []string) error {
	b := tx.Bucket([]byte(at[0]))
	for _, name := range at[1 : len(at)-1] {
		var err error
		if b, err = b.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	key := []byte(at[len(at)-1])
	if err := b.Delete(key); err != nil {
		return err
	}
	_, err := b.CreateBucket(key)
	return err
}
