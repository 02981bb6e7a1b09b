package flagset

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/store"
)

// SizeFlag is a flag for a number of bytes, such as 512, 64K, 10MB or 1GiB. Units are powers of
// 1024; the limit is 1 TiB.
type SizeFlag int64

func (s *SizeFlag) Type() string { return "size" }

func (s *SizeFlag) String() string {
	n, unit := int64(*s), ""
	for _, u := range []string{"KiB", "MiB", "GiB"} {
		if n == 0 || n%1024 != 0 {
			break
		}
		n, unit = n/1024, u
	}
	return strconv.FormatInt(n, 10) + unit
}

func (s *SizeFlag) Set(v string) error {
	const max = 1 << 40
	number := strings.TrimRight(v, "KMGiBkmgb")
	shift, ok := map[string]int{
		"": 0, "b": 0, "k": 10, "kb": 10, "kib": 10, "m": 20, "mb": 20, "mib": 20, "g": 30, "gb": 30, "gib": 30,
	}[strings.ToLower(v[len(number):])]
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || !ok || n < 0 || n > max>>shift {
		return fmt.Errorf("%q must be a size such as 512, 64K or 10MiB", v)
	}
	*s = SizeFlag(n << shift)
	return nil
}

// timeFlag is a flag for a duration, such as 90s, 12h, 30d or 1d12h.
type timeFlag time.Duration

// TimeVar adds a flag for a duration. usage names it: `time`.
func TimeVar(f *pflag.FlagSet, d *time.Duration, name string, value time.Duration, usage string) {
	*d = value
	f.Var((*timeFlag)(d), name, usage)
}

func (d *timeFlag) Type() string { return "time" }

func (d *timeFlag) String() string { return filter.FormatDuration(time.Duration(*d)) }

func (d *timeFlag) Set(v string) error {
	parsed, err := filter.ParseDuration(v)
	if err != nil {
		return fmt.Errorf("%q is %w", v, err)
	}
	*d = timeFlag(parsed)
	return nil
}

// SinceFlag is a flag for the start of a period: a day, or a duration before now.
type SinceFlag struct{ At *time.Time }

// AddSince adds --since.
func AddSince(f *pflag.FlagSet, at *time.Time, usage string) { f.Var(SinceFlag{at}, "since", usage) }

func (s SinceFlag) Type() string { return "day" }

func (s SinceFlag) String() string {
	if s.At == nil || s.At.IsZero() {
		return ""
	}
	return s.At.UTC().Format(time.RFC3339)
}

func (s SinceFlag) Set(v string) error {
	if day, err := time.Parse(time.DateOnly, v); err == nil {
		*s.At = day
		return nil
	}
	d, err := filter.ParseDuration(v)
	if err != nil || d == 0 {
		return fmt.Errorf("%q is not a day such as 2026-11-20, or a time such as 12h or 7d", v)
	}
	*s.At = time.Now().Add(-d)
	return nil
}

// retainInterval is the time between checks for flows to drop.
const retainInterval = 30 * time.Second

// RetentionFlags limit the size and age of the flows that a proxy keeps.
type RetentionFlags struct {
	Size   SizeFlag
	age    time.Duration
	forget bool
}

// AddFlags adds the flags, and sets their defaults.
func (r *RetentionFlags) AddFlags(cmd *cobra.Command) {
	*r = DefaultRetention()
	f := cmd.Flags()
	defer cli.Under(f, cli.HeadLimits)()
	f.Var(&r.Size, "keep-size", "drop the oldest flows while the store uses more than this `size`; 0 means no limit")
	TimeVar(f, &r.age, "keep-age", r.age,
		"drop flows that were stored longer ago than this `time`; 0 means no limit")
	f.BoolVar(&r.forget, "forget", false, "also discard what was learned from dropped flows")
}

// DefaultRetention returns the limits of a store for which no others are set.
func DefaultRetention() RetentionFlags {
	d := store.DefaultRetention()
	return RetentionFlags{Size: SizeFlag(d.MaxBytes), age: d.MaxAge}
}

// Limits returns the limits that the flags set.
func (r *RetentionFlags) Limits() store.Retention {
	return store.Retention{MaxAge: r.age, MaxBytes: int64(r.Size), Forget: r.forget}
}

// Retain keeps the store within its limits until ctx is done, and counts the flows that it drops.
func Retain(ctx context.Context, db *store.DB, r store.Retention, log *slog.Logger, dropped *atomic.Int64) {
	if r.MaxAge == 0 && r.MaxBytes == 0 {
		return
	}
	drop := func() {
		done, err := db.Retain(ctx, r)
		if err != nil && ctx.Err() == nil {
			log.Error("drop old flows", "err", err)
		}
		dropped.Add(int64(done.Flows))
	}
	drop()
	cli.Every(ctx, retainInterval, drop)
}
