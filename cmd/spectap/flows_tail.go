package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
)

// tailing is one run of `flows tail`.
type tailing struct {
	listing
	lines int
}

func newFlowsTailCmd(p *program) *cobra.Command {
	t := &tailing{listing: listing{p: p}}
	cmd := &cobra.Command{
		Use:   "tail [FILTER…]",
		Short: "Show flows as a proxy records them",
		Example: `  spectap flows tail
  spectap flows tail -n 0 'status:>=400'`,
		Long: `Shows the newest flows, then each flow that a running proxy records once it is complete, until
interrupted or until the proxy ends. The number of flows that the proxy fails to record is
printed on stderr.

` + filterHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if t.lines < 0 {
				return usagef(cmd, "--lines %d: must not be negative", t.lines)
			}
			if err := t.sel.parse(cmd, args); err != nil {
				return err
			}
			return t.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.IntVarP(&t.lines, "lines", "n", 10, "start with the newest `n` flows")
	f.BoolVar(&t.json, "json", false, "print one JSON object per line")
	f.BoolVar(&t.reveal, "reveal", false, "show secrets")
	return cmd
}

// open connects to the proxy that records to the store at path, or to a hub.
func (t *tailing) open(ctx context.Context, path string) (control.Store, error) {
	if t.p.remote != nil {
		return openRemote(ctx, t.p.remote, true)
	}
	return control.Dial(ctx, path)
}

func (t *tailing) run(ctx context.Context) error {
	path := t.p.dbPath()
	st, err := t.open(ctx, path)
	if errors.Is(err, control.ErrNoOwner) {
		return &hint{fmt.Errorf("no proxy records to %s", path),
			"spectap proxy --db " + quoteArg(path) + "   # or, for recorded flows: spectap flows ls"}
	}
	if err != nil {
		return storeHint(path, err)
	}
	defer st.Close()
	red, err := t.p.redactor(ctx, st)
	if err != nil {
		return err
	}
	if !t.reveal {
		t.sel.redact = red.Flow
	}
	row := t.row
	if t.json {
		row = t.jsonRow
	}
	watching, cancel := context.WithCancel(ctx)
	var background sync.WaitGroup
	if owner, ok := st.(statusTeller); ok {
		background.Go(func() { t.p.watchLosses(watching, owner) })
	}
	ended, err := t.follow(ctx, st, func(f *flow.Flow) error { return row(red, f) })
	cancel()
	background.Wait()
	if ended {
		return tailEnd(ctx, t.p, err)
	}
	return err
}

// follow prints recorded flows, then new ones. It returns ended if the flows have ended, with their
// error, and not ended if printing failed.
func (t *tailing) follow(
	ctx context.Context, st control.Store, print func(*flow.Flow) error,
) (ended bool, err error) {
	// Print up to the record that watching starts behind, so that no flow is missed or printed
	// twice.
	stat, err := st.Stat(ctx)
	if err != nil {
		return false, err
	}
	if t.lines > 0 {
		t.sel.limit = t.lines
		var first flow.Seq
		for f, err := range t.sel.until(stat.Last).flows(ctx, st, true) {
			if err != nil {
				return true, err
			}
			if first == 0 {
				first = f.Seq
			}
			if f.Done {
				if err := print(&f); err != nil {
					return false, err
				}
			}
		}
		if err := t.p.reportLosses(ctx, st, first); err != nil {
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

// tailEnd returns nil for the regular ends: an interrupt, and the end of the proxy.
func tailEnd(ctx context.Context, p *program, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	if errors.Is(err, control.ErrOwnerGone) {
		fmt.Fprintln(p.stderr, "the proxy has ended")
		return nil
	}
	return err
}

// until returns the selection without the records after last.
func (s selection) until(last flow.Seq) *selection {
	s.last = last
	return &s
}
