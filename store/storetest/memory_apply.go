package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// Apply implements [store.Receiver].
func (m *Memory) Apply(ctx context.Context, mark store.Mark, flows []*flow.Flow) (bool, error) {
	in := make([]flow.Flow, len(flows))
	for i, f := range flows {
		var err error
		if in[i], err = stored(*f); err != nil {
			return false, err
		}
	}
	if err := m.begin(ctx); err != nil {
		return false, err
	}
	defer m.mu.Unlock()
	known, err := mark.Compare(m.marks[mark.Source].Last, len(flows))
	if known || err != nil {
		return false, err
	}
	changed := false
	for _, told := range mark.Sessions {
		changed = m.tell(mark.Source, told) || changed
	}
	for i := range in {
		if in[i].Session != 0 {
			in[i].Session = m.sessionOf(mark.Source, store.Session{Number: in[i].Session, Started: in[i].Started})
		}
	}
	for _, f := range coalesce(in) {
		m.add(f, m.open)
	}
	for _, told := range mark.Sessions {
		changed = m.end(&mark, told) || changed
	}
	m.wake()
	if mark.After == mark.Last {
		return changed, nil
	}
	m.marks[mark.Source] = store.Applied{Last: mark.Last, At: time.Now().UTC().Truncate(time.Second)}
	return true, nil
}

// origin returns the index of the session that has a number in another store, or -1.
func (m *Memory) origin(source string, number uint64) int {
	return slices.IndexFunc(m.sessions, func(s store.Session) bool { return s.Source == source && s.Origin == number })
}

// sessionOf returns the number of the session that s is in another store. It begins a new session
// for an unknown one.
func (m *Memory) sessionOf(source string, s store.Session) uint64 {
	if i := m.origin(source, s.Number); i >= 0 {
		return m.sessions[i].Number
	}
	s.Source, s.Origin = source, s.Number
	return m.addSession(s)
}

// tell adds a session of another store.
func (m *Memory) tell(source string, told store.Session) (changed bool) {
	i := m.origin(source, told.Number)
	switch {
	case told.Number == 0:
		return false
	case i < 0:
		m.sessionOf(source, told)
		return true
	case len(m.sessions[i].Command) > 0 || len(told.Command) == 0:
		return false
	}
	s := &m.sessions[i]
	s.Command, s.Tags, s.Started = slices.Clone(told.Command), slices.Clone(told.Tags), told.Started.UTC()
	return true
}

// end notes the end of a session, if all of its flows were applied.
func (m *Memory) end(mark *store.Mark, told store.Session) (changed bool) {
	i := m.origin(mark.Source, told.Number)
	if i < 0 || told.Ended.IsZero() || uint64(told.Until) > mark.Last || !m.sessions[i].Ended.IsZero() {
		return false
	}
	s := &m.sessions[i]
	s.Ended, s.Status, s.Until = told.Ended.UTC(), told.Status, m.seq
	return true
}

// Marks implements [store.Receiver].
func (m *Memory) Marks(ctx context.Context) (map[string]uint64, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	marks := map[string]uint64{}
	for source, a := range m.marks {
		marks[source] = a.Last
	}
	return marks, nil
}
