package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
)

// testLosses checks that losses keep their place between flows and are removed with the flows
// around them.
func testLosses(t *testing.T, s store.Store) {
	at := func(i int) time.Time { return start.Add(time.Duration(i) * time.Second) }
	note := func(n int64, since, until int) {
		t.Helper()
		must.Do(t, s.NoteLoss(t.Context(), n, at(since), at(until)))
	}
	loss := func(after flow.Seq, n int64, since, until int) store.Loss {
		return store.Loss{After: after, Since: at(since).Truncate(time.Second), Until: at(until).Truncate(time.Second), Flows: n}
	}
	check := func(want ...store.Loss) {
		t.Helper()
		if st, err := s.Stat(t.Context()); err != nil || !slices.Equal(st.Losses, want) {
			t.Errorf("losses %v, %v, want %v", st.Losses, err, want)
		}
	}
	check()
	note(2, 0, 1)
	check(loss(0, 2, 0, 1))
	mustAppend(t, s, sample(1), sample(2))
	note(1, 2, 5)
	note(3, 1, 2) // no flow in between
	check(loss(0, 2, 0, 1), loss(2, 4, 1, 5))
	mustAppend(t, s, sample(3))
	note(7, 6, 6)
	check(loss(0, 2, 0, 1), loss(2, 4, 1, 5), loss(3, 7, 6, 6))
	remove := func(q store.Query) {
		t.Helper()
		must.Get(s.Delete(t.Context(), q))
	}
	remove(store.Query{After: 1, Until: 2}) // one flow is left on either side
	check(loss(0, 2, 0, 1), loss(2, 4, 1, 5), loss(3, 7, 6, 6))
	remove(store.Query{Until: 1})
	check(loss(2, 4, 1, 5), loss(3, 7, 6, 6))
	remove(store.Query{})
	check()
}

// extend adds flows that were lost at the same place. A clock may have been set back in between.
func extend(l *store.Loss, flows int64, since, until time.Time) {
	l.Flows += flows
	l.Since = slices.MinFunc([]time.Time{l.Since, since}, time.Time.Compare)
	l.Until = slices.MaxFunc([]time.Time{l.Until, until}, time.Time.Compare)
}
