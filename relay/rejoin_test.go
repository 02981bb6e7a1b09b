package relay_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
)

// TestRejoin closes a copy while entries expire that it has not read. It goes on with the models of
// the workers, and asks nobody for the flows that expired, unless a deletion may be among the
// entries.
func TestRejoin(t *testing.T) {
	for name, tt := range map[string]struct{ before, unseen, after bool }{
		"no deletion":                        {},
		"one that was obeyed":                {before: true},
		"one that expired":                   {unseen: true},
		"one that expired after another":     {before: true, unseen: true},
		"one that did not expire":            {before: true, after: true},
		"the first that is known":            {after: true}, // others may have expired before it
		"one that expired, one that did not": {before: true, unseen: true, after: true},
	} {
		t.Run(name, func(t *testing.T) {
			l := logtest.NewMemoryLog(1, logtest.Faults{})
			a, b, c := &pod{t: t, log: l, name: "pod-1.01"}, &pod{t: t, log: l, name: "pod-2.02"}, &pod{t: t, log: l, name: "pod-3.03"}
			remove := func(n int) {
				var d relay.Deletion
				f := request(n)
				d.Add(&f)
				must.Do(t, relay.Delete(t.Context(), l, d))
			}
			a.append(0, 3, block(t, 0, 1, 2, 3))
			b.append(0, 2, block(t, 0, 11, 12))
			c.append(0, 1, block(t, 0, 21))
			if tt.before {
				remove(21)
			}
			db := tempDB(t)
			catchUp := func() (*relay.Follower, error) {
				f, err := relay.NewFollower(t.Context(), relay.FollowerConfig{Store: db, Log: l, Start: start(db), Ask: time.Second})
				must.Do(t, err)
				return f, f.CatchUp(t.Context())
			}
			must.Get(catchUp())
			a.append(3, 4, block(t, 3, 4)) // expires unread
			c.append(1, 2, block(t, 1, 22))
			if tt.unseen {
				remove(1)
			}
			st := tempDB(t)
			learned(t, l, st, c.name, 2)
			learned(t, l, st, a.name, 4)
			_, last, err := l.Bounds(t.Context())
			must.Do(t, err)
			if tt.after {
				remove(12)
			}
			a.append(4, 5, block(t, 4, 5))
			learned(t, l, st, a.name, 5)
			b.append(2, 3, block(t, 2, 13)) // no worker has it yet
			l.Trim(last + 1)
			f, err := catchUp()
			if tt.unseen || tt.after && !tt.before {
				if !errors.Is(err, relay.ErrExpired) || !relay.IsFinal(err) {
					t.Errorf("%v, want %v", err, relay.ErrExpired)
				}
				return
			}
			must.Do(t, err)
			flowsLeft, ids := 8, []int{1, 2, 3, 4, 5, 11, 12, 13, 21, 22}
			if tt.before {
				flowsLeft, ids = flowsLeft-1, slices.DeleteFunc(ids, func(n int) bool { return n == 21 })
			}
			if tt.after { // workers relearn its day, with what of it did not expire
				return
			}
			if n := len(flows(t, db)); n != flowsLeft {
				t.Errorf("%d flows, want %d", n, flowsLeft)
			}
			if got := known(t, db); !slices.Equal(got, modelOf(t, ids...)) {
				t.Error("the copy does not know what expired, or knows more")
			}
			if s := f.Status(); len(s.Gaps) > 0 || s.Partial[a.name] != 4 || f.Marks()[c.name] != 2 {
				t.Errorf("status %+v, marks %v", s, f.Marks())
			}
		})
	}
}
