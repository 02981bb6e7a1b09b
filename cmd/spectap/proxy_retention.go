package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/store"
)

// retainInterval is the time between checks for flows to drop.
const retainInterval = 30 * time.Second

// retentionFlags limit the size and age of the flows that a proxy keeps.
type retentionFlags struct {
	size   sizeFlag
	age    time.Duration
	forget bool
}

func (r *retentionFlags) addFlags(cmd *cobra.Command) {
	*r = defaultRetention()
	f := cmd.Flags()
	f.Var(&r.size, "keep-size", "drop the oldest flows while the store uses more than this `size`; 0 means no limit")
	timeVar(f, &r.age, "keep-age", r.age,
		"drop flows that were stored longer ago than this `time`; 0 means no limit")
	f.BoolVar(&r.forget, "forget", false, "also discard what was learned from dropped flows")
}

// defaultRetention are the limits of a store that nobody gave other ones.
func defaultRetention() retentionFlags {
	d := store.DefaultRetention()
	return retentionFlags{size: sizeFlag(d.MaxBytes), age: d.MaxAge}
}

func (r *retentionFlags) limits() store.Retention {
	return store.Retention{MaxAge: r.age, MaxBytes: int64(r.size), Forget: r.forget}
}

// retain keeps the store within its limits until ctx is done.
func (t *tap) retain(ctx context.Context, db *store.DB, r store.Retention, log *slog.Logger) {
	if r.MaxAge == 0 && r.MaxBytes == 0 {
		return
	}
	tick := time.NewTicker(retainInterval)
	defer tick.Stop()
	for {
		done, err := db.Retain(ctx, r)
		if err != nil && ctx.Err() == nil {
			log.Error("drop old flows", "err", err)
		}
		t.dropped.Add(int64(done.Flows))
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
