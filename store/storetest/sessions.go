package storetest

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
)

// testSessions checks that sessions keep their fields, select their flows alone, and are removed
// with their flows.
func testSessions(t *testing.T, s store.Store) {
	list := func() []store.Session {
		t.Helper()
		return must.Get(s.Sessions(t.Context()))
	}
	local := time.FixedZone("", 5400) // of the process that records; the stored time is in UTC
	begin := func(command ...string) uint64 {
		t.Helper()
		n, err := s.BeginSession(t.Context(), store.Session{Command: command, Tags: []string{"smoke"}, Started: start.In(local)})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if got := list(); len(got) != 0 {
		t.Errorf("sessions of a new store: %v", got)
	}
	mustAppend(t, s, sample(1))
	first, second := begin("npm", "test"), begin("pytest")
	if first != 1 || second != 2 {
		t.Fatalf("numbers %d and %d, want 1 and 2", first, second)
	}
	of := func(session uint64, i int) flow.Flow {
		f := sample(i)
		f.Session, f.Tags = session, []string{"smoke", "a,b"}
		return f
	}
	mustAppend(t, s, of(1, 2), of(2, 3), sample(4), of(1, 5))
	end := start.Add(time.Minute)
	must.Do(t, s.EndSession(t.Context(), first, end.In(local), 7))
	mustAppend(t, s, of(2, 6))
	want := []store.Session{
		{Number: 1, Command: []string{"npm", "test"}, Tags: []string{"smoke"}, Started: start, Ended: end, Status: 7, After: 1, Until: 5},
		{Number: 2, Command: []string{"pytest"}, Tags: []string{"smoke"}, Started: start, After: 1},
	}
	if got := list(); !reflect.DeepEqual(got, want) {
		t.Errorf("sessions\n%v, want\n%v", got, want)
	}
	for i, seqs := range [][]flow.Seq{{2, 5}, {3, 6}} {
		testSessionQuery(t, s, &want[i], seqs)
	}
	for name, err := range map[string]error{
		"end":    s.EndSession(t.Context(), 9, end, 0),
		"delete": s.DeleteSession(t.Context(), 9),
	} {
		if !errors.Is(err, store.ErrNoSession) {
			t.Errorf("%s of a session that does not exist: %v", name, err)
		}
	}
	testSessionsDeleted(t, s, list, want[0].Query())
	if n := begin("again"); n != 3 {
		t.Errorf("the number %d was given twice", n)
	}
}

// testSessionsDeleted checks that sessions go with the flows up to their end.
func testSessionsDeleted(t *testing.T, s store.Store, list func() []store.Session, first store.Query) {
	t.Helper()
	must.Get(s.Delete(t.Context(), first))
	if got := list(); len(got) != 2 { // flow 1 is before the session's end
		t.Errorf("sessions after the flows of one were deleted: %v", got)
	}
	must.Get(s.Delete(t.Context(), store.Query{Until: 5}))
	if got := list(); len(got) != 1 || got[0].Number != 2 {
		t.Errorf("sessions after all flows up to the end of one were deleted: %v", got)
	}
	if err := s.DeleteSession(t.Context(), 2); err != nil || len(list()) != 0 {
		t.Errorf("a session remains after DeleteSession: %v, %v", list(), err)
	}
}

// testSessionQuery checks that queries for the flows of a session find those with these numbers.
func testSessionQuery(t *testing.T, s store.Store, session *store.Session, seqs []flow.Seq) {
	t.Helper()
	for _, q := range []store.Query{{}, {Newest: true}, {Brief: true}, {NoBodies: true}} {
		bounds := session.Query()
		q.After, q.Until, q.Session = bounds.After, bounds.Until, bounds.Session
		var got []flow.Seq
		for f, err := range s.Scan(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			if f.Session != session.Number || !slices.Equal(f.Tags, []string{"smoke", "a,b"}) {
				t.Errorf("flow %d has session %d and tags %q", f.Seq, f.Session, f.Tags)
			}
			got = append(got, f.Seq)
		}
		if q.Newest {
			slices.Reverse(got)
		}
		if !slices.Equal(got, seqs) {
			t.Errorf("%+v found %v, want %v", q, got, seqs)
		}
	}
}
