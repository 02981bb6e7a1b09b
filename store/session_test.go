package store

import (
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// fromSession applies a flow of a session of another store, and returns the session's number here.
func fromSession(t *testing.T, db *DB, last, session uint64) uint64 {
	t.Helper()
	f := flow.Flow{ID: flow.NewID(), Done: true, Session: session}
	mark := Mark{Source: "pod", After: last - 1, Last: last}
	if applied, err := db.Apply(t.Context(), mark, []*flow.Flow{&f}); err != nil || !applied {
		t.Fatalf("block %d: applied %t, %v", last, applied, err)
	}
	stat := must(db.Stat(t.Context()))
	stored := must(db.Get(t.Context(), stat.Last))
	return stored.Session
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
	noError(t, db.Close())
	db = must(Open(db.Path(), Options{}))
	defer db.Close()
	if n := fromSession(t, db, 3, 7); n != 1 {
		t.Errorf("in a store that was opened again, the session has number %d", n)
	}
	first := time.Unix(1_700_000_000, 0).UTC()
	for i, end := range []time.Time{first, first.Add(time.Hour)} {
		told := []Session{{Number: 7, Command: []string{"npm"}, Ended: end, Status: i}, {Number: 0, Command: []string{"none"}}}
		must(db.Apply(t.Context(), Mark{Source: "pod", After: 3, Last: 3, Sessions: told}, nil))
	}
	list, err := db.Sessions(t.Context())
	if err != nil || len(list) != 1 || !list[0].Ended.Equal(first) || list[0].Status != 0 || list[0].Command[0] != "npm" {
		t.Errorf("sessions %+v, %v", list, err)
	}
}
