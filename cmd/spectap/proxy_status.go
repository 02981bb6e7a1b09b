package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"
)

// tapStatus is the status of a proxy, for its status line and for other processes.
type tapStatus struct {
	Address string   `json:"address"`
	Paused  bool     `json:"paused"`
	Flows   int64    `json:"flows"`
	Active  int64    `json:"active"`
	Failed  int64    `json:"failed"`
	Skipped int64    `json:"skipped"` // by --skip
	Queued  int64    `json:"queued"`
	Lost    int64    `json:"lost"`
	Bodies  int64    `json:"bodies_lost"`
	Tunnels int64    `json:"tunnels"`
	Refused int64    `json:"tunnels_of_pinning_clients"`
	Pinned  []string `json:"passed_through"` // hosts passed through now
	Dropped int64    `json:"dropped"`        // flows dropped by retention
	Rules   int      `json:"rules"`
	Applied int64    `json:"rules_applied"` // number of times
	Missed  int64    `json:"rules_skipped"`
	Lag     int64    `json:"to_learn"` // records that the learner has not read
}

func (t *tap) status() tapStatus {
	ps, qs, rs := t.proxy.Stats(), t.queue.Stats(), t.rules.live.Counts()
	return tapStatus{
		Address: t.listener.Addr().String(), Paused: t.proxy.Paused(),
		Flows: ps.Flows - qs.Lost, Active: ps.Active, Failed: ps.Failed, Skipped: ps.Skipped,
		Queued: qs.Queued, Lost: ps.Lost + qs.Lost, Bodies: ps.BodiesLost + qs.BodiesLost,
		Tunnels: ps.Tunnels, Refused: ps.Pinned, Pinned: t.proxy.PassedThrough(), Dropped: t.dropped.Load(),
		Rules: rs.Rules, Applied: rs.Applied, Missed: rs.Skipped, Lag: t.lag(),
	}
}

// lag returns the number of records that the learner has not read.
func (t *tap) lag() int64 {
	if t.learner == nil {
		return 0
	}
	n, err := t.learner.Backlog(context.Background())
	if err != nil {
		return 0 // the store is being closed
	}
	return n
}

func (s tapStatus) String() string {
	var b strings.Builder
	if s.Paused {
		b.WriteString("PAUSED, ")
	}
	fmt.Fprintf(&b, "%d flows, %d under way", s.Flows, s.Active)
	for _, x := range []struct {
		n    int64
		what string
	}{
		{s.Failed, "failed"}, {s.Skipped, "skipped"}, {s.Queued, "queued"}, {s.Lag, "to learn"}, {s.Tunnels, "passed through"},
		{s.Refused, "of these for clients that refuse the proxy's certificate"}, {s.Dropped, "dropped by age or size"},
		{int64(s.Rules), "rules"}, {s.Applied, "times applied"}, {s.Missed, "times skipped"},
		{s.Lost, "LOST"}, {s.Bodies, "bodies LOST"},
	} {
		if x.n > 0 {
			fmt.Fprintf(&b, ", %d %s", x.n, x.what)
		}
	}
	return b.String()
}

// togglePause pauses or resumes recording on each SIGUSR1 until ctx is done.
func (t *tap) togglePause(ctx context.Context, w io.Writer) {
	signals := make(chan os.Signal, 1)
	notifyPause(signals)
	defer signal.Stop(signals)
	for {
		select {
		case <-signals:
			t.proxy.Pause(!t.proxy.Paused())
			if t.proxy.Paused() {
				fmt.Fprintln(w, "spectap: paused: requests are not recorded")
			} else {
				fmt.Fprintln(w, "spectap: recording again")
			}
		case <-ctx.Done():
			return
		}
	}
}

// showStatus updates a status line on a terminal until ctx is done.
func (t *tap) showStatus(ctx context.Context, shown *statusLine) {
	if shown.w == nil {
		return
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last := ""
	for {
		select {
		case <-tick.C:
			if line := t.status().String(); line != last {
				shown.show(line)
				last = line
			}
		case <-ctx.Done():
			shown.clear()
			return
		}
	}
}
