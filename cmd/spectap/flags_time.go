package main

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/spectap/spectap/internal/duration"
)

// timeFlag is a flag for a duration, such as 90s, 12h, 30d or 1d12h.
type timeFlag time.Duration

// timeVar adds a flag for a duration. usage names it: `time`.
func timeVar(f *pflag.FlagSet, d *time.Duration, name string, value time.Duration, usage string) {
	*d = value
	f.Var((*timeFlag)(d), name, usage)
}

func (d *timeFlag) Type() string { return "time" }

func (d *timeFlag) String() string { return duration.Format(time.Duration(*d)) }

func (d *timeFlag) Set(v string) error {
	parsed, err := duration.Parse(v)
	if err != nil {
		return fmt.Errorf("%q is %w", v, err)
	}
	*d = timeFlag(parsed)
	return nil
}

// sinceFlag is a flag for the beginning of a time: a day, or how long ago it was.
type sinceFlag struct{ at *time.Time }

// addSince adds --since.
func addSince(f *pflag.FlagSet, at *time.Time, usage string) { f.Var(sinceFlag{at}, "since", usage) }

func (s sinceFlag) Type() string { return "day" }

func (s sinceFlag) String() string {
	if s.at == nil || s.at.IsZero() {
		return ""
	}
	return s.at.UTC().Format(time.RFC3339)
}

func (s sinceFlag) Set(v string) error {
	if day, err := time.Parse(time.DateOnly, v); err == nil {
		*s.at = day
		return nil
	}
	d, err := duration.Parse(v)
	if err != nil || d == 0 {
		return fmt.Errorf("%q is not a day such as 2026-11-20, or a time such as 12h or 7d", v)
	}
	*s.at = time.Now().Add(-d)
	return nil
}
