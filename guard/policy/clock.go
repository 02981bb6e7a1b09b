package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// clock is true at certain times of day.
type clock struct {
	from, to int // minutes since midnight; to is excluded; if it is before from, it is on the next day
	days     []time.Weekday
	zone     *time.Location
}

const minutesPerDay = 24 * 60

func (k *clock) eval(c *Call) truth {
	if c.Time.IsZero() {
		return unknown
	}
	t := c.Time.In(k.zone)
	day, now := t.Weekday(), t.Hour()*60+t.Minute()
	inside := k.from <= now && now < k.to
	if k.from >= k.to { // over midnight
		inside = now >= k.from || now < k.to
		if now < k.to { // the hours after midnight belong to the day before
			day = (day + 6) % 7
		}
	}
	return truthOf(inside && (len(k.days) == 0 || slices.Contains(k.days, day)))
}

func (k *clock) String() string {
	s := fmt.Sprintf("the time is between %s and %s (%s)", clockText(k.from), clockText(k.to), k.zone)
	if len(k.days) == 0 {
		return s
	}
	names := make([]string, len(k.days))
	for i, d := range k.days {
		names[i] = d.String()[:3]
	}
	return s + " on " + strings.Join(names, ", ")
}

func clockText(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// parseClock reads a time of day as HH:MM. 24:00 is the end of a day.
func parseClock(s string) (minutes int, ok bool) {
	if s == "24:00" {
		return minutesPerDay, true
	}
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err == nil && len(s) == len("15:04")
}

// parseDay reads the name of a day of the week: its first three letters, or all.
func parseDay(s string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if name := strings.ToLower(d.String()); len(s) >= 3 && (strings.EqualFold(s, name) || strings.EqualFold(s, name[:3])) {
			return d, true
		}
	}
	return 0, false
}
