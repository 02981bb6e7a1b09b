package approval

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestAdvance checks what a clock behind the newest change does to approvals. A difference that a
// correction of the clock explains changes none. A larger one ends those that bind, and leaves nothing
// in the file that is in the future.
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

// TestMakeRoom checks that calls of one grant may fill its room to the last byte, and that one byte more
// costs the oldest call that is over, or is refused if all of them bind.
func TestMakeRoom(t *testing.T) {
	of := func(grant string, state State, size int) *Held {
		h := &Held{State: state, Expires: noon.Add(time.Hour), Call: Call{Grant: grant, Tool: "t"}}
		h.Tool = strings.Repeat("t", 1+size-h.size())
		return h
	}
	const half = maxGrant / 2
	for _, tt := range []struct {
		name   string
		states []State
		more   int // bytes of the new call beyond half of the room
		want   bool
		left   int
	}{
		{"a full room of what binds", []State{Waiting}, 0, true, 1},
		{"a byte more", []State{Waiting}, 1, false, 1},
		{"a byte more beside an approval", []State{Approved}, 1, false, 1},
		{"a byte more beside a denial", []State{Denied}, 1, false, 1},
		{"a full room with one that is over", []State{Used}, 0, true, 1},
		{"a byte more, and one that is over", []State{Used}, 1, true, 0},
		{"two that are over", []State{Expired, Used}, 0, true, 1},
	} {
		c := &content{Held: []*Held{of("other", Used, half), of("other", Waiting, half)}}
		for _, s := range tt.states {
			c.Held = append(c.Held, of("a", s, half))
		}
		got := c.makeRoom(of("a", Waiting, half+tt.more), noon)
		var left []string
		for _, h := range c.Held {
			left = append(left, fmt.Sprint(h.Grant, " ", h.State))
		}
		if got != tt.want || len(left) != 2+tt.left || tt.left == 1 && c.Held[2].State != tt.states[len(tt.states)-1] {
			t.Errorf("%s: %t, left are %q", tt.name, got, left)
		}
	}
}
