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
