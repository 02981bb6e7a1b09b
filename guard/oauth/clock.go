package oauth

import "time"

// clock tells a time that never goes back: setting a clock back would make expired tokens valid
// again.
type clock struct {
	wall  func() time.Time
	start time.Time
	// elapsed is the time since start by a monotonic clock.
	elapsed func() time.Duration
}

func newClock(wall func() time.Time) clock {
	if wall == nil {
		wall = time.Now
	}
	begin := time.Now() // with the reading of the monotonic clock
	return clock{wall: wall, start: wall(), elapsed: func() time.Duration { return time.Since(begin) }}
}

// now returns the time of the clock, or the start time plus the elapsed time if that is later.
func (c *clock) now() time.Time {
	now, least := c.wall(), c.start.Add(c.elapsed())
	if now.Before(least) {
		return least
	}
	return now
}
