package flows

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// tailing is one run of `flows tail`.
type tailing struct {
	listing
	lines int
}

func newFlowsTailCmd(p *cli.Program) *cobra.Command {
	t := &tailing{listing: listing{p: p}}
	cmd := &cobra.Command{
		Use:   "tail [FILTER…]",
		Short: "Show flows as a proxy records them",
		Example: `  spectap flows tail
  spectap flows tail -n 0 'status:>=400'`,
		Long: `Shows the newest flows, then each flow that a running proxy records once it is complete, until
interrupted or until the proxy ends. The number of flows that the proxy fails to record is
printed on stderr.

` + FilterHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if t.lines < 0 {
				return cli.Usagef(cmd, "--lines %d: must not be negative", t.lines)
			}
			if err := t.sel.Parse(cmd, args); err != nil {
				return err
			}
			return t.run(cmd.Context())
		},
	}
	p.AddProtoFlag(cmd)
	f := cmd.Flags()
	f.IntVarP(&t.lines, "lines", "n", 10, "start with the newest `n` flows")
	p.AddJSON(cmd, "print one JSON object per line")
	f.BoolVar(&t.reveal, "reveal", false, "show secrets")
	return cmd
}

// Live prints the flows that st records from now on, as flows tail does, until ctx is done.
func Live(ctx context.Context, p *cli.Program, st control.Store, red *redact.Redactor) error {
	t := &tailing{listing: listing{p: p}}
	_, err := t.follow(ctx, st, func(f *flow.Flow) error { return t.row(red, f) })
	return err
}

func (t *tailing) run(ctx context.Context) error {
	path := t.p.DBPath()
	st, err := control.Dial(ctx, path)
	if errors.Is(err, control.ErrNoOwner) {
		return cli.WithHint(fmt.Errorf("no proxy records to %s", path),
			"spectap proxy --db "+cli.QuoteArg(path)+"   # or, for recorded flows: spectap flows ls")
	}
	if err != nil {
		return cli.StoreHint(path, err)
	}
	defer st.Close()
	red, err := t.p.Redactor(ctx, st)
	if err != nil {
		return err
	}
	if t.sel.Redact, err = t.p.Viewer(ctx, st, t.reveal); err != nil {
		return err
	}
	row := t.row
	if t.p.JSON {
		row = t.jsonRow
	}
	watching, cancel := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { watchLosses(watching, t.p, st) })
	ended, err := t.follow(ctx, st, func(f *flow.Flow) error { return row(red, f) })
	cancel()
	background.Wait()
	switch { // the regular cases: an interrupt, or the end of the proxy
	case ended && ctx.Err() != nil:
		return nil
	case ended && errors.Is(err, control.ErrOwnerGone):
		fmt.Fprintln(t.p.Stderr, "the proxy has ended")
		return nil
	}
	return err
}

// follow prints recorded flows, then new ones. ended reports whether the flows have ended; err is
// then their error. If printing fails, ended is false.
func (t *tailing) follow(
	ctx context.Context, st control.Store, print func(*flow.Flow) error,
) (ended bool, err error) {
	// Print up to the record after which the watch starts, so that no flow is missed or printed
	// twice.
	stat, err := st.Stat(ctx)
	if err != nil {
		return false, err
	}
	if t.lines > 0 {
		t.sel.Limit = t.lines
		var first flow.Seq
		newest := t.sel
		newest.last = stat.Last
		for f, err := range newest.Flows(ctx, st, true) {
			if err != nil {
				return true, err
			}
			first = cmp.Or(first, f.Seq)
			if f.Done {
				if err := print(&f); err != nil {
					return false, err
				}
			}
		}
		if err := ReportLosses(ctx, t.p, st, first); err != nil {
			return true, err
		}
	}
	for f, err := range st.Watch(ctx, stat.Last) {
		if err != nil {
			return true, err
		}
		if !f.Done || !t.sel.sieve().Matches(&f) {
			continue
		}
		if err := print(&f); err != nil {
			return false, err
		}
	}
	return true, nil
}

// LossesAfter returns the sum of the losses after a record number.
func LossesAfter(losses []store.Loss, after flow.Seq) (sum store.Loss) {
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

// ReportLosses prints how many flows are missing among those that were listed. first is the number
// of the first one listed; 0 means the whole store.
func ReportLosses(ctx context.Context, p *cli.Program, st store.Reader, first flow.Seq) error {
	stat, err := st.Stat(ctx)
	if err != nil {
		return err
	}
	printLoss(p, LossesAfter(stat.Losses, max(first, 1)-1))
	return nil
}

func printLoss(p *cli.Program, l store.Loss) {
	if l.Flows == 0 {
		return
	}
	const form = "2006-01-02 15:04:05"
	since, until := l.Since.Local().Format(form), l.Until.Local().Format(form)
	when := "at " + since
	if until != since {
		when = "between " + since + " and " + until
	}
	fmt.Fprintf(p.Stderr, "spectap: %s could not be recorded %s\n", cli.Plural(int(l.Flows), "flow"), when)
}

// lossPoll is the interval at which `flows tail` asks the proxy for losses.
const lossPoll = time.Second

// watchLosses prints new losses of the owner until ctx is done.
func watchLosses(ctx context.Context, p *cli.Program, owner *control.Client) {
	lost := func() (n int64, ok bool) {
		b, err := owner.Status(ctx)
		var s TapStatus
		_ = json.Unmarshal(b, &s) // the status of a hub has no losses
		return s.Lost, err == nil
	}
	before, ok := lost()
	if !ok {
		return
	}
	cli.Every(ctx, lossPoll, func() {
		if now, ok := lost(); ok && now > before {
			printLoss(p, store.Loss{Flows: now - before, Since: time.Now(), Until: time.Now()})
			before = now
		}
	})
}

// TapStatus is the status of a proxy, for its status line and for other processes.
type TapStatus struct {
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

func (s TapStatus) String() string {
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
