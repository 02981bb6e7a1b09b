package store_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// TestReader checks what a view of one session shows of flows, losses and sessions, while the
// session runs and when it has ended.
func TestReader(t *testing.T) {
	m := storetest.NewMemory()
	for i, session := range []uint64{0, 1, 2, 1, 2} {
		noError(t, m.NoteLoss(t.Context(), int64(i+1), time.Unix(1, 0), time.Unix(2, 0)))
		f := flow.Flow{ID: flow.NewID(), Done: true, Session: session, Request: flow.Request{Authority: string('a'+rune(session)) + ".example"}}
		must(m.Append(t.Context(), f))
	}
	for _, tt := range []struct {
		name   string
		until  flow.Seq
		query  store.Query
		want   []flow.Seq
		losses []flow.Seq // the newest records before them
	}{
		{"running", 0, store.Query{}, []flow.Seq{2, 4}, []flow.Seq{1, 2, 3, 4}},
		{"ended", 3, store.Query{}, []flow.Seq{2}, []flow.Seq{1, 2, 3}},
		{"narrower than the session", 4, store.Query{After: 2, Until: 4}, []flow.Seq{4}, []flow.Seq{1, 2, 3, 4}},
		{"the beginning of a running session", 0, store.Query{Until: 3}, []flow.Seq{2}, []flow.Seq{1, 2, 3, 4}},
		{"the beginning of the session", 4, store.Query{Until: 3}, []flow.Seq{2}, []flow.Seq{1, 2, 3, 4}},
		{"wider than the session", 2, store.Query{Until: 5}, []flow.Seq{2}, []flow.Seq{1, 2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := store.Session{Number: 1, After: 1, Until: tt.until}
			r := store.OfSession(m, s)
			var got, losses []flow.Seq
			for f, err := range r.Scan(t.Context(), tt.query) {
				noError(t, err)
				got = append(got, f.Last)
			}
			st := must(r.Stat(t.Context()))
			for _, l := range st.Losses {
				losses = append(losses, l.After)
			}
			if !slices.Equal(got, tt.want) || !slices.Equal(losses, tt.losses) {
				t.Errorf("flows %d, losses after %d; want %d and %d", got, losses, tt.want, tt.losses)
			}
			if tt.query.Until == 0 && (st.Flows != int64(len(got)) || st.First != 2 || !maps.Equal(st.Hosts, map[string]int64{"b.example": int64(len(got))})) {
				t.Errorf("%+v", st)
			}
			if list, err := r.Sessions(t.Context()); err != nil || len(list) != 1 || list[0].Number != 1 {
				t.Errorf("sessions %+v, %v", list, err)
			}
		})
	}
	r := store.OfSession(m, store.Session{Number: 1, After: 1})
	if f, err := r.Get(t.Context(), 2); err != nil || f.Last != 2 {
		t.Errorf("get: %d, %v", f.Last, err)
	}
	if _, err := r.Get(t.Context(), 3); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get a flow of another session: %v", err)
	}
	if err := r.Snapshot(t.Context(), io.Discard); err == nil {
		t.Error("a copy of one session has all flows")
	}
	var watched []flow.Seq
	for f, err := range r.Watch(t.Context(), 0) {
		if err != nil || f.Session != 1 {
			t.Errorf("watch: session %d, %v", f.Session, err)
		}
		if watched = append(watched, f.Last); f.Last == 4 {
			break
		}
	}
	if !slices.Equal(watched, []flow.Seq{2, 4}) {
		t.Errorf("watched %d", watched)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Stat(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("stat of a call that has ended: %v", err)
	}
}
