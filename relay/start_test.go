package relay_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
	"github.com/spectap/spectap/store"
)

// start lets a follower begin with what the workers have learned, as commands do.
func start(db *store.DB) *relay.Start {
	return &relay.Start{
		NewModel: func() relay.Model { return infer.New() },
		Save: func(ctx context.Context, models []relay.Model) error {
			all := infer.New()
			for _, m := range models {
				all.Merge(m.(*infer.Model))
			}
			return catalog.Adopt(ctx, db, all)
		},
	}
}

// known returns the model of what a store knows, also of flows that it never had.
func known(t *testing.T, st catalog.Store) []byte {
	t.Helper()
	f := must.Get(catalog.New(catalog.Config{Store: st, Save: catalog.SaveAlways}).Facts(t.Context()))
	return must.Get(f.Model.AppendBinary(nil))
}

// modelOf returns the model of answered requests.
func modelOf(t *testing.T, ids ...int) []byte {
	t.Helper()
	m := infer.New()
	for _, n := range ids {
		f := request(n)
		answer(&f)
		m.Add(&f)
	}
	return must.Get(m.AppendBinary(nil))
}

// TestStart checks that a new follower knows the facts of flows that expired before it came, once,
// although it is killed while it begins, and that it goes on learning.
func TestStart(t *testing.T) {
	l := logtest.NewMemoryLog(1, logtest.Faults{})
	a, b := &pod{t: t, log: l, name: "pod-1.01"}, &pod{t: t, log: l, name: "pod-2.02"}
	a.append(0, 3, block(t, 0, 1, 2, 3))
	b.append(0, 2, block(t, 0, 11, 12))
	a.append(3, 4, block(t, 3, 4))
	learned(t, l, tempDB(t), b.name, 2)
	learned(t, l, tempDB(t), a.name, 4)
	b.append(2, 3, block(t, 2, 13)) // no worker has it yet
	l.Trim(3)
	db := tempDB(t)
	cfg := relay.FollowerConfig{Store: db, Log: l, Start: start(db)}
	killed := *cfg.Start
	killed.Save = func(context.Context, []relay.Model) error { return errors.New("killed") }
	catchUp := func(s *relay.Start) error {
		cfg.Start = s
		f := must.Get(relay.NewFollower(t.Context(), cfg))
		return f.CatchUp(t.Context())
	}
	normal := cfg.Start
	if err := catchUp(&killed); err == nil {
		t.Fatal("the follower did not begin with the models of the workers")
	}
	a.append(4, 5, block(t, 4, 5)) // after the models were taken
	must.Do(t, catchUp(normal))
	if got := known(t, db); !slices.Equal(got, modelOf(t, 1, 2, 3, 4, 5, 11, 12, 13)) {
		t.Error("the follower does not know what expired, or knows more")
	}
	if n := len(flows(t, db)); n != 3 {
		t.Errorf("the follower has %d flows, the log 3", n)
	}
	b.append(3, 4, block(t, 3, 14))
	must.Do(t, catchUp(normal))
	if got := known(t, db); !slices.Equal(got, modelOf(t, 1, 2, 3, 4, 5, 11, 12, 13, 14)) {
		t.Error("the follower does not learn what came later, or learned twice")
	}
}
