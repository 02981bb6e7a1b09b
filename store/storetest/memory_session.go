package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/spectap/spectap/store"
)

// BeginSession implements [store.SessionKeeper].
func (m *Memory) BeginSession(ctx context.Context, s store.Session) (uint64, error) {
	if err := m.begin(ctx); err != nil {
		return 0, err
	}
	defer m.mu.Unlock()
	s.Source, s.Origin = "", 0
	return m.addSession(s), nil
}

// addSession adds a session under the next number, which it returns. The caller holds mu.
func (m *Memory) addSession(s store.Session) uint64 {
	m.lastSession++
	s.Number, s.After, s.Until, s.Ended, s.Status = m.lastSession, m.seq, 0, time.Time{}, 0
	s.Started = s.Started.UTC()
	s.Command, s.Tags = slices.Clone(s.Command), slices.Clone(s.Tags)
	m.sessions = append(m.sessions, s)
	return s.Number
}

// EndSession implements [store.SessionKeeper].
func (m *Memory) EndSession(ctx context.Context, number uint64, ended time.Time, status int) error {
	return m.session(ctx, number, func(i int) {
		s := &m.sessions[i]
		s.Ended, s.Status, s.Until = ended.UTC(), status, m.seq
	})
}

// DeleteSession implements [store.SessionKeeper].
func (m *Memory) DeleteSession(ctx context.Context, number uint64) error {
	return m.session(ctx, number, func(i int) { m.sessions = slices.Delete(m.sessions, i, i+1) })
}

func (m *Memory) session(ctx context.Context, number uint64, change func(i int)) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.sessions, func(s store.Session) bool { return s.Number == number })
	if i < 0 {
		return store.ErrNoSession
	}
	change(i)
	return nil
}

// Sessions implements [store.Reader].
func (m *Memory) Sessions(ctx context.Context) ([]store.Session, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	return slices.Clone(m.sessions), nil
}

// forgetSessions drops the ended sessions before the first flow. The caller holds mu.
func (m *Memory) forgetSessions() {
	m.sessions = slices.DeleteFunc(m.sessions, func(s store.Session) bool {
		return !s.Ended.IsZero() && (len(m.flows) == 0 || s.Until < m.flows[0].Last)
	})
}
