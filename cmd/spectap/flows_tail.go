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

// tailing is one run of flows tail.
type tailing struct {
	listing
	lines int
}

func newFlowsTailCmd(p *program) *cobra.Command {
	t := &tailing{listing: listing{p: p}}
	cmd := &cobra.Command{
		Use:   "tail [FILTER…]",
		Short: "Show flows as a proxy records them",
		Long:  "Shows the newest flows, and then those that a running proxy records, each when it is complete, until\ninterrupted or the proxy ends. What the proxy fails to record is told on stderr.\n\n" + filterHelp,
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
	f.IntVarP(&t.lines, "lines", "n", 10, "begin with the newest `n` flows")
	f.BoolVar(&t.json, "json", false, "print one JSON object a line")
	f.BoolVar(&t.reveal, "reveal", false, "show secrets")
	return cmd
}

func (t *tailing) run(ctx context.Context) error {
	path := t.p.dbPath()
	st, err := control.Dial(ctx, path)
	if errors.Is(err, control.ErrNoOwner) {
		return &hint{fmt.Errorf("nothing records into %s", path), "spectap proxy --db " + quoteArg(path) + "   # or, for what is there already: spectap flows ls"}
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
	var beside sync.WaitGroup
	beside.Go(func() { t.p.watchLosses(watching, st) })
	ended, err := t.follow(ctx, st, func(f *flow.Flow) error { return row(red, f) })
	cancel()
	beside.Wait()
	if ended {
		return tailEnd(ctx, t.p, err)
	}
	return err
}

// follow prints what is there and what comes. ended says that it is the flows that ended, with the error if it is one.
func (t *tailing) follow(ctx context.Context, st *control.Client, print func(*flow.Flow) error) (ended bool, err error) {
	// What is there is read first, up to the record that following starts from: no flow is missed or comes twice.
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
		if err := t.p.tellLosses(ctx, st, first); err != nil {
			return true, err
		}
	}
	for f, err := range st.Watch(ctx, stat.Last) {
		if err != nil {
			return true, err
		}
		if !f.Done || !t.sel.matches(&f) {
			continue
		}
		if err := print(&f); err != nil {
			return false, err
		}
	}
	return true, nil
}

// tailEnd tells the ends that are none: an interrupt, and a proxy that has done its work.
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

// until returns the selection without what comes after the record s.
func (s selection) until(last flow.Seq) *selection {
	s.last = last
	return &s
}
