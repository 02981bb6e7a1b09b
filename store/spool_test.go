package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// TestRetainSpool checks that no limit removes flows of a spool that were not sent, that all others
// go with Retention.Sent, and that a person may delete both.
func TestRetainSpool(t *testing.T) {
	if testing.Short() {
		t.Skip("many flows in one goroutine")
	}
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "spool.db")
	db := must(store.Open(path, store.Options{Create: true}))
	defer func() { db.Close() }()
	const n = 3000
	fs := make([]flow.Flow, n)
	for i := range fs {
		fs[i] = sample(i)
	}
	must(db.Append(ctx, fs...))
	if err := db.SetSent(ctx, n+1); err == nil {
		t.Error("a record that does not exist was noted as sent")
	}
	retain := func(r store.Retention, flows int, unsent int64) {
		t.Helper()
		got, err := db.Retain(ctx, r)
		if err != nil || got.Flows != flows || got.Unsent != unsent {
			t.Errorf("%+v removed %d flows and kept %d records, %v; want %d and %d", r, got.Flows, got.Unsent, err, flows, unsent)
		}
	}
	for _, sent := range []flow.Seq{0, 10, 2000} {
		noError(t, db.SetSent(ctx, sent))
		st, err := db.Stat(ctx)
		if err != nil || !st.Spool || st.Sent != sent {
			t.Fatalf("stat %+v, %v", st, err)
		}
		if db, err = reopen(db, path); err != nil { // the clock of retention has whole seconds
			t.Fatal(err)
		}
		retain(store.Retention{MaxBytes: 1}, int(int64(sent)-(n-st.Flows)), int64(n-sent))
		retain(store.Retention{Sent: true}, 0, 0)
		first, err := db.Stat(ctx)
		if err != nil || first.First != sent+1 || first.Flows != int64(n-sent) {
			t.Errorf("sent %d: %d flows from %d, %v", sent, first.Flows, first.First, err)
		}
	}
	noError(t, db.SetSent(ctx, 2500))
	retain(store.Retention{Sent: true}, 500, 0)
	if removed, err := db.Delete(ctx, store.Query{}); removed != 500 || err != nil {
		t.Errorf("deleted %d flows, %v", removed, err)
	}
	if st, err := db.Stat(ctx); err != nil || st.Flows != 0 || st.Sent != 2500 || st.Last != n {
		t.Errorf("stat %+v, %v", st, err)
	}
}

func reopen(db *store.DB, path string) (*store.DB, error) {
	if err := db.Close(); err != nil {
		return nil, err
	}
	return store.Open(path, store.Options{})
}

// TestSpoolKeepsSessions checks that the end of a session is there for a while after the flows of a
// spool were sent, and goes with flows that a person deletes.
func TestSpoolKeepsSessions(t *testing.T) {
	ctx := t.Context()
	db := must(store.Open(filepath.Join(t.TempDir(), "spool.db"), store.Options{Create: true}))
	defer db.Close()
	for _, ended := range []time.Time{time.Now(), time.Now().AddDate(0, 0, -2)} {
		n := must(db.BeginSession(ctx, store.Session{Command: []string{"npm"}, Started: ended}))
		must(db.Append(ctx, sample(1)))
		noError(t, db.EndSession(ctx, n, ended, 0))
	}
	noError(t, db.SetSent(ctx, 2))
	if got, err := db.Retain(ctx, store.Retention{Sent: true}); err != nil || got.Flows != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if list, err := db.Sessions(ctx); err != nil || len(list) != 1 || list[0].Number != 1 {
		t.Errorf("sessions %+v, %v; want the one that ended just now", list, err)
	}
	must(db.Append(ctx, sample(2)))
	must(db.Delete(ctx, store.Query{}))
	if list, err := db.Sessions(ctx); err != nil || len(list) != 0 {
		t.Errorf("sessions after a deletion: %+v, %v", list, err)
	}
}
