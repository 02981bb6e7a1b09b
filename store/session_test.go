package store

import (
	"errors"
	"slices"
	"strings"
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

// TestDeleteForgetsSessionsOfOtherClocks checks that a deletion of all flows forgets the commands
// of sessions, also of one that ended in the future: a store measures time from when it was opened,
// without the time that the machine sleeps, and sessions end by the clocks of other machines.
func TestDeleteForgetsSessionsOfOtherClocks(t *testing.T) {
	db := openWithClock(t)
	n, err := db.BeginSession(t.Context(), Session{Command: []string{"npm", "--token=secret"}})
	if err != nil {
		t.Fatal(err)
	}
	add(t, db, 1)
	if err := db.EndSession(t.Context(), n, time.Now().Add(time.Hour), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Delete(t.Context(), Query{}); err != nil {
		t.Fatal(err)
	}
	if left := sessionNumbers(t, db); len(left) != 0 {
		t.Errorf("sessions %v are left", left)
	}
}

// TestRemovedSessionBeginsAgain checks that a flow of a session of another store, which was removed here,
// begins the session again: no flow may name a session that is not there.
func TestRemovedSessionBeginsAgain(t *testing.T) {
	for name, remove := range map[string]func(db *DB, number uint64) error{
		"by its number": func(db *DB, number uint64) error { return db.DeleteSession(t.Context(), number) },
		"with its flows": func(db *DB, _ uint64) error {
			ended := Session{Number: 7, Ended: time.Unix(2, 0), Until: 1}
			_, err := db.Apply(t.Context(), Mark{Source: "pod", After: 1, Last: 1, Sessions: []Session{ended}}, nil)
			_, derr := db.Delete(t.Context(), Query{})
			return errors.Join(err, derr)
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := openWithClock(t)
			first := fromSession(t, db, 1, 7)
			if err := remove(db, first); err != nil {
				t.Fatal(err)
			}
			if left := sessionNumbers(t, db); len(left) != 0 {
				t.Fatalf("left are %d", left)
			}
			second := fromSession(t, db, 2, 7)
			if got := sessionNumbers(t, db); !slices.Equal(got, []uint64{second}) || second == first {
				t.Errorf("the flow is of session %d, which was %d before; there are %d", second, first, got)
			}
		})
	}
}

// TestUnstorableSession checks that a session which cannot be stored, since JSON has no years above 9999,
// is an error and changes nothing.
func TestUnstorableSession(t *testing.T) {
	db := openWithClock(t)
	late := time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	number, err := db.BeginSession(t.Context(), Session{Command: []string{"npm"}})
	if err != nil {
		t.Fatal(err)
	}
	before := sessionNumbers(t, db)
	_, berr := db.BeginSession(t.Context(), Session{Started: late})
	told := func(s Session) error {
		_, err := db.Apply(t.Context(), Mark{Source: "pod", Last: 1, Sessions: []Session{s}}, nil)
		return err
	}
	for name, err := range map[string]error{
		"begin": berr, "end": db.EndSession(t.Context(), number, late, 0),
		"begin by another store": told(Session{Number: 3, Command: []string{"npm"}, Started: late}),
		"end by another store":   told(Session{Number: 3, Command: []string{"npm"}, Ended: late}),
	} {
		if err == nil || !strings.Contains(err.Error(), "year") || !strings.Contains(err.Error(), db.Path()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	list, err := db.Sessions(t.Context())
	if err != nil || !slices.Equal(sessionNumbers(t, db), before) || !list[0].Ended.IsZero() {
		t.Errorf("the sessions were changed: %+v, %v", list, err)
	}
	if marks, err := db.Marks(t.Context()); err != nil || len(marks) != 0 {
		t.Errorf("positions %v, %v", marks, err)
	}
}
