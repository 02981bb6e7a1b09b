package approval

import (
	"testing"
	"time"
)

// TestAdvance checks the effect on approvals of a clock behind the newest change. A difference
// within clockSlack changes none. A larger one ends all approvals in force, and leaves no future
// time in the file.
func TestAdvance(t *testing.T) {
	for _, tt := range []struct {
		name string
		back time.Duration
		want time.Duration // after noon, of the time that counts
		ends bool
	}{
		{"a clock that is ahead", -time.Hour, time.Hour, false},
		{"the same time", 0, 0, false},
		{"the least time behind", 1, 0, false},
		{"a clock that was corrected", clockSlack, 0, false},
		{"a clock that was ahead", clockSlack + 1, -clockSlack - 1, true},
	} {
		now := noon.Add(-tt.back)
		states := []State{Waiting, Approved, Denied, Used, Expired}
		ended := []time.Time{{}, {}, noon, noon.Add(-time.Hour), noon}
		c := &content{Latest: noon, Answers: map[string]time.Time{"late": noon, "early": noon.Add(-time.Hour)}}
		for i, s := range states {
			c.Held = append(c.Held, &Held{State: s, Ended: ended[i]})
			c.Standing = append(c.Standing, &Standing{State: s, Ended: ended[i]})
		}
		if got := c.advance(now); !got.Equal(noon.Add(tt.want)) || !c.Latest.Equal(got) {
			t.Errorf("%s: %v, the newest change %v", tt.name, got, c.Latest)
		}
		for i, s := range states {
			want, at := s, ended[i]
			if tt.ends {
				if at.After(now) || s == Waiting || s == Approved {
					at = now
				}
				if s == Waiting || s == Approved {
					want = Expired
				}
			}
			if h, s := c.Held[i], c.Standing[i]; h.State != want || s.State != want || !h.Ended.Equal(at) || !s.Ended.Equal(at) {
				t.Errorf("%s: %s became %s at %v and %s at %v", tt.name, states[i], h.State, h.Ended, s.State, s.Ended)
			}
		}
		late := noon
		if tt.ends {
			late = now
		}
		early := noon.Add(-time.Hour)
		if !c.Answers["late"].Equal(late) || !c.Answers["early"].Equal(early) {
			t.Errorf("%s: answers %v", tt.name, c.Answers)
		}
	}
}
