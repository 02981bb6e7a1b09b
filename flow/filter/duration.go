package filter

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// This file reads and writes durations in the form in which people give them: as for
// time.ParseDuration, and with days. Commands, the configuration and filters use it.

const day = 24 * time.Hour

// DurationForm is how errors describe the form.
const DurationForm = "90s, 12h, 30d or 1d12h"

var errForm = errors.New("not a duration such as " + DurationForm)

// ParseDuration parses a duration: numbers with the units d (24 hours), h, m, s, ms, us and ns, the
// largest unit first, such as "30d", "1d12h" or "1.5h", or "0". It is not negative. At most 36,500
// days are accepted.
func ParseDuration(s string) (time.Duration, error) {
	var days, rest time.Duration
	if number, after, ok := strings.Cut(s, "d"); ok {
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || !(n >= 0 && n <= 36500) || strings.Trim(number, "0123456789.") != "" {
			return 0, errForm
		}
		days, s = time.Duration(math.Round(n*float64(day))), after
		if s == "" {
			return days, nil
		}
	}
	rest, err := time.ParseDuration(s)
	if err != nil || strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") || rest > 36500*day {
		return 0, errForm
	}
	return days + rest, nil
}

// FormatDuration writes a duration so that Parse reads it, without units of 0: "30d", "1d12h",
// "1m30s", "0".
func FormatDuration(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	var text string
	if days := d / day; days > 0 {
		text, d = strconv.FormatInt(int64(days), 10)+"d", d%day
		if d == 0 {
			return text
		}
	}
	rest := d.String()
	if strings.HasSuffix(rest, "m0s") {
		rest = strings.TrimSuffix(rest, "0s")
	}
	if strings.HasSuffix(rest, "h0m") {
		rest = strings.TrimSuffix(rest, "0m")
	}
	return text + rest
}
