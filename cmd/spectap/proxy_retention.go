package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/spectap/spectap/store"
	"github.com/spf13/cobra"
)

// retainEvery is how often old flows are looked for.
const retainEvery = 30 * time.Second

// retentionFlags say how long a proxy's flows are kept.
type retentionFlags struct {
	size   sizeFlag
	age    time.Duration
	forget bool
}

func (r *retentionFlags) addFlags(cmd *cobra.Command) {
	usual := store.DefaultRetention()
	r.size = sizeFlag(usual.MaxBytes)
	f := cmd.Flags()
	f.Var(&r.size, "keep-size", "drop the oldest flows when the store uses more than this `size`; 0 keeps all")
	f.DurationVar(&r.age, "keep-age", usual.MaxAge, "drop flows that were stored longer than this `time` ago; 0 keeps all")
	f.BoolVar(&r.forget, "forget", false, "when flows are dropped, also forget what was learnt from them")
}

func (r *retentionFlags) retention() store.Retention {
	return store.Retention{MaxAge: r.age, MaxBytes: int64(r.size), Forget: r.forget}
}

// retain keeps the store within its bounds until ctx is done.
func (t *tap) retain(ctx context.Context, db *store.DB, r store.Retention, log *slog.Logger) {
	if r.MaxAge == 0 && r.MaxBytes == 0 {
		return
	}
	tick := time.NewTicker(retainEvery)
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
