package approval

import "time"

// clockSlack is how far a running clock is set back when it is corrected.
const clockSlack = time.Minute

// advance notes the time and returns it. Time stands still while the clock is at most clockSlack
// behind the newest change. A clock that is further behind was ahead when that change was made, and
// no time in the file says how long an approval has been valid: all approvals end, and what the
// file has of the future happened now.
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

func earlier(a, b time.Time) time.Time {
	if a.After(b) {
		return b
	}
	return a
}
