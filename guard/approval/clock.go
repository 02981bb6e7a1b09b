package approval

import (
	"slices"
	"time"
)

// clockSlack is the largest step back that counts as an ordinary correction of a running clock.
const clockSlack = time.Minute

// advance records the time and returns it. Time stands still while the clock is at most clockSlack
// behind the newest change. If the clock is further behind, it was ahead when that change was made,
// and the times in the file do not show how long an approval has been valid. Then all approvals
// end, and future times in the file are replaced by the current one.
func (c *content) advance(now time.Time) time.Time {
	back := c.Latest.Sub(now)
	if back > 0 && back <= clockSlack {
		return c.Latest
	}
	c.Latest = now
	if back <= 0 {
		return now
	}
	for _, h := range c.Held {
		if h.State == Waiting || h.State == Approved {
			h.State, h.Ended = Expired, now
		}
		h.Ended = earlier(h.Ended, now)
	}
	for _, s := range c.Standing {
		if s.State == Waiting || s.State == Approved {
			s.State, s.Ended = Expired, now
		}
		s.Ended = earlier(s.Ended, now)
	}
	for id, at := range c.Answers {
		c.Answers[id] = earlier(at, now)
	}
	return now
}

func earlier(a, b time.Time) time.Time { return slices.MinFunc([]time.Time{a, b}, time.Time.Compare) }
