package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// lossesAfter sums up the losses behind a record number.
func lossesAfter(losses []store.Loss, after flow.Seq) (sum store.Loss) {
	for _, l := range losses {
		if l.After < after {
			continue
		}
		if sum.Flows == 0 || l.Since.Before(sum.Since) {
			sum.Since = l.Since
		}
		if l.Until.After(sum.Until) {
			sum.Until = l.Until
		}
		sum.Flows += l.Flows
	}
	return sum
}

// reportLosses prints how many flows are missing among those that were listed. first is the number
// of the first one listed; 0 means the whole store.
func (p *program) reportLosses(ctx context.Context, st store.Reader, first flow.Seq) error {
	stat, err := st.Stat(ctx)
	if err != nil {
		return err
	}
	p.printLoss(lossesAfter(stat.Losses, max(first, 1)-1))
	return nil
}

func (p *program) printLoss(l store.Loss) {
	if l.Flows == 0 {
		return
	}
	const form = "2006-01-02 15:04:05"
	since, until := l.Since.Local().Format(form), l.Until.Local().Format(form)
	when := "at " + since
	if until != since {
		when = "between " + since + " and " + until
	}
	fmt.Fprintf(p.stderr, "spectap: %s could not be recorded %s\n", plural(int(l.Flows), "flow"), when)
}

// lossPoll is the interval at which `flows tail` asks the proxy for losses, which the flows do not
// show.
const lossPoll = time.Second

// statusTeller is the owner of a store, or a hub, which has no status.
type statusTeller interface {
	store.Reader
	Status(ctx context.Context) (json.RawMessage, error)
}

// watchLosses prints new losses of the owner until ctx is done.
func (p *program) watchLosses(ctx context.Context, owner statusTeller) {
	tick := time.NewTicker(lossPoll)
	defer tick.Stop()
	lost := func() (n int64, ok bool) {
		b, err := owner.Status(ctx)
		var s tapStatus
		return s.lost(b), err == nil
	}
	before, ok := lost()
	for ok {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var now int64
		if now, ok = lost(); ok && now > before {
			p.printLoss(store.Loss{Flows: now - before, Since: time.Now(), Until: time.Now()})
			before = now
		}
	}
}

// lost returns the number of lost flows in a status.
func (s tapStatus) lost(status json.RawMessage) int64 {
	if json.Unmarshal(status, &s) != nil {
		return 0
	}
	return s.Lost
}

// hasLostBody reports whether a body of the flow was dropped for lack of memory.
func hasLostBody(f *flow.Flow) bool {
	return f.Request.Body.Dropped || f.Response != nil && f.Response.Body.Dropped
}
