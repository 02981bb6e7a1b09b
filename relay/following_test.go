package relay

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/infer"
)

func newTestFollower(t *testing.T, m *memory, s *Start) *Follower {
	t.Helper()
	f, err := NewFollower(t.Context(), FollowerConfig{Store: m, Log: m, Ask: time.Minute, Start: s})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestStartWaitsForDeletions takes the models of workers that have not obeyed a deletion yet, or
// never do. Then the follower learns from the flows.
func TestStartWaitsForDeletions(t *testing.T) {
	for _, tt := range []struct {
		name         string
		obeyed, ends time.Duration // when; 0: never
		took         time.Duration
		reads        int
		found        bool
	}{
		{"never", 0, 0, time.Minute, 21, false},
		{"meanwhile", 10 * time.Second, 0, 12 * time.Second, 5, true},
		{"at the last time", 59 * time.Second, 0, time.Minute, 21, true},
		{"too late", 61 * time.Second, 0, time.Minute, 21, false},
		{"the follower ends", 0, 10 * time.Second, 10 * time.Second, 4, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := testCodec(t)
			m := newMemory(t, tailBlock(t, c, kindFlows, "a", 1, 0, 2))
			l := load(t, m)
			l.dirty = true
			if err := l.commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			f := newTestFollower(t, m, &Start{NewModel: func() Model { return infer.New() }})
			blocks := m.list
			m.list = append(m.list, removal(c, 2, 0, 1, 2))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.obeyed > 0 {
				time.AfterFunc(tt.obeyed, func() {
					m.mu.Lock()
					defer m.mu.Unlock()
					m.list = blocks
				})
			}
			if tt.ends > 0 {
				time.AfterFunc(tt.ends, cancel)
			}
			m.calls = nil
			start := time.Now()
			s, err := f.takeSnapshot(ctx)
			reads := 0
			for _, call := range m.calls {
				if call == "get heads/" {
					reads++
				}
			}
			if took := time.Since(start); err != nil || (s != nil) != tt.found || took != tt.took || reads != tt.reads {
				t.Errorf("%s: %+v, %v after %s and %d reads", tt.name, s, err, took, reads)
			}
		})
	}
}
