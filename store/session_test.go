package store

import (
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// sessionNumbers returns the numbers of the sessions of a store.
func sessionNumbers(t *testing.T, db *DB) (out []uint64) {
	t.Helper()
	list, err := db.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		out = append(out, list[i].Number)
	}
	return out
}

// skipSessions makes the store number its sessions as if it had had n.
func skipSessions(t *testing.T, db *DB, n uint64) {
	t.Helper()
	if err := db.update(func(tx *bolt.Tx) error { return tx.Bucket(rootSessions).SetSequence(n) }); err != nil {
		t.Fatal(err)
	}
}

// fromSession applies a flow of a session of another store, and returns the session's number here.
func fromSession(t *testing.T, db *DB, last, session uint64) uint64 {
	t.Helper()
	f := flow.Flow{ID: flow.NewID(), Done: true, Session: session}
	mark := Mark{Source: "pod", After: last - 1, Last: last}
	if applied, err := db.Apply(t.Context(), mark, []*flow.Flow{&f}); err != nil || !applied {
		t.Fatalf("block %d: applied %t, %v", last, applied, err)
	}
	stat, err := db.Stat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stored, err := db.Get(t.Context(), stat.Last)
	if err != nil {
		t.Fatal(err)
	}
	return stored.Session
}

// TestSessionsAreBounded checks that the oldest sessions are removed when there are too many, and
// that a session of another store that was removed begins again under a number of its own.
func TestSessionsAreBounded(t *testing.T) {
	db := openWithClock(t)
	begin := func() {
		t.Helper()
		if _, err := db.BeginSession(t.Context(), Session{Command: []string{"npm"}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := fromSession(t, db, 1, 7); n != 1 {
		t.Fatalf("the first session has number %d", n)
	}
	begin()
	begin()
	skipSessions(t, db, maxSessions-1)
	begin()
	if got := sessionNumbers(t, db); !slices.Equal(got, []uint64{1, 2, 3, maxSessions}) {
		t.Errorf("at the bound: sessions %v", got)
	}
	skipSessions(t, db, maxSessions+1)
	begin()
	if got := sessionNumbers(t, db); !slices.Equal(got, []uint64{3, maxSessions, maxSessions + 2}) {
		t.Errorf("beyond the bound: sessions %v", got)
	}
	if n := fromSession(t, db, 2, 7); n != maxSessions+3 {
		t.Errorf("a flow of a session that was removed has session %d", n)
	}
	// Now a session of another store removes the one before it.
	if n := fromSession(t, db, 3, 8); n != maxSessions+4 {
		t.Errorf("another session has number %d", n)
	}
	if n := fromSession(t, db, 4, 7); n != maxSessions+3 {
		t.Errorf("a flow of a session that is kept has session %d", n)
	}
	if got := sessionNumbers(t, db); !slices.Equal(got, []uint64{maxSessions, maxSessions + 2, maxSessions + 3, maxSessions + 4}) {
		t.Errorf("at the end: sessions %v", got)
	}
	// It also removes one that the store has just looked up.
	skipSessions(t, db, 2*maxSessions+2)
	if n := fromSession(t, db, 5, 9); n != 2*maxSessions+3 {
		t.Errorf("the newest session has number %d", n)
	}
	if n := fromSession(t, db, 6, 7); n != 2*maxSessions+4 {
		t.Errorf("a flow of a session that was removed again has session %d", n)
	}
	if report, err := db.Verify(t.Context()); err != nil || !report.OK() {
		t.Errorf("verify: %+v, %v", report, err)
	}
}

// TestSessionsOfSourcesAreKept checks that a store knows the sessions of other stores when it is
// opened again, that the first end of a session counts, and that flows outside of a session stay so.
func TestSessionsOfSourcesAreKept(t *testing.T) {
	db := openWithClock(t)
	if n := fromSession(t, db, 1, 7); n != 1 {
		t.Fatalf("the first session has number %d", n)
	}
	if n := fromSession(t, db, 2, 0); n != 0 {
		t.Errorf("a flow outside of a session has session %d", n)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := Open(db.Path(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if n := fromSession(t, db, 3, 7); n != 1 {
		t.Errorf("in a store that was opened again, the session has number %d", n)
	}
	first := time.Unix(1_700_000_000, 0).UTC()
	for i, end := range []time.Time{first, first.Add(time.Hour)} {
		told := []Session{{Number: 7, Command: []string{"npm"}, Ended: end, Status: i}, {Number: 0, Command: []string{"none"}}}
		if _, err := db.Apply(t.Context(), Mark{Source: "pod", After: 3, Last: 3, Sessions: told}, nil); err != nil {
			t.Fatal(err)
		}
	}
	list, err := db.Sessions(t.Context())
	if err != nil || len(list) != 1 || !list[0].Ended.Equal(first) || list[0].Status != 0 || list[0].Command[0] != "npm" {
		t.Errorf("sessions %+v, %v", list, err)
	}
}
