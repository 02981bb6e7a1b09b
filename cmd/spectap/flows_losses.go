package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// lostSince sums up what was lost behind the record number.
func lostSince(losses []store.Loss, after flow.Seq) (sum store.Loss) {
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

// tellLosses tells what is missing among flows that were listed, the first of which has the number; 0 is all there are.
func (p *program) tellLosses(ctx context.Context, st store.Reader, first flow.Seq) error {
	stat, err := st.Stat(ctx)
	if err != nil {
		return err
	}
	p.tellLost(lostSince(stat.Losses, max(first, 1)-1))
	return nil
}

func (p *program) tellLost(l store.Loss) {
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

// lossPoll is how often a tail asks the proxy for losses: nothing else tells of them.
const lossPoll = time.Second

// watchLosses tells of flows that the owner loses, until ctx is done.
func (p *program) watchLosses(ctx context.Context, owner *control.Client) {
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
			p.tellLost(store.Loss{Flows: now - before, Since: time.Now(), Until: time.Now()})
			before = now
		}
	}
}

// lost reads a status for the flows lost.
func (s tapStatus) lost(status json.RawMessage) int64 {
	if json.Unmarshal(status, &s) != nil {
		return 0
	}
	return s.Lost
}

// bodyLost says that a body of the flow is missing for want of room.
func bodyLost(f *flow.Flow) bool {
	return f.Request.Body.Dropped || f.Response != nil && f.Response.Body.Dropped
}
