package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

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

// failSession is a session of another store that has ended.
var failSession = Session{
	Number: 7, Command: []string{"npm"}, Started: time.Unix(1, 0).UTC(), Ended: time.Unix(2, 0).UTC(), Until: 2,
}

// newFailing returns the file of a store that has something of everything.
func newFailing(t *testing.T) []byte {
	t.Helper()
	ctx := t.Context()
	db := openFast(t, filepath.Join(t.TempDir(), "flows.db"), Options{Create: true})
	_, err := db.BeginSession(ctx, Session{Command: []string{"npm"}})
	err = errors.Join(err, db.NoteLoss(ctx, 2, time.Unix(1, 0), time.Unix(2, 0)))
	_, aerr := db.Append(ctx, failFlow(1, true), failFlow(2, false), failFlow(3, true), failFlow(3, true))
	open := failFlow(4, false)
	_, oerr := db.Append(ctx, open)
	open.Done = true
	_, derr := db.Append(ctx, open) // has two record numbers
	_, ierr := importFlow(db, failFlow(5, true)).commit(ctx)
	ofSession := failFlow(6, true)
	ofSession.Session = 7
	_, perr := db.Apply(ctx, Mark{Source: "pod", Last: 1}, []*flow.Flow{&ofSession})
	noError(t, errors.Join(err, aerr, oerr, derr, ierr, perr, db.EndSession(ctx, 1, time.Unix(3, 0), 0),
		db.SaveModel(ctx, "m", []byte("x"), Basis{Covers: Ranges{{First: 1, Last: 1}}}), db.Close()))
	return must(os.ReadFile(db.Path()))
}

// importing is an import of one flow.
type importing struct {
	im  Import
	err error
}

func importFlow(db *DB, f flow.Flow) importing {
	im, err := db.Import(context.Background(), "a.har")
	if err != nil {
		return importing{nil, err}
	}
	return importing{im, im.Append(context.Background(), f)}
}

// commit ends the import, and removes it if that fails.
func (x importing) commit(ctx context.Context) (uint64, error) {
	if x.err != nil {
		return 0, x.err
	}
	if err := x.im.Commit(ctx); err != nil {
		return 0, errors.Join(err, x.im.Abort())
	}
	return x.im.Number(), nil
}

// TestWritesThatFail makes each write of each operation fail.
func TestWritesThatFail(t *testing.T) {
	if testing.Short() {
		t.Skip("many flows in one goroutine")
	}
	ctx := context.Background()
	prepared := newFailing(t)
	for _, tt := range []struct {
		name string
		do   func(db *DB) error
	}{
		{"append", func(db *DB) error { _, err := db.Append(ctx, failFlow(8, true)); return err }},
		{"append an open flow", func(db *DB) error { _, err := db.Append(ctx, failFlow(8, false)); return err }},
		{"append equal bodies", func(db *DB) error {
			f := failFlow(1, true)
			f.ID = flow.NewID()
			_, err := db.Append(ctx, f)
			return err
		}},
		{"complete", func(db *DB) error { _, err := db.Append(ctx, failFlow(2, true)); return err }},
		{"delete", func(db *DB) error { _, err := db.Delete(ctx, Query{Until: 1}); return err }},
		{"keep no flow and no model", func(db *DB) error { _, err := db.Retain(ctx, Retention{MaxBytes: 1, Forget: true}); return err }},
		{"keep no old flow", func(db *DB) error {
			db.pass(48 * time.Hour)
			_, err := db.Retain(ctx, Retention{MaxAge: time.Hour})
			return err
		}},
		{"keep nothing that was sent", func(db *DB) error {
			if err := db.SetSent(ctx, 5); err != nil {
				return err
			}
			_, err := db.Retain(ctx, Retention{Sent: true})
			return err
		}},
		{"save model", func(db *DB) error { return db.SaveModel(ctx, "n", []byte("x"), Basis{}) }},
		{"save model again", func(db *DB) error {
			_, basis, err := db.LoadModel(ctx, "m")
			return errors.Join(err, db.SaveModel(ctx, "m", []byte("y"), basis))
		}},
		{"note loss", func(db *DB) error { return db.NoteLoss(ctx, 1, time.Unix(1, 0), time.Unix(2, 0)) }},
		{"note what was sent", func(db *DB) error { return db.SetSent(ctx, 3) }},
		{"begin session", func(db *DB) error { _, err := db.BeginSession(ctx, Session{}); return err }},
		{"end session", func(db *DB) error { return db.EndSession(ctx, 1, time.Unix(1, 0), 0) }},
		{"import", func(db *DB) error { _, err := importFlow(db, failFlow(8, true)).commit(ctx); return err }},
		{"import nothing", func(db *DB) error {
			im, err := db.Import(ctx, "a.har")
			if err != nil {
				return err
			}
			return im.Commit(ctx)
		}},
		{"apply", func(db *DB) error {
			f := failFlow(8, true)
			f.Session = 9
			_, err := db.Apply(ctx, Mark{Source: "new", Last: 1, Sessions: []Session{{Number: 8}}}, []*flow.Flow{&f})
			return err
		}},
		{"apply what is told of a session", func(db *DB) error {
			f := failFlow(8, true)
			f.Session = 7
			_, err := db.Apply(ctx, Mark{Source: "pod", After: 1, Last: 2, Sessions: []Session{failSession}}, []*flow.Flow{&f})
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) { eachWriteFails(t, prepared, tt.do) })
	}
}

// openFast opens a store that does not wait for the disk.
func openFast(t *testing.T, path string, o Options) *DB {
	t.Helper()
	o.noSync = true
	return must(Open(path, o))
}
