package relay

import (
	"context"
	"testing"
	"time"

	"github.com/spectap/spectap/store"
)

// sessions is a spool with sessions and nothing else.
type sessions struct {
	Spool
	list []store.Session
}

func (s *sessions) Sessions(context.Context) ([]store.Session, error) {
	return append([]store.Session(nil), s.list...), nil
}

// TestEndOfSession tells the end of a session with the last of its flows, and its beginning once.
func TestEndOfSession(t *testing.T) {
	spool := &sessions{list: []store.Session{{Number: 1, Command: []string{"curl"}, Started: tailDay}}}
	f := &Forwarder{cfg: ForwarderConfig{Spool: spool}, told: map[uint64]string{}}
	for _, step := range []struct {
		name  string
		ends  bool // the session ends at flow 5
		last  uint64
		told  int
		ended bool
		nudge uint64
	}{
		{"it begins", false, 2, 1, false, 9},
		{"nothing is new", false, 3, 0, false, 9},
		{"it has ended, flows are left", true, 4, 0, false, 0},
		{"all flows are sent", true, 5, 1, true, 9},
		{"nothing is new of the end", true, 5, 0, false, 9},
	} {
		if s := &spool.list[0]; step.ends {
			s.Ended, s.Status, s.Until = tailDay.Add(time.Second), 3, 5
		}
		b := &block{last: step.last, nudge: 9}
		if err := f.tell(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		if len(b.sessions) != step.told || b.nudge != step.nudge {
			t.Errorf("%s: told %+v, calls of Wait up to %d", step.name, b.sessions, b.nudge)
		}
		for _, s := range b.sessions {
			if s.Ended.IsZero() == step.ended || (s.Status != 0) != step.ended || (s.Until != 0) != step.ended {
				t.Errorf("%s: told %+v", step.name, s)
			}
		}
		for i := range b.sessions {
			f.told[1] = sessionText(&b.sessions[i])
		}
	}
}
