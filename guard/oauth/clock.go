package oauth

import "time"

// clock tells the time, which does not go back: a clock that is set back would make expired tokens
// valid again.
type clock struct {
	wall  func() time.Time
	start time.Time
	// elapsed is the time since start by a clock that nobody sets.
	elapsed func() time.Duration
}

func newClock(wall func() time.Time) clock {
	if wall == nil {
		wall = time.Now
	}
	begin := time.Now() // with the reading of the monotonic clock
	return clock{wall: wall, start: wall(), elapsed: func() time.Duration { return time.Since(begin) }}
}

// now returns the later of what the clock shows and what it must show at least.
func (c *clock) now() time.Time {
	now, least := c.wall(), c.start.Add(c.elapsed())
	if now.Before(least) {
		return least
	}
	return now
}
